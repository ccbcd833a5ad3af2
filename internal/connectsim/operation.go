package connectsim

import (
	"net/http"
	"net/url"
	"strings"

	"wrapup/internal/flow"
)

// operation is one row of the table: all that routing, decoding and answering need to know.
type operation struct {
	name   string
	method string
	path   string // "/contact-flows/{InstanceId}"
	query  bool   // awsQuery with XML answers (STS) instead of restJson1
	in     []member
	handle func(*call) (any, *apiError)
	errors []string // modelled
	parts  []string // path split, filled by compile
}

// flowErrors and viewErrors are the errors that most operations of their group model.
func flowErrors(more ...string) []string {
	return append([]string{"InvalidRequestException", "InvalidParameterException", "ResourceNotFoundException",
		"ThrottlingException", "InternalServiceException"}, more...)
}

func viewErrors(more ...string) []string {
	return append([]string{"AccessDeniedException", "InvalidRequestException", "InvalidParameterException",
		"ResourceNotFoundException", "InternalServiceException", "TooManyRequestsException"}, more...)
}

// operations is the table. Members and constraints are those of the service model.
func operations() []*operation {
	const get, put, post = http.MethodGet, http.MethodPut, http.MethodPost
	in := func(m ...member) []member { return m }
	id, flowID := path("InstanceId", text(1, 100)), path("ContactFlowId", text(1, 500))
	viewsID := path("InstanceId", text(1, 100).matching(`^[a-zA-Z0-9_\-:/]+$`))
	token, page1000 := query("NextToken", "nextToken", text(0, 0)), query("MaxResults", "maxResults", number(1, 1000))
	content := body("Content", &shape{min: 1, max: flow.MaxContent, utf16: true}).must()
	table := []*operation{
		{name: "ListInstances", method: get, path: "/instance", handle: (*call).listInstances,
			in:     in(token, query("MaxResults", "maxResults", number(1, 10))),
			errors: []string{"InvalidRequestException", "InternalServiceException"}},
		{name: "DescribeInstance", method: get, path: "/instance/{InstanceId}", handle: (*call).describeInstance,
			in: in(id), errors: []string{"InvalidRequestException", "ResourceNotFoundException", "InternalServiceException"}},
		{name: "ListContactFlows", method: get, path: "/contact-flows-summary/{InstanceId}", handle: (*call).listContactFlows,
			in: in(id, query("ContactFlowTypes", "contactFlowTypes", listOf(enum(flowTypes...), 0, 10)), token, page1000), errors: flowErrors()},
		{name: "SearchContactFlows", method: post, path: "/search-contact-flows", handle: (*call).searchContactFlows,
			in:     in(body("InstanceId", text(1, 100)).must(), body("NextToken", text(1, 2500)), body("MaxResults", number(1, 100)), body("SearchFilter", searchFilter()), body("SearchCriteria", searchCriteria())),
			errors: flowErrors()},
		{name: "DescribeContactFlow", method: get, path: "/contact-flows/{InstanceId}/{ContactFlowId}", handle: (*call).describeContactFlow,
			in: in(id, flowID), errors: flowErrors("ContactFlowNotPublishedException")},
		{name: "CreateContactFlow", method: put, path: "/contact-flows/{InstanceId}", handle: (*call).createContactFlow,
			in:     in(id, body("Name", text(1, 0)).must(), body("Type", enum(flowTypes...)).must(), body("Description", text(0, 0)), content, body("Status", enum(statuses...)), body("Tags", tagMap())),
			errors: flowErrors("InvalidContactFlowException", "DuplicateResourceException", "LimitExceededException")},
		{name: "UpdateContactFlowContent", method: post, path: "/contact-flows/{InstanceId}/{ContactFlowId}/content", handle: (*call).updateContactFlowContent,
			in: in(id, flowID, content), errors: flowErrors("InvalidContactFlowException")},
		{name: "UpdateContactFlowMetadata", method: post, path: "/contact-flows/{InstanceId}/{ContactFlowId}/metadata", handle: (*call).updateContactFlowMetadata,
			in: in(id, flowID, body("Name", text(1, 0)), body("Description", text(0, 0)), body("ContactFlowState", enum(states...))), errors: flowErrors("DuplicateResourceException")},
		{name: "ListContactFlowModules", method: get, path: "/contact-flow-modules-summary/{InstanceId}", handle: (*call).listModules,
			in: in(id, token, page1000, query("ContactFlowModuleState", "state", enum(states...))), errors: flowErrors("AccessDeniedException")},
		{name: "DescribeContactFlowModule", method: get, path: "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}", handle: (*call).describeModule,
			in: in(id, path("ContactFlowModuleId", text(1, 256))), errors: flowErrors("AccessDeniedException")},
		{name: "ListViews", method: get, path: "/views/{InstanceId}", handle: (*call).listViews,
			in:     in(viewsID, query("Type", "type", enum(viewTypes...)), query("NextToken", "nextToken", text(1, 4096).matching(`^[a-zA-Z0-9=/+_.-]+$`)), query("MaxResults", "maxResults", number(1, 100))),
			errors: viewErrors()},
		{name: "DescribeView", method: get, path: "/views/{InstanceId}/{ViewId}", handle: (*call).describeView,
			in: in(viewsID, path("ViewId", text(1, 500).matching(`^[a-zA-Z0-9_\-:/$]+$`))), errors: viewErrors()},
		{name: "ListPhoneNumbersV2", method: post, path: "/phone-number/list", handle: (*call).listNumbers,
			in: in(body("TargetArn", text(0, 0)), body("InstanceId", text(1, 100)), body("MaxResults", number(1, 1000)), body("NextToken", text(1, 100_000)),
				body("PhoneNumberCountryCodes", listOf(text(2, 2).matching(`^[A-Z]{2}$`), 0, 10)), body("PhoneNumberTypes", listOf(enum(numberTypes...), 0, 6)), body("PhoneNumberPrefix", text(0, 0).matching(`^\+?[0-9]{1,11}$`))),
			errors: []string{"InvalidParameterException", "ResourceNotFoundException", "ThrottlingException", "InternalServiceException", "AccessDeniedException"}},
		{name: "ListFlowAssociations", method: get, path: "/flow-associations-summary/{InstanceId}", handle: (*call).listAssociations,
			in: in(id, query("ResourceType", "ResourceType", enum(resourceTypes...)), token, page1000), errors: flowErrors("AccessDeniedException")},
	}
	return compile(append(table, stsOperations()...))
}

func compile(table []*operation) []*operation {
	for _, op := range table {
		op.parts = strings.Split(op.path, "/")[1:]
	}
	return table
}

// route finds the operation of a restJson1 request and its path members. It splits the escaped path, so that an id may
// hold an escaped slash or colon; it cleans nothing: "..", "." and "" are ids like any other.
func route(table []*operation, method, escaped string) (*operation, map[string]string) {
	raw := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	parts := make([]string, len(raw))
	for i, p := range raw {
		u, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil
		}
		parts[i] = u
	}
	for _, op := range table {
		if op.method == method && !op.query && len(op.parts) == len(parts) {
			if labels, ok := op.match(parts); ok {
				return op, labels
			}
		}
	}
	return nil, nil
}

func (op *operation) match(parts []string) (map[string]string, bool) {
	labels := map[string]string{}
	for i, want := range op.parts {
		if name, ok := strings.CutPrefix(want, "{"); ok {
			labels[strings.TrimSuffix(name, "}")] = parts[i]
		} else if want != parts[i] {
			return nil, false
		}
	}
	return labels, true
}
