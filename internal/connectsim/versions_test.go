package connectsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

// versioned is a flow of a world whose versions a test makes.
type versioned struct {
	*world
	*connect.Client
	t  *testing.T
	id string
}

// campaignFlow is a world with one campaign flow, published with valid unless status says otherwise.
func campaignFlow(t *testing.T, o connectsim.Options, status types.ContactFlowStatus) *versioned {
	t.Helper()
	w := serve(t, "empty", o)
	v := &versioned{world: w, Client: w.client(t, east), t: t}
	out, err := v.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("Campaign"),
		Type: types.ContactFlowTypeCampaign, Content: aws.String(valid), Status: status})
	if err != nil {
		t.Fatal(err)
	}
	v.id = *out.ContactFlowId
	return v
}

func (v *versioned) make(in connect.CreateContactFlowVersionInput) (int64, error) {
	in.InstanceId = aws.String(first)
	if in.ContactFlowId == nil {
		in.ContactFlowId = &v.id
	}
	out, err := v.CreateContactFlowVersion(v.t.Context(), &in)
	if err != nil {
		return 0, err
	}
	if *out.ContactFlowArn != v.arn() {
		v.t.Errorf("the answer's ARN is %s", *out.ContactFlowArn)
	}
	return *out.Version, nil
}

func (v *versioned) mustMake(want int64) {
	v.t.Helper()
	if n, err := v.make(connect.CreateContactFlowVersionInput{}); err != nil || n != want {
		v.t.Fatalf("version %d, %v; want %d", n, err, want)
	}
}

func (v *versioned) arn() string {
	return "arn:aws:connect:us-east-1:111122223333:instance/" + first + "/contact-flow/" + v.id
}

func (v *versioned) describe(qualifier string) (*types.ContactFlow, error) {
	out, err := v.DescribeContactFlow(v.t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: aws.String(v.id + qualifier)})
	if err != nil {
		return nil, err
	}
	return out.ContactFlow, nil
}

func (v *versioned) publish(content string) {
	v.t.Helper()
	if _, err := v.UpdateContactFlowContent(v.t.Context(), &connect.UpdateContactFlowContentInput{InstanceId: aws.String(first), ContactFlowId: &v.id, Content: &content}); err != nil {
		v.t.Fatal(err)
	}
}

func (v *versioned) delete(id string, number int64) error {
	_, err := v.DeleteContactFlowVersion(v.t.Context(), &connect.DeleteContactFlowVersionInput{InstanceId: aws.String(first), ContactFlowId: &id, ContactFlowVersion: &number})
	return err
}

// numbers lists the flow's versions on pages of a size, checking all that a summary holds.
func (v *versioned) numbers(size int32) (numbers []int64, pages int) {
	v.t.Helper()
	in := &connect.ListContactFlowVersionsInput{InstanceId: aws.String(first), ContactFlowId: &v.id}
	if size > 0 {
		in.MaxResults = &size
	}
	for p := connect.NewListContactFlowVersionsPaginator(v, in); p.HasMorePages(); pages++ {
		out, err := p.NextPage(v.t.Context())
		if err != nil {
			v.t.Fatal(err)
		}
		for _, s := range out.ContactFlowVersionSummaryList {
			if want := fmt.Sprintf("%s:%d", v.arn(), *s.Version); *s.Arn != want {
				v.t.Errorf("version %d has the ARN %s", *s.Version, *s.Arn)
			}
			numbers = append(numbers, *s.Version)
		}
	}
	return numbers, pages
}

// differently is valid content of another text.
func differently(text string) string {
	return strings.Replace(valid, `"Metadata":{}`, `"Metadata":{"note":"`+text+`"}`, 1)
}

func TestVersionsKeepWhatWasPublished(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	if got, pages := v.numbers(0); len(got) != 0 || pages != 1 {
		t.Fatalf("a new flow has the versions %v", got)
	}
	sum := *must(t)(v.describe("")).FlowContentSha256
	if n, err := v.make(connect.CreateContactFlowVersionInput{Description: aws.String("The first"), FlowContentSha256: &sum}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	v.clock.add(time.Hour)
	v.publish(differently("two"))
	v.mustMake(2)
	v.publish(differently("three"))
	for qualifier, want := range map[string]string{":1": valid, ":2": differently("two"), "": differently("three"), ":$LATEST": differently("three")} {
		f := must(t)(v.describe(qualifier))
		if *f.Content != want || f.Status != types.ContactFlowStatusPublished {
			t.Errorf("%q: %s %s", qualifier, f.Status, *f.Content)
		}
	}
	one := must(t)(v.describe(":1"))
	if *one.Version != 1 || *one.VersionDescription != "The first" || *one.FlowContentSha256 != sum {
		t.Errorf("version %d, %q, hash of the published content: %v", *one.Version, *one.VersionDescription, *one.FlowContentSha256 == sum)
	}
	if two := must(t)(v.describe(":2")); two.VersionDescription != nil || *two.Version != 2 {
		t.Errorf("%+v", two)
	}
	out, err := v.ListContactFlowVersions(t.Context(), &connect.ListContactFlowVersionsInput{InstanceId: aws.String(first), ContactFlowId: aws.String(v.arn() + ":$LATEST")})
	if err != nil || len(out.ContactFlowVersionSummaryList) != 2 || aws.ToString(out.ContactFlowVersionSummaryList[1].VersionDescription) != "The first" {
		t.Errorf("listed by ARN: %+v, %v", out, err)
	}
}

func TestTheSameContentAgainIsAVersionOfItsOwn(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	before := must(t)(v.describe("")).LastModifiedTime
	v.clock.add(time.Hour)
	v.mustMake(1)
	v.mustMake(2)
	if after := must(t)(v.describe("")).LastModifiedTime; !after.Equal(*before) {
		t.Errorf("making a version moved the flow's time to %v", after)
	}
}

func TestVersionNumbersAreNeverGivenTwice(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	for n := range int64(3) {
		v.mustMake(n + 1)
	}
	for _, n := range []int64{3, 1} {
		if err := v.delete(v.id, n); err != nil {
			t.Fatal(err)
		}
		_, err := v.describe(fmt.Sprintf(":%d", n))
		wantCode(t, err, "ResourceNotFoundException")
		wantCode(t, v.delete(v.id, n), "ResourceNotFoundException")
	}
	v.mustMake(4)
	if err := v.delete(v.arn(), 2); err != nil {
		t.Error("by ARN:", err)
	}
	if got, _ := v.numbers(0); !slices.Equal(got, []int64{4}) {
		t.Errorf("left are %v", got)
	}
	if f := must(t)(v.describe("")); *f.Content != valid {
		t.Error("deleting versions changed what is published")
	}
}

func TestVersionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	var want []int64
	for n := range int64(105) {
		v.mustMake(n + 1)
		want = append(want, n+1)
	}
	slices.Reverse(want)
	for size, pages := range map[int32]int{0: 2, 10: 11, 1000: 1} {
		if got, n := v.numbers(size); !slices.Equal(got, want) || n != pages {
			t.Errorf("pages of %d: %d pages of %v", size, n, got)
		}
	}
	in := &connect.ListContactFlowVersionsInput{InstanceId: aws.String(first), ContactFlowId: &v.id, MaxResults: aws.Int32(3)}
	out, err := v.ListContactFlowVersions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	v.mustMake(106) // in front of the page that was given
	if err := v.delete(v.id, 103); err != nil {
		t.Fatal(err)
	}
	in.NextToken = out.NextToken
	if out, err = v.ListContactFlowVersions(t.Context(), in); err != nil || *out.ContactFlowVersionSummaryList[0].Version != 102 {
		t.Errorf("the second page begins with %+v, %v", out, err)
	}
	in.ContactFlowId = aws.String(named(t, v.Client, first, connectsim.SampleGuide))
	_, err = v.ListContactFlowVersions(t.Context(), in)
	wantCode(t, err, "InvalidParameterException") // the token belongs to another flow
}

func TestVersionsOfAnotherStateAreRefused(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	v.mustMake(1)
	v.publish(differently("two"))
	now := must(t)(v.describe(""))
	old := must(t)(v.describe(":1"))
	type request = connect.CreateContactFlowVersionInput
	for name, in := range map[string]request{
		"another hash":           {FlowContentSha256: old.FlowContentSha256},
		"another version":        {ContactFlowVersion: aws.Int64(2)},
		"an earlier time":        {LastModifiedTime: aws.Time(now.LastModifiedTime.Add(-time.Millisecond))},
		"another Region":         {LastModifiedRegion: aws.String("eu-central-1")},
		"one of several another": {FlowContentSha256: now.FlowContentSha256, LastModifiedRegion: aws.String("eu-central-1")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := v.make(in)
			wantCode(t, err, "InvalidRequestException")
		})
	}
	for name, in := range map[string]request{
		"a hash of 63 characters": {FlowContentSha256: aws.String(strings.Repeat("a", 63))},
		"a hash of 65 characters": {FlowContentSha256: aws.String(strings.Repeat("a", 65))},
		"a hash with a dash":      {FlowContentSha256: aws.String(strings.Repeat("a", 63) + "-")},
		"no hash":                 {FlowContentSha256: aws.String("")},
		"version 0":               {ContactFlowVersion: aws.Int64(0)},
		"a Region that is none":   {LastModifiedRegion: aws.String("Earth")},
		"the saved copy":          {ContactFlowId: aws.String(v.id + ":$SAVED")},
		"a version of a version":  {ContactFlowId: aws.String(v.id + ":1")},
		"an alias":                {ContactFlowId: aws.String(v.id + ":live")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := v.make(in)
			wantCode(t, err, "InvalidParameterException")
		})
	}
	if got, _ := v.numbers(0); !slices.Equal(got, []int64{1}) {
		t.Fatalf("what was refused left %v", got)
	}
	if n, err := v.make(request{FlowContentSha256: now.FlowContentSha256, ContactFlowVersion: aws.Int64(1), LastModifiedTime: now.LastModifiedTime,
		LastModifiedRegion: now.LastModifiedRegion}); err != nil || n != 2 {
		t.Errorf("the state as it is: version %d, %v", n, err)
	}
}

func TestWhatWasNeverPublishedHasNoVersion(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, types.ContactFlowStatusSaved)
	_, err := v.make(connect.CreateContactFlowVersionInput{})
	wantCode(t, err, "ResourceNotFoundException")
	v.publish(valid)
	v.mustMake(1)
}

func TestVersionsOfFlowsThatAreNotThere(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	v.mustMake(1)
	strange := map[string]string{
		v.id + "0": first, "nonsense": first, first: first, v.id: second, strings.Replace(v.arn(), east, "eu-central-1", 1): first,
		strings.Replace(v.arn(), "contact-flow", "flow-module", 1): first,
		v.arn() + strings.Repeat("x", 600):                         first, // the ARN has no longest length here
	}
	for id, in := range strange {
		_, err := v.CreateContactFlowVersion(t.Context(), &connect.CreateContactFlowVersionInput{InstanceId: &in, ContactFlowId: &id})
		wantCode(t, err, "ResourceNotFoundException")
		_, err = v.ListContactFlowVersions(t.Context(), &connect.ListContactFlowVersionsInput{InstanceId: &in, ContactFlowId: &id})
		wantCode(t, err, "ResourceNotFoundException")
		_, err = v.DeleteContactFlowVersion(t.Context(), &connect.DeleteContactFlowVersionInput{InstanceId: &in, ContactFlowId: &id, ContactFlowVersion: aws.Int64(1)})
		wantCode(t, err, "ResourceNotFoundException")
	}
	for _, id := range []string{v.id + ":$SAVED", v.id + ":1", v.arn() + ":live"} {
		_, err := v.ListContactFlowVersions(t.Context(), &connect.ListContactFlowVersionsInput{InstanceId: aws.String(first), ContactFlowId: &id})
		wantCode(t, err, "InvalidParameterException")
		wantCode(t, v.delete(id, 1), "InvalidParameterException")
	}
	wantCode(t, v.delete(v.id, 0), "InvalidParameterException")
	wantCode(t, v.delete(v.id, 2), "ResourceNotFoundException")
	for path, want := range map[string]string{"/version/x": "InvalidParameterException", "/version/1.0": "InvalidParameterException",
		"/version/99999999999999999999": "InvalidParameterException", "/versions?maxResults=1001": "InvalidParameterException", "/version": "UnknownOperationException"} {
		method := http.MethodDelete
		if strings.HasPrefix(path, "/versions") {
			method = http.MethodGet
		}
		r := v.raw(t, method, "/contact-flows/"+first+"/"+v.id+path, "")
		if got := r.Header.Get("X-Amzn-ErrorType"); got != want {
			t.Errorf("%s %s: %s, want %s", method, path, got, want)
		}
	}
	if got, _ := v.numbers(0); !slices.Equal(got, []int64{1}) {
		t.Errorf("what was refused left %v", got)
	}
}

func TestAFlowHasRoomForSoManyVersions(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{}, "")
	for n := range int64(200) {
		v.mustMake(n + 1)
	}
	_, err := v.make(connect.CreateContactFlowVersionInput{})
	wantCode(t, err, "LimitExceededException")
	if err := v.delete(v.id, 7); err != nil {
		t.Fatal(err)
	}
	v.mustMake(201)
}

// must fails the test on an error.
func must(t *testing.T) func(*types.ContactFlow, error) *types.ContactFlow {
	return func(f *types.ContactFlow, err error) *types.ContactFlow {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
}
