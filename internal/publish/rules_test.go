package publish_test

import (
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

const berlin, newYork = "Europe/Berlin", "America/New_York"

// utc reads a time.
func utc(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// daily is a window on each day.
func daily(from, to int) publish.Window {
	return publish.Window{From: from, To: to, Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}
}

func on(from, to int, days ...time.Weekday) publish.Window {
	return publish.Window{From: from, To: to, Days: days}
}

const hour = 60

// Times in UTC. In Berlin clocks go from 02:00 to 03:00 on 29 March 2026 (01:00 UTC) and from 03:00 to 02:00 on 25 October (01:00 UTC); in
// New York from 02:00 to 03:00 on 8 March (07:00 UTC) and from 02:00 to 01:00 on 1 November (06:00 UTC).
var openings = []struct {
	name string
	zone string
	w    publish.Window
	at   string
	next string // the same: open
}{
	{"inside", "", daily(9*hour, 17*hour), "2026-11-22T16:59:59Z", "2026-11-22T16:59:59Z"},
	{"at the end it is over", "", daily(9*hour, 17*hour), "2026-11-22T17:00:00Z", "2026-11-23T09:00:00Z"},
	{"just before", "", daily(9*hour, 17*hour), "2026-11-22T08:59:59Z", "2026-11-22T09:00:00Z"},
	{"another day", "", on(9*hour, 17*hour, time.Saturday), "2026-11-22T10:00:00Z", "2026-11-28T09:00:00Z"},
	{"the whole day", "", on(0, 24*hour, time.Sunday), "2026-11-22T23:59:00Z", "2026-11-22T23:59:00Z"},
	{"the day after a whole one", "", on(0, 24*hour, time.Sunday), "2026-11-23T00:00:00Z", "2026-11-29T00:00:00Z"},
	{"over midnight, before it", "", on(22*hour, 4*hour, time.Saturday), "2026-11-28T23:00:00Z", "2026-11-28T23:00:00Z"},
	{"over midnight, after it", "", on(22*hour, 4*hour, time.Saturday), "2026-11-29T03:59:00Z", "2026-11-29T03:59:00Z"},
	{"over midnight, over", "", on(22*hour, 4*hour, time.Saturday), "2026-11-29T04:00:00Z", "2026-12-05T22:00:00Z"},
	{"over midnight begins on its own day only", "", on(22*hour, 4*hour, time.Saturday), "2026-11-28T03:00:00Z", "2026-11-28T22:00:00Z"},
	{"by the clock of the zone", berlin, daily(22*hour, 23*hour), "2026-11-22T21:30:00Z", "2026-11-22T21:30:00Z"},
	{"the day of the zone", berlin, on(0, hour, time.Monday), "2026-11-22T23:30:00Z", "2026-11-22T23:30:00Z"},

	{"Berlin, spring: the hour that is left out opens nothing", berlin, daily(2*hour, 3*hour), "2026-03-29T00:59:00Z", "2026-03-30T00:00:00Z"},
	{"Berlin, spring: nor on its only day", berlin, on(2*hour, 3*hour, time.Sunday), "2026-03-29T00:00:00Z", "2026-04-05T00:00:00Z"},
	{"Berlin, spring: an end that is left out", berlin, daily(hour, 2*hour+30), "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
	{"Berlin, spring: and over at three", berlin, daily(hour, 2*hour+30), "2026-03-29T01:00:00Z", "2026-03-29T23:00:00Z"},
	{"Berlin, spring: a beginning that is left out", berlin, daily(2*hour+30, 4*hour), "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z"},
	{"Berlin, autumn: before the first", berlin, daily(2*hour, 3*hour), "2026-10-24T23:59:00Z", "2026-10-25T00:00:00Z"},
	{"Berlin, autumn: the first", berlin, daily(2*hour, 3*hour), "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z"},
	{"Berlin, autumn: and the second", berlin, daily(2*hour, 3*hour), "2026-10-25T01:59:00Z", "2026-10-25T01:59:00Z"},
	{"Berlin, autumn: over after both", berlin, daily(2*hour, 3*hour), "2026-10-25T02:00:00Z", "2026-10-26T01:00:00Z"},
	{"Berlin, autumn: it closes and opens again", berlin, daily(hour, 2*hour+30), "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"},

	{"New York, spring: the hour that is left out opens nothing", newYork, daily(2*hour, 3*hour), "2026-03-08T06:59:00Z", "2026-03-09T06:00:00Z"},
	{"New York, spring: over midnight it goes on", newYork, on(22*hour, 4*hour, time.Saturday), "2026-03-08T07:30:00Z", "2026-03-08T07:30:00Z"},
	{"New York, spring: and ends by the clock", newYork, on(22*hour, 4*hour, time.Saturday), "2026-03-08T08:00:00Z", "2026-03-15T02:00:00Z"},
	{"New York, autumn: the second time", newYork, daily(hour, 2*hour), "2026-11-01T06:30:00Z", "2026-11-01T06:30:00Z"},
	{"New York, autumn: over after both", newYork, daily(hour, 2*hour), "2026-11-01T07:00:00Z", "2026-11-02T06:00:00Z"},
}

func TestAWindowIsOpenByTheClockOnTheWall(t *testing.T) {
	t.Parallel()
	for _, c := range openings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, at, want := publish.Rules{Zone: c.zone, Windows: []publish.Window{c.w}}, utc(t, c.at), utc(t, c.next)
			if err := r.Check(); err != nil {
				t.Fatal(err)
			}
			if open, err := r.Open(at); err != nil || open != want.Equal(at) {
				t.Errorf("open: %t, %v", open, err)
			}
			if next, err := r.Next(at); err != nil || !next.Equal(want) {
				t.Errorf("the next opening is %s, %v; want %s", next, err, want)
			}
		})
	}
}

// Whatever the windows, the zone and the time: what Next gives is open, and nothing is from the time on until then.
func TestNextIsTheFirstOpening(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", berlin, newYork, "Australia/Lord_Howe", "Asia/Kathmandu"} {
		for _, w := range [][]publish.Window{
			{on(22*hour, 4*hour, time.Saturday)}, {daily(hour+15, hour+45)}, {on(2*hour, 3*hour, time.Sunday), on(30, 31, time.Wednesday)},
		} {
			r := publish.Rules{Zone: zone, Windows: w}
			for _, from := range []string{"2026-03-07T20:00:00Z", "2026-03-28T20:00:00Z", "2026-04-04T10:00:00Z", "2026-10-03T10:00:00Z", "2026-10-24T20:00:00Z", "2026-10-31T20:00:00Z"} {
				at := utc(t, from)
				for range 5 {
					next, err := r.Next(at)
					if err != nil {
						t.Fatal(err)
					}
					for m := at; m.Before(next); m = m.Add(max(next.Sub(at)/16, time.Minute)) {
						if open, _ := r.Open(m); open {
							t.Fatalf("%s %v: open at %s already, before %s", zone, w, m, next)
						}
					}
					if open, _ := r.Open(next.Add(-time.Minute)); open && next.After(at.Add(time.Minute)) {
						t.Fatalf("%s %v: open a minute before %s already", zone, w, next)
					}
					if open, err := r.Open(next); err != nil || !open {
						t.Fatalf("%s %v: closed at %s, %v", zone, w, next, err)
					}
					at = next.Add(37*time.Minute + 11*time.Second)
				}
			}
		}
	}
}

func TestWithoutWindowsItIsOpenAlways(t *testing.T) {
	t.Parallel()
	at := utc(t, "2026-11-22T08:00:00Z")
	for _, r := range []publish.Rules{{}, {Zone: "Nowhere/Atlantis"}} {
		open, err := r.Open(at)
		next, err2 := r.Next(at)
		if !open || err != nil || err2 != nil || !next.Equal(at) {
			t.Errorf("%+v: %t, %v, %s, %v", r, open, err, next, err2)
		}
	}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r    publish.Rules
		want string
	}{
		"an unknown zone":          {publish.Rules{Zone: "Nowhere/Atlantis"}, "rules.zone"},
		"a file":                   {publish.Rules{Zone: "../../etc/passwd"}, "rules.zone"},
		"the machine's own zone":   {publish.Rules{Zone: "Local"}, "rules.zone"},
		"no day":                   {publish.Rules{Windows: []publish.Window{on(0, hour)}}, "rules.window-days"},
		"an eighth day":            {publish.Rules{Windows: []publish.Window{on(0, hour, 7)}}, "rules.window-days"},
		"a day before the first":   {publish.Rules{Windows: []publish.Window{on(0, hour, time.Monday, -1)}}, "rules.window-days"},
		"a beginning before 00:00": {publish.Rules{Windows: []publish.Window{daily(-1, hour)}}, "rules.window-times"},
		"a beginning at 24:00":     {publish.Rules{Windows: []publish.Window{daily(24*hour, hour)}}, "rules.window-times"},
		"an end at 00:00":          {publish.Rules{Windows: []publish.Window{daily(hour, 0)}}, "rules.window-times"},
		"an end after 24:00":       {publish.Rules{Windows: []publish.Window{daily(hour, 24*hour+1)}}, "rules.window-times"},
		"no length":                {publish.Rules{Windows: []publish.Window{daily(hour, hour)}}, "rules.window-times"},
		"too many windows":         {publish.Rules{Windows: make([]publish.Window, publish.MostWindows+1)}, "rules.windows-many"},
		"too many flows":           {publish.Rules{DoNotTouch: make([]instance.FlowID, publish.MostUntouched+1)}, "rules.untouched-many"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.SetRules(t.Context(), home.ID, c.r, ana)
			if f := fault.From(err); f == nil || f.Kind != fault.Invalid || f.Message.ID != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			if r, err := w.Rules(t.Context(), home.ID); err != nil || r.Rev != 0 {
				t.Errorf("refused, and kept: %+v, %v", r, err)
			}
		})
	}
}

func TestATimeIsReadByTheClockOfTheInstance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ zone, text, now, want string }{
		"UTC":                                  {"", "2026-11-30T22:00", "2026-11-22T08:00:00Z", "2026-11-30T22:00:00Z"},
		"winter in Berlin":                     {berlin, "2026-11-30T22:00", "2026-11-22T08:00:00Z", "2026-11-30T21:00:00Z"},
		"summer in Berlin":                     {berlin, "2026-06-30T22:00", "2026-06-22T08:00:00Z", "2026-06-30T20:00:00Z"},
		"left out in Berlin":                   {berlin, "2026-03-29T02:30", "2026-03-22T08:00:00Z", "rules.at-gap"},
		"the first minute left out":            {berlin, "2026-03-29T02:00", "2026-03-22T08:00:00Z", "rules.at-gap"},
		"the minute after":                     {berlin, "2026-03-29T03:00", "2026-03-22T08:00:00Z", "2026-03-29T01:00:00Z"},
		"twice in Berlin: the first":           {berlin, "2026-10-25T02:30", "2026-10-22T08:00:00Z", "2026-10-25T00:30:00Z"},
		"left out in New York":                 {newYork, "2026-03-08T02:30", "2026-03-01T08:00:00Z", "rules.at-gap"},
		"twice in New York: the first":         {newYork, "2026-11-01T01:30", "2026-10-22T08:00:00Z", "2026-11-01T05:30:00Z"},
		"half an hour left out on Lord Howe":   {"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-01T08:00:00Z", "rules.at-gap"},
		"nothing":                              {"", "", "2026-11-22T08:00:00Z", "rules.at"},
		"garbage":                              {"", "tomorrow", "2026-11-22T08:00:00Z", "rules.at"},
		"with a zone of its own":               {"", "2026-11-30T22:00Z", "2026-11-22T08:00:00Z", "rules.at"},
		"no such day":                          {"", "2026-02-30T22:00", "2026-01-22T08:00:00Z", "rules.at"},
		"a year of five digits":                {"", "12026-11-30T22:00", "2026-11-22T08:00:00Z", "rules.at"},
		"now":                                  {"", "2026-11-22T08:00", "2026-11-22T08:00:00Z", "rules.at-past"},
		"past":                                 {"", "2026-11-22T07:59", "2026-11-22T08:00:00Z", "rules.at-past"},
		"90 days ahead":                        {"", "2027-02-20T08:00", "2026-11-22T08:00:00Z", "2027-02-20T08:00:00Z"},
		"more than 90 days":                    {"", "2027-02-20T08:01", "2026-11-22T08:00:00Z", "rules.at-far"},
		"a zone that this machine has no more": {"Nowhere/Atlantis", "2026-11-30T22:00", "2026-11-22T08:00:00Z", "rules.zone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := publish.Rules{Zone: c.zone}.At(c.text, utc(t, c.now))
			if err != nil {
				if f := fault.From(err); f.Kind != fault.Invalid || f.Message.ID != c.want {
					t.Errorf("%v, want %s", err, c.want)
				}
			} else if got.Format(time.RFC3339) != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
