package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/ordered"
	"wrapup/internal/reqctx"
	"wrapup/internal/survey"
	"wrapup/views/instances"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Surveyor reads instances. Errors are classified (fault); Last, Kept and Partial make no call to the service.
type Surveyor interface {
	Instances(ctx context.Context) []survey.Listing
	Find(ctx context.Context, id instance.ID) (instance.Instance, error)
	Last(id instance.ID) *survey.Reading
	Kept(ctx context.Context, id instance.ID) *survey.Reading
	Partial(id instance.ID) *survey.Reading
	Ask(ctx context.Context, id instance.ID, o survey.Order, by string) (operation.Operation, error)
	Read(ctx context.Context, id instance.ID, refresh bool) (*survey.Reading, error)
	Flow(ctx context.Context, id instance.ID, f instance.FlowID) (*survey.FlowDetail, error)
}

// Instances is the page over all sources, and reading one of them anew.
type Instances struct {
	*Shell
	surveyor Surveyor
}

// Mount registers the routes.
func (h *Instances) Mount(r chi.Router) {
	r.Get("/", h.Adapt(h.home))
	r.Get("/instances", h.Adapt(h.list))
	r.Get("/instances/{instance}", h.Adapt(h.open))
	r.Post("/instances/{instance}/refresh", h.Adapt(h.refresh))
}

func (h *Instances) home(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, "/instances")
}

// open leads to what an instance's address alone means: its inbound flows.
func (h *Instances) open(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, flowsPath(instanceParam(r)))
}

func (h *Instances) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	listings := h.surveyor.Instances(ctx)
	p := instances.ListProps{
		Page: h.Page(r, layout.PageProps{
			Title: i18n.T(ctx, "instances.title"), Description: i18n.T(ctx, "instances.description"), Active: layout.NavInstances,
		}),
	}
	if !allFailed(listings) {
		t, busy := h.table(ctx, listings)
		p.Table = &t
		if busy {
			p.Reload = "/instances"
		}
	}
	for _, l := range listings {
		if l.Err != nil {
			p.Failed = append(p.Failed, sourceFailed(ctx, l, usable(listings)))
		}
	}
	return render(w, r, http.StatusOK, instances.List(p))
}

// refresh asks for the instance to be read anew, and leads to the page that tells how it comes on. It is a write: of what wrapup remembers.
func (h *Instances) refresh(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), instanceParam(r)
	if h.Operations == nil {
		return h.refreshNow(w, r)
	}
	if _, err := h.surveyor.Find(ctx, id); err != nil {
		return err
	}
	if _, err := h.surveyor.Ask(ctx, id, survey.Order{}, reqctx.PersonOf(ctx).ID); err != nil {
		return fmt.Errorf("ask for a reading: %w", err)
	}
	return seeOther(w, r, flowsPath(id))
}

// refreshNow reads the instance anew. Where reading fails, the last reading stays.
func (h *Instances) refreshNow(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), instanceParam(r)
	_, err := h.surveyor.Read(ctx, id, true)
	switch f := fault.From(err); {
	case f == nil:
		h.success(r, fault.Msg("flows.refreshed"), nil)
	case h.surveyor.Last(id) == nil || f.Kind == fault.NotFound:
		return err
	default:
		h.Log.WarnContext(ctx, "refresh failed", "instance", id, "code", f.Code, "service_request", f.RequestID, "err", err)
		h.Session.PutFlash(ctx, Flash{Kind: string(ui.Error), Message: refreshFailed(ctx, f)})
	}
	return seeOther(w, r, flowsPath(id))
}

// refreshFailed says why, with the service's code and request id where it gave any.
func refreshFailed(ctx context.Context, f *fault.Error) fault.Message {
	id := "flows.refresh-failed"
	switch {
	case f.Code != "" && f.RequestID != "":
		id = "flows.refresh-failed-code-request"
	case f.Code != "":
		id = "flows.refresh-failed-code"
	case f.RequestID != "":
		id = "flows.refresh-failed-request"
	}
	return fault.Msg(id, "Reason", i18n.Text(ctx, f.Message), "Code", f.Code, "ID", f.RequestID)
}

// instanceParam is the instance of the address.
func instanceParam(r *http.Request) instance.ID {
	return instance.ID(strings.ToLower(chi.URLParam(r, "instance")))
}

// sourceFailed is the message of a source that could not be listed: its sentence, code, request id, and what to do.
func sourceFailed(ctx context.Context, l survey.Listing, others bool) ui.AlertProps {
	a := ui.AlertProps{
		Kind:      ui.Error,
		Title:     sourceTitle(ctx, l.Source),
		Text:      advised(ctx, l.Err, "instances.todo."),
		List:      l.Err.Problems,
		Code:      l.Err.Code,
		RequestID: l.Err.RequestID,
		Action:    &ui.Link{Text: i18n.T(ctx, "instances.retry"), Href: "/instances"},
	}
	if others {
		a.Text = sentences(ctx, a.Text, i18n.T(ctx, "instances.failed.others"))
	}
	return a
}

// usable says whether any source gave an instance.
func usable(listings []survey.Listing) bool {
	return slices.ContainsFunc(listings, func(l survey.Listing) bool { return l.Err == nil && len(l.Instances) > 0 })
}

// sayWhatToDo are the faults whose own sentence says what to do: they are about credentials, of which advice about
// networks or permissions would only lead away.
var sayWhatToDo = []string{"aws.no-credentials", "aws.expired", "aws.bad-credentials", "aws.clock", "aws.role-denied", "aws.region-off"}

// advised is a fault's sentence and the page's advice for its kind.
func advised(ctx context.Context, f *fault.Error, advice string) string {
	text := i18n.Text(ctx, f.Message)
	if slices.Contains(sayWhatToDo, f.Message.ID) {
		return text
	}
	return sentences(ctx, text, i18n.T(ctx, advice+todoFor(f.Kind)))
}

// todoFor names the advice for a kind of error.
func todoFor(k fault.Kind) string {
	switch k {
	case fault.Denied:
		return "denied"
	case fault.Throttled:
		return "throttled"
	case fault.Unavailable:
		return "unavailable"
	}
	return "internal"
}

func sourceTitle(ctx context.Context, s survey.Source) string {
	name := cmp.Or(s.Name, i18n.T(ctx, "instances.source.default"))
	return i18n.T(ctx, "instances.failed.title", "Region", s.Region, "Name", name)
}

// table is the table of all instances; busy says that one of them is being read.
func (h *Instances) table(ctx context.Context, listings []survey.Listing) (t ui.TableProps, busy bool) {
	t = ui.TableProps{ID: "instances", Title: i18n.T(ctx, "instances.title"), Stack: true}
	for i, c := range []string{"name", "status", "region", "account", "coverage", "news", "guides", "read"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "instances.column."+c), Wide: i == 0, Numeric: c == "guides"})
	}
	var all []instance.Instance
	for _, l := range listings {
		all = append(all, l.Instances...)
	}
	asked := h.asked(ctx, all)
	ordered.By(all, func(a, b instance.Instance) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title()), strings.ToLower(b.Title())), cmp.Compare(a.ID, b.ID))
	})
	for _, in := range all {
		op := asked[in.ID]
		busy = busy || op != nil && op.Active()
		t.Rows = append(t.Rows, h.row(ctx, in, op))
	}
	t.Count = countIn(len(all))
	t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "instances.empty"), Text: i18n.T(ctx, "instances.empty.text")}
	if len(listings) == 0 {
		t.Empty.Text = i18n.T(ctx, "instances.empty.no-sources")
	}
	return t, busy
}

// asked are the readings that were asked for last, of the instances of which there is something to tell.
func (h *Instances) asked(ctx context.Context, all []instance.Instance) map[instance.ID]*operation.Operation {
	out := map[instance.ID]*operation.Operation{}
	for _, in := range all {
		op, found, err := h.lastAsked(ctx, in.ID)
		if err != nil { // the table is of use all the same
			h.Log.ErrorContext(ctx, "look for readings under way", "err", err)
			return out
		}
		if found && (op.Active() || op.State == operation.Failed) {
			out[in.ID] = &op
		}
	}
	return out
}

// newsCell is how much changed since the reading before, with a link to what.
func newsCell(ctx context.Context, reading *survey.Reading) ui.Cell {
	switch n := len(byFlow(reading.Changes)); {
	case reading.Since.IsZero():
		return ui.Cell{Text: i18n.T(ctx, "flows.nothing")}
	case n == 0:
		return ui.Cell{Text: i18n.T(ctx, "instances.news.none")}
	default:
		return ui.Cell{Text: i18n.T(ctx, "instances.news", "Count", n), Href: flowsPath(reading.Instance.ID) + "#news"}
	}
}

// readProps is when an instance was read, with the reading under way or why the last one failed.
func (h *Instances) readProps(ctx context.Context, last *survey.Reading, op *operation.Operation) instances.ReadProps {
	var p instances.ReadProps
	if last != nil {
		t := timeProps(ctx, last.ReadAt, h.Now())
		p.At = &t
	}
	if op == nil {
		return p
	}
	v := h.strip(ctx, *op, last, "")
	p.ID = "reading-" + op.Subject
	if op.Active() {
		p.Step, p.Done, p.Total = v.step(), op.Progress.Done, op.Progress.Total
	} else if last == nil || last.ReadAt.Before(op.Asked) {
		p.Failed = &ui.StatusProps{Kind: ui.Error, Text: i18n.T(ctx, "instances.read.failed", "Reason", i18n.Text(ctx, op.Failure.Message))}
	}
	return p
}

// allFailed says that no source could be listed: their messages stand alone, because a failed load is never an empty
// table.
func allFailed(listings []survey.Listing) bool {
	return len(listings) > 0 && !slices.ContainsFunc(listings, func(l survey.Listing) bool { return l.Err == nil })
}

func (h *Instances) row(ctx context.Context, in instance.Instance, op *operation.Operation) ui.Row {
	nothing := i18n.T(ctx, "flows.nothing")
	coverage, guides := i18n.T(ctx, "instances.not-read"), nothing
	news := ui.Cell{Text: nothing}
	last := h.surveyor.Kept(ctx, in.ID)
	if last != nil {
		coverage = i18n.T(ctx, "instances.coverage", "Covered", last.Coverage.Covered, "Counted", last.Coverage.Counted)
		if last.Coverage.Counted == 0 {
			coverage = i18n.T(ctx, "instances.coverage.none")
		}
		guides = i18n.T(ctx, "flows.number", "Number", len(last.Guides))
		news = newsCell(ctx, last)
	}
	return ui.Row{ID: "instance-" + string(in.ID), Cells: []ui.Cell{
		{Text: in.Title(), Href: flowsPath(in.ID)},
		{Content: ui.Status(instanceStatus(ctx, in)), Small: in.Reason},
		{Text: in.Region},
		{Text: cmp.Or(in.Account, i18n.T(ctx, "instances.account.unknown"))},
		{Text: coverage},
		news,
		{Text: guides},
		{Content: instances.Read(h.readProps(ctx, last, op), nothing)},
	}}
}

func instanceStatus(ctx context.Context, in instance.Instance) ui.StatusProps {
	kind := ui.Pending
	switch in.Status {
	case "ACTIVE":
		kind = ui.Success
	case "CREATION_FAILED":
		kind = ui.Error
	}
	if id := "instances.status." + in.Status; i18n.Has(id) {
		return ui.StatusProps{Kind: kind, Text: i18n.T(ctx, id)}
	}
	return ui.StatusProps{Kind: kind, Text: cmp.Or(in.Status, i18n.T(ctx, "instances.status.unknown"))}
}
