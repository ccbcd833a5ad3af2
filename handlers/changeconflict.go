package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/view"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// mountConflict registers the routes of steps that met something else in Connect, and of planning anew.
func (h *Changes) mountConflict(r chi.Router) {
	r.Get("/changes/{change}/steps/{step}/conflict", h.Adapt(h.conflict))
	r.Get("/changes/{change}/again", h.Adapt(h.back))
	r.Post("/changes/{change}/again", h.Adapt(h.planAnew))
}

// conflictPath is the page of a step that was not as reviewed; i counts from 0, people from 1.
func conflictPath(change string, i int) string {
	return changePath(change) + "/steps/" + strconv.Itoa(i+1) + "/conflict"
}

func againPath(change string) string { return changePath(change) + "/again" }

// conflict shows what a flow was in the review, what it is now, and what the change is to make of it.
func (h *Changes) conflict(w http.ResponseWriter, r *http.Request) error {
	return h.showConflict(w, r, chi.URLParam(r, "step"), http.StatusOK, nil)
}

// showConflict shows the page of step n, and why it was not planned anew.
func (h *Changes) showConflict(w http.ResponseWriter, r *http.Request, n string, status int, problem *fault.Error) error {
	ctx := r.Context()
	c, err := h.Publish.Change(ctx, chi.URLParam(r, "change"))
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(n)
	if i--; err != nil || i < 0 || i >= len(c.Steps) {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	f, err := h.Publish.Conflict(ctx, c.ID, c.Steps[i].Key)
	if fault.Is(err, fault.Conflict) { // it was written, or settled, in the meantime
		return seeOther(w, r, changePath(c.ID))
	}
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "conflict.title", "Flow", f.Name)
	p := changes.ConflictProps{
		Page:  h.changePage(r, c, layout.PageProps{Title: title, Description: i18n.T(ctx, "conflict.text", "Change", i18n.Text(ctx, c.Title), "Time", absoluteTime(c.Created))}),
		Notes: conflictNotes(ctx, f, conflictPath(c.ID, i)),
		Back:  ui.LinkButtonProps{Text: i18n.T(ctx, "conflict.back"), Href: changePath(c.ID)},
	}
	p.Page.Crumbs = append(p.Page.Crumbs, ui.Link{Text: title, Href: conflictPath(c.ID, i)})
	if other := h.wroteSince(ctx, c, f.Step, hashNow(f)); other != nil {
		p.Notes = append(p.Notes, ui.AlertProps{Kind: ui.Info, ID: "since", Text: someNamed(ctx, "changes.since", []string{f.Name}),
			Action: &ui.Link{Text: i18n.Text(ctx, other.Title), Href: changePath(other.ID)}})
	}
	h.conflictChoices(r, f, i, &p)
	conflictDifference(ctx, f, &p)
	if p.Blocks != nil {
		namesAlone(h.Survey.Last(c.Instance.ID), p.Blocks)
	}
	if problem != nil {
		p.Errors = ui.SummaryProps{Title: i18n.T(ctx, "conflict.not-planned"), Errors: []ui.Link{{Text: i18n.Text(ctx, problem.Message), Href: "#choices"}}}
	}
	return render(w, r, status, changes.Conflict(p))
}

// hashNow is the hash of what a flow holds; empty where it is as reviewed, or gone.
func hashNow(f publish.Conflict) string {
	if f.Now == nil || f.Same {
		return ""
	}
	return flow.Hash(f.Now)
}

// conflictNotes say what became of the flow.
func conflictNotes(ctx context.Context, f publish.Conflict, page string) []ui.AlertProps {
	var out []ui.AlertProps
	if f.Why != nil {
		at := f.Step.Outcome.At
		if at.IsZero() {
			at = f.Change.Created
		}
		out = append(out, ui.AlertProps{Kind: ui.Warning, Title: i18n.T(ctx, "conflict.not-read"), Code: f.Why.Code, RequestID: f.Why.RequestID,
			Text:   sentences(ctx, i18n.Text(ctx, f.Why.Message), i18n.T(ctx, "conflict.not-read.text", "Time", absoluteTime(at))),
			Action: &ui.Link{Text: i18n.T(ctx, "shell.retry"), Href: page}})
	}
	add := func(kind ui.StatusKind, id string) {
		out = append(out, ui.AlertProps{Kind: kind, Title: i18n.T(ctx, id), Text: i18n.T(ctx, id+".text")})
	}
	switch {
	case f.Gone:
		add(ui.Error, "conflict.gone")
	case f.Archived:
		add(ui.Error, "conflict.archived")
	case f.Written:
		add(ui.Success, "conflict.written")
	case f.Layout:
		add(ui.Info, "conflict.layout")
	case f.Same:
		add(ui.Info, "conflict.same")
	}
	if f.Saved != nil {
		add(ui.Warning, "conflict.draft")
	}
	return out
}

// conflictChoices are what can be done: rebuild on theirs, go on without this flow, or leave it.
func (h *Changes) conflictChoices(r *http.Request, f publish.Conflict, i int, p *changes.ConflictProps) {
	ctx, c, st := r.Context(), f.Change, f.Step
	needed := needs(ctx, r, people.Editor)
	at := ui.Pair{Name: "at", Value: strconv.Itoa(i + 1)}
	if st.Open(c.State) && !f.Written {
		p.Rebuild = &changes.PostProps{Action: againPath(c.ID), Hidden: []ui.Pair{at, {Name: "step", Value: st.Key}}, Text: i18n.T(ctx, "conflict.rebuild.text"),
			Button: ui.ButtonProps{Text: i18n.T(ctx, "conflict.rebuild"), ID: "rebuild", Kind: ui.Primary, Described: "rebuild-text", Disabled: needed != "", Reason: needed}}
		if c.Asked.Former.Change+c.Asked.Former.Hash != "" {
			p.Rebuild.Text, p.Rebuild.Button.Text = i18n.T(ctx, "conflict.rebuild-back.text"), i18n.T(ctx, "conflict.rebuild-back")
		}
		if c.State == publish.Planned { // the whole plan is of no use any more
			p.Rebuild.Hidden = p.Rebuild.Hidden[:1]
		}
		if f.Gone || f.Archived {
			p.Rebuild.Button.Disabled, p.Rebuild.Button.Reason = true, i18n.T(ctx, "conflict.rebuild.gone")
		}
		if f.Saved != nil && !p.Rebuild.Button.Disabled {
			p.OverDraft = &ui.CheckboxProps{FieldProps: ui.FieldProps{ID: "draft", Label: i18n.T(ctx, "conflict.over-draft"), Description: i18n.T(ctx, "changes.review.over-draft.text")},
				Name: "draft", Value: string(st.Flow), Checked: slices.Contains(r.PostForm["draft"], string(st.Flow))}
		}
	}
	p.Skip = h.skipProps(r, c, i)
	if c.State == publish.Paused && mayGiveUp(r, c) {
		p.GiveUp = &changes.PostProps{Action: changePath(c.ID) + "/give-up", Hidden: seenPairs(c), Text: i18n.T(ctx, "changes.paused.give-up.text"),
			Button: ui.ButtonProps{Text: i18n.T(ctx, "changes.paused.give-up"), ID: "change-give-up", Kind: ui.Danger, Described: "give-up-text"}}
	}
}

// skipProps plans what else was not written, without step i; nil where there is nothing else, or where the change itself goes on with it.
func (h *Changes) skipProps(r *http.Request, c publish.Change, i int) *changes.PostProps {
	ctx := r.Context()
	p := &changes.PostProps{Action: againPath(c.ID), Hidden: []ui.Pair{{Name: "at", Value: strconv.Itoa(i + 1)}}}
	for n, st := range c.Steps {
		if n != i && st.Open(c.State) {
			p.Hidden = append(p.Hidden, ui.Pair{Name: "step", Value: st.Key})
		}
	}
	n := len(p.Hidden) - 1
	if n == 0 {
		return nil
	}
	needed := needs(ctx, r, people.Editor)
	p.Text = i18n.T(ctx, "conflict.skip.text")
	p.Button = ui.ButtonProps{Text: i18n.T(ctx, "conflict.skip", "Count", n), ID: "skip", Described: "skip-text", Disabled: needed != "", Reason: needed}
	return p
}

// conflictDifference is what each side changed, by block and by line.
func conflictDifference(ctx context.Context, f publish.Conflict, p *changes.ConflictProps) {
	lines := func(id string, after []byte) changes.LinesProps {
		d := ui.DiffProps{Label: i18n.T(ctx, id), Empty: i18n.T(ctx, "conflict.no-lines")}
		return changes.LinesProps{ID: strings.TrimPrefix(id, "conflict."), Title: d.Label, Diff: lineDifference(ctx, d, diffLines(f.Reviewed, after, 3))}
	}
	if f.Now != nil {
		p.Lines = append(p.Lines, lines("conflict.lines-now", f.Now))
	}
	p.Lines = append(p.Lines, lines("conflict.lines-yours", f.Yours))
	was, err := flow.Parse(f.Reviewed)
	yours, err2 := flow.Parse(f.Yours)
	now, err3 := flow.Parse(f.Now)
	if err != nil || err2 != nil || err3 != nil {
		return // the lines say what there is to say
	}
	d := diffThree(was, now, yours)
	t := threeTable(ctx, d)
	p.Blocks = &t
	if n := d.both(); n > 0 {
		t.Description = i18n.T(ctx, "conflict.both", "Count", n)
	} else if d.apart() {
		t.Description = i18n.T(ctx, "conflict.apart")
	}
}

// planAnew plans steps that were not written anew, and leads to the review.
func (h *Changes) planAnew(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id := r.Context(), chi.URLParam(r, "change")
	c, err := h.Publish.Change(ctx, id)
	if err != nil {
		return err
	}
	anew := anewInput{Change: id, Steps: slices.Compact(slices.Sorted(slices.Values(r.PostForm["step"]))), OverDraft: flowIDs(unique(r.PostForm["draft"])), Replaces: c.State == publish.Planned && mayGiveUp(r, c)}
	in := planInput{Instance: c.Instance.ID, By: actor(r), Anew: &anew, Of: countAnew(c, anew.Steps)}
	if h.inBackground(in) {
		return h.askPlan(w, r, "change.plan", in)
	}
	n, err := h.planOf(ctx, in, "", nil)
	if err != nil {
		return h.notPlanned(w, r, c, err)
	}
	h.record(r, "change.plan", n.ID, "", "ok")
	return seeOther(w, r, changePath(n.ID))
}

// countAnew is how many flows are planned anew, at most: those that a plan left out are asked for once more.
func countAnew(c publish.Change, keys []string) int {
	n := len(keys)
	for _, st := range c.Steps {
		if len(keys) == 0 && st.Open(c.State) {
			n++
		}
	}
	if len(keys) == 0 && c.State == publish.Planned {
		n += len(c.LeftOut)
	}
	return n
}

// anew plans steps of a change anew. One that nobody has approved gives way to the new plan; somebody who was quicker keeps it.
func (h *Changes) anew(ctx context.Context, in planInput, id string, progress func(done, of int)) (publish.Change, error) {
	c, err := h.Publish.Change(ctx, in.Anew.Change)
	if err != nil {
		return c, err
	}
	reading, err := h.Survey.Read(ctx, c.Instance.ID, false)
	if err != nil {
		return publish.Change{}, err
	}
	q := publish.AgainRequest{
		ID: id, Steps: in.Anew.Steps, OverDraft: in.Anew.OverDraft, By: in.By, Audit: reading.Options(), Names: map[instance.FlowID]string{},
		View: h.viewAnew(ctx, c, in.Anew.Steps), Led: map[instance.FlowID]bool{}, Progress: progress,
	}
	for _, row := range allRows(reading) {
		q.Names[row.Flow.ID], q.Led[row.Flow.ID] = row.Flow.Name, row.Report.Verdict == audit.ViaCallers
	}
	n, err := h.Publish.Again(ctx, c.ID, q)
	if err == nil && in.Anew.Replaces && c.State == publish.Planned {
		if _, err := h.Publish.GiveUp(ctx, c.ID, c.Seen(), in.By); err != nil && !fault.Is(err, fault.Conflict) {
			return n, err
		}
	}
	return n, err
}

// viewAnew is the instance's own view of the guide among the steps; nil where there is none, or it can't be read.
func (h *Changes) viewAnew(ctx context.Context, c publish.Change, keys []string) *view.View {
	for _, st := range c.Steps {
		if !st.MakesGuide() || len(keys) > 0 && !slices.Contains(keys, st.Key) {
			continue
		}
		if st.Kind == publish.UpdateGuide {
			if d, err := h.Survey.Flow(ctx, c.Instance.ID, st.Flow); err == nil && d.ViewErr == nil {
				return d.View
			}
			return nil
		}
		if v, err := h.Survey.View(ctx, c.Instance.ID, ""); err == nil {
			return v
		}
	}
	return nil
}

// notPlanned says on the page that the person came from why nothing was planned.
func (h *Changes) notPlanned(w http.ResponseWriter, r *http.Request, c publish.Change, err error) error {
	f, status := fault.From(err), http.StatusUnprocessableEntity
	switch f.Kind {
	case fault.Conflict:
		status = http.StatusConflict
	case fault.Invalid, fault.NotFound:
	default:
		return err
	}
	h.recordAnswer(r, "change.plan", c.ID, "", f.Message)
	if at := posted(r, "at"); at != "" {
		return h.showConflict(w, r, at, status, f)
	}
	h.Session.PutFlash(r.Context(), Flash{Kind: string(ui.Warning), Message: f.Message})
	return seeOther(w, r, changePath(c.ID))
}

// stepConflict leads from a step that met something else to its page. Where only the layout changed, one click plans it anew.
func stepConflict(r *http.Request, c publish.Change, i int) *changes.StepConflict {
	ctx, st := r.Context(), c.Steps[i]
	if st.Outcome.Found.Live == "" || !st.Conflicts() {
		return nil
	}
	p := &changes.StepConflict{Link: ui.LinkButtonProps{Text: i18n.T(ctx, "conflict.look"), Href: conflictPath(c.ID, i)}}
	if st.Outcome.Found.Layout && st.Outcome.Found.Saved == st.Outcome.Found.Live && may(r, people.Editor) && st.Open(c.State) {
		p.Rebuild = &changes.PostProps{Action: againPath(c.ID), Hidden: []ui.Pair{{Name: "step", Value: st.Key}}, Button: ui.ButtonProps{Text: i18n.T(ctx, "conflict.rebuild")}}
	}
	return p
}

// restAnew plans what was not written of a change that was tried, neither by it nor by one that continues it. What such a one took on is looked for
// there. Each is nil where there is nothing of the kind, rest also where the person may not.
func restAnew(r *http.Request, c publish.Change, then followers) (rest *changes.PostProps, taken *ui.AlertProps) {
	if c.State != publish.Paused && !c.State.Ended() || c.State == publish.Discarded {
		return nil, nil
	}
	var missing []string
	for _, st := range c.Steps {
		wrote := func(n publish.Change) bool {
			return slices.ContainsFunc(n.Steps, func(later publish.Step) bool { return later.Key == st.Key && later.State == publish.StepDone })
		}
		if st.Open(c.State) && !slices.ContainsFunc(then.Continue, wrote) {
			missing = append(missing, st.Key)
		}
	}
	ctx := r.Context()
	by, left := takenOn(then, missing)
	if by != nil {
		taken = &ui.AlertProps{Kind: ui.Info, ID: "taken", Title: i18n.T(ctx, "conflict.taken", "Count", len(missing)-len(left)),
			Text: sentences(ctx, i18n.T(ctx, "putback.was.text", "Change", i18n.Text(ctx, by.Title), "State", stateStatus(ctx, by.State).Text, "Time", absoluteTime(lastTime(*by))),
				i18n.T(ctx, "conflict.taken.text")),
			Action: &ui.Link{Text: i18n.T(ctx, "changes.since.look"), Href: changePath(by.ID)}}
	}
	if len(left) == 0 || !may(r, people.Editor) {
		return nil, taken
	}
	rest = &changes.PostProps{Action: againPath(c.ID), Text: i18n.T(ctx, "conflict.rest.text"),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "conflict.rest", "Count", len(left)), ID: "rest-anew", Described: "rest-anew-text"}}
	for _, key := range left {
		rest.Hidden = append(rest.Hidden, ui.Pair{Name: "step", Value: key})
	}
	return rest, taken
}

// takenOn is the newest change that somebody asked to write steps that are missing of the one it continues, nil where there is none, and the keys of
// the steps that it did not take on.
func takenOn(then followers, missing []string) (*publish.Change, []string) {
	for i, n := range then.Continue {
		if n.State == publish.Planned || n.State == publish.Discarded {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(missing), func(key string) bool {
			return slices.ContainsFunc(n.Steps, func(st publish.Step) bool { return st.Key == key })
		})
		if len(left) < len(missing) {
			return &then.Continue[i], left
		}
	}
	return nil, missing
}

// rebuildPlan plans a change anew that is out of date before it was published; nil for who may not.
func rebuildPlan(r *http.Request, c publish.Change) *changes.PostProps {
	open := func(st publish.Step) bool { return st.Open(c.State) }
	if !may(r, people.Editor) || c.State != publish.Planned || !slices.ContainsFunc(c.Steps, open) {
		return nil
	}
	ctx, text := r.Context(), "conflict.rebuild-plan.text"
	if !mayGiveUp(r, c) {
		text = "conflict.rebuild-plan.beside"
	}
	return &changes.PostProps{Action: againPath(c.ID), Text: i18n.T(ctx, text),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "conflict.rebuild-plan"), ID: "rebuild-plan", Kind: ui.Primary, Described: "rebuild-plan-text"}}
}

// continuing names the change that this one continues, and those that continue it or put it back.
func (h *Changes) continuing(ctx context.Context, c publish.Change, then followers) []ui.KeyValue {
	var out []ui.KeyValue
	add := func(key string, other publish.Change) {
		out = append(out, ui.KeyValue{Key: i18n.T(ctx, key), Href: changePath(other.ID),
			Text: i18n.T(ctx, "conflict.fact.text", "Change", i18n.Text(ctx, other.Title), "Time", absoluteTime(other.Created))})
	}
	if c.Continues != "" {
		if former, err := h.Publish.Change(ctx, c.Continues); err == nil { // the plan stands by itself
			add("conflict.fact.continues", former)
		}
	}
	for _, n := range then.Continue {
		add("conflict.fact.continued"+cameOf(n), n)
	}
	for _, n := range then.Back {
		key := "putback.fact.back" + cameOf(n)
		if _, wrote := undone(c, n, map[string]bool{}); !wrote && key == "putback.fact.back" {
			key = "putback.fact.draft"
		}
		add(key, n)
	}
	return out
}

// cameOf tells in the name of a fact what became of a change: it wrote something, where that is empty.
func cameOf(n publish.Change) string {
	done, _ := doneOf(n)
	switch {
	case done > 0:
		return ""
	case n.State == publish.Discarded:
		return ".given-up"
	case n.State.Ended():
		return ".tried"
	}
	return ".planned"
}

// followers are what came after a change, the newest first: changes that continue it, where something was not written, and that put it back, where
// something was.
type followers struct{ Continue, Back []publish.Change }

// followed looks for what came after a change.
func (h *Changes) followed(ctx context.Context, c publish.Change) (out followers) {
	look := func(f publish.Filter) []publish.Change {
		f.Instance, f.From, f.Limit = c.Instance.ID, c.Created, followersShown
		list, _, err := h.Publish.Changes(ctx, f)
		if err != nil {
			h.Log.WarnContext(ctx, "look for what came after a change", "change", c.ID, "err", err)
		}
		return list
	}
	if slices.ContainsFunc(c.Steps, func(st publish.Step) bool { return st.Open(c.State) }) {
		out.Continue = look(publish.Filter{Continues: c.ID})
	}
	if c.CanPutBack() {
		out.Back = look(publish.Filter{PutsBack: c.ID, Writing: true})
	}
	return out
}

// followersShown is how many of each kind a page names.
const followersShown = 3
