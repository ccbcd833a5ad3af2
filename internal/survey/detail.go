package survey

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/view"
)

// FlowDetail is one flow, described just now in both copies.
type FlowDetail struct {
	Row      FlowRow
	Document *flow.Document // nil where it cannot be parsed
	Saved    *instance.Flow // the saved copy where it differs
	Guide    *acw.Lifted    // where it is a guide
	View     *view.View     // of the guide; the known view with ViewErr where it could not be read
	ViewErr  *fault.Error
}

// Flow describes both copies of a flow and judges it with what the last reading knows; where there is none it reads
// the instance, because a verdict rests on other flows. A flow that is in the last reading and cannot be described now
// comes with Row.Error; every other failure is the error.
func (s *Service) Flow(ctx context.Context, id instance.ID, f instance.FlowID) (*FlowDetail, error) {
	in, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if !instance.IsUUID(string(f)) {
		return nil, fault.New(fault.NotFound, "survey.no-flow")
	}
	reading, err := s.Read(ctx, id, false)
	if err != nil {
		return nil, err
	}
	h, text, other, fail := s.both(ctx, in, f)
	if fail != nil {
		row, ok := reading.Row(f)
		if gone(fail) || !ok {
			return nil, fmt.Errorf("describe flow %s: %w", f, fail)
		}
		row.Flow, row.Error, row.Draft = summary(row.Flow), fail, DraftNotChecked
		row.Report, row.Covered = unreadable(fail.Message), false
		return &FlowDetail{Row: row}, nil
	}
	if r := s.observe(context.WithoutCancel(ctx), id, h); r != nil {
		reading = r
	}
	d := &FlowDetail{Row: reading.rowOf(h, s.o.ManagedTags), Saved: other}
	d.Row.Flow.Content = text
	if d.Document, err = flow.Parse([]byte(text)); err != nil {
		d.Document = nil
	}
	if d.Row.Report.IsGuide != nil && d.Document != nil {
		s.guide(ctx, id, d)
	}
	return d, nil
}

// both describes the two copies at once. text is the published content, other the saved copy where it differs; the fault is the published one's.
func (s *Service) both(ctx context.Context, in instance.Instance, f instance.FlowID) (h held, text string, other *instance.Flow, _ *fault.Error) {
	var published, draft instance.Flow
	var err, draftErr error
	var wg sync.WaitGroup
	wg.Go(func() { published, err = s.reader.DescribeFlow(ctx, in, string(f)) })
	wg.Go(func() { draft, draftErr = s.reader.DescribeFlow(ctx, in, string(f)+saved) })
	wg.Wait()
	l := s.libraryOf(in.ID)
	fail := fault.From(err)
	if neverPublished(fail) && draftErr == nil {
		h = l.hold(draft, s.o.Now())
		h.flow.Status, h.draft, h.described = instance.StatusSaved, DraftYes, true
		return h, draft.Content, nil, nil
	}
	if fail != nil {
		return held{}, "", nil, fail
	}
	h = l.live(published, s.o.Now())
	if draftErr == nil { // else not checked: a role may allow the published copy only
		if h = h.with(l, draft, s.o.Now()); h.draft == DraftYes {
			other = &draft
		}
	}
	return h, published.Content, other, nil
}

// rowOf is the flow's row; a flow of another type has none in the reading.
func (r *Reading) rowOf(h held, managed map[string]string) FlowRow {
	if row, ok := r.Row(h.flow.ID); ok && row.Hash == h.hash {
		return row
	}
	return FlowRow{
		Flow: h.flow, Hash: h.hash, Draft: h.draft, ReadAt: h.readAt, LeadsUnknown: true,
		Managed: managedBy(h.flow.Tags, managed), Report: audit.JudgeAlone(h.read.unit, r.Options()), held: h,
	}
}

func (s *Service) guide(ctx context.Context, id instance.ID, d *FlowDetail) {
	l, ok := acw.Lift(d.Document)
	if !ok {
		return
	}
	d.Guide = &l
	if d.View, d.ViewErr = s.View(ctx, id, l.Guide.ViewARN); d.View == nil {
		d.View = acw.KnownView()
	}
}

type viewKey struct {
	instance instance.ID
	id       string
}

type viewRead struct {
	view *view.View
	at   time.Time
}

// View reads the after-contact-work view of the instance, or another by ARN ("" = after-contact-work). It keeps a
// view for as long as a listing of instances.
func (s *Service) View(ctx context.Context, id instance.ID, arn string) (*view.View, *fault.Error) {
	if arn == "" {
		arn = "after-contact-work"
	}
	if strings.ContainsAny(arn, "$ {}") && !strings.Contains(arn, ":$") { // a JSONPath or a placeholder, decided during the contact
		return nil, fault.New(fault.Invalid, "survey.view.dynamic", "View", arn)
	}
	key := viewKey{id, arn}
	s.mu.Lock()
	kept, ok := s.views[key]
	s.mu.Unlock()
	if ok && s.o.Now().Sub(kept.at) < s.o.Fresh {
		return kept.view, nil
	}
	in, err := s.Find(ctx, id)
	if err != nil {
		return nil, fault.From(err)
	}
	got, err := s.reader.DescribeView(ctx, in, arn)
	if err != nil {
		return nil, fault.From(err)
	}
	v, err := view.Parse(got.Template, got.InputSchema, got.Actions)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "survey.view.unreadable", "View", got.Name).Because(err)
	}
	s.mu.Lock()
	s.views[key] = viewRead{v, s.o.Now()}
	s.mu.Unlock()
	return v, nil
}
