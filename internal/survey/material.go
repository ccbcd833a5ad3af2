package survey

import (
	"maps"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// held is one flow as it was read, or the reason why it was not. It holds what the content says, and not the content.
type held struct {
	flow      instance.Flow // a summary of the published copy, of a flow never published of the saved one
	hash      string
	read      *content // nil where err is set
	readAt    time.Time
	err       *fault.Error
	draft     Draft
	saved     *content // the saved copy where it differs and was read
	savedHash string
	draftAt   time.Time
	described bool   // by itself, and not found by the search
	wrote     string // the hash of what wrapup wrote last
}

// active says whether contacts may be in the flow: there is a published copy, and it is not archived.
func (h held) active() bool {
	return h.flow.State != instance.StateArchived && h.flow.Status != instance.StatusSaved
}

// module is one flow module as it was read.
type module struct {
	instance.Module // a summary
	hash            string
	read            *content
	err             *fault.Error
}

// live holds the answer to a description without a qualifier: there is a published copy, whatever status a newer draft
// may give the flow.
func (l *library) live(f instance.Flow, at time.Time) held {
	f.Status = instance.StatusPublished
	h := l.hold(f, at)
	h.described = true
	return h
}

func (l *library) hold(f instance.Flow, at time.Time) held {
	hash := flow.Hash([]byte(f.Content))
	read := l.read(audit.Identity{ID: string(f.ID), Name: f.Name}, hash, f.Content)
	return held{flow: summary(f), hash: hash, read: read, draft: DraftNotChecked, readAt: at}
}

// with gives the flow together with its saved copy.
func (h held) with(l *library, saved instance.Flow, at time.Time) held {
	h.draft, h.saved, h.savedHash, h.draftAt = DraftNone, nil, "", at
	if hash := flow.Hash([]byte(saved.Content)); hash != h.hash {
		h.draft, h.savedHash = DraftYes, hash
		h.saved = l.read(audit.Identity{ID: string(h.flow.ID), Name: h.flow.Name}, hash, saved.Content)
	}
	return h
}

// after takes over what was known of the flow's draft, while its published copy is the same.
func (h held) after(former held) held {
	if h.wrote == "" {
		h.wrote = former.wrote
	}
	if h.draft == DraftNotChecked && h.err == nil && former.hash == h.hash && h.flow.Status != instance.StatusSaved {
		h.draft, h.saved, h.savedHash, h.draftAt = former.draft, former.saved, former.savedHash, former.draftAt
	}
	return h
}

// material is everything that the service answered of one instance: what a reading is composed from. It never
// changes; with makes another.
type material struct {
	instance instance.Instance
	source   Source
	readAt   time.Time
	method   Method
	reason   *fault.Message
	calls    int
	partial  *Partial // nil: it is whole

	inbound    map[instance.FlowID]held
	others     map[instance.FlowID]held          // of other types, as far as they were read
	modules    map[string]module                 // those that flows run, by id
	all        map[instance.FlowID]instance.Flow // summaries of every type, inbound too
	allErr     *fault.Error                      // all could not be listed
	links      []instance.Association
	linksErr   *fault.Error
	numbers    map[string]instance.Number // by id
	numbersErr *fault.Error
	warnings   []fault.Message
	since      time.Time // see Reading
	changes    []Change
	told       time.Time // when changes were passed on last (ServiceOptions.News); zero: never
}

// with gives a material in which some inbound flows are replaced or added.
func (m *material) with(flows map[instance.FlowID]held) *material {
	if len(flows) == 0 {
		return m
	}
	out := *m
	out.inbound = maps.Clone(m.inbound)
	maps.Copy(out.inbound, flows)
	return &out
}

// used are the contents that the material rests on.
func (m *material) used() map[*content]bool {
	used := make(map[*content]bool, len(m.inbound))
	for _, list := range [...]map[instance.FlowID]held{m.inbound, m.others} {
		for _, h := range list {
			used[h.read], used[h.saved] = true, true
		}
	}
	for _, x := range m.modules {
		used[x.read] = true
	}
	return used
}

// summary is a flow without its content.
func summary(f instance.Flow) instance.Flow {
	f.Content, f.ServiceHash = "", ""
	return f
}
