package survey

import (
	"slices"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Draft state of a flow, known only where both copies were read.
type Draft string

// The draft states.
const (
	DraftNotChecked Draft = "not-checked"
	DraftNone       Draft = "none"
	DraftYes        Draft = "yes"
)

// Kinds of a lead.
const (
	LeadNumber   = "number"
	LeadResource = "resource"
	LeadFlow     = "flow"
)

// Lead is something that leads to a flow: a telephone number or another resource, or a flow that names it.
type Lead struct {
	Kind    string // LeadNumber, LeadResource or LeadFlow
	ID      string // the resource's, in lower case
	Text    string // the number, or the flow's name
	Flow    instance.FlowID
	Type    string // the association's resource type
	Version string // set when the resource uses an older version or an alias ("pinned")
}

// FlowRow is one inbound flow of a reading.
type FlowRow struct {
	Flow         instance.Flow
	Hash         string // our own
	Report       audit.Report
	Leads        []Lead
	LeadsUnknown bool // associations could not be read
	Draft        Draft
	DraftAt      time.Time       // when the saved copy was looked at
	DraftVerdict audit.Verdict   // of the saved copy, where it differs and was read
	AtEnd        []audit.Setting // of an outbound whisper
	Managed      string          // "CloudFormation", … from tags; empty
	Counted      bool            // in the coverage's denominator
	Covered      bool
	ReadAt       time.Time
	Error        *fault.Error // this flow could not be read

	held held
}

// DraftUndoes says whether publishing the flow's draft would take the guide out.
func (r *FlowRow) DraftUndoes() bool {
	return r.DraftVerdict != "" && r.Report.Verdict.Covered() && !r.DraftVerdict.Covered()
}

// Pinned says whether a resource plays another version of the flow than the one read.
func (r *FlowRow) Pinned() bool {
	return slices.ContainsFunc(r.Leads, func(l Lead) bool { return l.Version != "" })
}

// GuideRow is one guide of a reading.
type GuideRow struct {
	Flow   instance.Flow
	Info   audit.GuideInfo
	Health audit.Health
	UsedBy []instance.FlowID
}

// Method is how the instance was read.
type Method string

// The methods.
const (
	BySearch   Method = "search"
	ByDescribe Method = "describe"
)

// Reading is one instance as read. It never changes once it is handed out.
type Reading struct {
	Instance     instance.Instance
	Source       Source
	ReadAt       time.Time
	Partial      *Partial // nil: it is whole
	Method       Method
	MethodReason *fault.Message // why not by search
	Calls        int            // requests that the reading took, repeated ones included
	Flows        []FlowRow      // inbound, by name
	Others       []FlowRow      // flows of other types, as far as contacts come to them or a line counts them
	Guides       []GuideRow
	Coverage     Coverage
	Beside       Beside
	Numbers      []NumberRow
	NoNumbers    bool            // they could not be listed
	Since        time.Time       // when the reading before was; zero: this is the first
	Changes      []Change        // what happened since
	Warnings     []fault.Message // denied associations, views, …

	options audit.Options
	rows    map[instance.FlowID]int
}

// Row finds an inbound flow.
func (r *Reading) Row(id instance.FlowID) (FlowRow, bool) {
	if i, ok := r.rows[id]; ok {
		return r.Flows[i], true
	}
	if i := slices.IndexFunc(r.Flows, func(f FlowRow) bool { return f.Flow.ID == id }); r.rows == nil && i >= 0 {
		return r.Flows[i], true
	}
	return FlowRow{}, false
}

// Options gives the audit options of this reading.
func (r *Reading) Options() audit.Options {
	o := r.options
	if o.Guides == nil { // a reading that nobody composed
		o.Home = home(r.Instance)
		o.Guides = func(instance.FlowID) audit.Health { return audit.Health{State: audit.NotKnown} }
	}
	return o
}

// home is what ARNs in an instance's flows are held against.
func home(in instance.Instance) instance.Ref {
	r, _ := instance.ParseInstance(in.ARN)
	return instance.Ref{Partition: r.Partition, Region: in.Region, Account: in.Account, Instance: in.ID}
}
