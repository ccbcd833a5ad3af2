package survey

import (
	"maps"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// held is one inbound flow as it was read, or the reason why it was not.
type held struct {
	flow   instance.Flow // the published copy, of a flow never published the saved one; a summary where err is set
	hash   string
	draft  Draft
	readAt time.Time
	err    *fault.Error
}

// live holds the answer to a description without a qualifier: there is a published copy, whatever status a newer draft
// may give the flow.
func live(f instance.Flow, at time.Time) held {
	f.Status = instance.StatusPublished
	return hold(f, at)
}

func hold(f instance.Flow, at time.Time) held {
	return held{flow: f, hash: flow.Hash([]byte(f.Content)), draft: DraftNotChecked, readAt: at}
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

	inbound  map[instance.FlowID]held
	all      map[instance.FlowID]instance.Flow // summaries of every type, inbound too
	allErr   *fault.Error                      // all could not be listed
	links    []instance.Association
	linksErr *fault.Error
	numbers  map[string]instance.Number // by id
	warnings []fault.Message
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
