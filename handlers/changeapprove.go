package handlers

import (
	"context"
	"net/http"
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

// When a change is to be published.
const (
	whenNow     = "now"
	whenOpening = "opening" // when the next change window opens
	whenAt      = "at"
)

const noSuchWhen, atNotChosen = "rules.no-such-when", "rules.at-not-chosen"

// approval reads the form of a person's word. seen is what they looked at.
func (h *Changes) approval(r *http.Request, in publish.Change, seen publish.Seen, typed approvalForm) (publish.Approval, error) {
	a := publish.Approval{
		Hash: posted(r, "hash"), Confirmed: typed.Confirmed, Reason: typed.Reason, Mode: publish.Mode(typed.Mode), Seen: seen, By: actor(r),
		BreakGlass: typed.Glass,
	}
	rules, err := h.Publish.Rules(r.Context(), in.Instance.ID)
	if err != nil {
		return a, err
	}
	switch now := h.Now().UTC(); {
	case (typed.When == "" || typed.When == whenNow || typed.When == whenOpening) && typed.At != "":
		return a, fault.New(fault.Invalid, atNotChosen)
	case typed.When == "" || typed.When == whenNow:
	case typed.When == whenOpening:
		if a.NotBefore, err = rules.Next(now); a.NotBefore.Equal(now) { // it has opened since
			a.NotBefore = time.Time{}
		}
	case typed.When == whenAt:
		a.NotBefore, err = rules.At(typed.At, now)
	default:
		err = fault.New(fault.Invalid, noSuchWhen)
	}
	return a, err
}

// propose asks another publisher to approve a plan, or the rest of one.
func (h *Changes) propose(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id := r.Context(), chi.URLParam(r, "change")
	typed := readApproval(r)
	c, err := h.Publish.Change(ctx, id)
	if err != nil {
		return err
	}
	a, err := h.approval(r, c, publish.Seen{State: publish.State(posted(r, "state")), Runs: postedRuns(r)}, typed)
	if err == nil {
		err = h.notMoved(ctx, c)
	}
	if err == nil {
		err = h.Publish.Propose(ctx, id, a)
	}
	if err != nil {
		return h.refused(w, r, id, "change.propose", err, typed)
	}
	h.record(r, "change.propose", id, typed.Reason, "ok")
	h.success(r, fault.Msg("rules.proposed"), nil)
	return seeOther(w, r, changePath(id))
}

// approveProposed is the second of two words.
func (h *Changes) approveProposed(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	return h.approve(w, r, "change.approve", seenProposed(r))
}

// seenProposed is the proposal that the person looked at.
func seenProposed(r *http.Request) publish.Seen {
	at, err := strconv.ParseInt(posted(r, "proposed"), 10, 64)
	if err != nil {
		at = -1 // which no proposal has
	}
	return publish.Seen{State: publish.Proposed, Runs: postedRuns(r), Proposed: at}
}

// refuse takes back what another publisher proposed, with a reason that they read.
func (h *Changes) refuse(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id, typed := r.Context(), chi.URLParam(r, "change"), approvalForm{Refusing: true, Refusal: posted(r, "reason")}
	err := h.Publish.Refuse(ctx, id, seenProposed(r), typed.Refusal, actor(r))
	f := fault.From(err)
	switch {
	case err == nil:
		h.record(r, "change.refuse", id, typed.Refusal, "ok")
		h.success(r, fault.Msg("rules.refused"), nil)
		return seeOther(w, r, changePath(id))
	case f.Kind != fault.Invalid && f.Kind != fault.Conflict:
		return err
	}
	h.recordAnswer(r, "change.refuse", id, "", f.Message)
	c, err := h.Publish.Change(ctx, id)
	if err != nil {
		return err
	}
	if c.State == publish.Proposed { // by somebody else, or anew
		return h.showAs(w, r, c, kinds[f.Kind].status, f, typed)
	}
	h.Session.PutFlash(ctx, Flash{Kind: string(ui.Warning), Message: f.Message})
	return seeOther(w, r, changePath(id))
}

// underReview says whether nobody's word for a change holds yet.
func underReview(c publish.Change) bool {
	return c.State == publish.Planned || c.State == publish.Proposed
}

// alone says whether the rules ask for another publisher before a change, or the rest of one, is published.
func alone(rules publish.Rules, c publish.Change) bool {
	return rules.Two() && (c.State == publish.Planned || c.Proposal == nil)
}

// reviewWord fills the form that ends a review by the rules of the instance.
func (h *Changes) reviewWord(r *http.Request, c publish.Change, p *changes.ReviewProps, typed approvalForm) error {
	ctx := r.Context()
	rules, err := h.Publish.Rules(ctx, c.Instance.ID)
	if err != nil {
		return err
	}
	if c.Fell != nil && !c.OutOfDate() {
		p.Fell = &ui.AlertProps{Kind: ui.Warning, ID: "fell", Title: i18n.T(ctx, "rules.fell", "Time", absoluteTime(c.Fell.At)), Text: i18n.Text(ctx, c.Fell.Why)}
		if c.Fell.Why.ID == publish.FellRefused {
			p.Fell.Title = i18n.T(ctx, "rules.fell.refused", "Time", absoluteTime(c.Fell.At))
		}
	}
	if c.State != publish.Proposed {
		p.Word, err = h.wordProps(r, rules, c, typed)
		p.Word.Hidden = seenPairs(c)
		if alone(rules, c) {
			p.Action, p.Submit.Text = changePath(c.ID)+"/propose", i18n.T(ctx, "rules.propose")
		}
		return err
	}
	p.Action, p.Mode, p.Discard, p.Again = changePath(c.ID)+"/approve", nil, nil, ""
	p.Word.Hidden = proposedPairs(c)
	p.Proposed = proposedProps(r, rules, c, typed)
	p.Page.Status = &ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "changes.state.proposed")}
	p.Submit.Text = i18n.T(ctx, "rules.approve")
	return nil
}

// noApproval asks for nobody's word: a plan that is out of date is planned anew. One that is proposed is taken back first.
func noApproval(ctx context.Context, p *changes.ReviewProps) {
	if p.Proposed == nil {
		return
	}
	text := "changes.proposed.moved-others" // who may neither refuse nor withdraw it
	switch {
	case p.Proposed.Refuse != nil:
		text = "changes.proposed.moved"
	case p.Proposed.Withdraw != nil:
		text = "changes.proposed.moved-own"
	}
	p.Proposed.Approve, p.Proposed.Note.Text, p.Word.Note = false, i18n.T(ctx, text), nil
}

// proposedProps say who proposed a change, and offer them to take that back, and others to refuse it.
func proposedProps(r *http.Request, rules publish.Rules, c publish.Change, typed approvalForm) *changes.ProposedProps {
	ctx, w := r.Context(), c.Proposal
	own := w.By.ID == reqctx.PersonOf(ctx).ID
	p := &changes.ProposedProps{Approve: !own, Note: ui.AlertProps{
		Kind: ui.Info, ID: "proposed", Title: i18n.T(ctx, "rules.proposed-by", "Name", w.By.Name, "Time", absoluteTime(w.At)),
	}}
	p.Note.Text = i18n.T(ctx, "rules.proposed.other")
	if own {
		p.Note.Text = i18n.T(ctx, "rules.proposed.own")
	}
	if !w.NotBefore.IsZero() {
		p.Note.Text = sentences(ctx, p.Note.Text, i18n.T(ctx, "rules.proposed.at", "Time", byBothClocks(rules, w.NotBefore)))
	}
	if w.Reason != "" {
		p.Note.List = append(p.Note.List, i18n.T(ctx, "rules.proposed.reason", "Reason", w.Reason))
	}
	if len(c.Steps) > 1 && i18n.Has(modeID(w.Mode)) {
		p.Note.List = append(p.Note.List, i18n.T(ctx, modeID(w.Mode)))
	}
	switch {
	case !may(r, people.Publisher):
	case !own:
		p.Refuse = refuseProps(ctx, c, typed)
	default:
		p.Withdraw = &changes.PostProps{Action: changePath(c.ID) + "/withdraw", Text: i18n.T(ctx, "rules.withdraw.text"), Hidden: proposedPairs(c),
			Button: ui.ButtonProps{Text: i18n.T(ctx, "rules.withdraw"), ID: "change-withdraw", Described: "change-withdraw-text"}}
	}
	return p
}

// proposedPairs say in a form which proposal the person looks at.
func proposedPairs(c publish.Change) []ui.Pair {
	return append(seenPairs(c), ui.Pair{Name: "proposed", Value: strconv.FormatInt(c.Seen().Proposed, 10)})
}

func refuseProps(ctx context.Context, c publish.Change, typed approvalForm) *changes.RefuseProps {
	return &changes.RefuseProps{
		Title: i18n.T(ctx, "rules.refuse"), Open: typed.Refusing, Action: changePath(c.ID) + "/refuse",
		Hidden: proposedPairs(c),
		Reason: ui.TextAreaProps{FieldProps: ui.FieldProps{ID: "refuse-reason", Label: i18n.T(ctx, "rules.refuse.reason"), Description: i18n.T(ctx, "rules.refuse.text"),
			Constraint: i18n.T(ctx, "changes.review.reason.constraint", "Max", publish.MaxReason)},
			Name: "reason", Value: typed.Refusal, Rows: 2, Required: true, MaxLength: publish.MaxReason},
		Button: ui.ButtonProps{Text: i18n.T(ctx, "rules.refuse.do"), ID: "change-refuse"},
	}
}

// markRefusal says why a proposal was not refused, beside the reason where it is about that.
func markRefusal(ctx context.Context, p *changes.ReviewProps, problem *fault.Error) {
	text, at := i18n.Text(ctx, problem.Message), "refuse"
	if p.Proposed != nil && p.Proposed.Refuse != nil && problem.Kind == fault.Invalid {
		p.Proposed.Refuse.Reason.Error, at = text, p.Proposed.Refuse.Reason.ID
	}
	p.Errors = ui.SummaryProps{Title: i18n.T(ctx, "rules.refuse.not"), Errors: []ui.Link{{Text: text, Href: "#" + at}}}
}

// wordProps ask when a change is to be published, and say what the rules ask for.
func (h *Changes) wordProps(r *http.Request, rules publish.Rules, c publish.Change, typed approvalForm) (changes.WordProps, error) {
	ctx, now := r.Context(), h.Now().UTC()
	next, err := rules.Next(now)
	if err != nil { // it is said, and publishing refuses
		return changes.WordProps{Note: &ui.AlertProps{Kind: ui.Error, Text: i18n.Text(ctx, fault.From(err).Message)}}, nil
	}
	closed := next.After(now)
	option := func(value, text string, described string) ui.Option {
		return ui.Option{Value: value, Text: text, Description: described, Selected: typed.When == value}
	}
	p := changes.WordProps{
		When: &ui.RadioProps{FieldProps: ui.FieldProps{ID: "when", Label: i18n.T(ctx, "rules.when")}, Name: "when"},
		At: ui.TextInputProps{FieldProps: ui.FieldProps{ID: "at", Label: i18n.T(ctx, "rules.at-label"), Optional: true,
			Constraint: i18n.T(ctx, "rules.at-constraint", "Zone", rules.ZoneName(), "Days", int(publish.Ahead/(24*time.Hour)))},
			Name: "at", Type: "datetime-local", Value: typed.At},
	}
	at := option(whenAt, i18n.T(ctx, "rules.when.at"), i18n.T(ctx, "rules.when.at.text"))
	if closed {
		p.Note = &ui.AlertProps{Kind: ui.Info, Text: i18n.T(ctx, "publish.window-closed", "Next", byBothClocks(rules, next))}
		p.When.Options = []ui.Option{
			option(whenOpening, i18n.T(ctx, "rules.when.opening", "Time", byBothClocks(rules, next)), i18n.T(ctx, "rules.when.opening.text")), at,
			option(whenNow, i18n.T(ctx, "rules.when.now"), i18n.T(ctx, "rules.when.now.closed")),
		}
	} else {
		p.When.Options = []ui.Option{option(whenNow, i18n.T(ctx, "rules.when.now"), ""), at}
	}
	if typed.When == "" {
		p.When.Options[0].Selected = true
	}
	if two := alone(rules, c); two || len(rules.Windows) > 0 {
		p.Glass = glassProps(r, c, two, typed)
		if two {
			p.Note = twoNote(ctx, p.Note)
		}
	}
	return p, nil
}

// twoNote says that it takes two, before what else is to be known.
func twoNote(ctx context.Context, other *ui.AlertProps) *ui.AlertProps {
	a := &ui.AlertProps{Kind: ui.Info, Title: i18n.T(ctx, "rules.two"), Text: i18n.T(ctx, "rules.two.text")}
	if other != nil {
		a.Text = sentences(ctx, a.Text, other.Text)
	}
	return a
}

// glassProps offer to publish against the rules.
func glassProps(r *http.Request, c publish.Change, two bool, typed approvalForm) *changes.GlassProps {
	ctx := r.Context()
	p := &changes.GlassProps{
		Title: i18n.T(ctx, "rules.glass"), Text: i18n.T(ctx, "rules.glass.text"), Open: typed.Glass,
		Tick: ui.CheckboxProps{FieldProps: ui.FieldProps{ID: "glass-tick", Label: i18n.T(ctx, "rules.glass.tick")}, Name: "glass", Checked: typed.Glass},
	}
	if !two {
		return p
	}
	to := "/publish"
	if c.State == publish.Paused {
		to = "/continue"
	}
	needed := needs(ctx, r, people.Publisher)
	p.Submit = &ui.ButtonProps{Text: i18n.T(ctx, "rules.glass.publish"), ID: "glass-publish", Kind: ui.Danger, FormAction: changePath(c.ID) + to,
		Described: "glass-text", Disabled: needed != "" || c.Blocked(), Reason: needed}
	return p
}

// markWord puts a refusal beside the field of the rules that it is about, and gives the field; empty where it is about none.
func markWord(ctx context.Context, p *changes.WordProps, reason *ui.TextAreaProps, id, text string) string {
	switch id {
	case "rules.at", "rules.at-gap", "rules.at-past", "rules.at-far", "publish.at-closed", atNotChosen:
		p.At.Error = text
		return p.At.ID
	case "publish.window-closed", noSuchWhen:
		if p.When != nil {
			p.When.Error = text
			return p.When.ID
		}
	case "publish.needs-two": // who may propose does not come this way: the button of the box was pressed
		if p.Glass != nil {
			p.Glass.Open, p.Glass.Tick.Error = true, i18n.T(ctx, "rules.glass.untouched")
			return p.Glass.Tick.ID
		}
	case "publish.glass-reason":
		reason.Error = text
		return reason.ID
	}
	return ""
}

// wordFacts tell who proposed a change, and that it was published against the rules.
func wordFacts(ctx context.Context, c publish.Change) (out []ui.KeyValue) {
	if w := c.Proposal; w != nil {
		out = append(out, ui.KeyValue{Key: i18n.T(ctx, "rules.fact.proposed"), Text: i18n.T(ctx, "changes.fact.by", "Name", w.By.Name, "Time", absoluteTime(w.At))})
	}
	if c.Word.BreakGlass {
		out = append(out, ui.KeyValue{Key: i18n.T(ctx, "rules.glass"), Text: i18n.T(ctx, "rules.glass.fact", "Name", c.Word.By.Name)})
	}
	return out
}

// byBothClocks is a time that the rules of an instance speak of, by its clock, with UTC beside it, by which every other time of a page is.
func byBothClocks(rules publish.Rules, at time.Time) string {
	local, utc := rules.Local(at), absoluteTime(at)
	if local == utc {
		return utc
	}
	return local + " (" + utc + ")"
}

// localTime is a time by the clock of a change's instance, and UTC; UTC alone where its rules can't be read.
func (s *Shell) localTime(ctx context.Context, c publish.Change, at time.Time) string {
	return byBothClocks(s.knownRules(ctx, c), at)
}

// knownRules are the rules of a change's instance; none where they can't be read.
func (s *Shell) knownRules(ctx context.Context, c publish.Change) publish.Rules {
	rules, err := s.Publish.Rules(ctx, c.Instance.ID)
	if err != nil {
		s.Log.WarnContext(ctx, "read the rules of the instance", "change", c.ID, "err", err)
	}
	return rules
}
