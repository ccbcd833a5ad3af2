package handlers

import (
	"context"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/ui"
)

// stepsBoxed is how many steps a page shows a box of. Of more the table has a line each, which leads to the step's page, and boxes are of those that
// somebody has to look at.
const stepsBoxed = 15

func boxed(c publish.Change) bool { return len(c.Steps) <= stepsBoxed }

// wantsLook says whether a step of an ended change wants a person: it failed, met something else, or it is not known what came of it.
func wantsLook(c publish.Change, st publish.Step) bool {
	switch st.State {
	case publish.StepFailed, publish.StepUnclear:
		return true
	case publish.StepIntent:
		return c.State == publish.Interrupted
	}
	return false
}

// looksBoxed is how many steps that failed, or are unclear, have a box where not every step has one. The others have their line in the table alone.
const looksBoxed = 20

// failedBoxes says which steps of a change with many have a box: the first of those that want a look, and each that waits for a decision.
func failedBoxes(c publish.Change) (boxes map[int]bool, more int) {
	boxes = map[int]bool{}
	failed := 0
	for i, st := range c.Steps {
		switch {
		case !wantsLook(c, st):
		case st.State == publish.StepIntent:
			boxes[i] = true
		case failed < looksBoxed:
			boxes[i], failed = true, failed+1
		default:
			more++
		}
	}
	return boxes, more
}

// moreFailed says above the table that only the first of the steps that failed have a box.
func moreFailed(ctx context.Context, c publish.Change, t *ui.TableProps) {
	if _, more := failedBoxes(c); more > 0 && !boxed(c) && t != nil {
		t.Description = i18n.T(ctx, "changes.result.more-failed", "Count", more, "Shown", looksBoxed)
	}
}

// leftOutShown is how many flows that were left out a review lists openly.
const leftOutShown = 5

// arrange sets what is written before what is not.
func arrange(ctx context.Context, c publish.Change, p *changes.ReviewProps) {
	p.Writes, p.FoldLeft = len(c.Steps), len(c.Steps) > 0 && len(c.LeftOut) > leftOutShown
	if p.FoldLeft {
		p.LeftOut.Title, p.LeftOut.Count = "", ""
	}
	p.LeftCount = countIn(len(c.LeftOut))
	if len(c.Steps) > 0 || len(c.LeftOut) == 0 {
		return
	}
	p.Page.Status, p.Page.Description = nil, "" // nobody waits for it
	p.Blocked = &ui.AlertProps{Kind: ui.Warning, ID: "empty", Title: i18n.T(ctx, "changes.empty", "Count", len(c.LeftOut)), Text: i18n.T(ctx, "changes.empty.text"),
		Action: &ui.Link{Text: i18n.T(ctx, "changes.empty.why"), Href: "#left-out"}}
	if p.Anyway != nil {
		p.Anyway.Open = true
	}
}

// stepText says what a step writes. One whose flow is not seen to reach an agent reaches none at "0 points" but where nobody looked.
func stepText(ctx context.Context, st publish.Step) string {
	m := st.Message
	if id := m.ID + ".unseen"; m.Args["Count"] == "0" && i18n.Has(id) {
		m = fault.Message{ID: id, Args: m.Args}
	}
	return i18n.Text(ctx, m)
}
