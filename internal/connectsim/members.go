package connectsim

import "wrapup/internal/flow"

// The model's enums that operations and seeds share.
var (
	flowTypes = []string{"CONTACT_FLOW", "CUSTOMER_QUEUE", "CUSTOMER_HOLD", "CUSTOMER_WHISPER", "AGENT_HOLD",
		"AGENT_WHISPER", "OUTBOUND_WHISPER", "AGENT_TRANSFER", "QUEUE_TRANSFER", "CAMPAIGN"}
	statuses      = []string{published, saved}
	states        = []string{active, archived}
	viewTypes     = []string{customerManaged, awsManaged}
	numberTypes   = []string{"TOLL_FREE", "DID", "UIFN", "SHARED", "THIRD_PARTY_TF", "THIRD_PARTY_DID", "SHORT_CODE"}
	resourceTypes = []string{"WHATSAPP_MESSAGING_PHONE_NUMBER", voiceNumber, "INBOUND_EMAIL", "OUTBOUND_EMAIL", "ANALYTICS_CONNECTOR"}
)

const (
	published       = "PUBLISHED"
	saved           = "SAVED"
	active          = "ACTIVE"
	archived        = "ARCHIVED"
	customerManaged = "CUSTOMER_MANAGED"
	awsManaged      = "AWS_MANAGED"
	voiceNumber     = "VOICE_PHONE_NUMBER"
	inbound         = "CONTACT_FLOW"
)

func tagMap() *shape {
	key := text(1, 128).matching(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`).refusing("aws:")
	return mapOf(key, text(0, 256), 1, 50)
}

func tagCondition() *shape {
	return object(body("TagKey", text(0, 0)), body("TagValue", text(0, 0)))
}

func searchCriteria() *shape {
	s := object(
		body("StringCondition", object(body("FieldName", text(0, 0)), body("Value", text(0, 0)),
			body("ComparisonType", enum("STARTS_WITH", "CONTAINS", "EXACT")))),
		body("TypeCondition", enum(flowTypes...)),
		body("StateCondition", enum(states...)),
		body("StatusCondition", enum(statuses...)))
	nested := listOf(s, 0, 0)
	s.members = append(s.members, body("OrConditions", nested), body("AndConditions", nested))
	return s
}

func searchFilter() *shape {
	tags := listOf(tagCondition(), 0, 0)
	kind := object(body("ContactFlowType", enum(flowTypes...)))
	and := object(body("TagConditions", tags), body("ContactFlowTypeCondition", kind))
	return object(
		body("TagFilter", object(body("OrConditions", listOf(tags, 0, 0)), body("AndConditions", tags), body("TagCondition", tagCondition()))),
		body("FlowAttributeFilter", object(body("OrConditions", listOf(and, 0, 0)), body("AndCondition", and),
			body("TagCondition", tagCondition()), body("ContactFlowTypeCondition", kind))))
}

func content() *shape { return &shape{min: 1, max: flow.MaxContent, utf16: true} }
