package survey

import (
	"slices"
	"sync"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// facts are what one content says of itself, whatever else the instance holds. They are kept by the content's hash.
type facts struct {
	names  []instance.FlowID // flows that it refers to, each once
	guides []instance.FlowID // flows that it sets for the event: each of them is an after-contact-work guide

	once sync.Once
	form shape // read when somebody asks
}

// shape reads what the content is as a guide: of most flows nobody asks.
func (f *facts) shape(content string) shape {
	f.once.Do(func() { f.form = shapeOf(content) })
	return f.form
}

// shape is what a content is as a guide.
type shape struct {
	readable bool
	shows    bool // a Show view block is reachable
	acw      bool // of the after-contact-work view, or one with its inputs
	leaves   bool // some route goes on to something that is not followed
}

// factsOf reads a content. ARNs of another instance name none of this instance's flows.
func factsOf(content, event string, at instance.Ref) *facts {
	d, err := flow.Parse([]byte(content))
	if err != nil {
		return new(facts)
	}
	f := new(facts)
	for _, b := range d.Blocks() {
		for _, r := range b.References() {
			ref, ok := instance.ParseRef(r.Value, instance.KindFlow)
			if r.Kind != instance.KindFlow || !ok || audit.Foreign(ref, at) {
				continue
			}
			f.names = addOnce(f.names, ref.FlowID())
			if b.Type == flow.TypeEventHooks && slices.Equal(r.Path, []string{"EventHooks", event}) {
				f.guides = addOnce(f.guides, ref.FlowID())
			}
		}
	}
	return f
}

func addOnce(ids []instance.FlowID, id instance.FlowID) []instance.FlowID {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

func shapeOf(content string) shape {
	d, err := flow.Parse([]byte(content))
	if err != nil {
		return shape{}
	}
	r := audit.AnalyzeDocument(d, audit.Options{})
	s := shape{readable: r.Verdict != audit.Unreadable, leaves: len(r.Exits) > 0}
	if r.IsGuide != nil {
		s.shows, s.acw = true, r.IsGuide.ACW
		return s
	}
	if l, ok := acw.Lift(d); ok && s.readable {
		s.shows, s.acw = true, acw.IsAfterContactWork(l.Guide.ViewARN)
	}
	return s
}

// memory keeps facts and reports from one composition of an instance to the next, so that a content is analysed once.
// What the last composition did not use is gone.
type memory struct {
	facts   map[string]*facts // by content hash
	reports map[reportKey]judged
}

type reportKey struct {
	hash string
	self instance.FlowID
}

// judged is a report with what the analysis was told of the guides it asked about: it holds as long as they do.
type judged struct {
	report audit.Report
	asked  map[instance.FlowID]audit.Health
}
