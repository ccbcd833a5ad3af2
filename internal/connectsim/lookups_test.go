package connectsim_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/smithy-go"

	"wrapup/internal/connectsim"
)

// standard gives the first instance's queues that are not an agent's.
func standard(t testing.TB, c *connect.Client) []types.QueueSummary {
	t.Helper()
	all, _ := queues(t, c, first, 0, types.QueueTypeStandard)
	return all
}

// claimed gives the first instance's numbers.
func claimed(t testing.TB, c *connect.Client) []types.ListPhoneNumbersSummary {
	t.Helper()
	out, err := c.ListPhoneNumbersV2(t.Context(), &connect.ListPhoneNumbersV2Input{InstanceId: aws.String(first)})
	if err != nil {
		t.Fatal(err)
	}
	return out.ListPhoneNumbersSummaryList
}

// lookups are how the operations beyond the model that have handlers of their own are called. What they name is as the demo
// data has it.
func lookups(t *testing.T) map[string]drive {
	type ctx = context.Context
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	queue, number := standard(t, c)[0].Id, claimed(t, c)[0].PhoneNumberId
	chat := associations(t, c, types.ListFlowAssociationResourceTypeWhatsappMessagingPhoneNumber)[0].ResourceId
	profile, user := profiles(t, c, first)[0].Id, found(t, c, nil)[0].Id
	describe := func(x ctx, s *stage, id *string) error {
		return err(s.c.DescribePhoneNumber(x, &connect.DescribePhoneNumberInput{PhoneNumberId: id}))
	}
	return map[string]drive{
		"DescribeQueue": {right: func(x ctx, s *stage) error {
			return err(s.c.DescribeQueue(x, &connect.DescribeQueueInput{InstanceId: &s.instance, QueueId: queue}))
		}},
		"DescribePhoneNumber": {right: func(x ctx, s *stage) error { return describe(x, s, number) },
			refusals: map[string]attempt{"ResourceNotFoundException": func(x ctx, s *stage) error { return describe(x, s, aws.String(missing)) }},
			scripted: []string{"InvalidParameterException"}},
		"ListPhoneNumbers": {right: func(x ctx, s *stage) error {
			return err(s.c.ListPhoneNumbers(x, &connect.ListPhoneNumbersInput{InstanceId: &s.instance}))
		}},
		"GetFlowAssociation": {right: func(x ctx, s *stage) error {
			return err(s.c.GetFlowAssociation(x, &connect.GetFlowAssociationInput{InstanceId: &s.instance, ResourceId: chat,
				ResourceType: types.FlowAssociationResourceTypeWhatsappMessagingPhoneNumber}))
		}},
		"ListSecurityProfiles": {right: func(x ctx, s *stage) error {
			return err(s.c.ListSecurityProfiles(x, &connect.ListSecurityProfilesInput{InstanceId: &s.instance}))
		}},
		"ListSecurityProfilePermissions": {right: func(x ctx, s *stage) error {
			return err(s.c.ListSecurityProfilePermissions(x, &connect.ListSecurityProfilePermissionsInput{InstanceId: &s.instance, SecurityProfileId: profile}))
		}},
		"DescribeUser": {right: func(x ctx, s *stage) error {
			return err(s.c.DescribeUser(x, &connect.DescribeUserInput{InstanceId: &s.instance, UserId: user}))
		}},
		"SearchUsers": {right: func(x ctx, s *stage) error {
			return err(s.c.SearchUsers(x, &connect.SearchUsersInput{InstanceId: &s.instance}))
		}},
		"SearchQueues": {right: func(x ctx, s *stage) error {
			return err(s.c.SearchQueues(x, &connect.SearchQueuesInput{InstanceId: &s.instance}))
		}},
		"SearchContactFlowModules": {right: func(x ctx, s *stage) error {
			return err(s.c.SearchContactFlowModules(x, &connect.SearchContactFlowModulesInput{InstanceId: &s.instance}))
		}},
		"SearchViews": {right: func(x ctx, s *stage) error {
			return err(s.c.SearchViews(x, &connect.SearchViewsInput{InstanceId: &s.instance}))
		}},
		"SearchResourceTags": {right: func(x ctx, s *stage) error {
			return err(s.c.SearchResourceTags(x, &connect.SearchResourceTagsInput{InstanceId: &s.instance}))
		}, scripted: []string{"MaximumResultReturnedException"}},
	}
}

func TestLookupsAndTheErrorsTheyModel(t *testing.T) {
	t.Parallel()
	rows, reads := connectsim.Rows(), map[string]bool{}
	all, _ := connectsim.Others()
	for _, o := range all {
		reads[o.Name] = true
	}
	for op, d := range lookups(t) {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			if reads[op] {
				t.Fatal("answered as if there were nothing")
			}
			s := newStage(t, connectsim.Options{})
			before := s.Held()
			if err := d.right(t.Context(), s); err != nil {
				t.Error(err)
			}
			if s.Held() != before {
				t.Error("what only reads has changed something")
			}
			if len(rows[op].Errors) < 5 {
				t.Fatalf("errors: %v", rows[op].Errors)
			}
			for _, code := range rows[op].Errors {
				err := d.refusal(t, op, code)
				var unknown *smithy.GenericAPIError
				if errorCode(err) != code || errors.As(err, &unknown) {
					t.Errorf("%s: got %v", code, err)
				}
			}
		})
	}
}

func TestLookupsNeedWhatTheReferenceNames(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	number := *claimed(t, c)[0].PhoneNumberArn
	numbers := number[:strings.LastIndexByte(number, '/')+1] + "*"
	grants := map[string][]grant{
		"DescribeQueue":                  {allow("connect:DescribeQueue", *standard(t, c)[0].Arn)},
		"DescribePhoneNumber":            {allow("connect:DescribePhoneNumber", number)},
		"ListPhoneNumbers":               {allow("connect:ListPhoneNumbers", home+"/phone-number/*")},
		"GetFlowAssociation":             {allow("connect:GetFlowAssociation", numbers)},
		"ListSecurityProfiles":           {allow("connect:ListSecurityProfiles", home)},
		"ListSecurityProfilePermissions": {allow("connect:ListSecurityProfilePermissions", *profiles(t, c, first)[0].Arn)},
		"DescribeUser":                   {allow("connect:DescribeUser", *found(t, c, nil)[0].Arn)},
		"SearchUsers":                    {allow("connect:SearchUsers", home), allow("connect:DescribeUser", home+"/agent/*")},
		"SearchQueues":                   {allow("connect:SearchQueues", home), allow("connect:DescribeQueue", home+"/queue/*")},
		"SearchContactFlowModules":       {allow("connect:SearchContactFlowModules", home), allow("connect:DescribeContactFlowModule", home+"/flow-module/*")},
		"SearchViews":                    {allow("connect:SearchViews", home), allow("connect:DescribeView", home+"/view/*")},
		"SearchResourceTags":             {allow("connect:SearchResourceTags", home)},
	}
	for op, d := range lookups(t) {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, connectsim.Options{})
			s.Enforce(policyOf(t, grants[op]...))
			if err := d.right(t.Context(), s); err != nil {
				t.Error(err)
			}
			for i, g := range grants[op] {
				rest := append(slices.Delete(slices.Clone(grants[op]), i, i+1), allow("connect:Nothing", "*"))
				for _, other := range append(others(g.Resource), "arn:aws:connect:us-east-1:111122223333:nothing") {
					s.Enforce(policyOf(t, append(rest, allow(g.Action, other))...))
					refused(t, d.right(t.Context(), s), user, unallowed(g.Action), g)
				}
				s.Enforce(policyOf(t, allow("*", "*"), deny(g.Action, g.Resource)))
				refused(t, d.right(t.Context(), s), user, explicitly, g)
			}
		})
	}
}

func TestLookupsUnderConditions(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{})
	queue, number := standard(t, s.c)[0], claimed(t, s.c)[0]
	for _, arn := range []string{*queue.Arn, *number.PhoneNumberArn, *profiles(t, s.c, first)[0].Arn, *found(t, s.c, nil)[0].Arn} {
		if err := setTags(t, s.c, arn, map[string]string{"Stage": "mine"}); err != nil {
			t.Fatal(err)
		}
	}
	all := lookups(t)
	right := func(op string) func() error { return func() error { return all[op].right(t.Context(), s) } }
	views := func(f types.ControlPlaneAttributeFilter) func() error {
		return func() error {
			return err(s.c.SearchViews(t.Context(), &connect.SearchViewsInput{InstanceId: &s.instance, SearchFilter: &types.ViewSearchFilter{AttributeFilter: &f}}))
		}
	}
	users := func(f types.ControlPlaneUserAttributeFilter) func() error {
		return func() error {
			return err(s.c.SearchUsers(t.Context(), &connect.SearchUsersInput{InstanceId: &s.instance, SearchFilter: &types.UserSearchFilter{UserAttributeFilter: &f}}))
		}
	}
	and := types.CommonAttributeAndCondition{TagConditions: []types.TagCondition{*tag("Stage", "mine")}}
	for name, x := range map[string]struct {
		do              func() error
		key             string
		passes, refuses string
	}{
		"a queue's tags":               {right("DescribeQueue"), "aws:ResourceTag/Stage", "mine", "theirs"},
		"a user's tags":                {right("DescribeUser"), "aws:ResourceTag/Stage", "mine", "theirs"},
		"a security profile's tags":    {right("ListSecurityProfilePermissions"), "aws:ResourceTag/Stage", "mine", "theirs"},
		"the tag of a search of users": {users(types.ControlPlaneUserAttributeFilter{TagCondition: tag("Stage", "mine")}), "connect:SearchTag/Stage", "mine", "theirs"},
		"a queue's instance":           {right("DescribeQueue"), "connect:InstanceId", first, second},
		"a number's tags":              {right("DescribePhoneNumber"), "aws:ResourceTag/Stage", "mine", "theirs"},
		"an association's instance":    {right("GetFlowAssociation"), "connect:InstanceId", first, second},
		"a search's instance":          {right("SearchResourceTags"), "connect:InstanceId", first, second},
		"the tag of a search":          {views(types.ControlPlaneAttributeFilter{TagCondition: tag("Stage", "mine")}), "connect:SearchTag/Stage", "mine", "theirs"},
		"the tags of a search":         {views(types.ControlPlaneAttributeFilter{AndCondition: &and}), "connect:SearchTag/Stage", "mine", "theirs"},
		"one of the tags of a search":  {views(types.ControlPlaneAttributeFilter{OrConditions: []types.CommonAttributeAndCondition{and}}), "", "", ""},
		"a list of numbers":            {right("ListPhoneNumbers"), "", "", ""},
	} {
		operator := "StringEquals"
		if x.key == "" { // the key is not there
			operator, x.key, x.passes, x.refuses = "Null", "connect:SearchTag/Stage", "true", "false"
			if strings.Contains(name, "list") {
				x.key = "connect:InstanceId"
			}
		}
		s.Enforce(policyOf(t, allow("connect:*", "*").when(operator, x.key, x.passes)))
		if err := x.do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.Enforce(policyOf(t, allow("connect:*", "*").when(operator, x.key, x.refuses)))
		if err := x.do(); errorCode(err) != "AccessDeniedException" {
			t.Errorf("%s: %s passes: %v", name, x.refuses, err)
		}
	}
}

func TestAQueueIsDescribed(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	describe := func(instance, id string) (*types.Queue, error) {
		out, err := c.DescribeQueue(t.Context(), &connect.DescribeQueueInput{InstanceId: &instance, QueueId: &id})
		if err != nil {
			return nil, err
		}
		return out.Queue, nil
	}
	all := standard(t, c)
	if err := setTags(t, c, *all[1].Arn, map[string]string{"team": "a"}); err != nil {
		t.Fatal(err)
	}
	for i, q := range all {
		for _, id := range []string{*q.Id, *q.Arn, strings.ToUpper(*q.Id)} {
			d, err := describe(first, id)
			if err != nil {
				t.Fatal(id, err)
			}
			if *d.QueueId != *q.Id || *d.QueueArn != *q.Arn || *d.Name != *q.Name || d.Status != types.QueueStatusEnabled || len(d.Tags) != map[int]int{1: 1}[i] ||
				!d.LastModifiedTime.Equal(*q.LastModifiedTime) || *d.LastModifiedRegion != east || d.Description != nil || d.HoursOfOperationId != nil {
				t.Errorf("%+v", d)
			}
		}
	}
	q := all[0]
	agents, _ := queues(t, c, first, 0, types.QueueTypeAgent)
	for name, x := range map[string][2]string{"another's": {second, *q.Id}, "another's by ARN": {first, strings.Replace(*q.Arn, first, second, 1)}, "none": {first, missing},
		"a name": {first, *q.Name}, "a qualifier": {first, *q.Id + ":1"}, "a flow's ARN": {first, strings.Replace(*q.Arn, "queue", "contact-flow", 1)},
		"another Region's": {first, strings.Replace(*q.Arn, "east", "west", 1)}, "an agent's": {first, *agents[0].Id}, "an agent's by ARN": {first, *agents[0].Arn}} {
		if _, err := describe(x[0], x[1]); code(err) != "ResourceNotFoundException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r := w.raw(t, http.MethodGet, "/queues/"+first+"/", ""); r.Header.Get("X-Amzn-ErrorType") != "InvalidParameterException" {
		t.Errorf("no id: %d %s", r.StatusCode, answer(t, r))
	}
}

func TestANumberIsDescribed(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	describe := func(id string) (*types.ClaimedPhoneNumberSummary, error) {
		out, err := c.DescribePhoneNumber(t.Context(), &connect.DescribePhoneNumberInput{PhoneNumberId: &id})
		if err != nil {
			return nil, err
		}
		return out.ClaimedPhoneNumberSummary, nil
	}
	all := claimed(t, c)
	if err := setTags(t, c, *all[2].PhoneNumberArn, map[string]string{"line": "sales"}); err != nil {
		t.Fatal(err)
	}
	for i, n := range all {
		for _, id := range []string{*n.PhoneNumberId, *n.PhoneNumberArn, strings.ToUpper(*n.PhoneNumberId)} {
			d, err := describe(id)
			if err != nil {
				t.Fatal(id, err)
			}
			if *d.PhoneNumberId != *n.PhoneNumberId || *d.PhoneNumberArn != *n.PhoneNumberArn || *d.PhoneNumber != *n.PhoneNumber || *d.TargetArn != home || *d.InstanceId != first ||
				d.PhoneNumberType != n.PhoneNumberType || d.PhoneNumberCountryCode != "US" || d.PhoneNumberStatus.Status != "CLAIMED" || (d.Tags["line"] == "sales") != (i == 2) {
				t.Errorf("%+v", d)
			}
		}
	}
	n := all[0]
	for name, id := range map[string]string{"none": missing, "the number itself": *n.PhoneNumber, "another account's": strings.Replace(*n.PhoneNumberArn, "111122223333", "444455556666", 1),
		"another Region's": strings.Replace(*n.PhoneNumberArn, "us-east-1", "eu-central-1", 1), "the list's ARN": home + "/phone-number/" + *n.PhoneNumberId,
		"part of an ARN": "phone-number/" + *n.PhoneNumberId, "a flow": named(t, c, first, "Sales")} {
		if _, err := describe(id); code(err) != "ResourceNotFoundException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.client(t, "eu-central-1").DescribePhoneNumber(t.Context(), &connect.DescribePhoneNumberInput{PhoneNumberId: n.PhoneNumberId})
	wantCode(t, err, "ResourceNotFoundException")
	if r := w.raw(t, http.MethodGet, "/phone-number/", ""); r.Header.Get("X-Amzn-ErrorType") != "InvalidParameterException" {
		t.Errorf("no id: %d %s", r.StatusCode, answer(t, r))
	}
}

// TestTheFormerListOfNumbers holds ListPhoneNumbers against ListPhoneNumbersV2.
func TestTheFormerListOfNumbers(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	list := func(size int32, in connect.ListPhoneNumbersInput) (out []string) {
		in.InstanceId = aws.String(first)
		if size > 0 {
			in.MaxResults = &size
		}
		for p := connect.NewListPhoneNumbersPaginator(c, &in); p.HasMorePages(); {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range page.PhoneNumberSummaryList {
				out = append(out, strings.Join([]string{*n.Id, *n.Arn, *n.PhoneNumber, string(n.PhoneNumberType), string(n.PhoneNumberCountryCode)}, " "))
			}
		}
		return out
	}
	var all, free []string
	for _, n := range claimed(t, c) {
		line := strings.Join([]string{*n.PhoneNumberId, home + "/phone-number/" + *n.PhoneNumberId, *n.PhoneNumber, string(n.PhoneNumberType), string(n.PhoneNumberCountryCode)}, " ")
		if all = append(all, line); n.PhoneNumberType == types.PhoneNumberTypeTollFree {
			free = append(free, line)
		}
	}
	if len(all) != 11 || len(free) != 2 {
		t.Fatalf("%d numbers, %d of them toll-free", len(all), len(free))
	}
	us, de := []types.PhoneNumberCountryCode{"DE", "US"}, []types.PhoneNumberCountryCode{"DE"}
	for name, x := range map[string]struct{ got, want []string }{
		"all":                 {list(0, connect.ListPhoneNumbersInput{}), all},
		"pages of one":        {list(1, connect.ListPhoneNumbersInput{}), all},
		"pages of four":       {list(4, connect.ListPhoneNumbersInput{}), all},
		"a type":              {list(0, connect.ListPhoneNumbersInput{PhoneNumberTypes: []types.PhoneNumberType{"TOLL_FREE", "UIFN"}}), free},
		"a type that is none": {list(0, connect.ListPhoneNumbersInput{PhoneNumberTypes: []types.PhoneNumberType{"UIFN"}}), nil},
		"countries":           {list(3, connect.ListPhoneNumbersInput{PhoneNumberCountryCodes: us}), all},
		"another country":     {list(0, connect.ListPhoneNumbersInput{PhoneNumberCountryCodes: de}), nil},
	} {
		if !slices.Equal(x.got, x.want) {
			t.Errorf("%s: %q, want %q", name, x.got, x.want)
		}
	}
	arn := strings.Fields(all[0])[1]
	wantCode(t, setTags(t, c, arn, map[string]string{"k": "v"}), "ResourceNotFoundException")
	out, err := c.ListPhoneNumbers(t.Context(), &connect.ListPhoneNumbersInput{InstanceId: aws.String(first), MaxResults: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	token := url.QueryEscape(*out.NextToken)
	for query, want := range map[string]string{first + "?maxResults=0": "InvalidParameterException", first + "?maxResults=1001": "InvalidParameterException",
		first + "?phoneNumberTypes=FAX": "InvalidParameterException", first + "?phoneNumberCountryCodes=XX": "InvalidParameterException",
		first + "?" + strings.Repeat("phoneNumberTypes=DID&", 7): "InvalidParameterException", first + "?" + strings.Repeat("phoneNumberCountryCodes=US&", 11): "InvalidParameterException",
		first + "?nextToken=invented": "InvalidParameterException", first + "?phoneNumberTypes=DID&nextToken=" + token: "InvalidParameterException",
		first + "?maxResults=1000&nextToken=" + token: "", second: "ResourceNotFoundException", third: "ResourceNotFoundException", strings.Repeat("a", 101): "InvalidParameterException"} {
		if r := w.raw(t, http.MethodGet, "/phone-numbers-summary/"+query, ""); r.Header.Get("X-Amzn-ErrorType") != want {
			t.Errorf("%s: %d %s", query, r.StatusCode, answer(t, r))
		}
	}
}

func TestOneAssociation(t *testing.T) {
	t.Parallel()
	const whatsapp = types.FlowAssociationResourceTypeWhatsappMessagingPhoneNumber
	for choice, byID := range map[connectsim.AssociationIDs]bool{"": false, connectsim.AssociationsARN: false, connectsim.AssociationsID: true} {
		w := serve(t, "demo", connectsim.Options{Behaviour: connectsim.Behaviour{AssociationIDs: choice}})
		c := w.client(t, east)
		get := func(instance, id string, kind types.FlowAssociationResourceType) (*connect.GetFlowAssociationOutput, error) {
			return c.GetFlowAssociation(t.Context(), &connect.GetFlowAssociationInput{InstanceId: &instance, ResourceId: &id, ResourceType: kind})
		}
		social := associations(t, c, types.ListFlowAssociationResourceTypeWhatsappMessagingPhoneNumber)[0]
		arn := "arn:aws:social-messaging:us-east-1:111122223333:phone-number-id/" + bare(*social.ResourceId)
		for _, id := range []string{arn, bare(arn)} {
			got, err := get(home, id, whatsapp)
			if err != nil {
				t.Fatal(err)
			}
			if *got.ResourceId != *social.ResourceId || *got.FlowId != *social.FlowId || got.ResourceType != whatsapp || (*got.ResourceId == bare(arn)) != byID {
				t.Errorf("%q: %+v", choice, got)
			}
		}
		for name, x := range map[string]struct {
			instance, id string
			kind         types.FlowAssociationResourceType
			code         string
		}{
			"another type":                 {first, arn, types.FlowAssociationResourceTypeSmsPhoneNumber, "ResourceNotFoundException"},
			"a voice number":               {first, *claimed(t, c)[0].PhoneNumberId, whatsapp, "ResourceNotFoundException"},
			"a voice number as such":       {first, *claimed(t, c)[0].PhoneNumberId, "VOICE_PHONE_NUMBER", "InvalidParameterException"},
			"no such number":               {first, missing, whatsapp, "ResourceNotFoundException"},
			"another account's":            {first, strings.Replace(arn, "111122223333", "444455556666", 1), whatsapp, "ResourceNotFoundException"},
			"an instance of another place": {second, arn, whatsapp, "ResourceNotFoundException"},
			"too long an instance":         {strings.Repeat("a", 101), arn, whatsapp, "InvalidParameterException"},
		} {
			if _, err := get(x.instance, x.id, x.kind); code(err) != x.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
