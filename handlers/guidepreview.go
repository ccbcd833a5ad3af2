package handlers

import (
	"context"
	"net/http"
	"strings"

	"wrapup/internal/acw"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/view"
	"wrapup/views/guides"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// preview shows what agents see, the JSON, and what differs from the published guide.
func (h *Guides) preview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	g, err := h.guide(r)
	if err != nil {
		return err
	}
	before, after, _, err := g.content()
	if err != nil {
		return err
	}
	readable, _ := prettyJSON(after)
	title := i18n.T(ctx, "guides.preview.title", "Guide", g.name)
	if g.name == "" {
		title = i18n.T(ctx, "guides.preview.title.new")
	}
	p := guides.PreviewProps{
		Page: h.instancePage(r, g.in, layout.PageProps{Title: title},
			ui.Link{Text: i18n.T(ctx, "guides.title"), Href: guidesPath(g.in.ID)},
			ui.Link{Text: g.title(ctx), Href: g.path()}, ui.Link{Text: i18n.T(ctx, "guides.preview.crumb"), Href: g.path() + "/preview"}),
		Notices: guideNotices(ctx, g),
		Agent:   agentParts(g.view.Nodes, g.model.Values),
		Title:   g.view.Title,
		Blocks:  blocksTable(ctx, "blocks", before, after),
		Diff:    diffProps(ctx, before, after),
		Code:    ui.CodeProps{Label: i18n.T(ctx, "guides.preview.json"), Lines: highlightJSON(readable)},
		Size:    i18n.T(ctx, "guides.preview.size", "Length", flow.UTF16Len(after), "Max", flow.MaxContent),
		Form:    g.path(), Download: g.path() + "/export.json",
	}
	namesAlone(h.Survey.Last(g.in.ID), &p.Blocks)
	if may(r, people.Editor) && g.modified() && !g.archived() {
		p.Review = addGuidePath(g.in.ID) + "?guide=" + reviewChoice(g)
	}
	return render(w, r, http.StatusOK, guides.Preview(p))
}

func (g guideState) title(ctx context.Context) string {
	if g.name == "" {
		return i18n.T(ctx, "guides.new.title")
	}
	return g.name
}

// export is a file that the console's Import flow reads: what would be published.
func (h *Guides) export(w http.ResponseWriter, r *http.Request) error {
	g, err := h.guide(r)
	if err != nil {
		return err
	}
	_, after, _, err := g.content()
	if err != nil {
		return err
	}
	if g.live == nil {
		name := g.name
		if name == "" {
			name = g.title(r.Context())
		}
		after = acw.CompileFor(g.model, name, "")
	}
	return download(w, "application/json", g.title(r.Context())+".json", after)
}

// diffProps is the difference by line in the form that people compare.
func diffProps(ctx context.Context, before, after []byte) ui.DiffProps {
	p := ui.DiffProps{Label: i18n.T(ctx, "guides.preview.lines"), Empty: i18n.T(ctx, "guides.preview.same")}
	if before == nil {
		p.Empty = i18n.T(ctx, "guides.preview.all-new")
		return p
	}
	return lineDifference(ctx, p, diffLines(before, after, 3))
}

// blocksTable is the difference by block; a flow that does not exist yet has none.
func blocksTable(ctx context.Context, id string, before, after []byte) ui.TableProps {
	was, err := flow.Parse(before)
	if err != nil {
		return ui.TableProps{ID: id}
	}
	is, err := flow.Parse(after)
	if err != nil {
		return ui.TableProps{ID: id}
	}
	return blockDifference(ctx, id, i18n.T(ctx, "changes.blocks"), was, is, diffBlocks(was, is))
}

// agentParts draws the view with the guide's values in the places of its placeholders.
func agentParts(nodes []view.Node, values map[string]string) []guides.Part {
	var out []guides.Part
	for _, n := range nodes {
		out = append(out, agentPart(n, values))
	}
	return out
}

func agentPart(n view.Node, values map[string]string) guides.Part {
	text := func(s string) guides.Value { return shown(s, values) }
	first := ""
	if len(n.Text) > 0 {
		first = n.Text[0]
	}
	switch n.Type {
	case "AttributeBar":
		p := guides.Part{Kind: guides.Bar}
		for _, a := range n.Bar {
			p.Cells = append(p.Cells, guides.Cell{Label: a.Label, Value: text(a.Value), Link: a.URL != ""})
		}
		return p
	case "Header":
		level := 2
		if n.Props["variant"] == "h1" {
			level = 1
		}
		return guides.Part{Kind: guides.Heading, Title: text(first), Text: text(n.Props["description"]), Level: level}
	case "Form", "Section", "Container":
		return guides.Part{Kind: guides.Section, Children: agentParts(n.Children, values)}
	case "Dropdown", "RadioGroup", "CheckboxGroup":
		p := guides.Part{Kind: guides.Dropdown, Title: text(n.Props["Label"]), Text: text(n.Default), Helper: n.Props["HelperText"]}
		for _, o := range n.Options {
			p.Options = append(p.Options, o.Label)
		}
		return p
	case "TextArea", "FormInput":
		return guides.Part{Kind: guides.Text, Title: text(n.Props["Label"]), Text: text(n.Default), Helper: n.Props["HelperText"]}
	case "ButtonGroup", "Button", "SubmitButton":
		p := guides.Part{Kind: guides.Buttons}
		for _, b := range n.Buttons {
			kind := ui.Normal
			if b.Variant == "primary" {
				kind = ui.Primary
			}
			p.Buttons = append(p.Buttons, ui.ButtonProps{Text: b.Label, Kind: kind})
		}
		return p
	case "TextBox", "Alert":
		return guides.Part{Kind: guides.Heading, Title: text(first), Level: 3}
	}
	if len(n.Children) > 0 {
		return guides.Part{Kind: guides.Section, Children: agentParts(n.Children, values)}
	}
	return guides.Part{Kind: guides.Unknown, Title: guides.Value{Text: n.Type}}
}

// shown is a template's text with its placeholder filled. A placeholder counts only as the whole value.
func shown(s string, values map[string]string) guides.Value {
	if key, ok := strings.CutPrefix(s, "$."); ok {
		s = values[key]
	}
	if flow.IsPath(s) {
		return guides.Value{Text: s, Path: true}
	}
	return guides.Value{Text: s}
}
