package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/views/changes"
	"wrapup/views/ui"
)

// publishPatience is how long a person waits on the page before it shows progress instead.
const publishPatience = 5 * time.Second

// publish takes the person's word for a plan and has it applied, which goes on to its end whatever becomes of this request; pressing
// twice leads to the same result page.
func (h *Changes) publish(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	return h.approve(w, r, "change.publish", publish.Seen{State: publish.Planned, Runs: max(postedRuns(r), 0)})
}

// goOn takes the person's word for the rest of a change that was stopped: of the stop that they looked at, not of a later one.
func (h *Changes) goOn(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	return h.approve(w, r, "change.continue", publish.Seen{State: publish.Paused, Runs: postedRuns(r)})
}

// postedRuns is how many runs the change had that the person looked at; -1 where the form does not say, which no change has.
func postedRuns(r *http.Request) int {
	n, err := strconv.Atoi(posted(r, "runs"))
	if err != nil {
		return -1
	}
	return n
}

// approve begins a change that still is what the person looked at.
func (h *Changes) approve(w http.ResponseWriter, r *http.Request, action string, seen publish.Seen) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id := r.Context(), chi.URLParam(r, "change")
	typed := readApproval(r)
	c, err := h.Publish.Change(ctx, id)
	if err != nil {
		return err
	}
	a, err := h.approval(r, c, seen, typed)
	if err == nil {
		err = h.notMoved(ctx, c)
	}
	var done <-chan struct{}
	if err == nil {
		done, err = h.Publish.Begin(ctx, id, a)
	}
	if err != nil {
		return h.refused(w, r, id, action, err, typed)
	}
	if now, err := h.Publish.Change(ctx, id); err == nil && now.Word.BreakGlass {
		action = "change.break-glass"
	}
	h.record(r, action, id, typed.Reason, "ok")
	patience := time.NewTimer(publishPatience)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
	case <-ctx.Done():
	}
	return seeOther(w, r, changePath(id))
}

// notMoved refuses a plan of which the last reading knows that a flow is not as reviewed: no step is tried, so that it can be planned anew.
func (h *Changes) notMoved(ctx context.Context, c publish.Change) error {
	if c.State != publish.Planned {
		return nil
	}
	names := moved(c, h.Survey.Kept(ctx, c.Instance.ID))
	if len(names) == 0 {
		return nil
	}
	list, more := firstNamed(ctx, names)
	if more > 0 {
		return fault.New(fault.Conflict, "changes.moved.more", "Flows", list, "Count", more)
	}
	return fault.New(fault.Conflict, "changes.moved", "Flows", list, "Count", len(names))
}

// refused shows the page again with the reason, also where the service could not be asked; a change that was started already, or has moved on, is shown as it is.
func (h *Changes) refused(w http.ResponseWriter, r *http.Request, id, action string, err error, typed approvalForm) error {
	f := fault.From(err)
	status := http.StatusUnprocessableEntity
	switch f.Kind {
	case fault.Invalid:
	case fault.Conflict, fault.Throttled, fault.Unavailable:
		status = kinds[f.Kind].status
	default:
		return err
	}
	if r.Context().Err() != nil {
		return err
	}
	reason := []rune(typed.Reason)
	h.recordAnswer(r, action, id, string(reason[:min(len(reason), publish.MaxReason)]), f.Message)
	c, lerr := h.Publish.Change(r.Context(), id)
	if lerr != nil {
		return lerr
	}
	if f.Message.ID == "publish.started" || c.State != publish.Planned && c.State != publish.Proposed && c.State != publish.Paused {
		return seeOther(w, r, changePath(id))
	}
	if c.Fell != nil && c.Fell.Why.ID == f.Message.ID { // the page says so itself
		f = nil
	}
	return h.showAs(w, r, c, status, f, typed)
}

// stop has a change stop before its next write.
func (h *Changes) stop(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "change")
	return h.moved(w, r, id, "change.stop", h.Publish.Stop(r.Context(), id, actor(r)))
}

// withdraw takes back a proposal, of the person who looked at it as such: by now it may be approved, and under way.
func (h *Changes) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	id := chi.URLParam(r, "change")
	return h.moved(w, r, id, "change.withdraw", h.Publish.Withdraw(r.Context(), id, seenProposed(r), actor(r)))
}

// giveUp ends a change that nothing is done on. Publishers may; who planned it may too, while nobody approved it.
func (h *Changes) giveUp(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id := r.Context(), chi.URLParam(r, "change")
	c, err := h.Publish.Change(ctx, id)
	if err != nil {
		return err
	}
	if !mayGiveUp(r, c) {
		h.record(r, "change.give-up", id, "", "error.role")
		return denied(r, people.Role(reqctx.PersonOf(ctx).Role), people.Publisher)
	}
	if seen := (publish.Seen{State: publish.State(posted(r, "state")), Runs: postedRuns(r)}); seen == c.Seen() {
		_, err = h.Publish.GiveUp(ctx, id, seen, actor(r))
	} else {
		err = fault.New(fault.Conflict, "publish.not-open")
	}
	return h.moved(w, r, id, "change.give-up", err)
}

// seenPairs say in a form which state of the change the person looks at.
func seenPairs(c publish.Change) []ui.Pair {
	return []ui.Pair{{Name: "state", Value: string(c.State)}, {Name: "runs", Value: strconv.Itoa(c.Runs)}}
}

func mayGiveUp(r *http.Request, c publish.Change) bool {
	return may(r, people.Publisher) || may(r, people.Editor) && c.State == publish.Planned && c.By.ID == reqctx.PersonOf(r.Context()).ID
}

// moved leads back to a change after an order. That an order came too late is said there: the change may have moved on in the meantime.
func (h *Changes) moved(w http.ResponseWriter, r *http.Request, id, action string, err error) error {
	result := fault.Message{ID: people.OK}
	if f := fault.From(err); f != nil {
		if f.Kind != fault.Conflict {
			return err
		}
		result = f.Message
		h.Session.PutFlash(r.Context(), Flash{Kind: string(ui.Warning), Message: f.Message})
	}
	h.recordAnswer(r, action, id, "", result)
	return seeOther(w, r, changePath(id))
}

// noSuchMode is the message about a mode that nobody offered.
const noSuchMode = "publish.no-such-mode"

// allModes in the order in which they are offered; the first is chosen where nobody chooses.
var allModes = []publish.Mode{publish.StopAtFailure, publish.GoOn, publish.OneFirst}

func modeID(m publish.Mode) string { return "changes.mode." + string(m) }

// modes is how far the rest of a change goes by itself; nil where there is one write, which goes all the way.
func modes(ctx context.Context, c publish.Change, chosen string) *ui.RadioProps {
	left, flows := 0, 0
	for _, st := range c.Steps {
		if st.State == publish.StepPlanned || st.State == "" {
			left++
			if st.WritesFlow() {
				flows++
			}
		}
	}
	if left < 2 {
		return nil
	}
	p := &ui.RadioProps{FieldProps: ui.FieldProps{ID: "mode", Label: i18n.T(ctx, "changes.mode")}, Name: "mode"}
	for _, m := range allModes {
		if m == publish.OneFirst && flows < 2 {
			continue
		}
		p.Options = append(p.Options, ui.Option{Value: string(m), Text: i18n.T(ctx, modeID(m)), Description: i18n.T(ctx, modeID(m)+".text"), Selected: chosen == string(m)})
	}
	if !slices.ContainsFunc(p.Options, func(o ui.Option) bool { return o.Selected }) {
		p.Options[0].Selected = true
	}
	return p
}

// wrongMode marks the choice, where there is one.
func wrongMode(p *ui.RadioProps, text string) *ui.RadioProps {
	if p != nil {
		p.Error = text
	}
	return p
}

func reasonProps(ctx context.Context, typed string) ui.TextAreaProps {
	return ui.TextAreaProps{FieldProps: ui.FieldProps{ID: "reason", Label: i18n.T(ctx, "changes.review.reason"),
		Constraint: i18n.T(ctx, "changes.review.reason.constraint", "Max", publish.MaxReason), Optional: true},
		Name: "reason", Value: typed, Rows: 2, MaxLength: publish.MaxReason}
}

// discardProps is the button that gives a plan up; nil for who may not.
func discardProps(r *http.Request, c publish.Change) *changes.PostProps {
	if !mayGiveUp(r, c) {
		return nil
	}
	ctx := r.Context()
	return &changes.PostProps{Action: changePath(c.ID) + "/give-up", Hidden: seenPairs(c), Text: i18n.T(ctx, "changes.discard.text"),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "changes.discard"), ID: "change-discard", Described: "discard-text"}}
}
