package conform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// things are what the probe has made to name in its requests.
type things struct {
	flow, flowARN string
	campaign      string // a flow that may have versions, with one
	version       json.Number
	sum           string // of the campaign's content
	modified      json.Number
	module        string
	view          string
	viewVersion   json.Number
	viewSum       string
	number        string // a phone number's ARN
}

const (
	validFlow = `{"Version":"2019-10-30","StartAction":"end","Metadata":{},"Actions":[` +
		`{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	validSettings = `{"InputParameters":[],"OutputParameters":[],"Transitions":[]}`
	validModule   = `{"Version":"2019-10-30","StartAction":"end","Metadata":{},"Actions":[` +
		`{"Identifier":"end","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}],"Settings":` + validSettings + `}`
	validView = `{"Head":{"Title":"Probe","Configuration":{}},"Body":[{"_id":"form","Type":"Form","Props":{},"Content":[` +
		`{"_id":"send","Type":"SubmitButton","Props":{"Label":"Send","Action":"Submit"},"Content":[]}]}]}`
)

// prepare makes what requests name. What cannot be made is a finding, and so will be the requests that name it.
func (r *run) prepare() error {
	t := &r.things
	var failed error
	call := func(op string, members map[string]any) map[string]any {
		if failed != nil {
			return nil
		}
		var out map[string]any
		out, failed = r.call(op, members)
		return out
	}
	flow := call("CreateContactFlow", nil)
	t.flow, t.flowARN = textOf(flow, "ContactFlowId"), textOf(flow, "ContactFlowArn")
	t.campaign = textOf(call("CreateContactFlow", map[string]any{"Type": "CAMPAIGN"}), "ContactFlowId")
	t.version = numberOf(call("CreateContactFlowVersion", nil), "Version")
	campaign := objectOf(call("DescribeContactFlow", map[string]any{"ContactFlowId": t.campaign}), "ContactFlow")
	t.sum, t.modified = textOf(campaign, "FlowContentSha256"), numberOf(campaign, "LastModifiedTime")
	t.module = textOf(call("CreateContactFlowModule", nil), "Id")
	t.view = textOf(objectOf(call("CreateView", nil), "View"), "Id")
	view := objectOf(call("CreateViewVersion", nil), "View")
	t.viewVersion, t.viewSum = numberOf(view, "Version"), textOf(view, "ViewContentSha256")
	if numbers, _ := call("ListPhoneNumbersV2", nil)["ListPhoneNumbersSummaryList"].([]any); len(numbers) > 0 {
		first, _ := numbers[0].(map[string]any)
		t.number = textOf(first, "PhoneNumberArn")
	}
	return failed
}

// sacrifice makes something for a valid request that deletes, so that what the other requests name stays.
func (r *run) sacrifice(op string) (map[string]any, error) {
	switch op {
	case "DeleteContactFlow":
		out, err := r.call("CreateContactFlow", nil)
		return map[string]any{"ContactFlowId": textOf(out, "ContactFlowId")}, err
	case "DeleteContactFlowModule":
		out, err := r.call("CreateContactFlowModule", nil)
		return map[string]any{"ContactFlowModuleId": textOf(out, "Id")}, err
	case "DeleteView":
		out, err := r.call("CreateView", nil)
		return map[string]any{"ViewId": textOf(objectOf(out, "View"), "Id")}, err
	case "DeleteContactFlowVersion":
		if _, err := r.call("UpdateContactFlowContent", map[string]any{"ContactFlowId": r.things.campaign, "Content": validFlow + " "}); err != nil {
			return nil, err
		}
		out, err := r.call("CreateContactFlowVersion", nil)
		return map[string]any{"ContactFlowVersion": numberOf(out, "Version")}, err
	case "DeleteViewVersion":
		content := map[string]any{"Template": validView + " ", "Actions": []any{"Submit"}}
		if _, err := r.call("UpdateViewContent", map[string]any{"Content": content}); err != nil {
			return nil, err
		}
		out, err := r.call("CreateViewVersion", nil)
		return map[string]any{"ViewVersion": numberOf(objectOf(out, "View"), "Version")}, err
	}
	return nil, nil
}

// call sends a valid request and gives its answer's members; none where it is refused, which is noted.
func (r *run) call(name string, members map[string]any) (map[string]any, error) {
	op := r.Model.Operations[name]
	if op == nil {
		return nil, nil
	}
	x, err := r.send(op, over(r.base(op), members), nil)
	if err != nil {
		return nil, err
	}
	if x.Status != http.StatusOK && x.Status != http.StatusNotImplemented {
		r.note(op, variant{at: "to prepare the others"}, x)
	}
	v, _ := decode(x.Body) // what cannot be read has no members; the operation's own probe says so
	out, _ := v.(map[string]any)
	return out, nil
}

// over sets members anew, save those that could not be made.
func over(members, anew map[string]any) map[string]any {
	for name, v := range anew {
		if v != "" && v != json.Number("") {
			members[name] = v
		}
	}
	return members
}

func textOf(o map[string]any, name string) string {
	s, _ := o[name].(string)
	return s
}

func numberOf(o map[string]any, name string) json.Number {
	n, _ := o[name].(json.Number)
	return n
}

func objectOf(o map[string]any, name string) map[string]any {
	inner, _ := o[name].(map[string]any)
	return inner
}

// base is a valid request of the required members.
func (r *run) base(op *Operation) map[string]any {
	members := map[string]any{}
	if op.Input == nil {
		return members
	}
	s := r.Model.Shapes[op.Input.Shape]
	for _, name := range append(needed[op.Name], s.Required...) {
		members[name] = r.good(op, s.Members[name].Shape)
	}
	return members
}

// needed are members that the model calls optional and the documentation does not (UpdateViewMetadata: at least one), or
// without which a request asks for nothing.
var needed = map[string][]string{"UpdateViewMetadata": {"Description"}, "UpdateContactFlowModuleContent": {"Content"}}

// good is a valid value of a shape in a request of the operation; nil where none is known.
func (r *run) good(op *Operation, shape string) any {
	t := &r.things
	const nothing = "00000000-0000-0000-0000-000000000001"
	if v, ok := r.Good[shape]; ok {
		return v
	}
	switch shape {
	case "InstanceId", "ViewsInstanceId":
		_, id, _ := strings.Cut(r.Instance, "/")
		return id
	case "RegionName":
		return r.region()
	case "ContactFlowId":
		return cmp.Or(t.flow, nothing)
	case "ContactFlowModuleId":
		return cmp.Or(t.module, nothing)
	case "ViewId":
		return cmp.Or(t.view, nothing)
	case "ARN":
		return cmp.Or(r.arn(op.Name), nothing)
	case "ResourceVersion":
		if op.Name == "CreateContactFlowVersion" {
			return nil // which version it is meant to be is not documented
		}
		return cmp.Or(t.version, "1")
	case "ViewVersion":
		return cmp.Or(t.viewVersion, "1")
	case "FlowContentSha256":
		return cmp.Or(t.sum, strings.Repeat("0", 64))
	case "ViewContentSha256":
		return cmp.Or(t.viewSum, strings.Repeat("0", 64))
	case "Timestamp":
		return cmp.Or(t.modified, "1")
	case "ContactFlowName", "ContactFlowModuleName", "ViewName", "ClientToken", "ViewsClientToken":
		r.serial++
		return fmt.Sprint("Probe ", r.serial)
	case "NextToken", "NextToken2500", "LargeNextToken", "ViewsNextToken":
		return nil
	}
	if v, ok := goods[shape]; ok {
		return v
	}
	return r.plain(op, shape)
}

// arn is what the operation's members of shape ARN name.
func (r *run) arn(op string) string {
	switch op {
	case "CreateContactFlowVersion", "ListContactFlowVersions", "DeleteContactFlowVersion":
		return r.things.campaign
	case "BatchGetFlowAssociation":
		return cmp.Or(r.things.number, r.things.flowARN)
	case "ListPhoneNumbersV2":
		return r.Instance
	}
	return r.things.flowARN
}

// goods are valid values of shapes whose constraints do not tell all.
var goods = map[string]any{
	"ContactFlowContent":       validFlow,
	"ContactFlowModuleContent": validModule,
	"FlowModuleSettings":       validSettings,
	"ViewTemplate":             validView,
	"ViewAction":               "Submit",
	"ViewInputContent":         map[string]any{"Template": validView, "Actions": []any{"Submit"}},
	"StringCondition":          map[string]any{"FieldName": "name", "Value": "probe", "ComparisonType": "CONTAINS"},
	"TagCondition":             map[string]any{"TagKey": "team", "TagValue": "probe"},
	"ContactFlowTypeCondition": map[string]any{"ContactFlowType": "CONTACT_FLOW"},
	"String":                   "name", // of a field, and good for all else
	"PhoneNumberPrefix":        "+1",
}

// plain is a value that the shape's own constraints allow.
func (r *run) plain(op *Operation, shape string) any {
	s := r.Model.Shapes[shape]
	switch s.Type {
	case "structure":
		o := map[string]any{}
		for _, name := range s.Required {
			o[s.Members[name].wire(name)] = r.good(op, s.Members[name].Shape)
		}
		return o
	case "list":
		return []any{r.good(op, s.Member.Shape)}
	case "map":
		key, _ := r.good(op, s.Key.Shape).(string)
		return map[string]any{key: r.good(op, s.Value.Shape)}
	case "boolean":
		return true
	case "integer", "long", "timestamp":
		if s.Min != nil {
			return json.Number(fmt.Sprint(*s.Min))
		}
		return json.Number("1")
	}
	if s.Enum != nil {
		return s.Enum[0]
	}
	return "probe"
}
