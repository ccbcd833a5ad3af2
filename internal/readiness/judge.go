package readiness

import (
	"slices"
	"time"

	"wrapup/internal/instance"
)

// channels are all that after-contact work follows on (the API's enum Channel).
var channels = []string{"VOICE", "CHAT", "TASK", "EMAIL"}

// Judge holds the facts against the guides that agents may get. With several guides the longest counts: which of them a
// contact opens is not an agent's setting.
func (f *Facts) Judge(guides []Guide) *Result {
	r := &Result{ReadAt: f.ReadAt, Users: len(f.Users)}
	for _, g := range guides {
		if d := time.Duration(g.Seconds) * time.Second; d > r.Needed {
			r.Needed, r.Guide = d, g.Name
		}
	}
	if f.Named != nil {
		g := gapOf(f.Named, len(f.Users))
		r.Unnamed = &g
	}
	for _, u := range f.Users {
		f.judge(r, u)
	}
	r.Time.gapsOf(guides, r.Agents)
	if f.Rest != nil {
		r.Views.add(gapOf(f.Rest, Unknown))
		r.Time.add(gapOf(f.Rest, Unknown))
	}
	r.Views.close()
	r.Time.close()
	return r
}

func (f *Facts) judge(r *Result, u instance.User) {
	agent := f.may(u, ControlPanel)
	if agent.is == no {
		return
	}
	if agent.is == yes {
		r.Agents++
	}
	switch views := f.may(u, CustomViews); {
	case views.is == unknown:
		r.Views.add(views.why)
	case views.is == no: // then all profiles are known, and the user is an agent
		r.Views.find(f.finding(u, nil))
	case agent.is == yes:
		r.Views.Checked++
	}
	if r.Needed == 0 {
		return
	}
	short, gap := f.short(u, r.Needed)
	switch {
	case gap != nil && len(short) == 0:
		r.Time.add(*gap)
	case agent.is == unknown && len(short) > 0:
		r.Time.add(agent.why)
	case len(short) > 0:
		r.Time.find(f.finding(u, short))
	case agent.is == yes:
		r.Time.Checked++
	}
}

type certainty int

const (
	unknown certainty = iota
	no
	yes
)

// verdict is whether a user may do something, and why that is unknown.
type verdict struct {
	is  certainty
	why Gap
}

// may asks all of a user's profiles: one that permits is enough, and only all of them together can refuse.
func (f *Facts) may(u instance.User, permission string) verdict {
	v := verdict{is: no}
	if len(u.Profiles) == 0 { // every user has at least one (CreateUser)
		v = verdict{unknown, Gap{Reason: Untold, Users: 1}}
	}
	for _, p := range u.Profiles {
		has, known := f.May[p]
		switch {
		case has[permission]:
			return verdict{is: yes}
		case !known:
			v = verdict{unknown, gapOf(f.Shut[p], 1)}
		}
	}
	return v
}

// short gives a user's limits that end before a guide of the time needed does; a gap where there may be others. A channel
// without a limit of its own has that of the phone configuration.
func (f *Facts) short(u instance.User, needed time.Duration) (list []instance.WorkLimit, gap *Gap) {
	all := true // channels have limits of their own
	for _, c := range channels {
		all = all && slices.ContainsFunc(u.Limits, func(l instance.WorkLimit) bool { return l.Channel == c && !l.Callback })
	}
	for _, l := range u.Limits {
		switch {
		case l.Channel == "" && all, l.Limit == 0, l.Limit >= needed: // in milliseconds, which is the shorter of the two readings
		case l.UnitOpen && f.Unit != nil:
			g := gapOf(f.Unit, 1)
			gap = &g
		case l.UnitOpen:
			gap = &Gap{Reason: UnitOpen, Users: 1}
		default:
			list = append(list, l)
		}
	}
	if !all && !slices.ContainsFunc(u.Limits, func(l instance.WorkLimit) bool { return l.Channel == "" }) {
		gap = &Gap{Reason: Untold, Users: 1}
	}
	return list, gap
}

func (f *Facts) finding(u instance.User, limits []instance.WorkLimit) Finding {
	x := Finding{ID: u.ID, Login: u.Login, First: u.First, Last: u.Last, Limits: limits}
	for _, p := range u.Profiles {
		name := f.Names[p]
		if name == "" {
			name = p
		}
		x.Profiles = append(x.Profiles, name)
	}
	return x
}

func (c *Check) find(x Finding) {
	c.Checked++
	c.Findings = append(c.Findings, x)
}

// add counts a gap with those of the same cause.
func (c *Check) add(g Gap) {
	for i := range c.Gaps {
		x := &c.Gaps[i]
		if x.Reason != g.Reason || x.Action != g.Action || x.Guide != g.Guide || x.Why.ID != g.Why.ID || x.Code != g.Code {
			continue
		}
		if x.Users != Unknown && g.Users != Unknown {
			x.Users += g.Users
		} else {
			x.Users = Unknown
		}
		return
	}
	c.Gaps = append(c.Gaps, g)
}

// gapsOf are the guides whose time limit is not known.
func (c *Check) gapsOf(guides []Guide, agents int) {
	if len(guides) == 0 {
		c.add(Gap{Reason: NoLimit, Users: agents})
	}
	for _, g := range guides {
		if g.Seconds <= 0 {
			c.add(Gap{Reason: NoLimit, Users: agents, Guide: g.Name})
		}
	}
}

func (c *Check) close() {
	switch {
	case len(c.Findings) > 0:
		c.State = Found
	case len(c.Gaps) > 0:
		c.State = NotChecked
	default:
		c.State = OK
	}
}
