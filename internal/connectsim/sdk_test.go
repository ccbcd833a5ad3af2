package connectsim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"wrapup/internal/connectsim"
)

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	if got := code(err); err == nil || got != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestInstancesAreThoseOfTheAccountAndRegion(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	for region, want := range map[string]string{east: first, "eu-central-1": second, "ap-southeast-2": ""} {
		out, err := w.client(t, region).ListInstances(t.Context(), &connect.ListInstancesInput{})
		if err != nil {
			t.Fatal(err)
		}
		ids := ""
		for _, in := range out.InstanceSummaryList {
			ids += *in.Id
		}
		if ids != want {
			t.Errorf("%s: %q", region, ids)
		}
	}
	out, err := w.client(t, east).DescribeInstance(t.Context(), &connect.DescribeInstanceInput{InstanceId: aws.String("arn:aws:connect:us-east-1:111122223333:instance/" + first)})
	if err != nil || *out.Instance.InstanceAlias != "harbor-retail" || out.Instance.Tags["environment"] != "production" {
		t.Errorf("described by ARN: %+v, %v", out, err)
	}
}

func TestAnotherAccountsOrRegionsInstanceIsNotThere(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	for _, id := range []string{second, third, "aaaaaaaa-bbbb-cccc-dddd-999999999999", "nonsense",
		"arn:aws:connect:eu-central-1:111122223333:instance/" + first, "arn:aws:connect:us-east-1:444455556666:instance/" + first} {
		_, err := w.client(t, east).DescribeInstance(t.Context(), &connect.DescribeInstanceInput{InstanceId: &id})
		wantCode(t, err, "ResourceNotFoundException")
	}
}

func TestAssumedKeysSeeTheRolesAccountUntilTheyExpire(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	s := sts.New(sts.Options{Region: east, BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider("AKIAANYKEY", "secret", "")})
	me, err := s.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *me.Account != "111122223333" {
		t.Fatalf("%+v, %v", me, err)
	}
	out, err := s.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(connectsim.DemoRole), RoleSessionName: aws.String("me"), DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	if want := w.clock.Now().Add(15 * time.Minute); !out.Credentials.Expiration.Equal(want) {
		t.Errorf("expires %v, want %v", out.Credentials.Expiration, want)
	}
	keys := credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	c := w.client(t, east, func(o *connect.Options) { o.Credentials = keys })
	list, err := c.ListInstances(t.Context(), &connect.ListInstancesInput{})
	if err != nil || len(list.InstanceSummaryList) != 1 || *list.InstanceSummaryList[0].Id != third {
		t.Fatalf("%+v, %v", list, err)
	}
	_, err = c.DescribeInstance(t.Context(), &connect.DescribeInstanceInput{InstanceId: aws.String(first)})
	wantCode(t, err, "ResourceNotFoundException")
	theirs := sts.New(sts.Options{Region: east, BaseEndpoint: &w.url, Credentials: keys})
	if me, err = theirs.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil || *me.Arn != "arn:aws:sts::444455556666:assumed-role/wrapup-practice/me" {
		t.Errorf("%+v, %v", me, err)
	}
	w.clock.add(15 * time.Minute)
	late := w.lenient(east)
	_, err = late.ListInstances(t.Context(), &connect.ListInstancesInput{}, func(o *connect.Options) { o.Credentials = keys })
	wantCode(t, err, "ExpiredTokenException")
	_, err = theirs.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "ExpiredToken")
	_, err = s.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::1:role/short-account"), RoleSessionName: aws.String("me")})
	wantCode(t, err, "ValidationError")
}

func TestListedFlowsAreFilteredByType(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	out, err := w.client(t, east).ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first),
		ContactFlowTypes: []types.ContactFlowType{types.ContactFlowTypeAgentWhisper, types.ContactFlowTypeAgentTransfer}})
	if err != nil || len(out.ContactFlowSummaryList) != 4 {
		t.Fatalf("%d, %v", len(out.ContactFlowSummaryList), err)
	}
}

func TestBothCopiesOfAFlowAreRead(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	id := named(t, c, first, "Delivery")
	arn := "arn:aws:connect:us-east-1:111122223333:instance/" + first + "/contact-flow/" + id
	get := func(f string) string {
		t.Helper()
		out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &f})
		if err != nil {
			t.Fatal(f, err)
		}
		return string(out.ContactFlow.Status) + *out.ContactFlow.Content
	}
	live, draft, _ := w.Contents(first, id)
	for f, want := range map[string]string{id: "PUBLISHED" + live, id + ":$SAVED": "SAVED" + draft, id + ":$LATEST": "PUBLISHED" + live,
		arn: "PUBLISHED" + live, arn + ":$SAVED": "SAVED" + draft} {
		if got := get(f); got != want {
			t.Errorf("%s: another content", f)
		}
	}
	if live == draft {
		t.Error("the two copies are the same")
	}
	for _, f := range []string{id + ":7", id + ":some-alias", "nonsense", "../" + id, "%2F", first,
		strings.Replace(arn, first, second, 1), strings.Replace(arn, "contact-flow", "flow-module", 1)} {
		_, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &f})
		wantCode(t, err, "ResourceNotFoundException")
	}
}

func TestANeverPublishedFlowHasOnlyItsSavedCopy(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := create(t, c, "Draft", "not even JSON", types.ContactFlowStatusSaved)
	_, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id})
	wantCode(t, err, "ContactFlowNotPublishedException")
	out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: aws.String(id + ":$SAVED")})
	if err != nil || *out.ContactFlow.Content != "not even JSON" {
		t.Errorf("%+v, %v", out, err)
	}
	update := func(id, content string) error {
		_, err := c.UpdateContactFlowContent(t.Context(), &connect.UpdateContactFlowContentInput{InstanceId: aws.String(first), ContactFlowId: &id, Content: &content})
		return err
	}
	wantCode(t, update(id, dangling), "InvalidContactFlowException")
	if err := update(id, valid); err != nil {
		t.Fatal(err)
	}
	if live, draft, _ := w.Contents(first, id); live != valid || draft != valid {
		t.Error("an unqualified update must write both copies")
	}
	if err := update(id+":$SAVED", dangling); err != nil {
		t.Fatal(err)
	}
	if live, draft, _ := w.Contents(first, id); live != valid || draft != dangling {
		t.Error("an update of $SAVED must write the draft alone, unvalidated")
	}
	wantCode(t, update(id+":3", valid), "InvalidParameterException")
	wantCode(t, update("00000000-0000-0000-0000-000000000001", valid), "ResourceNotFoundException")
}

func TestProblemsOfPublishedContentAreListed(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	for _, content := range []string{dangling, "{", "null", strings.Replace(valid, `"Parameters":{}`, `"Parameters":{"`+strings.Repeat("é", 400)+`":""}`, 1)} {
		_, err := w.client(t, east).CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("Broken"),
			Type: types.ContactFlowTypeContactFlow, Content: aws.String(content)})
		var invalid *types.InvalidContactFlowException
		if !errors.As(err, &invalid) || len(invalid.Problems) == 0 || aws.ToString(invalid.Problems[0].Message) == "" {
			t.Errorf("%.40q: %v", content, err)
		}
	}
	if len(w.Calls()) != 1 || w.Calls()["CreateContactFlow"] != 4 {
		t.Errorf("calls are %v", w.Calls())
	}
}

func TestCreatedFlowsKeepWhatWasSent(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	name, content := `<b>"名" & 🛎️`, strings.Replace(valid, `"Metadata":{}`, `"Metadata":{"n":"<&> 🛎️ \u2028"}`, 1)
	out, err := c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: &name, Type: types.ContactFlowTypeContactFlow,
		Content: &content, Description: aws.String("d"), Tags: map[string]string{"team": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: out.ContactFlowId})
	if err != nil {
		t.Fatal(err)
	}
	f := got.ContactFlow
	if *f.Name != name || *f.Content != content || *f.FlowContentSha256 != *out.FlowContentSha256 || *f.Arn != *out.ContactFlowArn ||
		f.Tags["team"] != "a" || f.Status != types.ContactFlowStatusPublished || f.State != types.ContactFlowStateActive || !f.LastModifiedTime.Equal(w.clock.Now()) {
		t.Errorf("%+v", f)
	}
}

func TestNamesAreUniqueAndRoomIsLimited(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{FlowQuota: 21})
	c := w.client(t, east)
	try := func(name string) error {
		_, err := c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: &name,
			Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
		return err
	}
	wantCode(t, try(connectsim.SampleGuide), "DuplicateResourceException")
	if err := try("One"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, try("Two"), "LimitExceededException")
}

func TestMetadataIsChangedAndNeverPublishes(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := create(t, c, "One", "{}", types.ContactFlowStatusSaved)
	update := func(in connect.UpdateContactFlowMetadataInput) error {
		in.InstanceId, in.ContactFlowId = aws.String(first), &id
		_, err := c.UpdateContactFlowMetadata(t.Context(), &in)
		return err
	}
	wantCode(t, update(connect.UpdateContactFlowMetadataInput{Name: aws.String(connectsim.SampleGuide)}), "DuplicateResourceException")
	if err := update(connect.UpdateContactFlowMetadataInput{Name: aws.String("Two"), Description: aws.String("d"), ContactFlowState: types.ContactFlowStateArchived}); err != nil {
		t.Fatal(err)
	}
	out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: aws.String(id + ":$SAVED")})
	if err != nil || *out.ContactFlow.Name != "Two" || *out.ContactFlow.Description != "d" || out.ContactFlow.State != types.ContactFlowStateArchived {
		t.Errorf("%+v, %v", out, err)
	}
	if live, _, _ := w.Contents(first, id); live != "" {
		t.Error("metadata published the flow")
	}
	create(t, c, "One", valid, "") // the name is free again
}

func TestViewsAreListedAndDescribed(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	list := func(kind types.ViewType) (names []string) {
		out, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(first), Type: kind})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.ViewsSummaryList {
			names = append(names, *v.Name)
		}
		return names
	}
	all := []string{"after-contact-work", "cards", "confirmation", "detail", "form", "list", "Store wrap-up"}
	if got := list(""); !slices.Equal(got, all) {
		t.Errorf("all: %q", got)
	}
	if got := list(types.ViewTypeCustomerManaged); !slices.Equal(got, all[6:]) {
		t.Errorf("own: %q", got)
	}
	get := func(id string) (*types.View, error) {
		out, err := c.DescribeView(t.Context(), &connect.DescribeViewInput{InstanceId: aws.String(first), ViewId: &id})
		if err != nil {
			return nil, err
		}
		return out.View, nil
	}
	const acw = "arn:aws:connect:us-east-1:aws:view/after-contact-work"
	for _, id := range []string{acw, acw + ":1"} {
		v, err := get(id)
		if err != nil || v.Version != 1 || !slices.Equal(v.Content.Actions, []string{"Cancel", "Submit"}) || !strings.Contains(*v.Content.InputSchema, `"required":["CustomerName","Example_Label","PhoneNumber"]`) {
			t.Errorf("%s: %+v, %v", id, v, err)
		}
	}
	out, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(first), Type: types.ViewTypeCustomerManaged})
	if err != nil {
		t.Fatal(err)
	}
	own := *out.ViewsSummaryList[0].Id
	for _, id := range []string{own, own + ":$LATEST", own + ":$SAVED", own + ":1", *out.ViewsSummaryList[0].Arn} {
		if v, err := get(id); err != nil || v.Type != types.ViewTypeCustomerManaged {
			t.Errorf("%s: %v", id, err)
		}
	}
	_, err = get("after-contact-work")
	wantCode(t, err, "InvalidParameterException")
	for _, id := range []string{acw + ":2", strings.Replace(acw, "us-east-1", "eu-central-1", 1), "arn:aws:connect:us-east-1:aws:view/none", own + ":2", own + ":x", first} {
		_, err := get(id)
		wantCode(t, err, "ResourceNotFoundException")
	}
}

func TestModulesAreListedAndDescribed(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	out, err := c.ListContactFlowModules(t.Context(), &connect.ListContactFlowModulesInput{InstanceId: aws.String(first), ContactFlowModuleState: types.ContactFlowModuleStateActive})
	if err != nil || len(out.ContactFlowModulesSummaryList) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	m := out.ContactFlowModulesSummaryList[0]
	for _, id := range []string{*m.Id, *m.Arn, *m.Id + ":$LATEST", *m.Id + ":$SAVED"} {
		d, err := c.DescribeContactFlowModule(t.Context(), &connect.DescribeContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: &id})
		if err != nil || *d.ContactFlowModule.Name != *m.Name || !strings.Contains(*d.ContactFlowModule.Content, `"Settings"`) {
			t.Errorf("%s: %+v, %v", id, d, err)
		}
	}
	for _, id := range []string{*m.Id + ":4", first, "x"} {
		_, err := c.DescribeContactFlowModule(t.Context(), &connect.DescribeContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: &id})
		wantCode(t, err, "ResourceNotFoundException")
	}
}

func TestNumbersAndWhatTheyLeadTo(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	count := func(in connect.ListPhoneNumbersV2Input) int {
		t.Helper()
		out, err := c.ListPhoneNumbersV2(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		return len(out.ListPhoneNumbersSummaryList)
	}
	arn := aws.String("arn:aws:connect:us-east-1:111122223333:instance/" + first)
	for want, in := range map[int]connect.ListPhoneNumbersV2Input{11: {}, 9: {InstanceId: aws.String(first), PhoneNumberTypes: []types.PhoneNumberType{"DID"}},
		2: {TargetArn: arn, PhoneNumberPrefix: aws.String("+1800")}, 0: {TargetArn: arn, PhoneNumberCountryCodes: []types.PhoneNumberCountryCode{"DE"}}} {
		if got := count(in); got != want {
			t.Errorf("%d numbers, want %d", got, want)
		}
	}
	_, err := c.ListPhoneNumbersV2(t.Context(), &connect.ListPhoneNumbersV2Input{InstanceId: aws.String(second)})
	wantCode(t, err, "ResourceNotFoundException")
	links, err := c.ListFlowAssociations(t.Context(), &connect.ListFlowAssociationsInput{InstanceId: aws.String(first), ResourceType: types.ListFlowAssociationResourceTypeVoicePhoneNumber})
	if err != nil {
		t.Fatal(err)
	}
	ids, arns, pinned := 0, 0, 0
	for _, l := range links.FlowAssociationSummaryList {
		switch {
		case strings.HasSuffix(*l.FlowId, ":live"):
			pinned++
		case strings.HasPrefix(*l.FlowId, "arn:"):
			arns++
		default:
			ids++
		}
	}
	if len(links.FlowAssociationSummaryList) != 10 || ids == 0 || arns == 0 || pinned != 1 {
		t.Errorf("%d ids, %d ARNs, %d pinned", ids, arns, pinned)
	}
}
