package connectsim_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

const (
	user    = "arn:aws:iam::111122223333:user/practice"
	missing = "aaaaaaaa-bbbb-cccc-dddd-999999999999"
)

// grant is one statement of a policy.
type grant struct {
	Effect    string
	Action    string
	Resource  string
	Condition map[string]map[string]any `json:",omitempty"`
}

func allow(action, resource string) grant {
	return grant{Effect: "Allow", Action: action, Resource: resource}
}
func deny(action, resource string) grant {
	return grant{Effect: "Deny", Action: action, Resource: resource}
}

// when adds a condition.
func (g grant) when(operator, key string, value any) grant {
	g.Condition = map[string]map[string]any{operator: {key: value}}
	return g
}

func policyOf(t testing.TB, statements ...grant) *policy.Policy {
	t.Helper()
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Read(strings.NewReader(string(b)))
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return p
}

// needed is what each operation of the model must be allowed on, by the service authorization reference; the names of a
// stage's things stand in braces.
var needed = map[string]string{
	"ListInstances": "*", "DescribeInstance": "{home}",
	"ListContactFlows": "{home}/contact-flow/*", "SearchContactFlows": "{home}", "CreateContactFlow": "{home}/contact-flow/*",
	"DescribeContactFlow": "{flow}", "UpdateContactFlowContent": "{flow}", "UpdateContactFlowMetadata": "{flow}",
	"UpdateContactFlowName": "{flow}", "DeleteContactFlow": "{flow}",
	"CreateContactFlowVersion": "{campaign}", "ListContactFlowVersions": "{campaign}", "DeleteContactFlowVersion": "{campaign}",
	"ListContactFlowModules": "{home}", "CreateContactFlowModule": "{home}/flow-module/*",
	"DescribeContactFlowModule": "{module}", "UpdateContactFlowModuleContent": "{module}", "DeleteContactFlowModule": "{module}",
	"ListViews": "{home}", "CreateView": "{home}/view/*", "DescribeView": "{view}", "UpdateViewContent": "{view}", "UpdateViewMetadata": "{view}",
	"DeleteView": "{view}", "CreateViewVersion": "{view}", "ListViewVersions": "{view}", "DeleteViewVersion": "{view}:1",
	"ListPhoneNumbersV2":      "arn:aws:connect:us-east-1:111122223333:phone-number/*",
	"BatchGetFlowAssociation": "arn:aws:connect:us-east-1:111122223333:phone-number/*",
	"ListFlowAssociations":    "{home}", "ListQueues": "{home}/queue/*",
	"TagResource": "{flow}", "UntagResource": "{flow}", "ListTagsForResource": "{flow}",
}

// besides are the dependent actions of the reference.
var besides = map[string]grant{
	"ListInstances":      allow("ds:DescribeDirectories", "*"),
	"DescribeInstance":   allow("ds:DescribeDirectories", "*"),
	"SearchContactFlows": allow("connect:DescribeContactFlow", home+"/contact-flow/*"),
}

func (s *stage) grants(t *testing.T, op string) []grant {
	t.Helper()
	on, ok := needed[op]
	if !ok {
		t.Fatalf("what %s must be allowed on is not in the table", op)
	}
	on = strings.NewReplacer("{home}", home, "{flow}", home+"/contact-flow/"+s.flow, "{campaign}", home+"/contact-flow/"+s.campaign,
		"{module}", home+"/flow-module/"+s.module, "{view}", home+"/view/"+s.view).Replace(on)
	all := []grant{allow("connect:"+op, on)}
	if g, ok := besides[op]; ok {
		all = append(all, g)
	}
	return all
}

// others are resources that a policy may name and that are not the one given.
func others(resource string) []string {
	if resource == "*" {
		return []string{home, "arn:aws:connect:*:*:*"}
	}
	all := []string{strings.Replace(resource, "connect:", "connectt:", 1), resource + "0"}
	for _, other := range [][2]string{{first, second}, {"us-east-1", "eu-central-1"}, {"111122223333", "444455556666"}, {"/view/", "/contact-flow/"},
		{"/contact-flow/", "/flow-module/"}, {"/flow-module/", "/view/"}} {
		if x := strings.Replace(resource, other[0], other[1], 1); x != resource {
			all = append(all, x)
		}
	}
	if last := regexp.MustCompile(`/[^/]*$`).FindString(resource); last == "/*" {
		all = append(all, strings.TrimSuffix(resource, "*")+missing)
	} else {
		all = append(all, strings.TrimSuffix(resource, last)+"/"+missing, resource+":2", strings.TrimSuffix(resource, ":1")+":2")
	}
	return slices.DeleteFunc(all, func(x string) bool { return x == resource })
}

// refused fails unless err is the service's word that the user may not do what g allows.
func refused(t *testing.T, err error, who, why string, g grant) {
	t.Helper()
	want := "User: " + who + " is not authorized to perform: " + g.Action + " on resource: " + g.Resource + " " + why
	var e smithy.APIError
	var response *awshttp.ResponseError
	switch {
	case !errors.As(err, &e) || !errors.As(err, &response):
		t.Errorf("%s is not refused: %v", g.Action, err)
	case response.HTTPStatusCode() != http.StatusForbidden || !slices.Contains([]string{"AccessDeniedException", "AccessDenied"}, e.ErrorCode()):
		t.Errorf("refused with %d %s", response.HTTPStatusCode(), e.ErrorCode())
	case e.ErrorMessage() != want:
		t.Errorf("the message is\n%s\nwant\n%s", e.ErrorMessage(), want)
	}
}

func unallowed(action string) string {
	return "because no identity-based policy allows the " + action + " action"
}

const explicitly = "with an explicit deny in an identity-based policy"

// TestAccessNeedsExactlyWhatTheReferenceNames drives each operation of the model under a policy that allows its actions
// on its resources and nothing else, and under policies that fall short of it in one point.
func TestAccessNeedsExactlyWhatTheReferenceNames(t *testing.T) {
	t.Parallel()
	all := drives()
	for op := range needed {
		if _, ok := all[op]; !ok {
			t.Errorf("%s is not driven", op)
		}
	}
	for _, op := range slices.Sorted(maps.Keys(all)) {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, connectsim.Options{})
			before := s.Held()
			grants := s.grants(t, op)
			denied := func(why string, g grant, statements ...grant) {
				t.Helper()
				s.Enforce(policyOf(t, statements...))
				refused(t, all[op].right(t.Context(), s), user, why, g)
			}
			for i, g := range grants {
				rest := slices.Delete(slices.Clone(grants), i, i+1)
				denied(unallowed(g.Action), g, append(rest, allow("connect:Nothing", "*"))...)
				for _, other := range others(g.Resource) {
					denied(unallowed(g.Action), g, append(rest, allow(g.Action, other))...)
				}
				denied(explicitly, g, allow("*", "*"), deny(g.Action, g.Resource))
				denied(explicitly, g, append(slices.Clone(grants), deny(g.Action, "*"))...)
			}
			if s.Held() != before {
				t.Fatal("what was refused changed something")
			}
			s.Enforce(policyOf(t, grants...))
			if err := all[op].right(t.Context(), s); err != nil {
				t.Error(err)
			}
			for _, s.instance = range []string{strings.ToUpper(first), home, strings.Replace(home, "aws", "aws-cn", 1)} { // the same instance
				s.Enforce(policyOf(t, grants...))
				if err := all[op].right(t.Context(), s); errorCode(err) == "AccessDeniedException" {
					t.Errorf("%s: %v", s.instance, err) // any other error is of what the first call has done
				}
				denied(explicitly, grants[0], allow("*", "*"), deny(grants[0].Action, grants[0].Resource))
			}
		})
	}
}

// TestAccessHasOneSpelling holds each way to name a resource against the ARN that a policy must name for it.
func TestAccessHasOneSpelling(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{})
	elsewhere := strings.Replace(home, "arn:aws:", "arn:aws-cn:", 1)
	flow := func(id string) func() error {
		return func() error {
			return err(s.c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: &s.instance, ContactFlowId: &id}))
		}
	}
	module := func(id string) func() error {
		return func() error {
			return err(s.c.DescribeContactFlowModule(t.Context(), &connect.DescribeContactFlowModuleInput{InstanceId: &s.instance, ContactFlowModuleId: &id}))
		}
	}
	view := func(id string) func() error {
		return func() error {
			return err(s.c.DescribeView(t.Context(), &connect.DescribeViewInput{InstanceId: &s.instance, ViewId: &id}))
		}
	}
	versions := func(id string) func() error {
		return func() error {
			return err(s.c.ListViewVersions(t.Context(), &connect.ListViewVersionsInput{InstanceId: &s.instance, ViewId: &id}))
		}
	}
	tags := func(arn string) func() error {
		return func() error {
			return err(s.c.ListTagsForResource(t.Context(), &connect.ListTagsForResourceInput{ResourceArn: &arn}))
		}
	}
	ours, theirs := home+"/contact-flow/"+s.flow, "arn:aws:connect:us-east-1:aws:view/cards"
	for _, c := range []struct {
		name     string
		action   string
		resource string
		do       func() error
	}{
		{"a flow by its ARN", "DescribeContactFlow", ours, flow(ours)},
		{"a flow in capitals", "DescribeContactFlow", ours, flow(strings.ToUpper(s.flow))},
		{"a flow's ARN in capitals", "DescribeContactFlow", ours, flow(home + "/contact-flow/" + strings.ToUpper(s.flow))},
		{"a flow by an ARN of another partition", "DescribeContactFlow", ours, flow(elsewhere + "/contact-flow/" + s.flow)},
		{"a flow's draft", "DescribeContactFlow", ours + ":$SAVED", flow(s.flow + ":$SAVED")},
		{"a flow's draft by its ARN", "DescribeContactFlow", ours + ":$SAVED", flow(ours + ":$SAVED")},
		{"a flow's published copy by its qualifier", "DescribeContactFlow", ours + ":$LATEST", flow(s.flow + ":$LATEST")},
		{"a numbered version of a flow", "DescribeContactFlow", home + "/contact-flow/" + s.campaign + ":1", flow(s.campaign + ":1")},
		{"a module's draft", "DescribeContactFlowModule", home + "/flow-module/" + s.module + ":$SAVED", module(s.module + ":$SAVED")},
		{"a module by its ARN", "DescribeContactFlowModule", home + "/flow-module/" + s.module, module(elsewhere + "/flow-module/" + strings.ToUpper(s.module))},
		{"a view by its ARN", "DescribeView", s.viewARN, view(s.viewARN)},
		{"a view's draft", "DescribeView", s.viewARN + ":$SAVED", view(s.view + ":$SAVED")},
		{"a numbered version of a view", "DescribeView", s.viewARN + ":1", view(s.viewARN + ":1")},
		{"a view of AWS", "DescribeView", theirs, view(theirs)},
		{"a view of AWS by an ARN of another partition", "DescribeView", theirs, view(strings.Replace(theirs, "aws", "aws-us-gov", 1))},
		{"a version of a view of AWS", "DescribeView", theirs + ":1", view(theirs + ":1")},
		{"the latest version of a view of AWS", "DescribeView", theirs + ":$LATEST", view(theirs + ":$LATEST")},
		{"the versions of a view of AWS", "ListViewVersions", theirs, versions(theirs)},
		{"the tags of an instance", "ListTagsForResource", home, tags(elsewhere)},
		{"the tags of a view", "ListTagsForResource", s.viewARN, tags(strings.Replace(s.viewARN, s.view, strings.ToUpper(s.view), 1))},
	} {
		g := allow("connect:"+c.action, c.resource)
		s.Enforce(policyOf(t, g))
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, other := range others(c.resource) {
			s.Enforce(policyOf(t, allow(g.Action, other)))
			refused(t, c.do(), user, unallowed(g.Action), g)
		}
		s.Enforce(policyOf(t, allow("*", "*"), deny(g.Action, c.resource)))
		refused(t, c.do(), user, explicitly, g)
	}
	for name, resource := range map[string]string{
		"any version of AWS's views": "arn:aws:connect:us-east-1:aws:view/*", "any flow": home + "/contact-flow/*", "anything of the instance": home + "/*",
		"anything of the account": "arn:aws:connect:us-east-1:111122223333:*", "anything": "*",
	} {
		s.Enforce(policyOf(t, allow("connect:Describe*", resource)))
		if managed := strings.Contains(resource, ":aws:view") || resource == "*"; (view(theirs+":1")() == nil) != managed {
			t.Errorf("%s: a view of AWS", name)
		}
		if held := !strings.Contains(resource, ":aws:view"); (flow(s.flow+":$SAVED")() == nil) != held {
			t.Errorf("%s: a flow's draft", name)
		}
	}
}

func TestAccessToAnotherViewsVersion(t *testing.T) {
	t.Parallel()
	for _, id := range []func(*stage) string{func(s *stage) string { return s.view }, func(s *stage) string { return s.view + ":$LATEST" },
		func(s *stage) string { return s.viewARN + ":$LATEST" }} {
		s := newStage(t, connectsim.Options{})
		remove := func() error {
			in := &connect.DeleteViewVersionInput{InstanceId: &s.instance, ViewId: aws.String(id(s)), ViewVersion: aws.Int32(1)}
			return err(s.c.DeleteViewVersion(t.Context(), in))
		}
		s.Enforce(policyOf(t, allow("connect:*", s.viewARN), allow("connect:*", s.viewARN+":$LATEST")))
		refused(t, remove(), user, unallowed("connect:DeleteViewVersion"), allow("connect:DeleteViewVersion", s.viewARN+":1"))
		s.Enforce(policyOf(t, allow("connect:*", s.viewARN+":1")))
		if err := remove(); err != nil {
			t.Error(err)
		}
	}
}

// TestAccessUnderConditions has the condition keys of the reference, each with a value that lets the call through and one
// that does not.
func TestAccessUnderConditions(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{})
	s.Enforce(nil)
	arn := func(kind, id string) string { return home + "/" + kind + "/" + id }
	for arn, stage := range map[string]string{home: "instance", s.flowARN: "flow", s.viewARN: "view",
		arn("flow-module", s.module): "module", arn("contact-flow", s.campaign): "campaign"} {
		if err := setTags(t, s.c, arn, map[string]string{"Stage": stage, "kept": "yes"}); err != nil {
			t.Fatal(err)
		}
	}
	right := func(op string) func() error {
		return func() error { return drives()[op].right(t.Context(), s) }
	}
	search := func(criteria *types.ContactFlowSearchCriteria, filter *types.ContactFlowSearchFilter) func() error {
		return func() error {
			return err(s.c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: &s.instance, SearchCriteria: criteria, SearchFilter: filter}))
		}
	}
	of := func(kind types.ContactFlowType) types.ContactFlowSearchCriteria {
		return types.ContactFlowSearchCriteria{TypeCondition: kind}
	}
	named := types.ContactFlowSearchCriteria{StringCondition: &types.StringCondition{FieldName: aws.String("name"), Value: aws.String("S"),
		ComparisonType: types.StringComparisonTypeContains}}
	inbound, campaigns := of(types.ContactFlowTypeContactFlow), of(types.ContactFlowTypeCampaign)
	either := func(c ...types.ContactFlowSearchCriteria) *types.ContactFlowSearchCriteria {
		return &types.ContactFlowSearchCriteria{OrConditions: c}
	}
	both := func(c ...types.ContactFlowSearchCriteria) *types.ContactFlowSearchCriteria {
		return &types.ContactFlowSearchCriteria{AndConditions: c}
	}
	tag := types.TagCondition{TagKey: aws.String("Stage"), TagValue: aws.String("flow")}
	staged := map[string]string{"Stage": "x"}
	filter := func(c types.ControlPlaneTagFilter) *types.ContactFlowSearchFilter {
		return &types.ContactFlowSearchFilter{TagFilter: &c}
	}
	newFlow := func(kind types.ContactFlowType, tags map[string]string) func() error {
		in := s.newFlow("x", dangling) // allowed, it goes no further
		in.Type, in.Tags = kind, tags
		return func() error {
			err := err(s.c.CreateContactFlow(t.Context(), in))
			if errorCode(err) == "InvalidContactFlowException" {
				return nil
			}
			return err
		}
	}
	untag := func(keys ...string) func() error {
		return func() error {
			return err(s.c.UntagResource(t.Context(), &connect.UntagResourceInput{ResourceArn: &s.flowARN, TagKeys: keys}))
		}
	}
	type table []struct {
		name            string
		do              func() error
		operator, key   string
		passes, refuses any
	}
	cases := table{
		{"the instance of a flow", right("DescribeContactFlow"), "StringEquals", "connect:InstanceId", first, second},
		{"the instance of a view", right("DescribeView"), "StringEquals", "connect:InstanceId", first, second},
		{"the instance of a search", right("SearchContactFlows"), "StringEquals", "connect:InstanceId", first, home},
		{"the instance of a list", right("ListContactFlows"), "StringEquals", "connect:InstanceId", first, second},
		{"the type of a flow", right("DescribeContactFlow"), "StringEquals", "connect:FlowType", "CONTACT_FLOW", "CAMPAIGN"},
		{"the type of a flow's versions", right("ListContactFlowVersions"), "StringEquals", "connect:FlowType", "CAMPAIGN", "CONTACT_FLOW"},
		{"the type of a new flow", newFlow(types.ContactFlowTypeAgentHold, nil), "StringEquals", "connect:FlowType", "AGENT_HOLD", "CONTACT_FLOW"},
		{"the type of a search", search(&inbound, nil), "StringEquals", "connect:FlowType", "CONTACT_FLOW", "CAMPAIGN"},
		{"the types of a search for either", search(either(inbound, campaigns), nil), "ForAllValues:StringEquals", "connect:FlowType",
			[]string{"CONTACT_FLOW", "CAMPAIGN"}, "CONTACT_FLOW"},
		{"the type of a search that narrows it", search(both(named, inbound), nil), "StringEquals", "connect:FlowType", "CONTACT_FLOW", "CAMPAIGN"},
		{"a search for any type has none", search(either(inbound, named), nil), "Null", "connect:FlowType", "true", "false"},
		{"a search without criteria has no type", search(nil, nil), "Null", "connect:FlowType", "true", "false"},
		{"a list has no type", right("ListContactFlows"), "Null", "connect:FlowType", "true", "false"},
		{"a list of views has no flow's type", func() error {
			return err(s.c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: &s.instance, Type: types.ViewTypeAwsManaged}))
		}, "Null", "connect:FlowType", "true", "false"},
		{"the tag of a search", search(nil, filter(types.ControlPlaneTagFilter{TagCondition: &tag})), "StringEquals", "connect:SearchTag/Stage", "flow", "view"},
		{"the tag of a search for more", search(nil, filter(types.ControlPlaneTagFilter{AndConditions: []types.TagCondition{tag}})),
			"StringEquals", "connect:SearchTag/stage", "flow", "view"},
		{"one of several tags of a search binds it to none", search(nil, filter(types.ControlPlaneTagFilter{OrConditions: [][]types.TagCondition{{tag}}})),
			"Null", "connect:SearchTag/Stage", "true", "false"},
		{"the tags of an instance", right("DescribeInstance"), "StringEquals", "aws:ResourceTag/Stage", "instance", "flow"},
		{"the tags of a flow", right("DescribeContactFlow"), "StringEquals", "aws:ResourceTag/stage", "flow", "instance"},
		{"the tags of a campaign flow", right("ListContactFlowVersions"), "StringEquals", "aws:ResourceTag/Stage", "campaign", "flow"},
		{"the tags of a module", right("DescribeContactFlowModule"), "StringEquals", "aws:ResourceTag/Stage", "module", "instance"},
		{"the tags of a view", right("DescribeView"), "StringEquals", "aws:ResourceTag/Stage", "view", "instance"},
		{"the tags of what tags are listed of", right("ListTagsForResource"), "StringEquals", "aws:ResourceTag/Stage", "flow", "instance"},
		{"a list has no tags", right("ListContactFlows"), "Null", "aws:ResourceTag/Stage", "true", "false"},
		{"a new flow has no tags yet", newFlow(types.ContactFlowTypeContactFlow, staged), "Null", "aws:ResourceTag/Stage", "true", "false"},
		{"the tags that a new flow is to have", newFlow(types.ContactFlowTypeContactFlow, staged), "StringEquals", "aws:RequestTag/Stage", "x", "y"},
		{"the tags to set", right("TagResource"), "StringEquals", "aws:RequestTag/k", "v", "w"},
		{"the keys of a new flow's tags", newFlow(types.ContactFlowTypeContactFlow, map[string]string{"a": "1", "b": "2"}),
			"ForAllValues:StringEquals", "aws:TagKeys",
			[]string{"a", "b", "c"}, []string{"a"}},
		{"the keys of tags to take off", untag("x", "y"), "ForAnyValue:StringEquals", "aws:TagKeys", "y", "Stage"},
		{"the Region", right("ListViews"), "StringEquals", "aws:RequestedRegion", "us-east-1", "eu-central-1"},
		{"the account", right("ListViews"), "StringEquals", "aws:PrincipalAccount", "111122223333", "444455556666"},
		{"the caller", right("ListViews"), "ArnEquals", "aws:PrincipalArn", user, user + "2"},
	}
	for _, op := range []string{"ListContactFlowModules", "ListPhoneNumbersV2", "ListQueues", "ListInstances", "ListTagsForResource"} {
		cases = append(cases, table{{"the reference has no key in " + op, right(op), "Null", "connect:InstanceId", "true", "false"}}...)
	}
	for _, c := range cases {
		s.Enforce(policyOf(t, allow("connect:*", "*").when(c.operator, c.key, c.passes), allow("ds:*", "*")))
		if err := c.do(); err != nil {
			t.Errorf("%s: %v is refused: %v", c.name, c.passes, err)
		}
		s.Enforce(policyOf(t, allow("connect:*", "*").when(c.operator, c.key, c.refuses), allow("ds:*", "*")))
		if err := c.do(); errorCode(err) != "AccessDeniedException" {
			t.Errorf("%s: %v passes: %v", c.name, c.refuses, err)
		}
	}
	s.Enforce(policyOf(t, allow("connect:SearchContactFlows", home).when("StringEquals", "aws:ResourceTag/Stage", "instance"),
		allow("connect:DescribeContactFlow", "*").when("Null", "aws:ResourceTag/Stage", "true")))
	if err := right("SearchContactFlows")(); err != nil {
		t.Errorf("the flows of a search have the tags of the instance: %v", err)
	}
}

// TestAccessOfARole has the session as the user that is named, and the role as the principal that policies compare.
func TestAccessOfARole(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	own := sts.New(sts.Options{Region: east, BaseEndpoint: &w.url, RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: inOnePiece{http.DefaultTransport}},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAANYKEY", "secret", "")})
	assume := func() (*sts.AssumeRoleOutput, error) {
		return own.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(connectsim.DemoRole), RoleSessionName: aws.String("me")})
	}
	may := allow("sts:AssumeRole", connectsim.DemoRole)
	before := w.Held()
	for _, g := range []grant{allow("connect:*", "*"), allow("sts:AssumeRole", connectsim.DemoRole+"2"), allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/*")} {
		w.Enforce(policyOf(t, g))
		_, err := assume()
		refused(t, err, user, unallowed("sts:AssumeRole"), may)
		if code := errorCode(err); code != "AccessDenied" {
			t.Errorf("the Security Token Service says %s", code)
		}
	}
	w.Enforce(policyOf(t, allow("*", "*"), deny("sts:*", "*")))
	_, err := assume()
	refused(t, err, user, explicitly, may)
	if _, err := own.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("who one is cannot be denied: %v", err)
	}
	if w.Held() != before {
		t.Error("a refused session was kept")
	}

	w.Enforce(policyOf(t, may))
	out, err := assume()
	if err != nil {
		t.Fatal(err)
	}
	keys := credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	c := w.client(t, east, func(o *connect.Options) { o.Credentials = keys })
	list := func() error {
		return func(_ *connect.ListInstancesOutput, e error) error { return e }(c.ListInstances(t.Context(), &connect.ListInstancesInput{}))
	}
	const session = "arn:aws:sts::444455556666:assumed-role/wrapup-practice/me"
	refused(t, list(), session, unallowed("connect:ListInstances"), allow("connect:ListInstances", "*"))
	for principal, ok := range map[string]bool{connectsim.DemoRole: true, session: false, user: false} {
		w.Enforce(policyOf(t, allow("*", "*").when("ArnEquals", "aws:PrincipalArn", principal)))
		if err := list(); (err == nil) != ok {
			t.Errorf("%s: %v", principal, err)
		}
	}
	theirs := "arn:aws:connect:us-east-1:444455556666:instance/" + third
	w.Enforce(policyOf(t, allow("connect:ListViews", theirs)))
	if _, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(third)}); err != nil {
		t.Error(err)
	}
	if _, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(first)}); err == nil {
		t.Error("the role's account has the instance of another")
	} else {
		refused(t, err, session, unallowed("connect:ListViews"), allow("connect:ListViews", strings.Replace(theirs, third, first, 1)))
	}
}

// TestAccessIsAskedInItsPlace: after what a request can say wrong and what it may cost, before anything is looked up.
func TestAccessIsAskedInItsPlace(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{Rate: 1e-9, Burst: 6})
	s.Enforce(policyOf(t, deny("connect:*", "*")))
	describe := func(id string) error {
		return err(s.c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: &s.instance, ContactFlowId: &id}))
	}
	for id, want := range map[string]string{s.flow: "AccessDeniedException", missing: "AccessDeniedException", "nonsense": "AccessDeniedException",
		s.draft: "AccessDeniedException", strings.Repeat("x", 501): "InvalidParameterException"} {
		if got := errorCode(describe(id)); got != want {
			t.Errorf("%.20s: %s, want %s", id, got, want)
		}
	}
	if got := errorCode(describe(s.flow)); got != "ThrottlingException" {
		t.Errorf("a denied call costs nothing: %s", got)
	}
	list := func(c *connect.Client) error {
		return err(c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(missing)}))
	}
	if got := errorCode(list(s.c)); got != "AccessDeniedException" {
		t.Errorf("an instance that is not there: %s", got)
	}
	s.Enforce(policyOf(t, allow("connect:ListContactFlows", "*")))
	if got := errorCode(list(s.c)); got != "ResourceNotFoundException" {
		t.Errorf("an instance that is not there, allowed: %s", got)
	}
}

// TestAccessToOtherOperations: those that the simulator answers with empty pages are held to their instance.
func TestAccessToOtherOperations(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.lenient(east)
	id := aws.String(first)
	for _, x := range []struct {
		op string
		do func() error
		by []grant
	}{
		{"ListPrompts", func() error { return err(c.ListPrompts(t.Context(), &connect.ListPromptsInput{InstanceId: id})) }, nil},
		{"DescribeInstanceAttribute", func() error {
			in := &connect.DescribeInstanceAttributeInput{InstanceId: id, AttributeType: types.InstanceAttributeTypeContactLens}
			return err(c.DescribeInstanceAttribute(t.Context(), in))
		}, nil},
		{"SearchViews", func() error { return err(c.SearchViews(t.Context(), &connect.SearchViewsInput{InstanceId: id})) },
			[]grant{allow("connect:DescribeView", home+"/view/*")}},
		{"ListIntegrationAssociations", func() error {
			return err(c.ListIntegrationAssociations(t.Context(), &connect.ListIntegrationAssociationsInput{InstanceId: id}))
		}, []grant{allow("connect:DescribeInstance", home), allow("ds:DescribeDirectories", "*")}},
	} {
		grants := append([]grant{allow("connect:"+x.op, home)}, x.by...)
		w.Enforce(policyOf(t, grants...))
		if err := x.do(); err != nil {
			t.Errorf("%s: %v", x.op, err)
		}
		for i, g := range grants {
			w.Enforce(policyOf(t, append(slices.Delete(slices.Clone(grants), i, i+1), allow("connect:Nothing", "*"))...))
			refused(t, x.do(), user, unallowed(g.Action), g)
		}
	}
}
