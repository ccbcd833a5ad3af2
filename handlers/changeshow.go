package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// show is the review of a planned change, and the result of any other.
func (h *Changes) show(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Publish.Change(r.Context(), chi.URLParam(r, "change"))
	if err != nil {
		return err
	}
	return h.showAs(w, r, c, http.StatusOK, nil, approvalForm{})
}

// showAs shows a change as it is, with what was typed and why it was refused.
func (h *Changes) showAs(w http.ResponseWriter, r *http.Request, c publish.Change, status int, problem *fault.Error, typed approvalForm) error {
	if underReview(c) {
		return h.review(w, r, c, status, problem, typed)
	}
	return h.result(w, r, c, status, problem, typed)
}

// back leads from the address of a refused form to the change's own.
func (h *Changes) back(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, changePath(chi.URLParam(r, "change")))
}

// approvalForm is what was typed into the review.
type approvalForm struct {
	Reason    string
	Confirmed []string
	Mode      string
	When, At  string
	Glass     bool
	Refusing  bool // it is no approval: a proposal is refused
	Refusal   string
}

func readApproval(r *http.Request) approvalForm {
	return approvalForm{
		Reason: posted(r, "reason"), Confirmed: r.PostForm["confirm"], Mode: posted(r, "mode"),
		When: posted(r, "when"), At: posted(r, "at"), Glass: posted(r, "glass") != "",
	}
}

func (h *Changes) review(w http.ResponseWriter, r *http.Request, c publish.Change, status int, problem *fault.Error, typed approvalForm) error {
	ctx := r.Context()
	title := i18n.Text(ctx, c.Title)
	p := changes.ReviewProps{
		Page: h.changePage(r, c, layout.PageProps{Title: title, Description: i18n.T(ctx, "changes.review.text"),
			Status: &ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "changes.state.planned")}}),
		Facts: h.facts(ctx, c, h.followed(ctx, c)), Checks: checkStatuses(ctx, c.Checks), LeftOut: leftOutTable(ctx, c), Anyway: anyway(ctx, c),
		Agents: agentsWord(ctx, c), Action: changePath(c.ID) + "/publish", Hash: c.Hash, Again: again(c),
		Mode: modes(ctx, c, typed.Mode), Reason: reasonProps(ctx, typed.Reason), Discard: discardProps(r, c),
		Submit: ui.ButtonProps{Text: title, Kind: ui.Primary, Disabled: !may(r, people.Publisher) || c.Blocked(), Reason: needs(ctx, r, people.Publisher)},
	}
	for i, k := range c.Confirmations() {
		p.Confirm = append(p.Confirm, ui.CheckboxProps{
			FieldProps: ui.FieldProps{ID: "confirm-" + stepID(i), Label: i18n.Text(ctx, k.Message)},
			Name:       "confirm", Value: k.ID, Checked: slices.Contains(typed.Confirmed, k.ID),
		})
	}
	if c.Blocked() {
		p.Submit.Reason = i18n.T(ctx, "publish.blocked")
		p.Blocked = &ui.AlertProps{Kind: ui.Error, Title: i18n.T(ctx, "changes.review.blocked"), List: blocking(ctx, c)}
	}
	err := h.reviewWord(r, c, &p, typed)
	if err != nil {
		return err
	}
	if p.Moved = h.outOfDateProps(r, c); p.Moved != nil {
		status := outOfDate(ctx)
		p.Page.Status, p.Page.Description = &status, "" // it is not published
		p.Moved.Typed = typedReason(ctx, typed.Reason)
		noApproval(ctx, &p)
	}
	switch {
	case problem == nil:
	case typed.Refusing:
		markRefusal(ctx, &p, problem)
	default:
		markProblem(ctx, &p, problem)
	}
	if p.Overview = overview(ctx, c, h.Survey.Last(c.Instance.ID)); p.Moved != nil && p.Overview != nil {
		unlinkTicks(p.Overview)
	}
	if p.Steps, err = h.steps(r, c); err != nil {
		return err
	}
	arrange(ctx, c, &p)
	return render(w, r, status, changes.Review(p))
}

// typedReason keeps a reason to be copied, where there is no form to type it into; nil where none was typed.
func typedReason(ctx context.Context, typed string) *ui.TextAreaProps {
	if typed == "" {
		return nil
	}
	return &ui.TextAreaProps{FieldProps: ui.FieldProps{ID: "typed-reason", Label: i18n.T(ctx, "changes.review.typed"), Description: i18n.T(ctx, "changes.review.typed.text")},
		Value: typed, Rows: 2, ReadOnly: true}
}

// problemText is why something was refused, with the service's code where it is the service's word.
func problemText(ctx context.Context, f *fault.Error) string {
	text := i18n.Text(ctx, f.Message)
	if f.Code != "" {
		text = sentences(ctx, text, i18n.T(ctx, "ui.code", "Code", f.Code))
	}
	return text
}

// markProblem says why a change was not published, beside the field it is about.
func markProblem(ctx context.Context, p *changes.ReviewProps, problem *fault.Error) {
	text, at := problemText(ctx, problem), "publish"
	switch problem.Message.ID {
	case "publish.unconfirmed":
		for i := range p.Confirm {
			if c := &p.Confirm[i]; !c.Checked {
				c.Error = i18n.T(ctx, "changes.review.tick")
				if at == "publish" {
					at = c.ID
				}
			}
		}
	case "publish.reason-too-long":
		p.Reason.Error, at = text, p.Reason.ID
	case noSuchMode:
		p.Mode, at = wrongMode(p.Mode, text), "mode"
	default:
		at = cmp.Or(markWord(ctx, &p.Word, &p.Reason, problem.Message.ID, text), at)
	}
	if p.Moved != nil { // there is no form
		at = p.Moved.Alert.ID
	}
	p.Errors = ui.SummaryProps{Title: i18n.T(ctx, "changes.review.not-published"), Errors: []ui.Link{{Text: text, Href: "#" + at}}}
}

func (h *Changes) changePage(r *http.Request, c publish.Change, p layout.PageProps) layout.PageProps {
	ctx := r.Context()
	p = h.instancePage(r, c.Instance, p, ui.Link{Text: i18n.T(ctx, "changes.crumb"), Href: changePath(c.ID)})
	p.Active = layout.NavHistory
	p.Crumbs[0] = ui.Link{Text: i18n.T(ctx, "shell.history"), Href: "/history"}
	return p
}

func (h *Changes) facts(ctx context.Context, c publish.Change, then followers) ui.KeyValueProps {
	p := ui.KeyValueProps{Items: []ui.KeyValue{
		{Key: i18n.T(ctx, "changes.fact.instance"), Text: c.Instance.Title(), Href: flowsPath(c.Instance.ID)},
		{Key: i18n.T(ctx, "changes.fact.region"), Text: c.Instance.Region},
		{Key: i18n.T(ctx, "changes.fact.account"), Text: c.Instance.Account},
		{Key: i18n.T(ctx, "changes.fact.planned"), Text: i18n.T(ctx, "changes.fact.by", "Name", c.By.Name, "Time", absoluteTime(c.Created))},
	}}
	add := func(id string, at time.Time) {
		if !at.IsZero() {
			p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, id), Text: absoluteTime(at)})
		}
	}
	first := h.firstWord(ctx, c)
	said := func(id string, w publish.Word) {
		p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, id), Text: i18n.T(ctx, "changes.fact.by", "Name", w.By.Name, "Time", absoluteTime(w.At))})
	}
	if first.By.Name != "" {
		said("changes.fact.published", first)
	}
	if !first.At.Equal(c.Word.At) {
		said("changes.fact.continued", c.Word)
	}
	p.Items = append(p.Items, wordFacts(ctx, c)...)
	p.Items = append(p.Items, h.formerFact(ctx, c)...)
	p.Items = append(p.Items, h.continuing(ctx, c, then)...)
	if at := c.Word.NotBefore; !at.IsZero() {
		p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, "changes.fact.not-before"), Text: h.localTime(ctx, c, at)})
	}
	add("changes.fact.begun", c.Started)
	add("changes.fact.ended", c.Finished)
	if len(c.Steps) > 1 && i18n.Has(modeID(first.Mode)) {
		text := i18n.T(ctx, modeID(first.Mode))
		if first.Mode != c.Word.Mode {
			text = i18n.T(ctx, "changes.mode.rest", "First", text, "Rest", i18n.T(ctx, modeID(c.Word.Mode)))
		}
		p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, "changes.mode"), Text: text})
	}
	if c.Word.Reason != "" {
		p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, "changes.review.reason"), Text: c.Word.Reason})
	}
	return p
}

// firstWord is the approval on which a change began, by the history: the change itself keeps the latest alone.
func (h *Changes) firstWord(ctx context.Context, c publish.Change) publish.Word {
	if c.Runs == 0 || c.Word.By.Name == "" {
		return c.Word
	}
	list, err := h.Publish.Log(ctx, publish.LogFilter{Kinds: []publish.EntryKind{publish.EntryApproved}, Text: c.ID})
	if err != nil {
		h.Log.WarnContext(ctx, "look for who approved a change first", "change", c.ID, "err", err)
	}
	for _, e := range list {
		if t := e.Told().Change; e.Change == c.ID && t != nil && t.Started.IsZero() {
			return publish.Word{By: e.By, At: e.At, Mode: t.Mode}
		}
	}
	return c.Word
}

func checkStatuses(ctx context.Context, checks []publish.Check) []ui.StatusProps {
	var out []ui.StatusProps
	for _, k := range checks {
		kind := ui.Warning
		if k.OK {
			kind = ui.Success
		} else if k.Block {
			kind = ui.Error
		}
		out = append(out, ui.StatusProps{Kind: kind, Text: i18n.Text(ctx, k.Message)})
	}
	return out
}

func blocking(ctx context.Context, c publish.Change) []string {
	var out []string
	for _, k := range c.Checks {
		if k.Block {
			out = append(out, i18n.Text(ctx, k.Message))
		}
	}
	if len(out) == 0 {
		out = []string{i18n.T(ctx, "publish.title.nothing")}
	}
	return out
}

func leftOutTable(ctx context.Context, c publish.Change) *ui.TableProps {
	var list []omitted
	for _, l := range c.LeftOut {
		list = append(list, omitted{l.Flow, l.Name, l.Reason})
	}
	return omittedTable(ctx, c.Instance.ID, list)
}

// anyway offers the flows that were left out and can be chosen in spite of the reason.
func anyway(ctx context.Context, c publish.Change) *changes.Anyway {
	p := &changes.Anyway{Action: "/instances/" + string(c.Instance.ID) + "/changes", Hidden: askedPairs(c.Asked)}
	for i, l := range c.LeftOut {
		box := ui.CheckboxProps{FieldProps: ui.FieldProps{ID: "anyway-" + stepID(i), Label: l.Name}, Value: string(l.Flow)}
		switch {
		case l.Draft:
			box.Name = "draft"
			p.Drafts = append(p.Drafts, box)
		case l.Led:
			box.Name = "callers"
			p.Led = append(p.Led, box)
		case l.Over:
			box.Name = "over"
			p.Over = append(p.Over, box)
		}
	}
	anywayFormer(c, p)
	if c.Continues != "" {
		p.Hidden = append(p.Hidden, ui.Pair{Name: "continues", Value: c.Continues})
	}
	if len(p.Drafts)+len(p.Led)+len(p.Over) == 0 {
		return nil
	}
	return p
}

func askedPairs(a publish.Asked) []ui.Pair {
	out := []ui.Pair{{Name: "guide", Value: a.Guide}}
	add := func(name string, ids []instance.FlowID) {
		for _, id := range ids {
			out = append(out, ui.Pair{Name: name, Value: string(id)})
		}
	}
	add("flow", a.Add)
	add("remove", a.Remove)
	add("draft", a.OverDraft)
	add("callers", a.OverCalls)
	if a.Replace {
		out = append(out, ui.Pair{Name: "replace", Value: "on"})
	}
	return out
}

// again leads to the choosing page with the same choice; empty where the change was not chosen there.
func again(c publish.Change) string {
	a := c.Asked
	switch {
	case a.Former.Change != "":
		return sameChoice(putBackPath(a.Former.Change), c.ID)
	case a.Guide == "" && len(a.Remove) == 0:
		return ""
	}
	return sameChoice(addGuidePath(c.Instance.ID), c.ID)
}
