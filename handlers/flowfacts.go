package handlers

import (
	"cmp"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	flowview "wrapup/views/flow"
	"wrapup/views/ui"
)

func (v flowPage) facts() []ui.KeyValue {
	row, f := &v.d.Row, v.d.Row.Flow
	out := []ui.KeyValue{
		{Key: v.t("flows.one.guides"), Content: v.guides()},
		{Key: v.t("flows.one.leads"), Content: v.leads()},
		{Key: v.t("flows.one.draft"), Text: draftText(v.ctx, row.Draft)},
		{Key: v.t("flows.one.state"), Text: v.state(f)},
		{Key: v.t("flows.one.modified"), Content: ui.Time(timeProps(v.ctx, f.Modified, v.now))},
		{Key: v.t("flows.one.read-at"), Content: ui.Time(timeProps(v.ctx, row.ReadAt, v.now))},
	}
	out = append(out, ui.KeyValue{Key: v.t("snapshots.title"), Text: v.t("snapshots.link"), Href: flowHistoryPath(v.in.ID, f.ID)})
	if f.Description != "" {
		out = append(out, ui.KeyValue{Key: v.t("flows.one.description"), Text: f.Description})
	}
	if row.Managed != "" {
		out = append(out, ui.KeyValue{Key: v.t("flows.one.managed"), Text: row.Managed})
	}
	if len(f.Tags) > 0 {
		out = append(out, ui.KeyValue{Key: v.t("flows.one.tags"), Content: flowview.Lines(tagLines(f.Tags), "")})
	}
	return out
}

// identifiers are what people carry elsewhere.
func (v flowPage) identifiers() []ui.KeyValue {
	line := func(id, text string) ui.KeyValue {
		return ui.KeyValue{Key: v.t("flows.one." + id), Content: ui.Copy(ui.CopyProps{Text: text, Label: v.t("flows.one.copy." + id)})}
	}
	f := v.d.Row.Flow
	out := []ui.KeyValue{line("id", cmp.Or(f.ARN, string(f.ID)))}
	if v.d.Row.Hash != "" {
		out = append(out, line("hash", v.d.Row.Hash))
	}
	return out
}

func tagLines(tags map[string]string) []ui.Link {
	var out []ui.Link
	for k, val := range tags {
		out = append(out, ui.Link{Text: k + " = " + val})
	}
	ordered.By(out, func(a, b ui.Link) int { return cmp.Compare(a.Text, b.Text) })
	return out
}

func (v flowPage) state(f instance.Flow) string {
	switch {
	case f.State == instance.StateArchived:
		return v.t("flows.one.state.archived")
	case f.Status == instance.StatusSaved:
		return v.t("flows.one.state.saved")
	}
	return v.t("flows.one.state.active")
}

// guides are the guides that contacts of this flow open, and what is wrong with them.
func (v flowPage) guides() page {
	var lines []ui.Link
	for _, g := range v.d.Row.Report.Guides {
		l := oneGuide(v.in.ID, g)
		switch {
		case g.Health.State == audit.NotUsable || g.Health.State == audit.NotKnown:
			if g.Health.Reason.ID != "" {
				l.Text = v.t("flows.one.guide.not-usable", "Name", l.Text, "Reason", i18n.Text(v.ctx, g.Health.Reason))
			}
		case g.Health.State == audit.Healthy && !g.Health.ACW:
			l.Text = v.t("flows.one.guide.other", "Name", l.Text)
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		lines = []ui.Link{{Text: v.t("flows.one.guides.none")}}
	}
	return flowview.Lines(lines, "")
}

// leads are all that leads here, and what cannot be seen.
func (v flowPage) leads() page {
	var lines []ui.Link
	for _, l := range SortedLeads(v.d.Row.Leads) {
		text := LeadText(v.ctx, l)
		if l.Version != "" {
			text = v.t("flows.one.leads.version", "Text", text, "Version", l.Version)
		}
		line := ui.Link{Text: text}
		if l.Kind == "flow" && l.Flow != "" {
			line.Href = flowPath(v.in.ID, l.Flow)
		}
		lines = append(lines, line)
	}
	switch {
	case v.d.Row.LeadsUnknown:
		lines = append(lines, ui.Link{Text: v.t("flows.leads.unknown")})
	case len(lines) == 0:
		lines = append(lines, ui.Link{Text: v.t("flows.leads.none")})
	}
	return flowview.Lines(lines, v.t("flows.one.leads.limits"))
}
