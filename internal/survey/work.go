package survey

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/ordered"
)

// Work is the kind of operation that reads an instance; its subject is the instance's id, so that one reader at a time is at work on
// it, in all processes.
const Work = "read"

// Order is what a reading is asked to do.
type Order struct {
	Confirm   bool `json:"confirm,omitempty"`   // describe every counted flow, whatever the search gave
	Scheduled bool `json:"scheduled,omitempty"` // nobody waits for it: a smaller share of the quota
}

// Outcome is the result of a reading that was done.
type Outcome struct {
	ReadAt    time.Time      `json:"read_at"`
	Flows     int            `json:"flows"`
	Calls     int            `json:"calls"`
	News      []Change       `json:"news"`                // what it found that the reading before did not
	Undrafted *fault.Message `json:"undrafted,omitempty"` // why unpublished drafts could not all be looked at

	// Of Confirm: how many of the counted flows were described for this reading, why not all, and of how many the published copy was
	// another than the search's.
	Confirmed   int            `json:"confirmed,omitempty"`
	Counted     int            `json:"counted,omitempty"`
	Unconfirmed *fault.Message `json:"unconfirmed,omitempty"`
	Differed    int            `json:"differed,omitempty"`
}

// Ask asks for a reading; where one is under way that one is given.
func (s *Service) Ask(ctx context.Context, id instance.ID, o Order, by string) (operation.Operation, error) {
	op, _, err := s.o.Operations.Ask(ctx, operation.Request{Kind: Work, Subject: string(id), Input: o, By: by})
	return op, err
}

// Daily asks for the reading of an instance that comes round every day, if its turn has come.
func (s *Service) Daily(ctx context.Context, id instance.ID) error {
	_, _, err := s.o.Operations.AskWhenDue(ctx, operation.Every{Key: "daily " + string(id), Every: 24 * time.Hour, Spread: time.Hour},
		operation.Request{Kind: Work, Subject: string(id), Input: Order{Scheduled: true}})
	return err
}

// await asks for a reading and waits until there is one as young; drafts may still be looked at then.
func (s *Service) await(ctx context.Context, id instance.ID) (*Reading, error) {
	op, err := s.Ask(ctx, id, Order{}, "")
	if err != nil {
		return nil, err
	}
	states, err := s.o.Operations.Watch(ctx, op.ID)
	if err != nil {
		return nil, err
	}
	for o := range states {
		if r := s.Kept(ctx, id); r != nil && !r.ReadAt.Before(op.Asked) {
			return r, nil
		}
		switch o.State {
		case operation.Failed:
			return nil, &fault.Error{Kind: o.Failure.Kind, Message: o.Failure.Message, Code: o.Failure.Code, RequestID: o.Failure.RequestID, Problems: o.Failure.Problems}
		case operation.Cancelled:
			return nil, fault.New(fault.Unavailable, "survey.cancelled")
		}
	}
	if r := s.Kept(ctx, id); r != nil && ctx.Err() == nil {
		return r, nil
	}
	return nil, fault.New(fault.Unavailable, "survey.still-reading").Because(ctx.Err())
}

// Do is the operation's handler.
func (s *Service) Do(ctx context.Context, run *operation.Run) (json.RawMessage, error) {
	op := run.Operation()
	id := instance.ID(op.Subject)
	var order Order
	if err := json.Unmarshal(op.Input, &order); err != nil && len(op.Input) > 0 {
		return nil, fault.New(fault.Internal, "fault.internal").Because(err)
	}
	if order.Scheduled {
		ctx = instance.Unhurried(ctx)
	}
	ctx, calls := instance.CountCalls(ctx)
	in, from, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	since := op.Asked
	if long := s.o.Now().Add(-resumeFor); since.Before(long) {
		since = long
	}
	reading := s.Kept(ctx, id) // with what other processes read, and described
	r := &reader{since: since, tell: teller(run)}
	if op.Attempt == 1 || reading == nil || reading.ReadAt.Before(since) { // else a former run has come so far
		if reading, err = s.read(ctx, in, from, r); err != nil {
			return nil, err
		}
	}
	out := Outcome{ReadAt: reading.ReadAt, Flows: len(reading.Flows)}
	err = s.besides(ctx, in, order, since, r.tell, &out)
	out.News = news(r.news, s.Last(id), op.Asked)
	if err == nil || errors.Is(err, operation.ErrCancelled) { // else the next run tells
		s.tellNews(context.WithoutCancel(ctx), op.ID, id, out.News)
	}
	if err != nil {
		return nil, err
	}
	out.Calls = calls.Total()
	return json.Marshal(out)
}

// besides looks at what a reading stands without.
func (s *Service) besides(ctx context.Context, in instance.Instance, order Order, since time.Time, tell func(step, int, int), out *Outcome) (err error) {
	if order.Confirm {
		if err = s.confirm(ctx, in, since, tell, out); err != nil {
			return err
		}
	}
	out.Undrafted, err = s.drafts(instance.Unhurried(ctx), in, since, tell) // the verdicts are there: nobody waits for it
	return err
}

// tellNews tells whoever is to hear of news: those found by an operation, and those that were seen since the last time, where a flow was
// opened. That it fails takes nothing away from the reading. A process that dies right after it leaves them to be told again.
func (s *Service) tellNews(ctx context.Context, op operation.ID, id instance.ID, found []Change) {
	if s.o.News == nil {
		return
	}
	st := s.state(id)
	st.mu.Lock()
	r, list := st.tell(ctx, s, id, found)
	st.mu.Unlock()
	if len(list) == 0 {
		return
	}
	if err := s.o.News(ctx, op, r, list); err != nil {
		s.o.Log.ErrorContext(ctx, "what a reading found could not be passed on", "instance", string(id), "error", err)
	}
}

// tell gives what is to be told, and notes that it was. The state is locked.
func (st *state) tell(ctx context.Context, s *Service, id instance.ID, found []Change) (r *Reading, list []Change) {
	untold := func() time.Time {
		told := st.material.told
		r, list = st.last.Load(), found
		if !told.IsZero() {
			list = news(found, r, told.Add(1))
		}
		return told
	}
	if told := untold(); len(list) == 0 && !told.IsZero() {
		st.material.told = s.o.Now()
		return r, list
	}
	st.amend(ctx, s, id, func() []Part {
		untold()
		st.material.told = s.o.Now()
		return []Part{st.material.changesPart()}
	})
	return r, list
}

// resumeFor is how long a flow that was described for a reading need not be described again when that is gone on with.
const resumeFor = 3 * time.Hour

// news adds to those of the reading what was found after it, and what a former run found.
func news(list []Change, r *Reading, since time.Time) []Change {
	out := slices.Clone(list)
	for _, c := range r.Changes {
		if !c.At.Before(since) && !slices.ContainsFunc(list, func(n Change) bool { return n.Kind == c.Kind && n.Flow == c.Flow }) {
			out = append(out, c)
		}
	}
	sortChanges(out)
	return out
}

// teller says how far a reading has come.
func teller(run *operation.Run) func(step, int, int) {
	return func(s step, done, of int) {
		run.Progress(operation.Progress{Done: done, Total: of, Message: fault.Msg("survey.progress."+string(s), "Done", done, "Total", of)})
	}
}

// drafts looks at the saved copies of the counted flows, those that may hold a draft first. Why not all could be looked at is no error: the
// reading stands without them.
func (s *Service) drafts(ctx context.Context, in instance.Instance, since time.Time, tell func(step, int, int)) (*fault.Message, error) {
	rows := s.counted(in.ID, func(row *FlowRow) bool { return row.held.draftAt.Before(since) })
	ordered.By(rows, func(a, b FlowRow) int { return suspicion(b) - suspicion(a) })
	var why *fault.Message
	err := s.each(ctx, in, rows, stepDrafts, tell, func(ctx context.Context, row FlowRow) (held, bool, *fault.Error) {
		h, err := s.draftOf(ctx, in, row.held)
		if gone(err) { // the next reading will say so
			err = nil
		}
		return h, err == nil && h.read != nil, err
	}, func(f *fault.Error) bool {
		why = &f.Message
		return f.Kind == fault.Denied || f.Kind == fault.Throttled // the next would be, too
	})
	return why, err
}

// draftOf looks at a flow's saved copy. Where that differs, the published one is described after it: it may have been published since the
// reading, and is no draft then.
func (s *Service) draftOf(ctx context.Context, in instance.Instance, h held) (held, *fault.Error) {
	draft, err := s.reader.DescribeFlow(ctx, in, string(h.flow.ID)+saved)
	if err != nil {
		return held{}, fault.From(err)
	}
	l := s.libraryOf(in.ID)
	if looked := h.with(l, draft, s.o.Now()); looked.draft == DraftNone {
		return looked, nil
	}
	published, err := s.reader.DescribeFlow(ctx, in, string(h.flow.ID))
	if err != nil {
		return held{}, fault.From(err)
	}
	return l.live(published, s.o.Now()).after(h).with(l, draft, s.o.Now()), nil
}

// suspicion puts flows first whose list says that they were saved since.
func suspicion(row FlowRow) int {
	if row.Flow.Status == instance.StatusSaved || row.Draft == DraftYes {
		return 1
	}
	return 0
}

// confirm describes every counted flow, and counts those whose published copy is another than the one read.
func (s *Service) confirm(ctx context.Context, in instance.Instance, since time.Time, tell func(step, int, int), out *Outcome) error {
	rows := s.counted(in.ID, func(row *FlowRow) bool { return !row.describedSince(since) })
	var mu sync.Mutex
	err := s.each(ctx, in, rows, stepConfirm, tell, func(ctx context.Context, row FlowRow) (held, bool, *fault.Error) {
		f, err := s.reader.DescribeFlow(ctx, in, string(row.Flow.ID))
		if err != nil {
			return held{}, false, fault.From(err)
		}
		h := s.libraryOf(in.ID).live(f, s.o.Now()).after(row.held)
		if h.hash != row.Hash {
			mu.Lock()
			out.Differed++
			mu.Unlock()
		}
		return h, true, nil
	}, func(f *fault.Error) bool {
		out.Unconfirmed = &f.Message
		return f.Kind == fault.Denied || f.Kind == fault.Throttled
	})
	if last := s.Last(in.ID); last != nil {
		out.confirmed(last, since)
	}
	return err
}

// confirmed counts. A flow that could not be read is not confirmed, for the reason that it could not.
func (o *Outcome) confirmed(r *Reading, since time.Time) {
	for i := range r.Flows {
		row := &r.Flows[i]
		if !row.Counted {
			continue
		}
		o.Counted++
		switch {
		case row.describedSince(since):
			o.Confirmed++
		case row.Error != nil && o.Unconfirmed == nil:
			o.Unconfirmed = &row.Error.Message
		}
	}
}

func (r *FlowRow) describedSince(t time.Time) bool {
	return r.Error == nil && r.held.described && !r.ReadAt.Before(t)
}

// counted are the rows of the last reading that count and for which what is asked holds.
func (s *Service) counted(id instance.ID, is func(*FlowRow) bool) []FlowRow {
	var rows []FlowRow
	if last := s.Last(id); last != nil {
		for i := range last.Flows {
			if row := &last.Flows[i]; row.Counted && row.Error == nil && is(row) {
				rows = append(rows, *row)
			}
		}
	}
	return rows
}

// beside is how many flows are looked at together once there is a reading: as many as use up the pace, so that a person's call stands behind no more.
const beside = 2

// each does something with every row, several at a time, and takes what comes of it into the reading, some at a time. stop says whether a
// failure ends it.
func (s *Service) each(ctx context.Context, in instance.Instance, rows []FlowRow, at step, tell func(step, int, int),
	do func(context.Context, FlowRow) (held, bool, *fault.Error), stop func(*fault.Error) bool) error {
	if len(rows) == 0 {
		return nil
	}
	within, end := context.WithCancel(ctx)
	defer end()
	tell(at, 0, len(rows))
	var mu sync.Mutex
	var wg sync.WaitGroup
	done, some := 0, map[instance.FlowID]held{}
	queue := make(chan FlowRow)
	for range min(beside, len(rows)) {
		wg.Go(func() {
			for row := range queue {
				h, ok, f := do(within, row)
				mu.Lock()
				if done++; ok {
					some[row.Flow.ID] = h
				}
				if f != nil && within.Err() == nil && stop(f) {
					end()
				}
				if len(some) >= batch {
					s.take(context.WithoutCancel(ctx), in.ID, rows, some)
					some = map[instance.FlowID]held{}
				}
				tell(at, done, len(rows))
				mu.Unlock()
			}
		})
	}
	for _, row := range rows {
		select {
		case queue <- row:
			continue
		case <-within.Done():
		}
		break
	}
	close(queue)
	wg.Wait()
	s.take(context.WithoutCancel(ctx), in.ID, rows, some)
	return context.Cause(ctx)
}

// take takes flows into the last reading that were looked at for it, unless they changed since: then what was seen belongs to another copy.
func (s *Service) take(ctx context.Context, id instance.ID, rows []FlowRow, some map[instance.FlowID]held) {
	if len(some) == 0 {
		return
	}
	seen := make(map[instance.FlowID]string, len(rows))
	for _, row := range rows {
		seen[row.Flow.ID] = row.Hash
	}
	st := s.state(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.material == nil {
		return
	}
	st.amend(ctx, s, id, func() []Part {
		changed := map[instance.FlowID]held{}
		var parts []Part
		for flow, h := range some {
			if now, ok := st.material.inbound[flow]; ok && now.hash == seen[flow] {
				_, observed := st.observed[flow]
				changed[flow] = h
				parts = append(parts, h.part(true, observed || h.described))
				if h.described {
					st.count++
					st.observed[flow] = observation{h, st.count}
				}
			}
		}
		st.material = st.material.with(changed)
		_, news := st.news(ctx, s, id)
		return append(parts, news...)
	})
}

// news composes the reading anew, with what happened since it was composed last; the parts are to be kept with what changed. The state is locked.
func (st *state) news(ctx context.Context, s *Service, id instance.ID) (*Reading, []Part) {
	before := st.last.Load()
	now := compose(st.material, s.o.Event, s.o.ManagedTags)
	left := s.left(ctx, id)
	news := compare(before, now, left)
	for i := range news {
		news[i].At = s.o.Now()
	}
	now.Changes = stillSo(before.Changes, now, news, left)
	st.material.changes = now.Changes
	st.hold(now)
	if slices.Equal(before.Changes, now.Changes) {
		return now, nil
	}
	return now, []Part{st.material.changesPart()}
}

// elsewhere are the flows that other processes described while this one was reading, and whether one of them began a reading after this one
// and is done: this one's lease was lost then. The state is locked.
func (st *state) elsewhere(ctx context.Context, s *Service, in instance.Instance, since time.Time) (flows map[instance.FlowID]held, overtaken bool) {
	if s.o.Cache == nil {
		return nil, false
	}
	stamp, err := s.o.Cache.Stamp(ctx, in.ID)
	if err != nil || stamp == st.stamp {
		return nil, false
	}
	kept, err := s.o.Cache.Load(ctx, in.ID)
	if err != nil {
		return nil, false
	}
	r, err := st.library.revive(ctx, s.o.Cache, in.ID, kept)
	if err != nil {
		return nil, false
	}
	maps.DeleteFunc(r.observed, func(_ instance.FlowID, h held) bool { return h.readAt.Before(since) })
	return r.observed, r.material != nil && r.material.readAt.After(since)
}
