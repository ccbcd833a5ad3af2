package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/flows"
	"wrapup/views/ui"
)

// Applying tells how changes come on.
type Applying struct {
	*Shell
	beat beats
}

// events tells how a change comes on, until it is in another state than the page shows, which then loads itself anew.
func (h *Applying) events(w http.ResponseWriter, r *http.Request) error {
	id, shown := chi.URLParam(r, "change"), publish.State(r.URL.Query().Get("shown"))
	if h.Operations == nil {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	c, err := h.Publish.Change(r.Context(), id)
	if err != nil {
		return err
	}
	now := func(ctx context.Context) (templ.Component, bool) {
		c, err := h.Publish.Change(ctx, id)
		var p changes.NowProps
		if err == nil {
			p, err = h.activeNow(r, c)
		}
		if err != nil { // what is shown stays, and the next state is tried again
			h.Log.WarnContext(ctx, "tell how a change comes on", "change", id, "err", err)
			return nil, true
		}
		if c.State != shown {
			p.Replace = changePath(id)
		}
		return changes.Now(p), p.Replace == ""
	}
	return h.stream(w, r, h.beat, telling{
		states: func(ctx context.Context) (<-chan operation.Operation, error) {
			return h.Operations.WatchSubject(ctx, string(c.Instance.ID))
		},
		of: func(ctx context.Context, op operation.Operation) (templ.Component, bool) {
			if op.Kind != publish.Work {
				return nil, true
			}
			return now(ctx)
		},
		idle: now,
		out:  func(ctx context.Context) templ.Component { return changes.Now(left(ctx, id)) },
	})
}

// left is all that is said once the session is over.
func left(ctx context.Context, id string) changes.NowProps {
	return changes.NowProps{
		Title: i18n.T(ctx, "flows.reading.signed-out"), Said: i18n.T(ctx, "flows.reading.signed-out"),
		Reload: ui.LinkButtonProps{Text: i18n.T(ctx, "flows.reading.sign-in"), Href: "/sign-in?next=" + url.QueryEscape(changePath(id))},
	}
}

// activeProps is the strip of a change that waits or is being published.
func (s *Shell) activeProps(r *http.Request, c publish.Change) (*changes.ActiveProps, error) {
	now, err := s.activeNow(r, c)
	if err != nil {
		return nil, err
	}
	p := &changes.ActiveProps{Now: now}
	if s.Operations != nil {
		p.Stream, p.Over = changePath(c.ID)+"/events?shown="+url.QueryEscape(string(c.State)), flows.EventOver
	}
	return p, nil
}

// activeNow is what there is to say of a change now.
func (s *Shell) activeNow(r *http.Request, c publish.Change) (changes.NowProps, error) {
	ctx := r.Context()
	done, tried := doneOf(c)
	p := changes.NowProps{
		Title:  i18n.T(ctx, "changes.outcome."+string(c.State), "Done", done, "Of", len(c.Steps)),
		Reload: ui.LinkButtonProps{Text: i18n.T(ctx, "changes.result.reload"), Href: changePath(c.ID), Icon: ui.IconRefresh},
		Steps:  ui.StepsProps{Label: i18n.T(ctx, "changes.result.writes")},
	}
	p.Said = p.Title
	if !waitsOrRuns(c.State) {
		return p, nil
	}
	p.Leave = i18n.T(ctx, "changes.result.leave")
	for _, st := range c.Steps {
		p.Steps.Steps = append(p.Steps.Steps, activeStep(ctx, c, st))
	}
	if may(r, people.Publisher) && c.Stopped == nil {
		p.Stop = stopProps(ctx, c)
	}
	if c.State == publish.Approved {
		err := s.waits(ctx, c, &p)
		if since := s.movedOf(ctx, c); since != "" {
			p.Trouble = append(p.Trouble, ui.StatusProps{Kind: ui.Warning, Text: since})
		}
		p.Said, p.Leave = p.Title, i18n.T(ctx, "changes.waits.leave")
		return p, err
	}
	p.Done, p.Total, p.Step = tried, len(c.Steps), i18n.T(ctx, "changes.result.progress", "Done", tried, "Of", len(c.Steps))
	if n := len(c.Steps); 4*tried >= n { // every count would be noise
		p.Said = i18n.T(ctx, "changes.result.said", "Percent", 25*(4*tried/n))
	}
	var err error
	p.Trouble, err = s.trouble(ctx, c)
	return p, err
}

func activeStep(ctx context.Context, c publish.Change, st publish.Step) ui.Step {
	status := stepStatus(ctx, c, st)
	out := ui.Step{Title: stepText(ctx, st), Status: &status, Current: st.State == publish.StepIntent}
	if a := stepResult(ctx, st, nil); a != nil {
		out.Content = ui.Alert(*a)
	}
	return out
}

func stopProps(ctx context.Context, c publish.Change) *changes.PostProps {
	text := "changes.stop.text"
	if c.State == publish.Approved && c.Runs == 0 {
		text = "changes.stop.text.never"
	}
	return &changes.PostProps{Action: changePath(c.ID) + "/stop", Text: i18n.T(ctx, text),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "changes.stop"), ID: "change-stop", Described: "change-stop-text"}}
}

// waits says what an approved change waits for.
func (s *Shell) waits(ctx context.Context, c publish.Change, p *changes.NowProps) error {
	if halt := s.halted(ctx); halt != nil {
		p.Title = i18n.T(ctx, "changes.waits.halted")
		p.Trouble = []ui.StatusProps{{Kind: ui.Warning, Text: haltWords(ctx, halt)}}
		return nil
	}
	if at := c.Word.NotBefore; at.After(s.Now()) {
		p.Title = i18n.T(ctx, "changes.waits.until", "Time", s.localTime(ctx, c, at))
		if c.Runs > 0 {
			p.Waits = []string{i18n.T(ctx, "rules.waits.window")}
		}
		return nil
	}
	others, n, err := s.Publish.Changes(ctx, publish.Filter{Instance: c.Instance.ID, State: publish.Running, Limit: 1})
	if err != nil {
		return err
	}
	if n > 0 {
		p.Title, p.Waits = i18n.T(ctx, "changes.waits.turn"), []string{i18n.T(ctx, "changes.waits.turn.text")}
		p.For = &ui.Link{Text: i18n.Text(ctx, others[0].Title), Href: changePath(others[0].ID)}
		return nil
	}
	p.Trouble, err = s.workTrouble(ctx, c)
	return err
}

// trouble says why a change that is being published does not simply go on.
func (s *Shell) trouble(ctx context.Context, c publish.Change) (out []ui.StatusProps, err error) {
	warn := func(text string) { out = append(out, ui.StatusProps{Kind: ui.Warning, Text: text}) }
	if c.Stopped != nil {
		warn(i18n.T(ctx, "changes.stopping", "Name", c.Stopped.Name))
	}
	if halt := s.halted(ctx); halt != nil {
		warn(haltWords(ctx, halt))
	}
	work, err := s.workTrouble(ctx, c)
	if err != nil {
		return nil, err
	}
	if out = append(out, work...); len(work) == 0 && c.Runs > 1 {
		out = append(out, ui.StatusProps{Kind: ui.Info, Text: i18n.T(ctx, "changes.resumed")})
	}
	return out, nil
}

// workTrouble says how the work on a change failed or was cut off, while the change still waits for it to go on.
func (s *Shell) workTrouble(ctx context.Context, c publish.Change) ([]ui.StatusProps, error) {
	if s.Operations == nil {
		return nil, nil
	}
	list, err := s.Operations.List(ctx, operation.Filter{Kind: publish.Work, Subject: string(c.Instance.ID), Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	switch op := list[0]; {
	case op.State == operation.Failed && !op.Ended.Before(c.Word.At):
		text := sentences(ctx, i18n.Text(ctx, op.Failure.Message), i18n.T(ctx, "changes.trouble.again"))
		if op.Failure.Code != "" {
			text = sentences(ctx, text, i18n.T(ctx, "ui.code", "Code", op.Failure.Code))
		}
		return []ui.StatusProps{{Kind: ui.Error, Text: text}}, nil
	case op.State == operation.Running && op.LeaseUntil.Before(s.Now()), op.State == operation.Queued && op.Attempt > 0:
		return []ui.StatusProps{{Kind: ui.Warning, Text: i18n.T(ctx, "changes.trouble.cut-off")}}, nil
	}
	return nil, nil
}
