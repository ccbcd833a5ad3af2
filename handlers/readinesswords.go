package handlers

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/readiness"
	"wrapup/internal/survey"
	readyview "wrapup/views/readiness"
	"wrapup/views/ui"
)

// agentsShown is how many agents a table shows at first.
const agentsShown = 50

// readyPage says in words whether agents are ready.
type readyPage struct {
	ctx     context.Context
	reading *survey.Reading
	guides  []readiness.Guide
	result  *readiness.Result
	now     time.Time
	all     string // the check whose table shows every agent
}

func (v readyPage) t(id string, args ...any) string { return i18n.T(v.ctx, id, args...) }

func (v readyPage) props() readyview.ShowProps {
	p := readyview.ShowProps{
		About:  sentences(v.ctx, v.t("readiness.about"), v.t("readiness.read-at", "Relative", relativeTime(v.ctx, v.result.ReadAt, v.now), "Absolute", absoluteTime(v.result.ReadAt))),
		Checks: []readyview.CheckProps{v.views(), v.time()},
		Guides: v.guideTable(),
	}
	if g := v.result.Unnamed; g != nil {
		a := v.gap(*g)
		a.Title = v.t("readiness.unnamed")
		p.Notices = append(p.Notices, a)
	}
	return p
}

// views is whether agents may see a guide.
func (v readyPage) views() readyview.CheckProps {
	c := v.result.Views
	p := v.check("views", c)
	p.Texts = append(p.Texts, v.t("readiness.views.means"))
	if c.State == readiness.Found {
		p.Texts = append(p.Texts, v.t("readiness.views.remedy"))
		p.ListTitle, p.List = v.t("readiness.views.profiles"), v.lacking(c.Findings)
	}
	p.Table, p.All = v.table("views", c.Findings, "readiness.column.profiles", func(f readiness.Finding) []string { return f.Profiles })
	return p
}

// lacking are the security profiles of the agents who lack the permission, those of most agents first: none of them has it.
func (v readyPage) lacking(list []readiness.Finding) []string {
	agents := map[string]int{}
	for _, f := range list {
		for _, p := range f.Profiles {
			agents[p]++
		}
	}
	names := slices.Sorted(maps.Keys(agents))
	slices.SortStableFunc(names, func(a, b string) int { return agents[b] - agents[a] })
	var out []string
	for _, name := range names {
		out = append(out, v.t("readiness.views.profile", "Name", name, "Count", agents[name]))
	}
	return out
}

// time is whether after-contact work lasts as long as the guide.
func (v readyPage) time() readyview.CheckProps {
	c := v.result.Time
	p := v.check("time", c)
	if v.result.Needed > 0 {
		p.Texts = append(p.Texts, v.t("readiness.time.means", "Guide", v.result.Guide, "Time", v.duration(v.result.Needed)))
	}
	if c.State == readiness.Found {
		p.Texts = append(p.Texts, v.t("readiness.time.remedy", "Time", v.duration(v.result.Needed), "Count", int(v.result.Needed/time.Second)))
		p.Alternative = v.t("readiness.time.alternative")
	}
	p.Table, p.All = v.table("time", c.Findings, "readiness.column.limits", func(f readiness.Finding) []string {
		var out []string
		for _, l := range f.Limits {
			out = append(out, v.short(l))
		}
		return out
	})
	return p
}

// check is what both questions share. A question that could not be answered for everybody is never fine.
func (v readyPage) check(id string, c readiness.Check) readyview.CheckProps {
	p := readyview.CheckProps{ID: id, Title: v.t("readiness." + id)}
	say := func(kind ui.StatusKind, sentence string, args ...any) {
		p.Status = ui.StatusProps{Kind: kind, Text: v.t("readiness."+id+"."+sentence, args...)}
	}
	switch {
	case c.State == readiness.Found:
		say(ui.Warning, "found", "Count", len(c.Findings), "Of", c.Checked)
	case c.State == readiness.NotChecked && c.Checked > 0:
		say(ui.Pending, "part", "Count", c.Checked)
	case c.State == readiness.NotChecked:
		p.Status = ui.StatusProps{Kind: ui.Pending, Text: v.t("readiness.not-checked")}
	case c.Checked == 0:
		p.Status = ui.StatusProps{Kind: ui.Info, Text: v.t("readiness.nobody", "Count", v.result.Users)}
	default:
		say(ui.Success, "ok", "Count", c.Checked)
	}
	for _, g := range c.Gaps {
		p.Gaps = append(p.Gaps, v.gap(g))
	}
	return p
}

// gap is what could not be checked, why, and what is missing for it.
func (v readyPage) gap(g readiness.Gap) ui.AlertProps {
	a := ui.AlertProps{Kind: ui.Warning, Code: g.Code, RequestID: g.RequestID, Title: v.t("readiness.not-checked"), Text: v.why(g)}
	switch {
	case g.Users == readiness.Unknown:
		a.Title = v.t("readiness.gap.some")
	case g.Users > 0:
		a.Title = v.t("readiness.gap.users", "Count", g.Users)
	}
	return a
}

// why says what is missing to close a gap.
func (v readyPage) why(g readiness.Gap) string {
	switch {
	case g.Reason == readiness.Denied && g.Action != "":
		return v.t("readiness.gap.denied", "Action", g.Action)
	case g.Reason == readiness.Denied, g.Reason == readiness.Failed:
		return i18n.Text(v.ctx, g.Why)
	case g.Reason == readiness.NoLimit && g.Guide == "":
		return v.t("readiness.gap.no-guide")
	case g.Reason == readiness.NoLimit:
		return v.t("readiness.gap.no-limit", "Guide", g.Guide)
	}
	return v.t("readiness.gap." + string(g.Reason))
}

// table lists the agents of a check; nil without any. more leads to the rest.
func (v readyPage) table(id string, list []readiness.Finding, column string, lines func(readiness.Finding) []string) (t *ui.TableProps, more *ui.Link) {
	if len(list) == 0 {
		return nil, nil
	}
	t = &ui.TableProps{ID: id + "-agents", Level: 3, Title: v.t("readiness." + id + ".agents"), Count: countIn(len(list)), Stack: true, Columns: []ui.Column{
		{Text: v.t("readiness.column.login")}, {Text: v.t("readiness.column.name")}, {Text: v.t(column), Wide: true},
	}}
	shown := list
	if v.all != id && len(list) > agentsShown+1 {
		shown = list[:agentsShown]
		more = &ui.Link{Text: v.t("readiness.all", "Count", len(list)), Href: readinessPath(v.reading.Instance.ID) + "?all=" + id + "#" + t.ID}
	}
	for _, f := range shown {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: f.Login}, {Text: strings.TrimSpace(f.First + " " + f.Last)}, {Content: readyview.Lines(lines(f))},
		}})
	}
	return t, more
}

// short says what a limit does to the guide.
func (v readyPage) short(l instance.WorkLimit) string {
	id := "readiness.short." + l.Channel
	switch {
	case l.Callback:
		id = "readiness.short.callback"
	case l.Channel == "":
		id = "readiness.short.every"
	case !i18n.Has(id):
		return v.t("readiness.short.other", "Channel", l.Channel, "Limit", v.duration(l.Limit), "Time", v.duration(v.result.Needed))
	}
	return v.t(id, "Limit", v.duration(l.Limit), "Time", v.duration(v.result.Needed))
}

// duration says its units: "8 min 0 s".
func (v readyPage) duration(d time.Duration) string {
	hours, minutes, seconds := int(d/time.Hour), int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case hours > 0:
		return v.t("readiness.hours", "Hours", hours, "Minutes", minutes, "Seconds", seconds)
	case minutes > 0:
		return v.t("readiness.minutes", "Minutes", minutes, "Seconds", seconds)
	case d > 0 && seconds == 0:
		return v.t("readiness.milliseconds", "Milliseconds", int(d/time.Millisecond))
	}
	return v.t("readiness.seconds", "Seconds", seconds)
}

// guideTable is what after-contact work was held against.
func (v readyPage) guideTable() ui.TableProps {
	t := ui.TableProps{ID: "against", Title: v.t("readiness.guides"), Count: countIn(len(v.guides)), Description: v.t("readiness.guides.text"), Stack: true,
		Columns: []ui.Column{{Text: v.t("guides.column.name"), Wide: true}, {Text: v.t("readiness.guides.limit"), Wide: true}},
		Empty:   &ui.EmptyProps{Title: v.t("readiness.guides.none"), Text: v.t("readiness.guides.none.text")},
	}
	rows := guidesToGet(v.reading)
	for i, g := range v.guides {
		limit := v.t("readiness.guides.unknown")
		if g.Seconds > 0 {
			limit = v.duration(time.Duration(g.Seconds) * time.Second)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: g.Name, Href: guidePath(v.reading.Instance.ID, rows[i].Flow.ID)}, {Text: limit}}})
	}
	return t
}
