package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// waitsOrRuns says whether a change moves on by itself.
func waitsOrRuns(s publish.State) bool { return s == publish.Approved || s == publish.Running }

// result shows how far a change has come, and what became of it.
func (h *Changes) result(w http.ResponseWriter, r *http.Request, c publish.Change, status int, problem *fault.Error, typed approvalForm) error {
	ctx := r.Context()
	state, then := stateStatus(ctx, c.State), h.followed(ctx, c)
	p := changes.ResultProps{
		Facts: h.facts(ctx, c, then), LeftOut: leftOutTable(ctx, c),
		Links: []ui.LinkButtonProps{{Text: i18n.T(ctx, "changes.result.flows"), Href: flowsPath(c.Instance.ID)}, {Text: i18n.T(ctx, "shell.history"), Href: "/history"}},
	}
	p.Links = append(putBackLink(r, c), p.Links...)
	frame := layout.PageProps{Title: i18n.Text(ctx, c.Title), Status: &state}
	var err error
	if waitsOrRuns(c.State) {
		p.Active, err = h.activeProps(r, c)
		frame.Stream, frame.Refresh = p.Active != nil && p.Active.Stream != "", reloadEvery
	} else {
		o := outcome(ctx, c)
		h.headOurs(ctx, c, &o)
		p.Outcome, p.Overview = &o, overview(ctx, c, h.Survey.Last(c.Instance.ID))
		moreFailed(ctx, c, p.Overview)
		p.Steps, err = h.steps(r, c)
	}
	if err != nil {
		return err
	}
	if c.State == publish.Paused {
		if p.Paused, err = h.pausedProps(r, c, typed); err != nil {
			return err
		}
		p.Outcome.Text = strings.TrimSpace(sentences(ctx, sentences(ctx, p.Outcome.Text, h.whyPaused(r, c)), h.movedOf(ctx, c)))
		markRest(ctx, &p, problem)
	}
	p.Rest, p.Taken = restAnew(r, c, then)
	p.Back = wasPutBack(ctx, c, then)
	p.Page = h.changePage(r, c, frame)
	if p.Active != nil { // it says so itself, and when that has changed
		p.Page.Frame.Flashes = slices.DeleteFunc(p.Page.Frame.Flashes, func(a ui.AlertProps) bool { return a.ID == haltedID })
	}
	return render(w, r, status, changes.Result(p))
}

// markRest says why the rest of a change was not approved, beside the field it is about.
func markRest(ctx context.Context, p *changes.ResultProps, problem *fault.Error) {
	if problem == nil {
		return
	}
	text, at := problemText(ctx, problem), "publish"
	switch problem.Message.ID {
	case "publish.reason-too-long":
		p.Paused.Reason.Error, at = text, p.Paused.Reason.ID
	case noSuchMode:
		p.Paused.Mode, at = wrongMode(p.Paused.Mode, text), "mode"
	default:
		at = cmp.Or(markWord(ctx, &p.Paused.Word, &p.Paused.Reason, problem.Message.ID, text), at)
	}
	p.Errors = ui.SummaryProps{Title: i18n.T(ctx, "changes.review.not-published"), Errors: []ui.Link{{Text: text, Href: "#" + at}}}
}

// doneOf is how many steps of a change are published, and of how many there is an outcome.
func doneOf(c publish.Change) (done, tried int) {
	for _, st := range c.Steps {
		if st.State == publish.StepDone {
			done++
		}
		if st.State != publish.StepPlanned && st.State != publish.StepIntent {
			tried++
		}
	}
	return done, tried
}

// pausedProps offers to go on with a change that was stopped, or to give up the rest.
func (h *Changes) pausedProps(r *http.Request, c publish.Change, typed approvalForm) (*changes.PausedProps, error) {
	ctx := r.Context()
	_, tried := doneOf(c)
	left := len(c.Steps) - tried
	needed := needs(ctx, r, people.Publisher)
	p := &changes.PausedProps{
		Action: changePath(c.ID) + "/continue", Hash: c.Hash, Runs: strconv.Itoa(c.Runs),
		Mode: modes(ctx, c, typed.Mode), Reason: reasonProps(ctx, typed.Reason),
		Submit: ui.ButtonProps{Text: i18n.T(ctx, "changes.paused.continue", "Count", left), ID: "change-continue", Kind: ui.Primary, Disabled: needed != "", Reason: needed},
		GiveUp: changes.PostProps{Action: changePath(c.ID) + "/give-up", Hidden: seenPairs(c), Text: i18n.T(ctx, "changes.paused.give-up.text"),
			Button: ui.ButtonProps{Text: i18n.T(ctx, "changes.paused.give-up"), ID: "change-give-up", Kind: ui.Danger, Described: "give-up-text",
				Disabled: needed != "", Reason: needed}},
	}
	rules, err := h.Publish.Rules(ctx, c.Instance.ID)
	if err != nil {
		return nil, err
	}
	if p.Word, err = h.wordProps(r, rules, c, typed); alone(rules, c) {
		p.Action, p.Submit.Text = changePath(c.ID)+"/propose", i18n.T(ctx, "rules.propose.rest", "Count", left)
		p.Word.Hidden = []ui.Pair{{Name: "state", Value: string(c.State)}}
	}
	return p, err
}

// whyPaused says why a change does not go on, as far as that is kept.
func (h *Changes) whyPaused(r *http.Request, c publish.Change) string {
	ctx := r.Context()
	flows := 0
	for _, st := range c.Steps {
		if st.WritesFlow() && st.State == publish.StepDone && !st.Outcome.At.Before(c.Word.At) {
			flows++
		}
	}
	switch halt := h.halted(ctx); {
	case c.Fell != nil:
		return i18n.Text(ctx, c.Fell.Why)
	case c.Stopped != nil:
		return i18n.T(ctx, "changes.paused.by", "Name", c.Stopped.Name)
	case c.Word.Mode == publish.OneFirst && flows == 1:
		return i18n.T(ctx, "changes.paused.first")
	case halt != nil:
		return haltWords(ctx, halt)
	}
	return i18n.T(ctx, "changes.paused.stopped")
}

func outcome(ctx context.Context, c publish.Change) ui.AlertProps {
	kinds := map[publish.State]ui.StatusKind{
		publish.Published: ui.Success, publish.Partly: ui.Warning, publish.Failed: ui.Error, publish.Interrupted: ui.Warning,
		publish.Paused: ui.Warning, publish.Discarded: ui.Info,
	}
	done, tried := doneOf(c)
	if c.State == publish.Paused {
		done = tried
	}
	text := "changes.outcome." + string(c.State) + ".text"
	if byPerson := func(st publish.Step) bool { return st.Outcome.By != nil }; c.State == publish.Failed && slices.ContainsFunc(c.Steps, byPerson) {
		text = "changes.outcome.failed.decided" // what Amazon Connect held then; a call under way may land after that
	}
	a := ui.AlertProps{Kind: kinds[c.State], Title: i18n.T(ctx, "changes.outcome."+string(c.State), "Done", done, "Of", len(c.Steps))}
	if c.State == publish.Partly || c.State == publish.Failed || c.State == publish.Paused {
		if whyNot(ctx, c, &a) && c.State != publish.Paused && !strings.HasSuffix(text, ".decided") {
			text += ".else"
		}
	}
	a.Text = i18n.T(ctx, text)
	return a
}

// reasonsShown is how many writes that failed the head of a change names.
const reasonsShown = 3

// whyNot names the writes that failed, and leads to the first. It says whether not every flow is as it was, as far as wrapup saw.
func whyNot(ctx context.Context, c publish.Change, a *ui.AlertProps) (changed bool) {
	more := 0
	for i, st := range c.Steps {
		if st.State != publish.StepFailed && st.State != publish.StepUnclear {
			continue
		}
		found := st.Outcome.Found.Live != "" && st.Conflicts()
		changed = changed || found || st.State == publish.StepUnclear
		if a.Action == nil {
			a.Action = &ui.Link{Text: i18n.T(ctx, "changes.outcome.look", "Name", st.Name), Href: stepPath(c.ID, i)}
			if found {
				a.Action = &ui.Link{Text: i18n.T(ctx, "changes.outcome.compare", "Name", st.Name), Href: conflictPath(c.ID, i)}
			}
		}
		if len(a.List) == reasonsShown {
			more++
			continue
		}
		a.List = append(a.List, i18n.Text(ctx, st.Outcome.Message))
	}
	if more > 0 {
		a.List = append(a.List, i18n.T(ctx, "changes.outcome.more", "Count", more))
	}
	return changed
}

func stateStatus(ctx context.Context, s publish.State) ui.StatusProps {
	kinds := map[publish.State]ui.StatusKind{
		publish.Planned: ui.Pending, publish.Proposed: ui.Pending, publish.Approved: ui.Pending, publish.Running: ui.Pending, publish.Published: ui.Success,
		publish.Paused: ui.Warning, publish.Partly: ui.Warning, publish.Failed: ui.Error, publish.Interrupted: ui.Warning,
		publish.Discarded: ui.Stopped,
	}
	return ui.StatusProps{Kind: kinds[s], Text: i18n.T(ctx, "changes.state."+string(s))}
}
