package publish

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Rules of an instance say who publishes to it, when, and what is left alone. The zero Rules bind nobody.
type Rules struct {
	Production bool              `json:"production,omitempty"`   // serves customers: two people publish, whatever TwoPersons says
	TwoPersons bool              `json:"two_persons,omitempty"`  // one publisher proposes, another one approves
	Windows    []Window          `json:"windows,omitempty"`      // when steps are written; none: at any time
	Zone       string            `json:"zone,omitempty"`         // IANA name, of the windows and of times that people type; "" is UTC
	DoNotTouch []instance.FlowID `json:"do_not_touch,omitempty"` // flows that no plan takes in
	Rev        int64             `json:"-"`                      // optimistic lock: SetRules names the Rev that was read; 0 where none were set
}

// Window is a time of the week by the clock on the wall: a minute of the day from From on and before To. One whose To is not after From
// runs over midnight, and belongs to the day on which it begins. An hour that the clock leaves out is in no window, and one that
// comes twice is in it twice.
type Window struct {
	Days []time.Weekday `json:"days"`
	From int            `json:"from"` // minutes, 0 to 1439
	To   int            `json:"to"`   // minutes, 1 to 1440
}

const (
	dayMinutes = 24 * 60
	// MostWindows is how many windows an instance may have.
	MostWindows = 20
	// MostUntouched is how many flows can be left alone.
	MostUntouched = 1000
	// Ahead is how far ahead a change can be approved for: 90 days.
	Ahead = 90 * 24 * time.Hour
	// lookAhead is in how many minutes a window opens at the latest: what the clock leaves out in one week comes in the next.
	lookAhead = 15 * dayMinutes
)

// TimeFormat is how a person types a time in the instance's zone, as browsers send it.
const TimeFormat = "2006-01-02T15:04"

// Two says whether publishing takes two people.
func (r Rules) Two() bool { return r.TwoPersons || r.Production }

// Forbids says whether a flow is on the do-not-touch list.
func (r Rules) Forbids(id instance.FlowID) bool { return slices.Contains(r.DoNotTouch, id) }

// Location is the zone; fault.Invalid "rules.zone" where this machine does not know it.
func (r Rules) Location() (*time.Location, error) {
	if r.Zone == "Local" { // would mean another one on each machine
		return nil, fault.New(fault.Invalid, "rules.zone", "Zone", r.Zone)
	}
	loc, err := time.LoadLocation(r.Zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "rules.zone", "Zone", r.Zone).Because(err)
	}
	return loc, nil
}

// Check says by fault.Invalid what is wrong with rules that a person typed.
func (r Rules) Check() error {
	if _, err := r.Location(); err != nil {
		return err
	}
	switch {
	case len(r.Windows) > MostWindows:
		return fault.New(fault.Invalid, "rules.windows-many", "Max", MostWindows)
	case len(r.DoNotTouch) > MostUntouched:
		return fault.New(fault.Invalid, "rules.untouched-many", "Max", MostUntouched)
	}
	for _, w := range r.Windows {
		if err := w.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check says by fault.Invalid what is wrong with a window.
func (w Window) Check() error {
	known := func(d time.Weekday) bool { return d >= time.Sunday && d <= time.Saturday }
	switch {
	case len(w.Days) == 0 || len(w.Days) > 7 || !slices.ContainsFunc(w.Days, known) || slices.ContainsFunc(w.Days, func(d time.Weekday) bool { return !known(d) }):
		return fault.New(fault.Invalid, "rules.window-days")
	case w.From < 0 || w.From >= dayMinutes || w.To < 1 || w.To > dayMinutes || w.From == w.To:
		return fault.New(fault.Invalid, "rules.window-times")
	}
	return nil
}

// holds says whether a wall clock that shows that minute of that day is in the window.
func (w Window) holds(day time.Weekday, minute int) bool {
	if w.From < w.To {
		return minute >= w.From && minute < w.To && slices.Contains(w.Days, day)
	}
	return minute >= w.From && slices.Contains(w.Days, day) || minute < w.To && slices.Contains(w.Days, (day+6)%7)
}

// Open says whether steps may be written at t.
func (r Rules) Open(t time.Time) (bool, error) {
	if len(r.Windows) == 0 {
		return true, nil
	}
	loc, err := r.Location()
	return err == nil && r.open(t.In(loc)), err
}

func (r Rules) open(local time.Time) bool {
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(r.Windows, func(w Window) bool { return w.holds(local.Weekday(), minute) })
}

// Next is the first time from t on at which steps may be written: t itself, or the minute at which a window opens; fault.Invalid
// "rules.never-open" where none does in two weeks.
func (r Rules) Next(t time.Time) (time.Time, error) {
	if len(r.Windows) == 0 {
		return t, nil
	}
	loc, err := r.Location()
	if err != nil {
		return time.Time{}, err
	}
	if r.open(t.In(loc)) {
		return t, nil
	}
	for at := t.Truncate(time.Minute); at.Before(t.Add(lookAhead * time.Minute)); {
		if at = at.Add(time.Minute); r.open(at.In(loc)) {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "rules.never-open")
}

// At reads a time that a person typed, by the clock of the instance's zone: fault.Invalid "rules.at" for what is no time, "rules.at-gap"
// for one that the clock leaves out, "rules.at-past" and "rules.at-far" for one that is over or more than Ahead away. Of a time that comes
// twice the first is meant.
func (r Rules) At(text string, now time.Time) (time.Time, error) {
	loc, err := r.Location()
	if err != nil {
		return time.Time{}, err
	}
	wall, err := time.Parse(TimeFormat, text)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "rules.at").Because(err)
	}
	at, found := onTheWall(wall, loc)
	switch {
	case !found:
		return time.Time{}, fault.New(fault.Invalid, "rules.at-gap", "Zone", r.ZoneName())
	case !at.After(now):
		return time.Time{}, fault.New(fault.Invalid, "rules.at-past", "Now", r.Local(now))
	case at.After(now.Add(Ahead)):
		return time.Time{}, fault.New(fault.Invalid, "rules.at-far", "Days", int(Ahead/(24*time.Hour)))
	}
	return at, nil
}

// onTheWall is the first time at which a clock in loc shows wall, whose own zone is UTC.
func onTheWall(wall time.Time, loc *time.Location) (time.Time, bool) {
	var first time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(loc).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.In(loc).Format(TimeFormat) == wall.Format(TimeFormat) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, !first.IsZero()
}

// ZoneName is the zone for people.
func (r Rules) ZoneName() string {
	if r.Zone == "" {
		return "UTC"
	}
	return r.Zone
}

// Local is a time for people, by the instance's clock, with its zone.
func (r Rules) Local(t time.Time) string {
	loc, err := r.Location()
	if err != nil {
		loc = time.UTC
	}
	return t.In(loc).Format("2 Jan 2006, 15:04 MST")
}

// Rules gives the rules of an instance; the zero Rules where none were set.
func (s *Service) Rules(ctx context.Context, in instance.ID) (Rules, error) {
	r, err := s.journal.Rules(ctx, in)
	if err != nil {
		return Rules{}, fmt.Errorf("the rules of the instance: %w", err)
	}
	return r, nil
}

// SetRules replaces the rules of an instance by r, whose Rev is that of the rules that the person saw. They hold for what is published
// from then on; a change that waits goes by them when its time comes. fault.Invalid where they make no sense, fault.Conflict
// "rules.changed" where somebody else was quicker.
func (s *Service) SetRules(ctx context.Context, in instance.ID, r Rules, by Actor) (Rules, error) {
	if err := r.Check(); err != nil {
		return Rules{}, err
	}
	return s.journal.SetRules(ctx, in, r, by, s.now())
}
