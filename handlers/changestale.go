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

// moved are the flows of a change still to be written that the last reading found other than they were reviewed, by name. What was read
// before the plan tells nothing: the plan read each flow itself.
func moved(c publish.Change, reading *survey.Reading) []string {
	if c.State.Ended() || c.State == publish.Running || reading == nil {
		return nil
	}
	var names []string
	seen := map[instance.FlowID]bool{} // a later step of a flow was reviewed over what the first one writes
	for _, st := range c.Steps {
		if st.State != publish.StepPlanned && st.State != "" || st.Before == "" || seen[st.Flow] {
			continue
		}
		seen[st.Flow] = true
		row, found := rowRead(reading, st.Flow)
		switch {
		case !found && reading.Partial == nil && reading.ReadAt.After(c.Created), // deleted
			found && row.Error == nil && row.Hash != "" && row.Hash != st.Before && row.ReadAt.After(c.Created):
			names = append(names, st.Name)
		}
	}
	return names
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

// movedText says which flows of a change are not as reviewed; empty where none is known.
func movedText(ctx context.Context, names []string) string {
	if len(names) == 0 {
		return ""
	}
	more := len(names) - movedNames
	list := strings.Join(names[:min(len(names), movedNames)], i18n.T(ctx, "flows.list-separator"))
	if more > 0 {
		return i18n.T(ctx, "choose.moved.more", "Flows", list, "Count", more)
	}
	return i18n.T(ctx, "choose.moved.text", "Flows", list, "Count", len(names))
}

// waitStatus is the state of a change in a list: one of which a flow has moved on is out of date, and small says which.
func waitStatus(ctx context.Context, c publish.Change, reading *survey.Reading) (s ui.StatusProps, small string) {
	if c.OutOfDate() {
		return outOfDate(ctx), i18n.Text(ctx, c.Fell.Why)
	}
	if small = movedText(ctx, moved(c, reading)); small != "" {
		return outOfDate(ctx), small
	}
	return stateStatus(ctx, c.State), ""
}

func outOfDate(ctx context.Context) ui.StatusProps {
	return ui.StatusProps{Kind: ui.Warning, Text: i18n.T(ctx, "choose.moved")}
}

// movedAlert is what the review says above a plan that is out of date; nil where none of its flows is known to have moved on.
func (h *Changes) movedAlert(ctx context.Context, c publish.Change) *ui.AlertProps {
	a := &ui.AlertProps{Kind: ui.Warning, ID: "moved", Title: i18n.T(ctx, "choose.moved")}
	if c.OutOfDate() {
		a.Text = i18n.Text(ctx, c.Fell.Why)
	} else {
		text := movedText(ctx, moved(c, h.Survey.Kept(ctx, c.Instance.ID)))
		if text == "" {
			return nil
		}
		a.Text = sentences(ctx, text, i18n.T(ctx, "choose.moved.todo"))
	}
	if to := again(c); to != "" {
		a.Action = &ui.Link{Text: i18n.T(ctx, "choose.moved.again"), Href: to}
	}
	return a
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
