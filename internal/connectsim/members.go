package connectsim

import (
	"slices"

	"wrapup/internal/flow"
)

// The model's enums that operations and seeds share.
var (
	flowTypes = []string{"CONTACT_FLOW", "CUSTOMER_QUEUE", "CUSTOMER_HOLD", "CUSTOMER_WHISPER", "AGENT_HOLD",
		"AGENT_WHISPER", "OUTBOUND_WHISPER", "AGENT_TRANSFER", "QUEUE_TRANSFER", "CAMPAIGN"}
	statuses      = []string{published, saved}
	states        = []string{active, archived}
	viewTypes     = []string{customerManaged, awsManaged}
	numberTypes   = []string{"TOLL_FREE", "DID", "UIFN", "SHARED", "THIRD_PARTY_TF", "THIRD_PARTY_DID", "SHORT_CODE"}
	comparisons   = []string{"STARTS_WITH", "CONTAINS", "EXACT"}
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

// searchCriteria are those of every search, and the conditions of one.
func searchCriteria(conditions ...member) *shape {
	s := object(append(conditions, body("StringCondition", stringCondition()))...)
	nested := listOf(s, 0, 0)
	s.members = append(s.members, body("OrConditions", nested), body("AndConditions", nested))
	return s
}

func stringCondition() *shape {
	return object(body("FieldName", text(0, 0)), body("Value", text(0, 0)), body("ComparisonType", enum(comparisons...)))
}

// tagFilter is the search filter that all but views have.
func tagFilter() member {
	tags := listOf(tagCondition(), 0, 0)
	return body("TagFilter", object(body("OrConditions", listOf(tags, 0, 0)), body("AndConditions", tags), body("TagCondition", tagCondition())))
}

// attributeFilter is a search filter by tags and by what else is given.
func attributeFilter(name string, more ...member) member {
	and := object(slices.Concat(more, members(body("TagConditions", listOf(tagCondition(), 0, 0))))...)
	own := members(body("OrConditions", listOf(and, 0, 0)), body("AndCondition", and), body("TagCondition", tagCondition()))
	return body(name, object(slices.Concat(more, own)...))
}

func content() *shape { return &shape{min: 1, max: flow.MaxContent, utf16: true} }
