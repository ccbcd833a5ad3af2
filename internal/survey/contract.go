// Package survey reads instances and composes what their pages show: verdicts, coverage, guides and what leads to each flow.
package survey

import (
	"context"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/view"
)

// Reader is the reading side of the gateway. Errors are *fault.Error.
type Reader interface {
	// Sources are the configured pairs of credentials and Region.
	Sources() []Source
	Instances(ctx context.Context, s Source) ([]instance.Instance, error)
	// SearchFlows gives full records, a page of up to 100 at a time, until yield is false. Content may be empty.
	SearchFlows(ctx context.Context, in instance.Instance, t instance.FlowType, yield func([]instance.Flow) bool) error
	ListFlows(ctx context.Context, in instance.Instance, types ...instance.FlowType) ([]instance.Flow, error)
	DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error)
	Associations(ctx context.Context, in instance.Instance) ([]instance.Association, error)
	Numbers(ctx context.Context, in instance.Instance) ([]instance.Number, error)
	ListModules(ctx context.Context, in instance.Instance) ([]instance.Module, error)
	ListViews(ctx context.Context, in instance.Instance) ([]instance.View, error)
	DescribeView(ctx context.Context, in instance.Instance, id string) (instance.View, error)
}

// Source is one place to read from.
type Source = instance.Source

// Listing is what one source answered.
type Listing struct {
	Source    Source
	Instances []instance.Instance
	Err       *fault.Error
}

// Draft state of a flow, known only where both copies were read.
type Draft string

// The draft states.
const (
	DraftNotChecked Draft = "not-checked"
	DraftNone       Draft = "none"
	DraftYes        Draft = "yes"
)

// Lead is something that leads to a flow: a telephone number or another resource, or a flow that names it.
type Lead struct {
	Kind    string // "number", "resource", "flow"
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
	Managed      string // "CloudFormation", … from tags; empty
	Counted      bool   // in the coverage's denominator
	Covered      bool
	ReadAt       time.Time
	Error        *fault.Error // this flow could not be read
}

// GuideRow is one guide of a reading.
type GuideRow struct {
	Flow   instance.Flow
	Info   audit.GuideInfo
	Health audit.Health
	UsedBy []instance.FlowID
}

// Coverage is the head line.
type Coverage struct{ Covered, Open, CantTell, Counted int }

// Method is how the instance was read.
type Method string

// The methods.
const (
	BySearch   Method = "search"
	ByDescribe Method = "describe"
)

// Reading is one instance as read.
type Reading struct {
	Instance     instance.Instance
	Source       Source
	ReadAt       time.Time
	Method       Method
	MethodReason *fault.Message // why not by search
	Calls        int
	Flows        []FlowRow // inbound, by name
	Guides       []GuideRow
	Coverage     Coverage
	Warnings     []fault.Message // denied associations, views, …
}

// Row finds an inbound flow.
func (r *Reading) Row(id instance.FlowID) (FlowRow, bool) { panic("contract") }

// Options gives the audit options of this reading, for one flow.
func (r *Reading) Options(id instance.FlowID) audit.Options { panic("contract") }

// FlowDetail is one flow, described just now in both copies.
type FlowDetail struct {
	Row      FlowRow
	Document *flow.Document // nil where it cannot be parsed
	Saved    *instance.Flow // the saved copy where it differs
	Guide    *acw.Lifted    // where it is a guide
	View     *view.View     // of the guide; the known view with ViewErr where it could not be read
	ViewErr  *fault.Error
}

// Options of the service.
type ServiceOptions struct {
	Event       string
	Now         func() time.Time
	Fresh       time.Duration // how long a listing of instances is served without asking again
	Workers     int
	ManagedTags map[string]string // tag key prefix -> name
}

// Service reads instances and keeps the last reading of each in memory.
type Service struct{}

// New makes the service.
func New(r Reader, o ServiceOptions) *Service { panic("contract") }

// Instances lists all sources at once; one that fails carries its error and the others are given.
func (s *Service) Instances(ctx context.Context) []Listing { panic("contract") }

// Find gives one instance by id; fault.NotFound.
func (s *Service) Find(ctx context.Context, id instance.ID) (instance.Instance, error) {
	panic("contract")
}

// Last is the last reading in memory, without any call; nil where there is none.
func (s *Service) Last(id instance.ID) *Reading { panic("contract") }

// Read gives the last reading, or reads when there is none or refresh is set. Concurrent reads of one instance share one.
func (s *Service) Read(ctx context.Context, id instance.ID, refresh bool) (*Reading, error) {
	panic("contract")
}

// Flow describes both copies of a flow and judges it with what the last reading knows.
func (s *Service) Flow(ctx context.Context, id instance.ID, f instance.FlowID) (*FlowDetail, error) {
	panic("contract")
}

// View reads the after-contact-work view of the instance, or another by ARN ("" = after-contact-work).
func (s *Service) View(ctx context.Context, id instance.ID, arn string) (*view.View, *fault.Error) {
	panic("contract")
}

// Wrote takes a flow just written and read back into the last reading, and judges anew: the read-back is the truth.
func (s *Service) Wrote(id instance.ID, f instance.Flow) { panic("contract") }
