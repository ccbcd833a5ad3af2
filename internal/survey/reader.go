// Package survey reads instances and composes what their pages show: verdicts, coverage, guides and what leads to each
// flow. Reading takes two steps: the service's answers are gathered into a material (gather.go), and a reading is
// composed from it without any call (compose.go), anew for every flow that was read or written since.
package survey

import (
	"context"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Reader is the reading side of the gateway. Errors are *fault.Error.
type Reader interface {
	// Sources are the configured pairs of credentials and Region.
	Sources() []Source
	Instances(ctx context.Context, s Source) ([]instance.Instance, error)
	// SearchFlows gives full records of the types named, a page of up to 100 at a time, until yield is false. Content may be empty.
	SearchFlows(ctx context.Context, in instance.Instance, types []instance.FlowType, yield func([]instance.Flow) bool) error
	ListFlows(ctx context.Context, in instance.Instance, types ...instance.FlowType) ([]instance.Flow, error)
	DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error)
	Associations(ctx context.Context, in instance.Instance) ([]instance.Association, error)
	Numbers(ctx context.Context, in instance.Instance) ([]instance.Number, error)
	// DescribeModule gives the published copy.
	DescribeModule(ctx context.Context, in instance.Instance, id string) (instance.Module, error)
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

// saved is the qualifier of a flow's saved copy.
const saved = ":$SAVED"

// neverPublished says whether a flow has no published copy: the service's own code, because a flow that is gone is
// not found as well.
func neverPublished(f *fault.Error) bool {
	return f != nil && f.Code == "ContactFlowNotPublishedException"
}

// gone says whether the service does not know the flow.
func gone(f *fault.Error) bool {
	return f != nil && f.Kind == fault.NotFound && !neverPublished(f)
}
