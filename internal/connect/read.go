package connect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// The largest pages that the operations allow.
const (
	pageInstances = 10
	pageSearch    = 100
	pageViews     = 100
	pageList      = 1000
)

const statusFailed = string(types.InstanceStatusCreationFailed)

// Instances lists what one source can see. The account comes from the instances' ARNs, or from GetCallerIdentity,
// whose failure is none of ours.
func (g *Gateway) Instances(ctx context.Context, from instance.Source) ([]instance.Instance, error) {
	for _, s := range g.sources {
		if s.login.name == from.Name && s.region == from.Region {
			return g.list(ctx, s)
		}
	}
	return nil, fault.New(fault.NotFound, "aws.source-unknown", "Region", from.Region)
}

func (g *Gateway) list(ctx context.Context, s *source) ([]instance.Instance, error) {
	asking, done := context.WithCancel(ctx)
	identified := make(chan struct{})
	go func() { s.login.identify(asking); close(identified) }()
	defer func() { <-identified; done() }()

	var list []instance.Instance
	p := connect.NewListInstancesPaginator(s.client, &connect.ListInstancesInput{MaxResults: aws.Int32(pageInstances)},
		func(o *connect.ListInstancesPaginatorOptions) { o.StopOnDuplicateToken = true })
	err := pages(ctx, p, func(o *connect.ListInstancesOutput) *string { return o.NextToken }, func(o *connect.ListInstancesOutput) bool {
		for _, i := range o.InstanceSummaryList {
			list = append(list, fromSummary(i, s.region))
		}
		return true
	})
	for _, in := range list {
		s.login.learn(in.Account)
		done() // the ARN told the account: no need to wait for the answer
	}
	if err != nil {
		return nil, err
	}
	g.remember(s, list)
	for i, in := range list {
		if in.Status == statusFailed { // only the description says why; without it the status still stands
			if d, err := g.DescribeInstance(ctx, in); err == nil {
				list[i].Reason = d.Reason
			}
		}
	}
	return list, nil
}

// DescribeInstance gives one instance with the service's reason for a failed creation.
func (g *Gateway) DescribeInstance(ctx context.Context, in instance.Instance) (instance.Instance, error) {
	out, err := read(ctx, g, in, (*connect.Client).DescribeInstance, &connect.DescribeInstanceInput{InstanceId: aws.String(string(in.ID))})
	if err != nil {
		return instance.Instance{}, err
	}
	if out.Instance == nil {
		return instance.Instance{}, empty()
	}
	return fromInstance(*out.Instance, in.Region), nil
}

// SearchFlows gives full records of the types named, up to 100 at a time. It is not documented whether Content is the
// published or the saved copy, nor how far the index lags behind; it may be missing.
func (g *Gateway) SearchFlows(ctx context.Context, in instance.Instance, only []instance.FlowType, yield func([]instance.Flow) bool) error {
	s, err := g.route(ctx, in)
	if err != nil {
		return err
	}
	p := connect.NewSearchContactFlowsPaginator(s.client, &connect.SearchContactFlowsInput{
		InstanceId:     aws.String(string(in.ID)),
		MaxResults:     aws.Int32(pageSearch),
		SearchCriteria: anyOf(only),
	}, func(o *connect.SearchContactFlowsPaginatorOptions) { o.StopOnDuplicateToken = true })
	return pages(ctx, p, func(o *connect.SearchContactFlowsOutput) *string { return o.NextToken }, func(o *connect.SearchContactFlowsOutput) bool {
		flows := make([]instance.Flow, len(o.ContactFlows))
		for i, f := range o.ContactFlows {
			flows[i] = fromFlow(f)
		}
		return yield(flows)
	})
}

// anyOf finds flows of the types named: the service takes one in a criterion, and several criteria of which one holds.
func anyOf(only []instance.FlowType) *types.ContactFlowSearchCriteria {
	if len(only) == 1 {
		return &types.ContactFlowSearchCriteria{TypeCondition: types.ContactFlowType(only[0])}
	}
	c := new(types.ContactFlowSearchCriteria)
	for _, t := range only {
		c.OrConditions = append(c.OrConditions, types.ContactFlowSearchCriteria{TypeCondition: types.ContactFlowType(t)})
	}
	return c
}

// ListFlows gives summaries of the types named, of all types where none is: no content, hash or time.
func (g *Gateway) ListFlows(ctx context.Context, in instance.Instance, only ...instance.FlowType) ([]instance.Flow, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	params := &connect.ListContactFlowsInput{InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageList)}
	for _, t := range only {
		params.ContactFlowTypes = append(params.ContactFlowTypes, types.ContactFlowType(t))
	}
	var flows []instance.Flow
	p := connect.NewListContactFlowsPaginator(s.client, params, func(o *connect.ListContactFlowsPaginatorOptions) { o.StopOnDuplicateToken = true })
	err = pages(ctx, p, func(o *connect.ListContactFlowsOutput) *string { return o.NextToken }, func(o *connect.ListContactFlowsOutput) bool {
		for _, f := range o.ContactFlowSummaryList {
			flows = append(flows, fromFlowSummary(f))
		}
		return true
	})
	return flows, err
}

// DescribeFlow reads one copy: an id alone is the published one, "<id>:$SAVED" the saved one, "<id>:3" a numbered version,
// fault.NotFound where there is none. A flow that was never published is fault.NotFound "aws.not-published".
func (g *Gateway) DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error) {
	out, err := read(ctx, g, in, (*connect.Client).DescribeContactFlow, &connect.DescribeContactFlowInput{
		InstanceId: aws.String(string(in.ID)), ContactFlowId: aws.String(id),
	})
	if err != nil {
		return instance.Flow{}, err
	}
	if out.ContactFlow == nil || out.ContactFlow.Content == nil {
		return instance.Flow{}, empty()
	}
	f := fromFlow(*out.ContactFlow)
	want, ok := instance.ParseRef(id, instance.KindFlow)
	if f.ID == "" {
		f.ID = want.FlowID()
	}
	if ok && f.ID != want.FlowID() {
		return instance.Flow{}, fault.New(fault.Unavailable, "aws.other-flow") // never judge or overwrite one flow by another's content
	}
	return f, nil
}

// DescribeModule reads one copy of a flow module, qualified as a flow's is.
func (g *Gateway) DescribeModule(ctx context.Context, in instance.Instance, id string) (instance.Module, error) {
	out, err := read(ctx, g, in, (*connect.Client).DescribeContactFlowModule, &connect.DescribeContactFlowModuleInput{
		InstanceId: aws.String(string(in.ID)), ContactFlowModuleId: aws.String(id),
	})
	if err != nil {
		return instance.Module{}, err
	}
	if out.ContactFlowModule == nil || out.ContactFlowModule.Content == nil {
		return instance.Module{}, empty()
	}
	m := fromModule(*out.ContactFlowModule)
	want, ok := instance.ParseRef(id, instance.KindModule)
	if got, _ := instance.ParseRef(m.ID, instance.KindModule); ok && m.ID != "" && got.ID != want.ID {
		return instance.Module{}, fault.New(fault.Unavailable, "aws.other-flow")
	}
	return m, nil
}
