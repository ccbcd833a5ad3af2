package connect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/smithy-go/middleware"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// A write is sent once. It is sent again only where the former attempt certainly did nothing: it was throttled, or
// no byte of it left. What else fails after it left is fault.Unavailable with the message id "aws.answer-lost": it
// may have been carried out, and only reading can tell (a create by its name, an update by its content). Every
// other fault of a write says that the service did nothing.

// CreateFlow creates a flow and publishes it.
func (g *Gateway) CreateFlow(ctx context.Context, in instance.Instance, f instance.NewFlow) (instance.Written, error) {
	params := &connect.CreateContactFlowInput{
		InstanceId: aws.String(string(in.ID)),
		Name:       aws.String(f.Name),
		Type:       types.ContactFlowType(f.Type),
		Content:    aws.String(f.Content),
		Status:     types.ContactFlowStatusPublished, // the default is not documented
	}
	if f.Description != "" {
		params.Description = aws.String(f.Description)
	}
	out, err := write(ctx, g, in, (*connect.Client).CreateContactFlow, params)
	if err != nil {
		return instance.Written{}, err
	}
	w := instance.Written{ARN: aws.ToString(out.ContactFlowArn), RequestID: requestID(out.ResultMetadata)}
	ref, ok := instance.ParseRef(aws.ToString(out.ContactFlowId), instance.KindFlow)
	if !ok {
		return w, lost(w.RequestID) // accepted, but not said as what
	}
	w.ID = ref.FlowID()
	return w, nil
}

// UpdateFlowContent replaces a flow's content, published and saved copy, at once.
func (g *Gateway) UpdateFlowContent(ctx context.Context, in instance.Instance, id instance.FlowID, content string) (instance.Written, error) {
	out, err := write(ctx, g, in, (*connect.Client).UpdateContactFlowContent, &connect.UpdateContactFlowContentInput{
		InstanceId: aws.String(string(in.ID)), ContactFlowId: aws.String(string(id)), Content: aws.String(content),
	})
	if err != nil {
		return instance.Written{}, err
	}
	return instance.Written{RequestID: requestID(out.ResultMetadata)}, nil
}

// SaveFlowDraft replaces a flow's saved copy. The documentation accepts the qualifier; that the published copy then stays is inferred.
func (g *Gateway) SaveFlowDraft(ctx context.Context, in instance.Instance, id instance.FlowID, content string) (instance.Written, error) {
	return g.UpdateFlowContent(ctx, in, id+":$SAVED", content)
}

// SetFlowState archives a flow, or makes it active again.
func (g *Gateway) SetFlowState(ctx context.Context, in instance.Instance, id instance.FlowID, state string) (instance.Written, error) {
	return g.UpdateFlowMetadata(ctx, in, id, FlowMetadata{State: state})
}

// FlowMetadata is what UpdateFlowMetadata changes; an empty member stays as it is.
type FlowMetadata struct {
	Name, Description string
	State             string // instance.StateActive or instance.StateArchived
}

// UpdateFlowMetadata renames a flow, or archives it, or makes it active again. It never publishes.
func (g *Gateway) UpdateFlowMetadata(ctx context.Context, in instance.Instance, id instance.FlowID, m FlowMetadata) (instance.Written, error) {
	params := &connect.UpdateContactFlowMetadataInput{
		InstanceId: aws.String(string(in.ID)), ContactFlowId: aws.String(string(id)), ContactFlowState: types.ContactFlowState(m.State),
	}
	if m.Name != "" {
		params.Name = aws.String(m.Name)
	}
	if m.Description != "" {
		params.Description = aws.String(m.Description)
	}
	out, err := write(ctx, g, in, (*connect.Client).UpdateContactFlowMetadata, params)
	if err != nil {
		return instance.Written{}, err
	}
	return instance.Written{RequestID: requestID(out.ResultMetadata)}, nil
}

func lost(request string) *fault.Error {
	f := fault.New(fault.Unavailable, "aws.answer-lost")
	f.RequestID = request
	return f
}

func requestID(md middleware.Metadata) string {
	id, _ := awsmiddleware.GetRequestIDMetadata(md)
	return id
}
