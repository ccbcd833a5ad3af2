package handlers

import (
	"cmp"
	"context"
	"time"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// offered is a step that can be put back. Of many flows not all are read for the page: of the others Then tells how they stood when they were last read.
type offered struct {
	publish.Offer
	Then time.Time // when; zero: they were read now, or nothing is known
}

// offered lists what of a change can be put back, with what is known of each flow.
func (h *Changes) offered(ctx context.Context, c publish.Change) ([]offered, error) {
	offers, err := h.Publish.Offers(ctx, c, h.auditOptions(ctx, c.Instance.ID))
	if err != nil {
		return nil, err
	}
	reading := h.Survey.Kept(ctx, c.Instance.ID)
	var left map[instance.FlowID]publish.Left
	out := make([]offered, len(offers))
	for i, o := range offers {
		out[i].Offer = o
		if o.Stand != "" || o.Why != nil || reading == nil {
			continue
		}
		if left == nil {
			if left, err = h.Publish.Left(ctx, c.Instance.ID); err != nil {
				return nil, err
			}
		}
		out[i].readThen(reading, left[o.Step.Flow], c.ID)
	}
	return out, nil
}

// readThen tells how the flow stood at the last reading, where that was after the step. The review compares the contents themselves.
func (o *offered) readThen(reading *survey.Reading, left publish.Left, change string) {
	st := o.Step
	row, found := rowRead(reading, st.Flow)
	if !st.Kind.WritesContent() || !found || row.Error != nil || row.Hash == "" || row.ReadAt.Before(st.Outcome.At) {
		return
	}
	wrote := cmp.Or(st.Outcome.ReadBack, st.Intent.Final)
	if st.State == publish.StepUnclear {
		wrote = st.Intent.Final
	}
	o.Then, o.Now, o.Stand = row.ReadAt, row.Report.Verdict, publish.ChangedSince
	switch {
	case row.Flow.State == instance.StateArchived:
		o.Stand = publish.ArchivedNow
	case row.Hash == st.Before:
		o.Stand = publish.AsFormer
	case row.Hash == wrote:
		o.Stand = publish.AsWritten
	case row.Hash == left.Hash && !left.Adopted && left.Change != change:
		o.Stand = publish.WrittenSince
	}
}

// stays says whether there is nothing to choose, as was read now. What was read then may have changed: it is offered all the same.
func (o *offered) stays() bool { return o.Then.IsZero() && o.needless() }

// needless says whether there is nothing to put back, or no way to, as far as is known.
func (o *offered) needless() bool {
	return o.Stand == publish.AsFormer || o.Stand == publish.ArchivedNow || o.Stand == publish.DeletedNow
}

// since says whether the flow holds something else than wrapup wrote and than was there before.
func (o *offered) since() bool {
	return o.Stand == publish.MovedSince || o.Stand == publish.WrittenSince || o.Stand == publish.ChangedSince
}

// fit says whether the step is chosen from the start.
func (o *offered) fit() bool {
	return o.Step.State == publish.StepDone && (o.Stand == publish.AsWritten || o.Stand == "")
}

// readThenText says of how many flows the page shows how they were last read, and since when; empty where of none.
func readThenText(ctx context.Context, list []offered) string {
	n, oldest := 0, time.Time{}
	for _, o := range list {
		if o.Then.IsZero() {
			continue
		}
		if n++; oldest.IsZero() || o.Then.Before(oldest) {
			oldest = o.Then
		}
	}
	if n == 0 {
		return ""
	}
	return i18n.T(ctx, "putback.then.text", "Count", n, "Time", absoluteTime(oldest))
}

// nowCell says what a flow holds.
func (o *offered) nowCell(ctx context.Context) ui.Cell {
	switch {
	case o.Why != nil:
		return ui.Cell{Text: i18n.Text(ctx, *o.Why)}
	case o.Stand == "":
		return ui.Cell{Text: i18n.T(ctx, "putback.not-read")}
	}
	stand := i18n.T(ctx, "putback.stand."+string(o.Stand))
	if !o.Then.IsZero() {
		stand = i18n.T(ctx, "putback.then", "Stand", stand)
	}
	return ui.Cell{Text: i18n.T(ctx, "verdict."+string(o.Now)), Small: stand}
}
