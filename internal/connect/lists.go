package connect

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"

	"wrapup/internal/instance"
)

// Associations lists which telephone numbers and other resources lead to which flow.
func (g *Gateway) Associations(ctx context.Context, in instance.Instance) ([]instance.Association, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []instance.Association
	p := connect.NewListFlowAssociationsPaginator(s.client, &connect.ListFlowAssociationsInput{
		InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageList),
	}, func(o *connect.ListFlowAssociationsPaginatorOptions) { o.StopOnDuplicateToken = true })
	err = pages(ctx, p, func(o *connect.ListFlowAssociationsOutput) *string { return o.NextToken }, func(o *connect.ListFlowAssociationsOutput) bool {
		for _, a := range o.FlowAssociationSummaryList {
			list = append(list, instance.Association{Resource: aws.ToString(a.ResourceId), Flow: aws.ToString(a.FlowId), Type: string(a.ResourceType)})
		}
		return true
	})
	return list, err
}

// Numbers lists the telephone numbers claimed for an instance. They do not say which flow they lead to.
func (g *Gateway) Numbers(ctx context.Context, in instance.Instance) ([]instance.Number, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []instance.Number
	p := connect.NewListPhoneNumbersV2Paginator(s.client, &connect.ListPhoneNumbersV2Input{
		InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageList),
	}, func(o *connect.ListPhoneNumbersV2PaginatorOptions) { o.StopOnDuplicateToken = true })
	err = pages(ctx, p, func(o *connect.ListPhoneNumbersV2Output) *string { return o.NextToken }, func(o *connect.ListPhoneNumbersV2Output) bool {
		for _, n := range o.ListPhoneNumbersSummaryList {
			list = append(list, fromNumber(n))
		}
		return true
	})
	return list, err
}

// ListModules gives summaries of the flow modules, without content.
func (g *Gateway) ListModules(ctx context.Context, in instance.Instance) ([]instance.Module, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []instance.Module
	p := connect.NewListContactFlowModulesPaginator(s.client, &connect.ListContactFlowModulesInput{
		InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageList),
	}, func(o *connect.ListContactFlowModulesPaginatorOptions) { o.StopOnDuplicateToken = true })
	err = pages(ctx, p, func(o *connect.ListContactFlowModulesOutput) *string { return o.NextToken }, func(o *connect.ListContactFlowModulesOutput) bool {
		for _, m := range o.ContactFlowModulesSummaryList {
			list = append(list, instance.Module{ID: aws.ToString(m.Id), ARN: aws.ToString(m.Arn), Name: aws.ToString(m.Name), State: strings.ToUpper(string(m.State))})
		}
		return true
	})
	return list, err
}

// ListViews gives summaries of AWS's own views and the instance's, without version or content.
func (g *Gateway) ListViews(ctx context.Context, in instance.Instance) ([]instance.View, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []instance.View
	p := connect.NewListViewsPaginator(s.client, &connect.ListViewsInput{
		InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageViews),
	}, func(o *connect.ListViewsPaginatorOptions) { o.StopOnDuplicateToken = true })
	err = pages(ctx, p, func(o *connect.ListViewsOutput) *string { return o.NextToken }, func(o *connect.ListViewsOutput) bool {
		for _, v := range o.ViewsSummaryList {
			list = append(list, instance.View{ID: aws.ToString(v.Id), ARN: aws.ToString(v.Arn), Name: aws.ToString(v.Name),
				Description: aws.ToString(v.Description), Type: string(v.Type), Status: string(v.Status)})
		}
		return true
	})
	return list, err
}

// DescribeView reads a view by ARN, by id, or one of AWS's own by name ("after-contact-work"): those the service
// knows by ARN only.
func (g *Gateway) DescribeView(ctx context.Context, in instance.Instance, id string) (instance.View, error) {
	out, err := read(ctx, g, in, (*connect.Client).DescribeView, &connect.DescribeViewInput{
		InstanceId: aws.String(string(in.ID)), ViewId: aws.String(viewID(in, id)),
	})
	if err != nil {
		return instance.View{}, err
	}
	if out.View == nil || out.View.Content == nil || aws.ToString(out.View.Content.Template) == "" {
		return instance.View{}, empty()
	}
	return fromView(*out.View), nil
}

func viewID(in instance.Instance, id string) string {
	bare, _, _ := strings.Cut(id, ":")
	if bare == "arn" || instance.IsUUID(bare) {
		return id
	}
	partition := "aws"
	if r, ok := instance.ParseInstance(in.ARN); ok && r.Partition != "" {
		partition = r.Partition
	}
	if bare == id {
		id += ":1" // AWS's views have no other published version
	}
	return "arn:" + partition + ":connect:" + in.Region + ":aws:view/" + id
}
