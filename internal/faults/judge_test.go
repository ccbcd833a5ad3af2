package faults

import (
	"fmt"
	"slices"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// judge holds the simulator against the journal.
func (w *world) judge(p *process, c publish.Change) {
	w.t.Helper()
	w.aws.mu.Lock()
	log := w.aws.log
	w.aws.mu.Unlock()
	w.verify(p)
	for _, st := range c.Steps {
		for _, complaint := range w.judgeStep(p, c, st, log) {
			w.t.Errorf("step %s is %s: %s", st.Key, st.State, complaint)
		}
	}
	for _, l := range c.LeftOut {
		if f := w.engine.set.flow(string(l.Flow)); f.left && !w.holds(f.id, f.live, f.draft) {
			w.t.Errorf("%s, which is left out, was changed", l.Name)
		}
	}
	if w.do == "" && c.State != publish.Published {
		w.t.Errorf("without a fault the change is %s", c.State)
	}
}

func (w *world) verify(p *process) {
	w.t.Helper()
	if _, _, err := p.store.VerifyHistory(w.t.Context()); err != nil {
		w.t.Errorf("the history does not verify: %v", err)
	}
}

// holds says whether the copies of a flow are these.
func (w *world) holds(id, live, saved string) bool {
	l, s, ok := w.aws.sim.Contents(w.aws.home.ID, id)
	return ok && l == live && s == saved
}

// complain tells what was seen that must never happen.
func (w *world) complain() {
	w.t.Helper()
	w.aws.mu.Lock()
	defer w.aws.mu.Unlock()
	for _, b := range w.aws.broken {
		w.t.Error(b)
	}
}

// carriesOut says whether a call carried out a step.
func carriesOut(c call, st publish.Step) bool {
	switch {
	case !c.Applied:
		return false
	case st.Kind == publish.CreateGuide:
		return c.Op == opCreate
	case c.Flow != string(st.Flow):
		return false
	case st.Kind == publish.ArchiveGuide || st.Kind == publish.ActivateGuide:
		return c.Op == opMetadata
	}
	return c.Op == opUpdate && c.Saved == (st.Kind == publish.RestoreDraft)
}

// happened is what the log tells of a step.
type happened struct {
	id     string // of its flow
	at     []int  // where it was carried out
	edited int    // where its flow was last edited from outside; -1 where it was not
	others []int  // where other steps were carried out on it
}

func happenedTo(st publish.Step, c publish.Change, log []call) happened {
	h := happened{id: string(st.Flow), edited: -1}
	for i, one := range log {
		if carriesOut(one, st) {
			h.at, h.id = append(h.at, i), one.Flow
		}
	}
	for i, one := range log {
		if one.Op == opEdit && one.Flow == h.id {
			h.edited = i
		}
		for _, other := range c.Steps {
			if other.Key != st.Key && other.Flow != "" && other.Flow == st.Flow && carriesOut(one, other) {
				h.others = append(h.others, i)
			}
		}
	}
	return h
}

func (w *world) judgeStep(p *process, c publish.Change, st publish.Step, log []call) (complaints []string) {
	say := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	h := happenedTo(st, c, log)
	if len(h.at) > 1 {
		say("it was carried out %d times", len(h.at))
	}
	switch {
	case st.State == publish.StepDone && len(h.at) == 0:
		say("it was not carried out")
	case (st.State == publish.StepFailed || st.State == publish.StepSkipped || st.State == publish.StepPlanned) && len(h.at) > 0:
		say("it was carried out")
	case st.State == publish.StepUnclear && h.edited < 0:
		say("nobody edited the flow")
	case st.State == publish.StepIntent:
		say("it is open still")
	}
	if f := w.engine.set.flow(h.id); f.id != "" {
		w.judgeKept(p, st, f, say)
		if len(h.at) == 0 && len(h.others) == 0 && h.edited < 0 && !w.holds(f.id, f.live, f.draft) {
			say("the flow is not as it was")
		}
	}
	if len(h.at) > 0 && h.edited < h.at[0] {
		w.judgeWritten(p, st, h, say)
	}
	if h.edited >= 0 {
		w.judgeEdit(log, st, h, say)
	}
	return complaints
}

// judgeKept asks the journal for what was there before.
func (w *world) judgeKept(p *process, st publish.Step, f seeded, say func(string, ...any)) {
	before, err := p.Content(w.t.Context(), st.Before)
	if err != nil || st.Kind != publish.RestoreDraft && string(before) != f.live {
		say("the former content is not kept: %v", err)
	}
	if draft, err := p.Content(w.t.Context(), st.Saved); err != nil || string(draft) != f.draft {
		say("the draft is not kept: %v", err)
	}
}

// judgeWritten compares what was carried out, and not edited since, with what was reviewed.
func (w *world) judgeWritten(p *process, st publish.Step, h happened, say func(string, ...any)) {
	final, err := p.Content(w.t.Context(), st.Intent.Final)
	live, saved, _ := w.aws.sim.Contents(w.aws.home.ID, h.id)
	switch st.Kind {
	case publish.ArchiveGuide:
		if got := w.stateOf(p, h.id); got != instance.StateArchived {
			say("the guide is %s", got)
		}
		if h.edited >= 0 { // archiving leaves the content alone
			return
		}
	case publish.RestoreDraft:
		live = saved
	default:
		if saved != live && len(h.others) == 0 {
			say("there is a draft that nobody saved")
		}
	}
	if err != nil || live != string(final) {
		say("the flow is not as reviewed: %v", err)
	}
}

func (w *world) stateOf(p *process, id string) string {
	f, err := p.gateway.DescribeFlow(w.t.Context(), w.engine.set.instance(), id)
	if err != nil {
		w.t.Error(err)
	}
	return f.State
}

// judgeEdit says whether a colleague's edit was lost. The service knows no conditional update: what is published in the moment between the
// last look at a flow and the write is written over. Nothing else is.
func (w *world) judgeEdit(log []call, st publish.Step, h happened, say func(string, ...any)) {
	if len(h.at) == 0 || h.edited > h.at[0] || st.Kind == publish.ArchiveGuide {
		if w.aws.live(h.id) != log[h.edited].Content && (len(h.others) == 0 || st.Kind != publish.RestoreDraft) {
			say("the colleague's edit is gone")
		}
		return
	}
	if slices.ContainsFunc(h.others, func(i int) bool { return h.edited < i && i < h.at[0] }) {
		return // that step is the one to be judged
	}
	looked := -1
	for i, c := range log[:h.at[0]] {
		if c.Op == opDescribe && c.Flow == h.id && c.Saved {
			looked = i
		}
	}
	if h.edited < looked {
		say("the flow was seen to be edited, and written over")
	}
	w.over++
}

// putBack has a person put everything back, replaced drafts too: what nobody has edited since has its former bytes then, and what somebody
// has is left alone.
func (w *world) putBack(p *process, c publish.Change) {
	w.t.Helper()
	done := func(st publish.Step) bool { return st.State == publish.StepDone && st.CanPutBack() }
	if !c.CanPutBack() || !slices.ContainsFunc(c.Steps, done) { // what is unclear is put back where it is named only
		return
	}
	r := publish.PutBackRequest{Former: publish.Former{Change: c.ID}, By: bob}
	before := map[instance.FlowID]string{}
	for _, st := range c.Steps {
		before[st.Flow] = w.aws.live(string(st.Flow))
		if st.ReplacesDraft {
			r.Former.Drafts = append(r.Former.Drafts, st.Flow)
		}
	}
	back, err := p.PutBack(w.t.Context(), r)
	if err != nil {
		w.t.Errorf("put back: %v", err)
		return
	}
	w.announce(back.ID)
	if len(back.Steps) > 0 {
		if back = w.settle(p, back); back.State != publish.Published {
			w.t.Errorf("what was put back is %s", back.State)
		}
	}
	for _, st := range c.Steps {
		if st.State == publish.StepDone {
			w.judgeBack(p, st, before[st.Flow])
		}
	}
	w.verify(p)
}

// judgeBack compares a flow that was put back with how it was. live is the hash of what it held before that.
func (w *world) judgeBack(p *process, st publish.Step, live string) {
	w.t.Helper()
	f := w.engine.set.flow(string(st.Flow))
	edited := live != st.Intent.Final
	switch st.Kind {
	case publish.ArchiveGuide:
		if got := w.stateOf(p, f.id); got != instance.StateActive {
			w.t.Errorf("%s is %s", st.Name, got)
		}
	case publish.UpdateFlow, publish.RestoreFlow:
		if !edited && !w.holds(f.id, f.live, f.draft) {
			w.t.Errorf("%s was not put back to its former bytes", st.Name)
		}
		if edited && w.aws.live(f.id) != live {
			w.t.Errorf("%s was put back over a colleague's edit", st.Name)
		}
	}
}
