package handlers

import (
	"context"
	"net/http"
	"strings"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/changes"
	"wrapup/views/ui"
)

// movedFlow is a flow that is not as it was reviewed.
type movedFlow struct {
	Flow instance.FlowID
	Name string
	Hash string // of what was read; empty where it was deleted
}

// moved are the names of the flows of a change that are not as they were reviewed.
func moved(c publish.Change, reading *survey.Reading) (names []string) {
	for _, f := range movedFlows(c, reading) {
		names = append(names, f.Name)
	}
	return names
}

// movedFlows are the flows of a change still to be written that the last reading found other than they were reviewed. What was read
// before the plan tells nothing: the plan read each flow itself.
func movedFlows(c publish.Change, reading *survey.Reading) []movedFlow {
	if c.State.Ended() || c.State == publish.Running || reading == nil {
		return nil
	}
	var out []movedFlow
	seen := map[instance.FlowID]bool{} // a later step of a flow was reviewed over what the first one writes
	for _, st := range c.Steps {
		if st.State != publish.StepPlanned && st.State != "" || st.Before == "" || seen[st.Flow] {
			continue
		}
		seen[st.Flow] = true
		row, found := rowRead(reading, st.Flow)
		switch {
		case !found && reading.Partial == nil && reading.ReadAt.After(c.Created): // deleted
			out = append(out, movedFlow{Flow: st.Flow, Name: st.Name})
		case found && row.Error == nil && row.Hash != "" && row.Hash != st.Before && row.ReadAt.After(c.Created):
			out = append(out, movedFlow{st.Flow, st.Name, row.Hash})
		}
	}
	return out
}

// rowRead finds a flow of any type that was read.
func rowRead(reading *survey.Reading, id instance.FlowID) (*survey.FlowRow, bool) {
	if row, ok := reading.Row(id); ok {
		return &row, true
	}
	for i := range reading.Others {
		if reading.Others[i].Flow.ID == id {
			return &reading.Others[i], true
		}
	}
	return nil, false
}

// movedNames is how many flows a sentence names before it counts the rest.
const movedNames = 3

// firstNamed are the flows that a sentence names, and how many it does not.
func firstNamed(ctx context.Context, names []string) (list string, more int) {
	n := min(len(names), movedNames)
	return strings.Join(names[:n], i18n.T(ctx, "flows.list-separator")), len(names) - n
}

// someNamed says something of flows, by the message ".text", or ".more" where it names but the first; empty where there are none.
func someNamed(ctx context.Context, id string, names []string) string {
	switch list, more := firstNamed(ctx, names); {
	case len(names) == 0:
		return ""
	case more > 0:
		return i18n.T(ctx, id+".more", "Flows", list, "Count", more)
	default:
		return i18n.T(ctx, id+".text", "Flows", list, "Count", len(names))
	}
}

// movedText says which flows of a change are not as they were reviewed, whoever it was; empty where none is known.
func movedText(ctx context.Context, c publish.Change, reading *survey.Reading) string {
	return someNamed(ctx, "choose.since", moved(c, reading))
}

// movedOf says so by the last reading.
func (s *Shell) movedOf(ctx context.Context, c publish.Change) string {
	if s.Survey == nil {
		return ""
	}
	return movedText(ctx, c, s.Survey.Kept(ctx, c.Instance.ID))
}

// waitStatus is the state of a change in a list. A plan of which a flow has moved on is out of date; any other change keeps its state. small says
// which flows.
func waitStatus(ctx context.Context, c publish.Change, reading *survey.Reading) (s ui.StatusProps, small string) {
	if c.OutOfDate() {
		return outOfDate(ctx), i18n.Text(ctx, c.Fell.Why)
	}
	if small = movedText(ctx, c, reading); small != "" && (c.State == publish.Planned || c.State == publish.Proposed) {
		return outOfDate(ctx), small
	}
	return stateStatus(ctx, c.State), small
}

func outOfDate(ctx context.Context) ui.StatusProps {
	return ui.StatusProps{Kind: ui.Warning, Text: i18n.T(ctx, "choose.moved")}
}

// outOfDateProps are what the review says above a plan that is out of date, and offers then; nil where none of its flows is known to have moved on.
func (h *Changes) outOfDateProps(r *http.Request, c publish.Change) *changes.MovedProps {
	ctx := r.Context()
	p := &changes.MovedProps{Alert: ui.AlertProps{Kind: ui.Warning, ID: "moved", Title: i18n.T(ctx, "choose.moved")}, Rebuild: rebuildPlan(r, c)}
	flows := movedFlows(c, h.Survey.Kept(ctx, c.Instance.ID))
	if len(flows) == 0 && !c.OutOfDate() {
		return nil
	}
	others := h.publishedSince(ctx, c, flows, p)
	if p.Alert.Text, p.Todo = someNamed(ctx, "choose.moved", others), i18n.T(ctx, "choose.moved.todo"); c.OutOfDate() {
		p.Alert.Text, p.Todo = i18n.Text(ctx, c.Fell.Why), ""
	}
	if p.Rebuild == nil { // else one click does it
		p.Alert.Action = againLink(ctx, c)
	}
	return p
}

// againLink leads to where the same is planned once more; nil where there is no such page.
func againLink(ctx context.Context, c publish.Change) *ui.Link {
	to := again(c)
	for _, st := range c.Steps {
		if st.Kind == publish.ArchiveGuide {
			to = guidePath(c.Instance.ID, st.Flow)
		}
	}
	if to == "" {
		return nil
	}
	return &ui.Link{Text: i18n.T(ctx, "choose.moved.again"), Href: to}
}

// publishedSince names the changes by which wrapup itself published the flows since, and gives the names of the flows that somebody else changed.
func (h *Changes) publishedSince(ctx context.Context, c publish.Change, flows []movedFlow, p *changes.MovedProps) (others []string) {
	left, err := h.Publish.Left(ctx, c.Instance.ID)
	if err != nil {
		h.Log.WarnContext(ctx, "look for what was written since", "change", c.ID, "err", err)
	}
	by := map[string][]string{}
	var order []string
	for _, f := range flows {
		l := left[f.Flow]
		if f.Hash == "" || l.Hash != f.Hash || l.Adopted || l.Change == c.ID || !l.At.After(c.Created) {
			others = append(others, f.Name)
			continue
		}
		if by[l.Change] == nil {
			order = append(order, l.Change)
		}
		by[l.Change] = append(by[l.Change], f.Name)
	}
	for _, id := range order {
		other, err := h.Publish.Change(ctx, id)
		if err != nil {
			others = append(others, by[id]...)
			continue
		}
		p.By = append(p.By, changes.Since{Text: someNamed(ctx, "changes.since", by[id]), Change: ui.Link{Text: i18n.Text(ctx, other.Title), Href: changePath(id)}})
	}
	return others
}

// wroteSince is the change by which wrapup itself published what a step of c met, after it was planned; nil where that was somebody else.
func (h *Changes) wroteSince(ctx context.Context, c publish.Change, st publish.Step, met string) *publish.Change {
	if met == "" {
		return nil
	}
	traces, _, err := h.Publish.Traces(ctx, publish.PastFilter{Instance: c.Instance.ID, Flow: st.Flow, Hash: met})
	if err != nil {
		h.Log.WarnContext(ctx, "look for what was written since", "change", c.ID, "err", err)
	}
	for _, t := range traces {
		wrote := t.Step.State == publish.StepDone && t.Step.Kind.WritesContent() && t.Step.Outcome.ReadBack == met
		if wrote && t.Change.ID != c.ID && t.Step.Outcome.At.After(c.Created) {
			return &t.Change
		}
	}
	return nil
}

// metOurs says in the place of "someone" that wrapup itself published what a step met, and leads there.
func (h *Changes) metOurs(ctx context.Context, c publish.Change, st publish.Step, a *ui.AlertProps) {
	other := h.wroteSince(ctx, c, st, st.Outcome.Found.Live)
	if a == nil || other == nil || !st.Conflicts() {
		return
	}
	a.Text = i18n.T(ctx, "changes.since.step", "Flow", st.Name, "Change", i18n.Text(ctx, other.Title))
	a.Action = &ui.Link{Text: i18n.T(ctx, "changes.since.look"), Href: changePath(other.ID)}
}

// headOurs says so in the head of a change, of the writes that it names.
func (h *Changes) headOurs(ctx context.Context, c publish.Change, a *ui.AlertProps) {
	n := 0
	for _, st := range c.Steps {
		if st.State != publish.StepFailed && st.State != publish.StepUnclear || n >= min(len(a.List), reasonsShown) {
			continue
		}
		one := ui.AlertProps{Text: a.List[n]}
		h.metOurs(ctx, c, st, &one)
		a.List[n] = one.Text
		n++
	}
}

// waitingStates are those of changes that somebody has still to decide on, or that wait for their time.
var waitingStates = []publish.State{publish.Planned, publish.Proposed, publish.Approved, publish.Paused}

// waitingShown is how many changes of each state the instance's page shows; the history has all.
const waitingShown = 5

// waitingChanges are the changes of an instance that are not published yet, with those that are out of date marked; nil where there are none.
func (s *Shell) waitingChanges(r *http.Request, reading *survey.Reading) (*ui.TableProps, error) {
	if s.Publish == nil {
		return nil, nil
	}
	ctx, id, of := r.Context(), reading.Instance.ID, 0
	t := &ui.TableProps{ID: "waiting", Title: i18n.T(ctx, "choose.waiting"), Stack: true, Columns: []ui.Column{
		{Text: i18n.T(ctx, "history.change"), Wide: true}, {Text: i18n.T(ctx, "history.state")}, {Text: i18n.T(ctx, "history.who")}, {Text: i18n.T(ctx, "history.when")},
	}}
	for _, state := range waitingStates {
		list, n, err := s.Publish.Changes(ctx, publish.Filter{Instance: id, State: state, Writing: true, Limit: waitingShown})
		if err != nil {
			return nil, err
		}
		of += n
		for _, c := range list {
			status, small := waitStatus(ctx, c, reading)
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
				{Text: i18n.Text(ctx, c.Title), Href: changePath(c.ID)}, {Content: changes.StateOf(status, small)}, {Text: c.By.Name},
				{Content: ui.Time(timeProps(ctx, c.Created, s.Now()))},
			}})
		}
	}
	if len(t.Rows) == 0 {
		return nil, nil
	}
	t.Count = countIn(of)
	if of > len(t.Rows) {
		t.Actions = links(ui.LinkButtonProps{Text: i18n.T(ctx, "choose.waiting.all"), Href: historyQuery{Instance: id, Page: 1}.href()})
	}
	return t, nil
}
