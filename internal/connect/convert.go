package connect

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/instance"
)

func fromSummary(i types.InstanceSummary, region string) instance.Instance {
	return instance.Instance{
		ID:        instanceID(i.Id, i.Arn),
		ARN:       aws.ToString(i.Arn),
		Alias:     aws.ToString(i.InstanceAlias),
		Region:    region,
		Account:   accountOf(aws.ToString(i.Arn)),
		Status:    string(i.InstanceStatus),
		AccessURL: aws.ToString(i.InstanceAccessUrl),
		Created:   aws.ToTime(i.CreatedTime),
		Inbound:   aws.ToBool(i.InboundCallsEnabled),
		Outbound:  aws.ToBool(i.OutboundCallsEnabled),
	}
}

func fromInstance(i types.Instance, region string) instance.Instance {
	out := fromSummary(types.InstanceSummary{
		Id: i.Id, Arn: i.Arn, InstanceAlias: i.InstanceAlias, InstanceStatus: i.InstanceStatus, InstanceAccessUrl: i.InstanceAccessUrl,
		CreatedTime: i.CreatedTime, InboundCallsEnabled: i.InboundCallsEnabled, OutboundCallsEnabled: i.OutboundCallsEnabled,
	}, region)
	if r, ok := instance.ParseInstance(out.ARN); ok && out.Region == "" {
		out.Region = r.Region
	}
	if i.StatusReason != nil {
		out.Reason = aws.ToString(i.StatusReason.Message)
	}
	return out
}

// instanceID prefers the bare id; it comes out of the ARN where that is all there is.
func instanceID(id, arn *string) instance.ID {
	for _, s := range []*string{id, arn} {
		if r, ok := instance.ParseInstance(aws.ToString(s)); ok {
			return r.Instance
		}
	}
	return instance.ID(aws.ToString(id))
}

// flowID gives the bare id and the ARN without a qualifier: references compare by id, and the saved copy of a flow
// is the same flow.
func flowID(id, arn *string) (instance.FlowID, string) {
	bare := instance.FlowID(aws.ToString(id))
	if r, ok := instance.ParseRef(aws.ToString(id), instance.KindFlow); ok {
		bare = r.FlowID()
	}
	a := aws.ToString(arn)
	if r, ok := instance.ParseRef(a, instance.KindFlow); ok && r.Qualifier != "" {
		a = strings.TrimSuffix(a, ":"+r.Qualifier)
	}
	return bare, a
}

func fromFlow(f types.ContactFlow) instance.Flow {
	out := instance.Flow{
		Name:        aws.ToString(f.Name),
		Type:        instance.FlowType(f.Type),
		State:       string(f.State),
		Status:      string(f.Status),
		Description: aws.ToString(f.Description),
		Content:     aws.ToString(f.Content),
		Tags:        f.Tags,
		ServiceHash: aws.ToString(f.FlowContentSha256),
		Modified:    aws.ToTime(f.LastModifiedTime),
		Version:     aws.ToInt64(f.Version),
	}
	out.ID, out.ARN = flowID(f.Id, f.Arn)
	return out
}

func fromFlowSummary(f types.ContactFlowSummary) instance.Flow {
	out := instance.Flow{
		Name: aws.ToString(f.Name), Type: instance.FlowType(f.ContactFlowType),
		State: string(f.ContactFlowState), Status: string(f.ContactFlowStatus),
	}
	out.ID, out.ARN = flowID(f.Id, f.Arn)
	return out
}

// fromModule: the service writes a module's status in lower case, a flow's in upper case.
func fromModule(m types.ContactFlowModule) instance.Module {
	return instance.Module{
		ID: aws.ToString(m.Id), ARN: aws.ToString(m.Arn), Name: aws.ToString(m.Name), Description: aws.ToString(m.Description),
		State: strings.ToUpper(string(m.State)), Status: strings.ToUpper(string(m.Status)), Content: aws.ToString(m.Content),
	}
}

func fromView(v types.View) instance.View {
	return instance.View{
		ID: aws.ToString(v.Id), ARN: aws.ToString(v.Arn), Name: aws.ToString(v.Name), Description: aws.ToString(v.Description),
		Type: string(v.Type), Status: string(v.Status), Version: int(v.Version),
		Template: aws.ToString(v.Content.Template), InputSchema: aws.ToString(v.Content.InputSchema), Actions: v.Content.Actions,
	}
}

func fromNumber(n types.ListPhoneNumbersSummary) instance.Number {
	return instance.Number{
		ID: aws.ToString(n.PhoneNumberId), ARN: aws.ToString(n.PhoneNumberArn), Number: aws.ToString(n.PhoneNumber),
		Country: string(n.PhoneNumberCountryCode), Type: string(n.PhoneNumberType), Description: aws.ToString(n.PhoneNumberDescription),
	}
}
