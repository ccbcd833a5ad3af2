package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/reqctx"
	"wrapup/internal/survey"
	"wrapup/views/flows"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Readings asks for readings in the background, tells how they come on, and ends them.
type Readings struct {
	*Shell
	surveyor Surveyor
	beat     beats
}

const (
	// readingWait is how long a page waits for a first reading: most are done by then.
	readingWait = 2 * time.Second
	// failedFor is how long a first reading that failed is not asked for again by looking at its page: reloading
	// must not press a service that just refused.
	failedFor = time.Minute
	// reloadEvery is how often, in seconds, a browser without script loads a page anew that has nothing to show yet.
	reloadEvery = 10
)

// Mount registers the routes.
func (h *Readings) Mount(r chi.Router) {
	r.Post("/instances/{instance}/confirm", h.Adapt(h.confirm))
	r.Post("/instances/{instance}/readings/{operation}/cancel", h.Adapt(h.cancel))
}

// confirm asks for a reading that describes every counted flow by itself.
func (h *Readings) confirm(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), instanceParam(r)
	if h.Operations == nil {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	if _, err := h.surveyor.Find(ctx, id); err != nil {
		return err
	}
	op, err := h.surveyor.Ask(ctx, id, survey.Order{Confirm: true}, reqctx.PersonOf(ctx).ID)
	if err != nil {
		return fmt.Errorf("ask for a reading that confirms: %w", err)
	}
	if !orderOf(op).Confirm {
		h.Session.PutFlash(ctx, Flash{Kind: string(ui.Warning), Message: fault.Msg("flows.confirm.busy")})
	}
	return seeOther(w, r, flowsPath(id))
}

// mayCancel says whether a person may cancel a reading: the own, and those who publish also others' and those that nobody asked for. Somebody
// may be waiting for it.
func mayCancel(ctx context.Context, op operation.Operation) bool {
	who := reqctx.PersonOf(ctx)
	return who.ID != "" && op.By == who.ID || people.Role(who.Role).AtLeast(people.Publisher)
}

// cancel ends a reading. Cancelling one that has ended does nothing.
func (h *Readings) cancel(w http.ResponseWriter, r *http.Request) error {
	op, err := h.operation(r)
	if err != nil {
		return err
	}
	if !mayCancel(r.Context(), op) {
		return fault.New(fault.Denied, "flows.reading.cancel.denied")
	}
	if _, err := h.Operations.Cancel(r.Context(), op.ID, reqctx.PersonOf(r.Context()).ID); err != nil {
		return fmt.Errorf("cancel the reading: %w", err)
	}
	return seeOther(w, r, flowsPath(instanceParam(r)))
}

// operation is the reading that the address names, of the instance that it names.
func (h *Readings) operation(r *http.Request) (operation.Operation, error) {
	missing := fault.New(fault.NotFound, "error.page-not-found")
	if h.Operations == nil {
		return operation.Operation{}, missing
	}
	op, err := h.Operations.Get(r.Context(), operation.ID(chi.URLParam(r, "operation")))
	if err == nil && (op.Kind != survey.Work || op.Subject != string(instanceParam(r))) || fault.Is(err, fault.NotFound) {
		err = missing
	}
	return op, err
}

// lastAsked is the reading of an instance that was asked for last; of one under way that is it.
func (s *Shell) lastAsked(ctx context.Context, id instance.ID) (op operation.Operation, found bool, err error) {
	if s.Operations == nil {
		return operation.Operation{}, false, nil
	}
	list, err := s.Operations.List(ctx, operation.Filter{Kind: survey.Work, Subject: string(id), Limit: 1})
	if err != nil || len(list) == 0 {
		return operation.Operation{}, false, err
	}
	return list[0], true, nil
}

// orderOf is what a reading was asked to do.
func orderOf(op operation.Operation) (o survey.Order) {
	if json.Unmarshal(op.Input, &o) != nil {
		return survey.Order{}
	}
	return o
}

// resting are the pages that rest on a reading. Downloads do too: they wait for it.
var resting = map[string]bool{
	"/instances/{instance}/flows":                 true,
	"/instances/{instance}/flows/{flow}":          true,
	"/instances/{instance}/other-flows":           true,
	"/instances/{instance}/guides":                true,
	"/instances/{instance}/guides/{flow}":         true,
	"/instances/{instance}/guides/{flow}/preview": true,
	"/instances/{instance}/changes/new":           true,
	"/instances/{instance}/coverage":              true,
	"/instances/{instance}/report":                true,
	"/instances/{instance}/readiness":             true,
}

// rests says whether the page of the address rests on a reading. That of a guide still to be made does not.
func rests(r *http.Request) bool {
	f := chi.URLParam(r, "flow")
	return method(r) == http.MethodGet && resting[route(r)] && (f == "" || instance.IsUUID(f))
}

// First lets a page through once its instance was read. Before, it asks for a reading, waits a little, and shows how far
// it has come; the page comes in its place when it can.
func (h *Readings) First(next http.Handler) http.Handler {
	return h.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		ctx, id := r.Context(), instanceParam(r)
		if h.Operations == nil || !rests(r) || h.surveyor.Kept(ctx, id) != nil {
			next.ServeHTTP(w, r)
			return nil
		}
		in, err := h.surveyor.Find(ctx, id)
		if err != nil {
			return err
		}
		if r.Method == http.MethodHead || prefetched(r) { // nobody looks at it
			w.Header().Set("Retry-After", "10")
			w.WriteHeader(http.StatusServiceUnavailable)
			return nil
		}
		op, err := h.firstOf(r, id)
		if err != nil {
			return fmt.Errorf("ask for a first reading: %w", err)
		}
		if h.surveyor.Kept(ctx, id) != nil {
			next.ServeHTTP(w, r)
			return nil
		}
		return h.first(w, r, in, op)
	})
}

// prefetched says that a browser asks before anybody does.
func prefetched(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		if strings.Contains(strings.ToLower(r.Header.Get(name)), "prefetch") {
			return true
		}
	}
	return false
}

// firstOf gives the first reading of an instance, asking for it where nobody did, and waits for it a little. One that was
// cancelled, or failed just now, is given as it is: a person decides.
func (h *Readings) firstOf(r *http.Request, id instance.ID) (operation.Operation, error) {
	ctx := r.Context()
	op, found, err := h.lastAsked(ctx, id)
	if err != nil {
		return op, err
	}
	switch {
	case found && (op.Active() || op.State == operation.Cancelled):
	case found && op.State == operation.Failed && h.Now().Sub(op.Ended) < failedFor:
	default:
		if op, err = h.surveyor.Ask(ctx, id, survey.Order{}, reqctx.PersonOf(ctx).ID); err != nil {
			return op, err
		}
	}
	return h.awaited(ctx, op)
}

// awaited is the operation when it has ended, or a little after it was asked for.
func (h *Readings) awaited(ctx context.Context, op operation.Operation) (operation.Operation, error) {
	wait := cmp.Or(h.ReadingWait, readingWait)
	if wait = min(wait, wait-h.Now().Sub(op.Asked)); wait <= 0 || !op.Active() {
		return op, nil
	}
	within, end := context.WithTimeout(ctx, wait)
	defer end()
	states, err := h.Operations.Watch(within, op.ID)
	if err != nil {
		return op, err
	}
	for o := range states {
		op = o
	}
	return op, nil
}

// first is the page of an instance that was never read: the reading under way, or why there is none.
func (h *Readings) first(w http.ResponseWriter, r *http.Request, in instance.Instance, op operation.Operation) error {
	ctx := r.Context()
	current, status := "flows", http.StatusOK
	for _, tab := range []string{"guides", "coverage", "readiness"} {
		if strings.HasPrefix(r.URL.Path, "/instances/"+string(in.ID)+"/"+tab) {
			current = tab
		}
	}
	if op.State == operation.Failed {
		status = kinds[op.Failure.Kind].status
	}
	v := h.strip(ctx, op, nil, pageOf(r))
	part := h.partOf(in.ID, v.page)
	v.part = part != nil
	v.table = v.part && op.Active()
	p := flows.FirstProps{Reading: v.props()}
	frame := layout.PageProps{
		Title: in.Title(), Description: instanceWhere(ctx, in), Tabs: instanceTabs(ctx, in.ID, nil, current), Stream: op.Active(),
	}
	if op.Active() && !v.table {
		frame.Refresh = reloadEvery
	}
	p.Page = h.instancePage(r, in, frame)
	if v.table {
		return render(w, r, status, flows.List(partProps(r, p, part)))
	}
	return render(w, r, status, flows.First(p))
}

// partOf is what there is so far of a first reading, for the page that shows it.
func (h *Readings) partOf(id instance.ID, page string) *survey.Reading {
	if path, _, _ := strings.Cut(page, "?"); path != flowsPath(id) {
		return nil
	}
	return h.surveyor.Partial(id)
}

// partProps is the page of what there is so far. It has no figures that look final, nothing to download, and nothing to choose: a change is planned on
// verdicts, and these may be others once the flows are read that they rest on.
func partProps(r *http.Request, first flows.FirstProps, part *survey.Reading) flows.ListProps {
	ctx, x := r.Context(), newFlowIndex(part)
	p := flows.ListProps{Page: first.Page, Reading: &first.Reading, Notices: []ui.AlertProps{{
		Kind: ui.Info, ID: "so-far", Title: i18n.T(ctx, "flows.part", "Read", part.Partial.Read, "Of", part.Partial.Of),
		Text: i18n.T(ctx, "flows.part.text", "Count", part.Coverage.Covered),
	}}}
	p.Notices = append(p.Notices, readingNotices(ctx, part)...)
	q := parseFlowsQuery(r.URL.Query())
	p.Table = flowsTable(ctx, x, q, x.selectFlows(q), "")
	p.Add = choice{r: r, reading: part}.props()
	p.Table.Actions = flows.TableActions(p)
	return p
}

// readingStrip tells of the last reading that was asked for, above what was read; nil where there is nothing to tell.
func (s *Shell) readingStrip(r *http.Request, reading *survey.Reading) *flows.ReadingProps {
	ctx := r.Context()
	op, found, err := s.lastAsked(ctx, reading.Instance.ID)
	if err != nil { // what was read can be shown all the same
		s.Log.ErrorContext(ctx, "look for the reading under way", "err", err)
		return nil
	}
	if !found {
		return nil
	}
	p := s.strip(ctx, op, reading, pageOf(r)).props()
	if p.Stream == "" && len(p.Now.Ended) == 0 {
		return nil
	}
	return &p
}

// pageOf is the address of the page itself, to come back to.
func pageOf(r *http.Request) string { return r.URL.RequestURI() }

// confirmProps is the button that has every counted flow read by itself; nil where that would tell nothing new.
func (h *Flows) confirmProps(ctx context.Context, reading *survey.Reading, busy bool) *flows.ConfirmProps {
	n := reading.Coverage.Counted
	if h.Operations == nil || n == 0 || reading.Method == survey.ByDescribe {
		return nil
	}
	calls := reading.Calls + 2*n // each published copy and each saved one
	p := &flows.ConfirmProps{
		Action: "/instances/" + string(reading.Instance.ID) + "/confirm",
		Button: ui.ButtonProps{Text: i18n.T(ctx, "flows.confirm", "Count", n), Described: "confirm-cost"},
		Cost:   i18n.T(ctx, "flows.confirm.cost", "Calls", calls, "Time", tookWords(ctx, calls+n, h.Rate)), // saved copies at half the pace
	}
	switch {
	case busy:
		p.Button.Disabled, p.Button.Reason = true, i18n.T(ctx, "flows.confirm.wait")
	case reading.MethodReason != nil:
		p.Button.Disabled, p.Button.Reason = true, i18n.Text(ctx, *reading.MethodReason)
	}
	if p.Button.Disabled {
		p.Cost, p.Button.Described = "", ""
	}
	return p
}

// tookWords is about how long calls take at a pace, in calls a second: the first four go at once.
func tookWords(ctx context.Context, calls int, rate float64) string {
	if rate <= 0 {
		rate = 2
	}
	took := time.Duration(float64(max(0, calls-4)) / rate * float64(time.Second))
	if took < time.Minute {
		return i18n.T(ctx, "flows.confirm.seconds", "Count", max(1, int(took.Seconds()+.5)))
	}
	return i18n.T(ctx, "flows.confirm.minutes", "Count", int(took.Minutes()+.5))
}
