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

// FlowDetail is one flow, described just now in both copies. Where Late is set it was not described in time, and all of it is as it was read
// at Row.ReadAt: without Document and Saved where no content is kept.
type FlowDetail struct {
	Row      FlowRow
	Late     *fault.Error
	Document *flow.Document // nil where it cannot be parsed
	Saved    *instance.Flow // the saved copy where it differs
	Guide    *acw.Lifted    // where it is a guide
	View     *view.View     // of the guide; the known view with ViewErr where it could not be read
	ViewErr  *fault.Error
}

// Flow describes both copies of a flow and judges it with what the last reading knows; where there is none it reads
// the instance, because a verdict rests on other flows. A flow that is in the last reading and cannot be described now
// comes with Row.Error, or with Late where there is no answer within ServiceOptions.Patience; every other failure is the error, and so is that
// there is neither an answer in that time nor a reading to show.
func (s *Service) Flow(ctx context.Context, id instance.ID, f instance.FlowID) (*FlowDetail, error) {
	in, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if !instance.IsUUID(string(f)) {
		return nil, fault.New(fault.NotFound, "survey.no-flow")
	}
	patient, stop := context.WithTimeout(ctx, s.o.Patience)
	defer stop()
	reading, err := s.Read(patient, id, false)
	if err != nil {
		return nil, err
	}
	row, ok := reading.Row(f)
	if !ok {
		c := s.unread(patient, in, f)
		if c.fail != nil {
			return nil, fmt.Errorf("describe flow %s: %w", f, c.fail)
		}
		return s.described(ctx, patient, reading, c), nil
	}
	c := s.both(patient, in, f)
	switch {
	case c.fail == nil:
		return s.described(ctx, patient, reading, c), nil
	case gone(c.fail):
		return nil, fmt.Errorf("describe flow %s: %w", f, c.fail)
	case patient.Err() != nil && (c.fail.Kind == fault.Unavailable || c.fail.Kind == fault.Throttled): // no answer, or no turn
		return s.late(ctx, patient, id, row, c.fail), nil
	}
	row.Flow, row.Error, row.Draft = summary(row.Flow), c.fail, DraftNotChecked
	row.Report, row.Covered = unreadable(c.fail.Message), false
	return &FlowDetail{Row: row}, nil
}

// described is a flow that was described just now, judged with a reading.
func (s *Service) described(ctx, patient context.Context, reading *Reading, c copies) *FlowDetail {
	id := reading.Instance.ID
	if r := s.observe(context.WithoutCancel(ctx), id, c.held); r != nil {
		reading = r
	}
	d := &FlowDetail{Row: reading.rowOf(c.held, s.o.ManagedTags), Saved: c.saved}
	d.Row.Flow.Content = c.text
	var err error
	if d.Document, err = flow.Parse([]byte(c.text)); err != nil {
		d.Document = nil
	}
	if d.Row.Report.IsGuide != nil && d.Document != nil {
		s.guide(patient, id, d)
	}
	return d
}

// late is a flow as it was read. over is the wait that is over: nothing more is asked of the service.
func (s *Service) late(ctx, over context.Context, id instance.ID, row FlowRow, why *fault.Error) *FlowDetail {
	d := &FlowDetail{Row: row, Late: why}
	if s.o.Cache == nil || row.Error != nil {
		return d
	}
	contents := map[string]string{}
	err := s.o.Cache.Contents(ctx, id, []string{row.Hash, row.held.savedHash}, func(hash, content string) bool {
		contents[hash] = content
		return true
	})
	if err != nil {
		s.o.Log.WarnContext(ctx, "the kept content of a flow could not be loaded", "instance", string(id), "error", err)
	}
	d.Row.Flow.Content = contents[row.Hash]
	if text, ok := contents[row.held.savedHash]; ok {
		draft := row.Flow
		draft.Content, draft.Status = text, instance.StatusSaved
		d.Saved = &draft
	}
	if d.Document, err = flow.Parse([]byte(d.Row.Flow.Content)); err != nil {
		d.Document = nil
	}
	if row.Report.IsGuide != nil && d.Document != nil {
		s.guide(over, id, d)
	}
	return d
}

// copies are both copies of a flow, or why there are none.
type copies struct {
	held  held
	text  string         // the published content
	saved *instance.Flow // the saved copy where it differs
	fail  *fault.Error   // of the published copy
}

// both describes the two copies at once.
func (s *Service) both(ctx context.Context, in instance.Instance, f instance.FlowID) (c copies) {
	var published, draft instance.Flow
	var err, draftErr error
	var wg sync.WaitGroup
	wg.Go(func() { published, err = s.reader.DescribeFlow(ctx, in, string(f)) })
	wg.Go(func() { draft, draftErr = s.reader.DescribeFlow(ctx, in, string(f)+saved) })
	wg.Wait()
	l := s.libraryOf(in.ID)
	fail := fault.From(err)
	if neverPublished(fail) && draftErr == nil {
		c.held, c.text = l.hold(draft, s.o.Now()), draft.Content
		c.held.flow.Status, c.held.draft, c.held.described = instance.StatusSaved, DraftYes, true
		return c
	}
	if fail != nil {
		return copies{fail: fail}
	}
	c.held, c.text = l.live(published, s.o.Now()), published.Content
	if draftErr == nil { // else not checked: a role may allow the published copy only
		if c.held = c.held.with(l, draft, s.o.Now()); c.held.draft == DraftYes {
			c.saved = &draft
		}
	}
	return c
}

// rowOf is the flow's row; a flow of another type has none in the reading.
func (r *Reading) rowOf(h held, managed map[string]string) FlowRow {
	if row, ok := r.Row(h.flow.ID); ok && row.Hash == h.hash {
		return row
	}
	row := FlowRow{
		Flow: h.flow, Hash: h.hash, Draft: h.draft, ReadAt: h.readAt, LeadsUnknown: true,
		Managed: managedBy(h.flow.Tags, managed), Report: audit.JudgeAlone(h.read.unit, r.Options()), held: h,
	}
	if h.flow.Type == instance.TypeOutboundWhisper {
		row.AtEnd = audit.NewProgram(r.Options()).AtEnd(h.read.unit)
	}
	return row
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
