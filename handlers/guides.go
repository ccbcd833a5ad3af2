package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/guides"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// newGuide is the address of the guide still to be created, in the place of a flow's id.
const newGuide = "new"

// Guides lists an instance's guides and edits one.
type Guides struct{ *Shell }

// Mount registers the routes.
func (h *Guides) Mount(r chi.Router) {
	r.Get("/instances/{instance}/guides", h.Adapt(h.list))
	r.Get("/instances/{instance}/guides/{flow}", h.Adapt(h.edit))
	r.Post("/instances/{instance}/guides/{flow}", h.Adapt(h.save))
	r.Get("/instances/{instance}/guides/{flow}/preview", h.Adapt(h.preview))
	r.Get("/instances/{instance}/guides/{flow}/export.json", h.Adapt(h.export))
}

// instancePage is the frame of a page inside an instance.
func (s *Shell) instancePage(r *http.Request, in instance.Instance, p layout.PageProps, crumbs ...ui.Link) layout.PageProps {
	ctx := r.Context()
	p.Active = layout.NavInstances
	p.Instance = &ui.Link{Text: in.Title(), Href: flowsPath(in.ID)}
	p.Crumbs = append([]ui.Link{
		{Text: i18n.T(ctx, "shell.instances"), Href: "/instances"},
		{Text: in.Title(), Href: flowsPath(in.ID)},
	}, crumbs...)
	return s.Page(r, p)
}

func (h *Guides) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reading, err := h.Survey.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	drafts, err := h.Drafts.DraftsOf(ctx, reading.Instance.ID)
	if err != nil {
		return err
	}
	in := reading.Instance
	props := guides.ListProps{
		Page: h.instancePage(r, in, layout.PageProps{
			Title: in.Title(), Description: instanceWhere(ctx, in),
			Tabs: instanceTabs(ctx, in.ID, reading, "guides"),
		}, ui.Link{Text: i18n.T(ctx, "guides.title"), Href: guidesPath(in.ID)}),
		Table: guideTable(ctx, r, reading, drafts),
	}
	return render(w, r, http.StatusOK, guides.List(props))
}

func guideTable(ctx context.Context, r *http.Request, reading *survey.Reading, drafts []publish.GuideDraft) ui.TableProps {
	id := reading.Instance.ID
	t := ui.TableProps{
		ID: "guides", Title: i18n.T(ctx, "guides.title"), Count: countIn(len(reading.Guides)), Stack: true,
		Description: i18n.T(ctx, "guides.description"),
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "guides.column.name"), Wide: true}, {Text: i18n.T(ctx, "guides.column.status")},
			{Text: i18n.T(ctx, "guides.column.kind")}, {Text: i18n.T(ctx, "guides.column.used"), Numeric: true},
			{Text: i18n.T(ctx, "guides.column.draft")},
		},
		Empty: noGuide(ctx, reading),
	}
	t.Actions = ui.LinkButton(ui.LinkButtonProps{
		Text: i18n.T(ctx, "guides.new"), Href: guidePath(id, newGuide),
		Disabled: !may(r, people.Editor), Reason: needs(ctx, r, people.Editor),
	})
	for _, g := range reading.Guides {
		t.Rows = append(t.Rows, guideRow(ctx, id, g, draftOf(drafts, string(g.Flow.ID))))
	}
	if d := draftOf(drafts, newGuide); d != nil {
		t.Rows = append(t.Rows, newDraftRow(ctx, id, *d))
	}
	return t
}

// noGuide says that there is none, or that none can be told where flows could not be read.
func noGuide(ctx context.Context, reading *survey.Reading) *ui.EmptyProps {
	p := &ui.EmptyProps{Title: i18n.T(ctx, "guides.empty"), Text: i18n.T(ctx, "guides.empty.text"),
		Action: &ui.Link{Text: i18n.T(ctx, "guides.new"), Href: guidePath(reading.Instance.ID, newGuide)}}
	if n := unread(reading); n > 0 {
		p.Title, p.Text = i18n.T(ctx, "guides.empty.unread"), i18n.T(ctx, "guides.empty.unread.text", "Count", n)
	}
	return p
}

// unread is how many inbound flows could not be read.
func unread(reading *survey.Reading) (n int) {
	for _, row := range reading.Flows {
		if row.Error != nil {
			n++
		}
	}
	return n
}

func draftOf(drafts []publish.GuideDraft, flow string) *publish.GuideDraft {
	if i := slices.IndexFunc(drafts, func(d publish.GuideDraft) bool { return d.Flow == flow }); i >= 0 {
		return &drafts[i]
	}
	return nil
}

func guideRow(ctx context.Context, id instance.ID, g survey.GuideRow, d *publish.GuideDraft) ui.Row {
	draft := ui.Cell{Text: i18n.T(ctx, "guides.draft.none")}
	if d != nil {
		draft = ui.Cell{Content: ui.Badge(ui.BadgeProps{Text: i18n.T(ctx, "guides.chip.draft"), Kind: ui.Blue}), Small: i18n.T(ctx, "guides.draft.by", "Name", d.By.Name)}
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: g.Flow.Name, Href: guidePath(id, g.Flow.ID)},
		{Content: ui.Status(guideStatus(ctx, g.Flow, g.Health))},
		{Text: guideKind(ctx, g.Info)},
		{Text: i18n.T(ctx, "guides.used", "Count", len(g.UsedBy))},
		draft,
	}}
}

func newDraftRow(ctx context.Context, id instance.ID, d publish.GuideDraft) ui.Row {
	name := d.Name
	if name == "" {
		name = i18n.T(ctx, "guides.new.title")
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: name, Href: guidePath(id, newGuide)},
		{Content: ui.Status(ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "guides.status.not-created")})},
		{Text: i18n.T(ctx, "guides.kind.acw")},
		{Text: i18n.T(ctx, "guides.used", "Count", 0)},
		{Content: ui.Badge(ui.BadgeProps{Text: i18n.T(ctx, "guides.chip.draft"), Kind: ui.Blue}), Small: i18n.T(ctx, "guides.draft.by", "Name", d.By.Name)},
	}}
}

// guideStatus is a guide's state in one word where it is archived.
func guideStatus(ctx context.Context, f instance.Flow, h audit.Health) ui.StatusProps {
	if f.State == instance.StateArchived {
		return ui.StatusProps{Kind: ui.Stopped, Text: i18n.T(ctx, "flows.flag.archived")}
	}
	return healthStatus(ctx, h)
}

func healthStatus(ctx context.Context, h audit.Health) ui.StatusProps {
	switch h.State {
	case audit.Healthy:
		return ui.StatusProps{Kind: ui.Success, Text: i18n.T(ctx, "guides.chip.published")}
	case audit.NotUsable:
		return ui.StatusProps{Kind: ui.Error, Text: i18n.Text(ctx, h.Reason)}
	default:
		return ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "guides.status.unknown")}
	}
}

func guideKind(ctx context.Context, g audit.GuideInfo) string {
	if g.ACW {
		return i18n.T(ctx, "guides.kind.acw")
	}
	return i18n.T(ctx, "guides.kind.other")
}

// needs is why the signed-in person may not do what the role min may; empty when they may.
func needs(ctx context.Context, r *http.Request, min people.Role) string {
	if may(r, min) {
		return ""
	}
	return i18n.T(ctx, "guides.needs-role", "Role", i18n.T(ctx, "role."+string(min)))
}

// limits of a guide draft's fields, beside those of internal/acw.
const maxGuideName = publish.MaxFlowName

// errGuide says that a flow of the instance is not a guide.
func errGuide(name string) error {
	return fault.New(fault.NotFound, "guides.not-a-guide", "Flow", name)
}
