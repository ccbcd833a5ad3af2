package readiness_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/readiness"
)

func judged(t *testing.T, f *fake, guides ...readiness.Guide) *readiness.Result {
	t.Helper()
	if guides == nil {
		guides = acw
	}
	return readiness.Read(t.Context(), f, inst, now).Judge(guides)
}

// said is a check in one line.
func said(c readiness.Check) string {
	s := fmt.Sprintf("%s %d", c.State, c.Checked)
	for _, f := range c.Findings {
		s += " " + f.Login
		for _, l := range f.Limits {
			s += fmt.Sprintf(" %s:%v", l.Channel, l.Limit)
		}
	}
	for _, g := range c.Gaps {
		s += fmt.Sprintf(" | %s %d%s%s", g.Reason, g.Users, g.Action, g.Guide)
		if g.Why.ID != "" {
			s += " " + g.Why.ID
		}
	}
	return s
}

func TestWhoLacksThePermission(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		users  []instance.User
		change func(*fake)
		agents int
		want   string
	}{
		"agents with it":                           {[]instance.User{user("a", 0, "agent"), user("b", 0, "agent")}, nil, 2, "ok 2"},
		"one without":                              {[]instance.User{user("a", 0, "agent"), user("b", 0, "store")}, nil, 2, "found 2 b"},
		"any profile is enough":                    {[]instance.User{user("a", 0, "store", "viewer"), user("b", 0, "quality", "agent")}, nil, 2, "ok 2"},
		"who takes no contacts needs none":         {[]instance.User{user("a", 0, "quality"), user("b", 0, "viewer")}, nil, 0, "ok 0"},
		"nobody":                                   {nil, nil, 0, "ok 0"},
		"a profile that is denied":                 {[]instance.User{user("a", 0, "agent"), user("b", 0, "store"), user("c", 0, "store")}, deny("SecurityProfilePermissions store"), 1, "not-checked 1 | denied 2connect:SecurityProfilePermissions store aws.denied"},
		"a denied profile beside one that says":    {[]instance.User{user("a", 0, "agent", "store")}, deny("SecurityProfilePermissions store"), 1, "ok 1"},
		"a denied profile beside one that lacks":   {[]instance.User{user("a", 0, "agent", "store"), user("b", 0, "store")}, deny("SecurityProfilePermissions agent"), 2, "found 1 b | denied 1connect:SecurityProfilePermissions agent aws.denied"},
		"perhaps an agent, who sees guides anyway": {[]instance.User{user("a", 0, "viewer", "store")}, deny("SecurityProfilePermissions store"), 0, "ok 0"},
		"a user whose profiles were not told":      {[]instance.User{user("a", 0)}, nil, 0, "not-checked 0 | untold 1"},
		"a profile that is gone":                   {[]instance.User{user("a", 0, "agent"), user("b", 0, "other")}, func(f *fake) { f.fail["SecurityProfilePermissions other"] = fault.New(fault.NotFound, "aws.not-found") }, 1, "not-checked 1 | failed 1 aws.not-found"},
		"users that cannot be searched":            {nil, func(f *fake) { f.searchErr = denied("SearchUsers") }, 0, "not-checked 0 | denied -1connect:SearchUsers aws.denied"},
		"a search that ends on the way":            {[]instance.User{user("a", 0, "agent")}, func(f *fake) { f.searchErr = down() }, 1, "not-checked 1 | failed -1 aws.service"},
		"found before the search ended":            {[]instance.User{user("a", 0, "store")}, func(f *fake) { f.searchErr = down() }, 1, "found 1 a | failed -1 aws.service"},
		"a search and a profile that fail alike":   {[]instance.User{user("a", 0, "store")}, func(f *fake) { f.searchErr, f.fail["SecurityProfilePermissions"] = down(), down() }, 0, "not-checked 0 | failed -1 aws.service"},
		"they stand by their logins":               {[]instance.User{user("c", 0, "store"), user("a", 0, "store"), user("b", 0, "store")}, nil, 3, "found 3 a b c"},
		"names that are denied change nothing":     {[]instance.User{user("a", 0, "store")}, deny("SecurityProfiles"), 1, "found 1 a"},
		"an error nobody classified":               {[]instance.User{user("a", 0, "agent")}, func(f *fake) { f.searchErr = errors.New("x") }, 1, "not-checked 1 | failed -1 fault.internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := people(x.users...)
			if x.change != nil {
				x.change(f)
			}
			r := judged(t, f)
			if got := said(r.Views); got != x.want || r.Agents != x.agents || r.Users != len(x.users) || !r.ReadAt.Equal(now) {
				t.Errorf("got %q with %d agents, want %q with %d", got, r.Agents, x.want, x.agents)
			}
			if (r.Unnamed != nil) != (f.fail["SecurityProfiles"] != nil) {
				t.Errorf("unnamed %+v", r.Unnamed)
			}
		})
	}
}

// deny refuses a method, or a method for one id.
func deny(what string) func(*fake) {
	return func(f *fake) { f.fail[what] = denied(what) }
}

func TestProfilesAreNamed(t *testing.T) {
	t.Parallel()
	f := people(user("a", 0, "store", "quality"))
	want := readiness.Finding{ID: "id of a", Login: "a", Profiles: []string{"The store", "The quality"}}
	if diff := cmp.Diff([]readiness.Finding{want}, judged(t, f).Views.Findings); diff != "" {
		t.Error(diff)
	}
	deny("SecurityProfiles")(f)
	r := judged(t, f)
	if diff := cmp.Diff([]string{"store", "quality"}, r.Views.Findings[0].Profiles); diff != "" || r.Unnamed.Action != "connect:SecurityProfiles" || r.Unnamed.RequestID != "req-1" {
		t.Error(diff, r.Unnamed)
	}
}

func TestWhoseTimeIsShort(t *testing.T) {
	t.Parallel()
	four := func(change int) []instance.WorkLimit {
		list := []instance.WorkLimit{limit("VOICE", 600), limit("CHAT", 600), limit("TASK", 0), limit("EMAIL", 600)}
		list[1].Limit = time.Duration(change) * time.Second
		return list
	}
	callback := limit("VOICE", 60)
	callback.Callback = true
	for name, x := range map[string]struct {
		users  []instance.User
		change func(*fake)
		want   string
	}{
		"long enough, just so, and without a limit": {[]instance.User{user("a", 600, "agent"), user("b", 480, "agent"), user("c", 0, "agent")}, nil, "ok 3"},
		"a second short":                           {[]instance.User{user("a", 479, "agent")}, nil, "found 1 a :7m59s"},
		"who takes no contacts":                    {[]instance.User{user("a", 10, "quality")}, nil, "ok 0"},
		"without the permission for views":         {[]instance.User{user("a", 30, "store")}, nil, "found 1 a :30s"},
		"one channel":                              {[]instance.User{with("a", four(180)...)}, nil, "found 1 a CHAT:3m0s"},
		"no channel":                               {[]instance.User{with("a", four(480)...)}, nil, "ok 1"},
		"the rest, where one channel has its own":  {[]instance.User{with("a", limit("", 60), limit("CHAT", 600))}, nil, "found 1 a :1m0s"},
		"the rest, where each channel has its own": {[]instance.User{with("a", append(four(600), limit("", 60))...)}, nil, "ok 1"},
		"after callbacks alone":                    {[]instance.User{with("a", limit("", 600), limit("VOICE", 600), callback)}, nil, "found 1 a VOICE:1m0s"},
		"a callback's is not its channel's":        {[]instance.User{with("a", limit("CHAT", 0), limit("TASK", 0), limit("EMAIL", 0), callback)}, nil, "found 1 a VOICE:1m0s"},
		"a callback's alone was told in a channel": {[]instance.User{with("a", limit("CHAT", 0), limit("TASK", 0), limit("EMAIL", 0),
			instance.WorkLimit{Channel: "VOICE", Callback: true})}, nil, "not-checked 0 | untold 1"},
		"several":                                    {[]instance.User{with("a", limit("", 60), limit("CHAT", 70))}, nil, "found 1 a :1m0s CHAT:1m10s"},
		"no limits were told":                        {[]instance.User{with("a")}, nil, "not-checked 0 | untold 1"},
		"one channel's alone was told":               {[]instance.User{with("a", limit("CHAT", 600))}, nil, "not-checked 0 | untold 1"},
		"one that is short though others are untold": {[]instance.User{with("a", limit("CHAT", 60))}, nil, "found 1 a CHAT:1m0s"},
		"perhaps an agent, and short":                {[]instance.User{user("a", 60, "store")}, deny("SecurityProfilePermissions store"), "not-checked 0 | denied 1connect:SecurityProfilePermissions store aws.denied"},
		"perhaps an agent, and long enough":          {[]instance.User{user("a", 600, "store")}, deny("SecurityProfilePermissions store"), "ok 0"},
		"a search that ends on the way":              {[]instance.User{user("a", 600, "agent")}, func(f *fake) { f.searchErr = denied("DescribeUser") }, "not-checked 1 | denied -1connect:DescribeUser aws.denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := people(x.users...)
			if x.change != nil {
				x.change(f)
			}
			r := judged(t, f)
			if got := said(r.Time); got != x.want || r.Needed != 8*time.Minute || r.Guide != "After contact work" {
				t.Errorf("got %q for %s of %v, want %q", got, r.Guide, r.Needed, x.want)
			}
			if f.calls["DescribeUser"] > 0 {
				t.Error("a user was described for nothing")
			}
		})
	}
}

func TestTheGuidesLimits(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		guides []readiness.Guide
		want   string
		guide  string
	}{
		"the longest counts":                  {[]readiness.Guide{{"A", 60}, {"B", 900}, {"C", 480}}, "found 2 a :10m0s", "B"},
		"shorter ones do not":                 {[]readiness.Guide{{"A", 600}, {"B", 60}}, "ok 2", "A"},
		"no guide":                            {[]readiness.Guide{}, "not-checked 0 | no-limit 2", ""},
		"one whose limit is not known":        {[]readiness.Guide{{"A", 0}}, "not-checked 0 | no-limit 2A", ""},
		"one of two not known":                {[]readiness.Guide{{"A", 0}, {"B", 60}}, "not-checked 2 | no-limit 2A", "B"},
		"one of two not known, and one found": {[]readiness.Guide{{"A", 900}, {"B", 0}}, "found 2 a :10m0s | no-limit 2B", "A"},
	} {
		r := readiness.Read(t.Context(), people(user("a", 600, "agent"), user("b", 0, "agent")), inst, now).Judge(x.guides)
		if got := said(r.Time); got != x.want || r.Guide != x.guide || r.Views.State != readiness.OK {
			t.Errorf("%s: got %q by %q, want %q by %q; views %s", name, got, r.Guide, x.want, x.guide, said(r.Views))
		}
	}
}

func TestTheUnitOfLimitsPerChannel(t *testing.T) {
	t.Parallel()
	rest := func(l ...instance.WorkLimit) []instance.WorkLimit { return append(l, limit("", 0)) }
	for name, x := range map[string]struct {
		users     []instance.User
		described map[string][]instance.WorkLimit
		change    func(*fake)
		want      string
		calls     int
	}{
		"seconds": {[]instance.User{with("a", rest(open("CHAT", 180))...), with("b", rest(open("CHAT", 600))...), with("c", rest(open("TASK", 60))...)},
			map[string][]instance.WorkLimit{"a": rest(limit("CHAT", 180))}, nil, "found 3 a CHAT:3m0s c TASK:1m0s", 1},
		"milliseconds": {[]instance.User{with("a", rest(open("CHAT", 180_000))...), with("b", rest(open("CHAT", 600_000))...)},
			map[string][]instance.WorkLimit{"a": rest(limit("CHAT", 180))}, nil, "found 2 a CHAT:3m0s", 1},
		"none needs no unit": {[]instance.User{with("a", rest(open("CHAT", 0))...)}, nil, nil, "ok 1", 0},
		"the first was changed in between": {[]instance.User{with("a", rest(open("CHAT", 180))...), with("b", rest(open("CHAT", 700))...)},
			map[string][]instance.WorkLimit{"a": rest(limit("CHAT", 200)), "b": rest(limit("CHAT", 700))}, nil, "found 2 a CHAT:3m0s", 2},
		"two that do not agree settle nothing": {[]instance.User{with("a", rest(open("CHAT", 60), open("TASK", 60))...)},
			map[string][]instance.WorkLimit{"a": rest(limit("CHAT", 60), instance.WorkLimit{Channel: "TASK", Limit: 60 * time.Millisecond})}, nil, "not-checked 0 | unit-open 1", 1},
		"one that is gone": {[]instance.User{with("a", rest(open("CHAT", 180))...)}, map[string][]instance.WorkLimit{"a": rest()}, nil, "not-checked 0 | unit-open 1", 1},
		"not more than three are asked": {[]instance.User{with("a", rest(open("CHAT", 1))...), with("b", rest(open("CHAT", 2))...), with("c", rest(open("CHAT", 3))...),
			with("d", rest(open("CHAT", 4))...)}, nil, nil, "not-checked 0 | unit-open 4", 3},
		"denied once is denied": {[]instance.User{with("a", rest(open("CHAT", 1))...), with("b", rest(open("CHAT", 2))...), with("c", rest(open("CHAT", 600_000))...)}, nil,
			func(f *fake) { f.fail["DescribeUser"] = denied("DescribeUser") }, "not-checked 1 | denied 2connect:DescribeUser aws.denied", 1},
		"one fails, the next tells": {[]instance.User{with("a", rest(open("CHAT", 180))...), with("b", rest(open("CHAT", 600))...)},
			map[string][]instance.WorkLimit{"b": rest(limit("CHAT", 600))}, func(f *fake) { f.fail["DescribeUser id of a"] = down() }, "found 2 a CHAT:3m0s", 2},
		"long enough in either unit":     {[]instance.User{with("a", rest(open("CHAT", 480_000))...)}, nil, func(f *fake) { f.fail["DescribeUser"] = down() }, "ok 1", 1},
		"short besides, in a known unit": {[]instance.User{with("a", limit("", 60), open("CHAT", 600))}, nil, func(f *fake) { f.fail["DescribeUser"] = down() }, "found 1 a :1m0s", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := people(x.users...)
			for login, limits := range x.described {
				f.described["id of "+login] = with(login, limits...)
			}
			if x.change != nil {
				x.change(f)
			}
			before := fmt.Sprint(f.pages)
			if got := said(judged(t, f).Time); got != x.want || f.calls["DescribeUser"] != x.calls {
				t.Errorf("got %q after %d descriptions, want %q after %d", got, f.calls["DescribeUser"], x.want, x.calls)
			}
			if fmt.Sprint(f.pages) != before {
				t.Error("what the reader gave was changed")
			}
		})
	}
}

func TestWhatAReadingCosts(t *testing.T) {
	t.Parallel()
	f := people()
	f.pages = nil
	for p := range 4 {
		page := make([]instance.User, 500)
		for i := range page {
			page[i] = with(fmt.Sprintf("%d.%03d", p, i), limit("", 0), open("CHAT", 600))
			page[i].Profiles = []string{"agent", "store", "quality"}[i%3 : i%3+1]
		}
		f.pages = append(f.pages, page)
	}
	f.pages[3][0] = f.pages[0][0] // told twice
	f.described["id of 0.000"] = with("0.000", limit("CHAT", 600))
	r := judged(t, f)
	want := map[string]int{"SearchUsers": 4, "SecurityProfiles": 1, "SecurityProfilePermissions": 3, "DescribeUser": 1}
	if diff := cmp.Diff(want, f.calls); diff != "" || r.Users != 1999 || len(r.Views.Findings) != 668 {
		t.Error(diff, r.Users, len(r.Views.Findings))
	}
	t.Run("nobody costs one search", func(t *testing.T) {
		f := people()
		judged(t, f)
		if diff := cmp.Diff(map[string]int{"SearchUsers": 1}, f.calls); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a service that is down is not asked for every profile", func(t *testing.T) {
		f := people()
		for i := range 50 {
			f.pages[0] = append(f.pages[0], user(fmt.Sprint(i), 60, fmt.Sprint("profile ", i)))
		}
		f.fail["SecurityProfilePermissions"] = down()
		r := judged(t, f)
		if n := f.calls["SecurityProfilePermissions"]; n != 3 || said(r.Views) != "not-checked 0 | failed 50 aws.service" || said(r.Time) != "not-checked 0 | failed 50 aws.service" {
			t.Errorf("%d calls: %s", n, said(r.Views))
		}
	})
	t.Run("failures that are not in a row, and profiles that are gone, end nothing", func(t *testing.T) {
		for _, bad := range [][]string{{"0", "1", "3", "4", "6"}, {"0", "1", "2", "3", "4"}} {
			f := people()
			for i := range 8 {
				f.pages[0] = append(f.pages[0], user(fmt.Sprint(i), 0, fmt.Sprint("profile ", i)))
			}
			for _, i := range bad {
				f.fail["SecurityProfilePermissions profile "+i] = map[bool]error{true: down(), false: fault.New(fault.NotFound, "aws.not-found")}[bad[2] == "3"]
			}
			judged(t, f)
			if n := f.calls["SecurityProfilePermissions"]; n != 8 {
				t.Errorf("%v: %d calls", bad, n)
			}
		}
	})
	t.Run("denials are for one profile each", func(t *testing.T) {
		f := people()
		for i := range 10 {
			f.pages[0] = append(f.pages[0], user(fmt.Sprint(i), 0, fmt.Sprint("profile ", i)))
		}
		f.pages[0] = append(f.pages[0], user("z", 0, "store"))
		for i := range 10 {
			f.fail[fmt.Sprint("SecurityProfilePermissions profile ", i)] = denied("ListSecurityProfilePermissions")
		}
		if got := said(judged(t, f).Views); got != "found 1 z | denied 10connect:ListSecurityProfilePermissions aws.denied" {
			t.Error(got)
		}
	})
}

func TestResultsSurviveJSON(t *testing.T) {
	t.Parallel()
	f := people(user("a", 60, "store"), user("b", 0, "other"))
	deny("SecurityProfilePermissions other")(f)
	deny("SecurityProfiles")(f)
	r := judged(t, f)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back readiness.Result
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Error(diff)
	}
}

// Taking away any answer never makes a check better, and never makes a finding.
func TestLessKnownIsNeverGreener(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"agent", "store", "quality", "viewer"}
		f := people()
		for i := range rapid.IntRange(0, 6).Draw(t, "users") {
			u := user(fmt.Sprint(i), rapid.SampledFrom([]int{0, 60, 480, 600}).Draw(t, "limit"), rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(t, "profiles")...)
			if rapid.Bool().Draw(t, "channels") {
				l := limit("CHAT", rapid.SampledFrom([]int{0, 60, 600}).Draw(t, "chat"))
				f.described[u.ID] = with(u.Login, append(u.Limits, l)...)
				l.UnitOpen = true
				u.Limits = append(u.Limits, l)
			}
			f.pages[0] = append(f.pages[0], u)
		}
		full := readiness.Read(t.Context(), f, inst, now).Judge(acw)
		for _, what := range []string{"SecurityProfiles", "DescribeUser", "SecurityProfilePermissions " + rapid.SampledFrom(names).Draw(t, "denied"), "SecurityProfilePermissions"} {
			if rapid.Bool().Draw(t, what) {
				f.fail[what] = denied(what)
			}
		}
		cut := rapid.IntRange(0, len(f.pages[0])).Draw(t, "pages end at")
		if cut < len(f.pages[0]) {
			f.pages[0], f.searchErr = f.pages[0][:cut], down()
		}
		less := readiness.Read(t.Context(), f, inst, now).Judge(acw)
		for i, c := range []readiness.Check{less.Views, less.Time} {
			whole := []readiness.Check{full.Views, full.Time}[i]
			if c.State == readiness.OK && whole.State != readiness.OK {
				t.Errorf("check %d: %q became %q", i, said(whole), said(c))
			}
			found := map[string]bool{}
			for _, x := range whole.Findings {
				found[x.Login] = true
			}
			for _, x := range c.Findings {
				if !found[x.Login] {
					t.Errorf("check %d: %q became %q", i, said(whole), said(c))
				}
			}
		}
	})
}
