package handlers

import (
	"wrapup/internal/audit"
	flowview "wrapup/views/flow"
	"wrapup/views/ui"
)

// points are the points where an agent is reached, with what contacts carry there.
func (v flowPage) points() *ui.TableProps {
	rep := v.d.Row.Report
	if len(rep.Handoffs) == 0 {
		return nil
	}
	t := &ui.TableProps{ID: "points", Title: v.t("flows.one.points.title"), Count: countIn(len(rep.Handoffs)), Stack: true}
	for _, c := range []string{"block", "setting", "type"} {
		t.Columns = append(t.Columns, ui.Column{Text: v.t("flows.one.points." + c), Wide: c == "block"})
	}
	for _, p := range rep.Handoffs {
		name := ui.Cell{Text: v.blockName(p.Block), Href: v.blockHref(p.Block)}
		if p.Flow != "" { // in another flow or module
			name = ui.Cell{Text: v.nameAt(p.Flow, p.Block), Small: v.otherName(p.Flow)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{name, {Content: v.settings(p.Settings)}, {Text: TypeWords(v.ctx, p.Type)}}})
	}
	return t
}

// exits are the blocks through which the contact goes on to something that is not checked.
func (v flowPage) exits() *ui.TableProps {
	rep := v.d.Row.Report
	if len(rep.Exits) == 0 {
		return nil
	}
	t := &ui.TableProps{ID: "exits", Title: v.t("flows.one.exits.title"), Count: countIn(len(rep.Exits)), Stack: true, Columns: []ui.Column{
		{Text: v.t("flows.one.points.block"), Wide: true}, {Text: v.t("flows.one.points.setting")}, {Text: v.t("flows.one.exits.target")},
		{Text: v.t("flows.one.points.type")},
	}}
	for _, e := range rep.Exits {
		to := v.target(e)
		name := ui.Cell{Text: v.blockName(e.Block), Href: v.blockHref(e.Block)}
		if e.Flow != "" {
			name = ui.Cell{Text: v.nameAt(e.Flow, e.Block), Small: v.otherName(e.Flow)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			name, {Content: v.settings(e.Settings)},
			{Text: to.Text, Href: to.Href, Small: v.whyNot(e)}, {Text: TypeWords(v.ctx, e.Type)},
		}})
	}
	return t
}

func (v flowPage) settings(list []audit.Setting) page {
	var out []ui.StatusProps
	for _, s := range list {
		out = append(out, v.setting(s))
	}
	return flowview.Settings(out)
}

func (v flowPage) setting(s audit.Setting) ui.StatusProps {
	out := ui.StatusProps{Kind: settingStatus(s.Kind), Text: v.t("flows.one.setting."+string(s.Kind), "Guide", v.flowName(s.Flow))}
	if (s.Kind == audit.DynamicValue || s.Kind == audit.UnknownRoute) && s.Flow != "" {
		out.Text = v.t("flows.one.setting.value", "Setting", out.Text, "Value", v.flowName(s.Flow))
	}
	return out
}

func settingStatus(k audit.Kind) ui.StatusKind {
	switch k {
	case audit.ByBlock, audit.ByAttribute, audit.Later:
		return ui.Success
	case audit.Unset, audit.Disabled:
		return ui.Warning
	case audit.BrokenValue, audit.TwoGuides:
		return ui.Error
	}
	return ui.Pending
}
