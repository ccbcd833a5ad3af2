package connectsim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

// everything writes out all flows of the first instance, as search finds them: what a refused request must leave alone.
func everything(t *testing.T, c *connect.Client) string {
	t.Helper()
	var out strings.Builder
	for p := connect.NewSearchContactFlowsPaginator(c, &connect.SearchContactFlowsInput{InstanceId: aws.String(first)}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.ContactFlows {
			fmt.Fprintln(&out, *f.Id, *f.Name, aws.ToString(f.Description), f.State, f.Status, *f.LastModifiedTime, *f.FlowContentSha256)
		}
	}
	return out.String()
}

func listed(t *testing.T, c *connect.Client) (names []string) {
	t.Helper()
	for p := connect.NewListContactFlowsPaginator(c, &connect.ListContactFlowsInput{InstanceId: aws.String(first)}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.ContactFlowSummaryList {
			names = append(names, *f.Name)
		}
	}
	return names
}

func rename(t *testing.T, c *connect.Client, id string, name, description *string) error {
	t.Helper()
	_, err := c.UpdateContactFlowName(t.Context(), &connect.UpdateContactFlowNameInput{InstanceId: aws.String(first), ContactFlowId: &id, Name: name, Description: description})
	return err
}

func deleteFlow(t *testing.T, c *connect.Client, id string) error {
	t.Helper()
	_, err := c.DeleteContactFlow(t.Context(), &connect.DeleteContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id})
	return err
}

func flowARN(id string) string {
	return "arn:aws:connect:us-east-1:111122223333:instance/" + first + "/contact-flow/" + id
}

func TestAFlowIsRenamed(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := create(t, c, "One", "{}", types.ContactFlowStatusSaved)
	describe := func() *types.ContactFlow {
		t.Helper()
		out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: aws.String(id + ":$SAVED")})
		if err != nil {
			t.Fatal(err)
		}
		return out.ContactFlow
	}
	for name, x := range map[string]struct {
		id                string
		name, description *string
		want              string
	}{
		"name and description":   {id, aws.String("Two"), aws.String("d"), "Two d"},
		"the name alone":         {flowARN(id), aws.String("Three"), nil, "Three before"},
		"the description alone":  {id + ":$SAVED", nil, aws.String("e"), "Before e"},
		"no description":         {id, nil, aws.String(""), "Before "},
		"its own name":           {id + ":$LATEST", aws.String("Before"), nil, "Before before"},
		"its name in small type": {id, aws.String("before"), nil, "before before"},
		"neither":                {id, nil, nil, "Before before"},
	} {
		if err := rename(t, c, id, aws.String("Before"), aws.String("before")); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Minute)
		if err := rename(t, c, x.id, x.name, x.description); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := describe(); *f.Name+" "+aws.ToString(f.Description) != x.want || !f.LastModifiedTime.Equal(w.clock.Now()) {
			t.Errorf("%s: %q, %q at %v", name, *f.Name, aws.ToString(f.Description), f.LastModifiedTime)
		}
	}
	if live, draft, _ := w.Contents(first, id); live != "" || draft != "{}" {
		t.Error("a name published or changed content")
	}
	create(t, c, "One", valid, "") // the former name is free
}

func TestATakenNameChangesNothing(t *testing.T) {
	t.Parallel()
	c := serve(t, "empty", connectsim.Options{}).client(t, east)
	id := create(t, c, "One", valid, "")
	create(t, c, "Two", valid, types.ContactFlowStatusSaved)
	before := everything(t, c)
	taken, d := aws.String("Two"), aws.String("d")
	wantCode(t, rename(t, c, id, taken, d), "DuplicateResourceException")
	_, err := c.UpdateContactFlowMetadata(t.Context(), &connect.UpdateContactFlowMetadataInput{InstanceId: aws.String(first), ContactFlowId: &id,
		Name: taken, Description: d, ContactFlowState: types.ContactFlowStateArchived})
	wantCode(t, err, "DuplicateResourceException")
	_, err = c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: taken, Type: types.ContactFlowTypeCustomerQueue, Content: aws.String(valid)})
	wantCode(t, err, "DuplicateResourceException") // of another type, of a flow that was never published
	wantCode(t, rename(t, c, id, aws.String(""), d), "InvalidParameterException")
	wantCode(t, rename(t, c, id+":1", aws.String("Three"), d), "InvalidParameterException")
	wantCode(t, rename(t, c, id+":live", aws.String("Three"), d), "InvalidParameterException")
	for _, other := range []string{"nonsense", first, strings.Replace(flowARN(id), first, second, 1)} {
		wantCode(t, rename(t, c, other, aws.String("Three"), nil), "ResourceNotFoundException")
	}
	_, err = c.UpdateContactFlowName(t.Context(), &connect.UpdateContactFlowNameInput{InstanceId: aws.String(second), ContactFlowId: &id, Name: aws.String("Three")})
	wantCode(t, err, "ResourceNotFoundException")
	if after := everything(t, c); after != before {
		t.Errorf("what was refused changed\n%s to\n%s", before, after)
	}
}

// Whether the service compares without regard to case is not documented.
func TestNamesAreComparedExactly(t *testing.T) {
	t.Parallel()
	c := serve(t, "empty", connectsim.Options{}).client(t, east)
	for _, name := range []string{"One", "one", " One", "One ", "Öne", "O\u0308ne"} {
		create(t, c, name, valid, "")
	}
	id := create(t, c, "Two", valid, "")
	if err := rename(t, c, id, aws.String("ONE"), nil); err != nil {
		t.Error(err)
	}
	wantCode(t, rename(t, c, id, aws.String("One "), nil), "DuplicateResourceException")
}

func TestADeletedFlowIsNowhere(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{FlowQuota: 21}, "")
	c := v.Client
	v.mustMake(1)
	before := everything(t, c)
	for _, id := range []string{v.id + ":1", v.arn() + ":live"} {
		wantCode(t, deleteFlow(t, c, id), "InvalidParameterException")
	}
	for _, id := range []string{"nonsense", first, strings.Replace(v.arn(), east, "eu-central-1", 1)} {
		wantCode(t, deleteFlow(t, c, id), "ResourceNotFoundException")
	}
	_, err := c.DeleteContactFlow(t.Context(), &connect.DeleteContactFlowInput{InstanceId: aws.String(second), ContactFlowId: &v.id})
	wantCode(t, err, "ResourceNotFoundException")
	if after := everything(t, c); after != before {
		t.Fatalf("what was refused changed\n%s to\n%s", before, after)
	}
	if err := deleteFlow(t, c, v.arn()); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func(id string) error{
		"DeleteContactFlow": func(id string) error { return deleteFlow(t, c, id) },
		"DescribeContactFlow": func(id string) error {
			_, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id})
			return err
		},
		"UpdateContactFlowContent": func(id string) error {
			_, err := c.UpdateContactFlowContent(t.Context(), &connect.UpdateContactFlowContentInput{InstanceId: aws.String(first), ContactFlowId: &id, Content: aws.String(valid)})
			return err
		},
		"UpdateContactFlowMetadata": func(id string) error {
			_, err := c.UpdateContactFlowMetadata(t.Context(), &connect.UpdateContactFlowMetadataInput{InstanceId: aws.String(first), ContactFlowId: &id, Name: aws.String("Two")})
			return err
		},
		"UpdateContactFlowName": func(id string) error { return rename(t, c, id, aws.String("Two"), nil) },
		"CreateContactFlowVersion": func(id string) error {
			_, err := v.make(connect.CreateContactFlowVersionInput{ContactFlowId: &id})
			return err
		},
		"ListContactFlowVersions": func(id string) error {
			_, err := c.ListContactFlowVersions(t.Context(), &connect.ListContactFlowVersionsInput{InstanceId: aws.String(first), ContactFlowId: &id})
			return err
		},
		"DeleteContactFlowVersion": func(id string) error { return v.delete(id, 1) },
	} {
		for _, id := range []string{v.id, v.id + ":$SAVED", v.arn() + ":$LATEST", v.id + ":1"} {
			if err := try(id); code(err) != "ResourceNotFoundException" {
				t.Errorf("%s of %s: %v", name, id, err)
			}
		}
	}
	if slices.Contains(listed(t, c), "Campaign") || strings.Contains(everything(t, c), v.id) {
		t.Error("it is still listed")
	}
	former := v.id
	v.id = create(t, c, "Campaign", valid, "") // the name is free, and there is room under the quota
	if v.id == former {
		t.Error("a new flow has the id of the deleted one")
	}
	if got, _ := v.numbers(0); len(got) != 0 {
		t.Errorf("a new flow has the versions %v", got)
	}
	_, err = c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("More"),
		Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
	wantCode(t, err, "LimitExceededException")
	if err := deleteFlow(t, c, v.id+":$SAVED"); err != nil {
		t.Errorf("with a qualifier of what can be written: %v", err)
	}
}

// tenFlows are F0 to F9, whose pages of three a test reads while flows go.
func tenFlows(t *testing.T) (c *connect.Client, ids []string) {
	t.Helper()
	c = serve(t, "empty", connectsim.Options{}).client(t, east)
	for i := range 10 {
		ids = append(ids, create(t, c, fmt.Sprintf("F%d", i), valid, ""))
	}
	return c, ids
}

func TestPagesUnderWayStandADeletedFlow(t *testing.T) {
	t.Parallel()
	find := &types.ContactFlowSearchCriteria{StringCondition: text("name", "F", types.StringComparisonTypeStartsWith), TypeCondition: "CONTACT_FLOW", StateCondition: "ACTIVE"}
	for name, x := range map[string]struct {
		gone int    // deleted after the first page, F0 to F2
		want string // of all pages
	}{
		"that was given":         {0, "F0 F1 F2 F3 F4 F5 F6 F7 F8 F9"},
		"that was given last":    {2, "F0 F1 F2 F3 F4 F5 F6 F7 F8 F9"},
		"that comes next":        {3, "F0 F1 F2 F4 F5 F6 F7 F8 F9"},
		"of the page after that": {6, "F0 F1 F2 F3 F4 F5 F7 F8 F9"},
		"that comes last":        {9, "F0 F1 F2 F3 F4 F5 F6 F7 F8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ids := tenFlows(t)
			var got []string
			in := connect.SearchContactFlowsInput{InstanceId: aws.String(first), SearchCriteria: find, MaxResults: aws.Int32(3)}
			for pages := 0; pages == 0 || in.NextToken != nil; pages++ {
				out, err := c.SearchContactFlows(t.Context(), &in)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range out.ContactFlows {
					if strings.HasPrefix(*f.Name, "F") && len(*f.Name) == 2 {
						got = append(got, *f.Name)
					}
				}
				if in.NextToken = out.NextToken; pages == 0 {
					if err := deleteFlow(t, c, ids[x.gone]); err != nil {
						t.Fatal(err)
					}
				}
			}
			if strings.Join(got, " ") != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
		})
	}
}

func TestATokenIsGoodWhenAllBehindItIsGone(t *testing.T) {
	t.Parallel()
	c, ids := tenFlows(t)
	in := connect.ListContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(28)} // 20 stock flows and F0 to F7
	out, err := c.ListContactFlows(t.Context(), &in)
	if err != nil || out.NextToken == nil {
		t.Fatal(out, err)
	}
	for _, id := range ids[8:] {
		if err := deleteFlow(t, c, id); err != nil {
			t.Fatal(err)
		}
	}
	in.NextToken = out.NextToken
	if out, err = c.ListContactFlows(t.Context(), &in); err != nil || len(out.ContactFlowSummaryList) != 0 || out.NextToken != nil {
		t.Errorf("%+v, %v", out, err)
	}
	create(t, c, "F8", valid, "") // of the same name, after the deleted ones
	if out, err = c.ListContactFlows(t.Context(), &in); err != nil || len(out.ContactFlowSummaryList) != 1 || *out.ContactFlowSummaryList[0].Name != "F8" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestSearchLagsBehindADeletedFlowOfTheSameName(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{Behaviour: connectsim.Behaviour{SearchLag: time.Minute}})
	c := w.client(t, east)
	found := func() (ids []string) {
		t.Helper()
		out, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first),
			SearchCriteria: &types.ContactFlowSearchCriteria{StringCondition: text("name", "One", types.StringComparisonTypeExact)}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.ContactFlows {
			ids = append(ids, *f.Id)
		}
		return ids
	}
	former := create(t, c, "One", valid, "")
	w.clock.add(30 * time.Second)
	if err := deleteFlow(t, c, former); err != nil {
		t.Fatal(err)
	}
	later := create(t, c, "One", valid, "")
	for _, want := range [][]string{nil, {former}, {later}, {later}} { // after 30, 60, 90, 120 seconds
		if got := found(); !slices.Equal(got, want) {
			t.Errorf("at %v: found %v, want %v", w.clock.Now(), got, want)
		}
		w.clock.add(30 * time.Second)
	}
	if got := listed(t, c); !slices.Contains(got, "One") {
		t.Error("the list lags")
	}
}

func TestFlowsAreThrottledPerOperation(t *testing.T) {
	t.Parallel()
	v := campaignFlow(t, connectsim.Options{Rate: 1, Burst: 1}, "")
	in, id := aws.String(first), &v.id
	for name, try := range map[string]func() error{
		"UpdateContactFlowName": func() error { return rename(t, v.Client, v.id, nil, nil) },
		"CreateContactFlowVersion": func() error {
			_, err := v.make(connect.CreateContactFlowVersionInput{})
			return err
		},
		"ListContactFlowVersions": func() error {
			_, err := v.ListContactFlowVersions(t.Context(), &connect.ListContactFlowVersionsInput{InstanceId: in, ContactFlowId: id})
			return err
		},
		"DeleteContactFlowVersion": func() error { return v.delete(v.id, 1) },
		"DeleteContactFlow":        func() error { return deleteFlow(t, v.Client, "nonsense") },
	} {
		if code(try()) == "ThrottlingException" {
			t.Errorf("%s: the first is throttled", name)
		}
		if err := try(); code(err) != "ThrottlingException" {
			t.Errorf("%s: the second is not: %v", name, err)
		}
	}
}
