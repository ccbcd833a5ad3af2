package connectsim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

// numberView makes a version; empty texts are not sent.
func numberView(t testing.TB, c *connect.Client, id, description, hash string) (*types.View, error) {
	t.Helper()
	in := &connect.CreateViewVersionInput{InstanceId: aws.String(first), ViewId: &id}
	if description != "" {
		in.VersionDescription = &description
	}
	if hash != "" {
		in.ViewContentSha256 = &hash
	}
	out, err := c.CreateViewVersion(t.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.View, nil
}

func dropVersion(t testing.TB, c *connect.Client, id string, number int32) error {
	t.Helper()
	_, err := c.DeleteViewVersion(t.Context(), &connect.DeleteViewVersionInput{InstanceId: aws.String(first), ViewId: &id, ViewVersion: &number})
	return err
}

func versionsOf(t testing.TB, c *connect.Client, id string) (all []types.ViewVersionSummary) {
	t.Helper()
	for p := connect.NewListViewVersionsPaginator(c, &connect.ListViewVersionsInput{InstanceId: aws.String(first), ViewId: &id}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.ViewVersionSummaryList...)
	}
	return all
}

func numbersOf(t testing.TB, c *connect.Client, id string) (numbers []int32) {
	t.Helper()
	for _, v := range versionsOf(t, c, id) {
		numbers = append(numbers, v.Version)
	}
	return numbers
}

// publishView publishes other content.
func publishView(t testing.TB, c *connect.Client, id, title string) {
	t.Helper()
	if _, err := setView(t, c, id, types.ViewStatusPublished, viewContent(screen(title), "Next")); err != nil {
		t.Fatal(err)
	}
}

func TestVersionsOfAViewAreNumberedAndStay(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	made := makeView(t, c, "View", types.ViewStatusPublished)
	id := *made.Id
	for i, ref := range []string{id, id + ":$LATEST", *made.Arn, *made.Arn + ":$LATEST"} {
		w.clock.add(time.Minute)
		title, n := fmt.Sprint(i+1), int32(i+1)
		publishView(t, c, id, title)
		if _, err := setView(t, c, id, types.ViewStatusSaved, viewContent(screen("draft"), "Next")); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Minute)
		v, err := numberView(t, c, ref, "About "+title, "")
		if err != nil {
			t.Fatal(err)
		}
		if v.Version != n || *v.VersionDescription != "About "+title || *v.Content.Template != screen(title) || *v.Arn != *made.Arn || *v.Id != id ||
			v.Status != types.ViewStatusPublished || !v.LastModifiedTime.Equal(w.clock.Now()) {
			t.Errorf("%s: %+v", ref, v)
		}
	}
	publishView(t, c, id, "newer")
	for i := range int32(4) {
		v, err := readView(t, c, fmt.Sprintf("%s:%d", id, i+1))
		if err != nil || v.Version != i+1 || *v.VersionDescription != fmt.Sprint("About ", i+1) || *v.Content.Template != screen(fmt.Sprint(i+1)) {
			t.Errorf("version %d: %+v, %v", i+1, v, err)
		}
	}
	for _, q := range []string{":0", ":5", ":01", ":+1", ":1.0", ":one"} {
		if got := titleOf(t, c, id+q); got != "ResourceNotFoundException" && got != "InvalidParameterException" {
			t.Errorf("%s is %q", q, got)
		}
	}
	all := versionsOf(t, c, *made.Arn)
	if got := numbersOf(t, c, id); !slices.Equal(got, []int32{4, 3, 2, 1}) {
		t.Errorf("listed %v", got)
	}
	if v := all[0]; *v.Arn != *made.Arn+":4" || *v.Id != id || *v.Name != "View" || v.Type != types.ViewTypeCustomerManaged ||
		*v.VersionDescription != "About 4" || v.Description != nil {
		t.Errorf("%+v", v)
	}
}

func TestAVersionNumberIsNeverGivenTwice(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	number := func(want int32) {
		t.Helper()
		if v, err := numberView(t, c, id, "", ""); err != nil || v.Version != want {
			t.Fatalf("%+v, %v; want version %d", v, err, want)
		}
	}
	drop := func(n int32) {
		t.Helper()
		if err := dropVersion(t, c, id, n); err != nil {
			t.Fatal(err)
		}
	}
	number(1)
	publishView(t, c, id, "2")
	number(2)
	drop(2)
	number(3) // the highest that is left has other content
	drop(1)
	drop(3)
	if got := versionsOf(t, c, id); got != nil {
		t.Errorf("listed %+v", got)
	}
	number(4)
	if got := titleOf(t, c, id); got != "2" {
		t.Error("deleting versions changed what is published:", got)
	}
	for _, n := range []int32{-1, 0, 1, 2, 3, 5} {
		wantCode(t, dropVersion(t, c, id, n), "ResourceNotFoundException")
	}
	if got := numbersOf(t, c, id); !slices.Equal(got, []int32{4}) {
		t.Errorf("listed %v", got)
	}
}

func TestTheSameContentGivesTheHighestVersion(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	one, err := numberView(t, c, id, "One", "")
	if err != nil {
		t.Fatal(err)
	}
	w.clock.add(time.Minute)
	before := allViews(t, c)
	for _, description := range []string{"", "One", "Another"} {
		v, err := numberView(t, c, id, description, *one.ViewContentSha256)
		if err != nil || v.Version != 1 || *v.VersionDescription != "One" || !v.LastModifiedTime.Equal(*one.LastModifiedTime) {
			t.Errorf("%+v, %v", v, err)
		}
	}
	if allViews(t, c) != before {
		t.Error("a version of the same content changed the view")
	}
	if _, err := setView(t, c, id, types.ViewStatusPublished, viewContent(screen("View"), "Next", "Back")); err != nil {
		t.Fatal(err)
	}
	if v, err := numberView(t, c, id, "", ""); err != nil || v.Version != 2 || *v.ViewContentSha256 == *one.ViewContentSha256 {
		t.Errorf("other actions: %+v, %v", v, err)
	}
	publishView(t, c, id, "View")
	if v, err := numberView(t, c, id, "", ""); err != nil || v.Version != 3 || *v.ViewContentSha256 != *one.ViewContentSha256 {
		t.Errorf("the content of a version that is not the highest: %+v, %v", v, err)
	}
}

func TestAVersionIsRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	draft, view := makeView(t, c, "Draft", types.ViewStatusSaved), makeView(t, c, "View", types.ViewStatusPublished)
	saved, err := setView(t, c, *view.Id, types.ViewStatusSaved, viewContent(screen("draft"), "Next"))
	if err != nil {
		t.Fatal(err)
	}
	before := allViews(t, c)
	for name, x := range map[string]struct{ id, description, hash, code string }{
		"of what was never published":       {*draft.Id, "", "", "ResourceNotFoundException"},
		"with the hash of the draft":        {*view.Id, "", *saved.ViewContentSha256, "InvalidRequestException"},
		"with another hash":                 {*view.Id, "", strings.Repeat("0", 64), "InvalidRequestException"},
		"of the draft":                      {*view.Id + ":$SAVED", "", "", "InvalidParameterException"},
		"with a description that has signs": {*view.Id, "a;b", "", "InvalidParameterException"},
		"with too long a description":       {*view.Id, strings.Repeat("x", 4097), "", "InvalidParameterException"},
	} {
		if _, err := numberView(t, c, x.id, x.description, x.hash); code(err) != x.code {
			t.Errorf("a version %s: %v, want %s", name, err, x.code)
		}
	}
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
	if v, err := numberView(t, c, *view.Id, "", *view.ViewContentSha256); err != nil || v.Version != 1 {
		t.Errorf("with the hash of what is published: %+v, %v", v, err)
	}
}

func TestVersionsAreListedNewestFirstOnPagesThatStay(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	for i := range 12 {
		publishView(t, c, id, fmt.Sprint(i))
		if _, err := numberView(t, c, id, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	in := &connect.ListViewVersionsInput{InstanceId: aws.String(first), ViewId: &id, MaxResults: aws.Int32(5)}
	page := func() (numbers []int32) {
		t.Helper()
		out, err := c.ListViewVersions(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.ViewVersionSummaryList {
			numbers = append(numbers, v.Version)
		}
		in.NextToken = out.NextToken
		return numbers
	}
	if got := page(); !slices.Equal(got, []int32{12, 11, 10, 9, 8}) {
		t.Error(got)
	}
	publishView(t, c, id, "newest")
	if _, err := numberView(t, c, id, "", ""); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []int32{8, 10, 6} {
		if err := dropVersion(t, c, id, gone); err != nil {
			t.Fatal(err)
		}
	}
	if got := page(); !slices.Equal(got, []int32{7, 5, 4, 3, 2}) {
		t.Error(got)
	}
	other := *makeView(t, c, "Other", types.ViewStatusPublished).Id
	foreign := *in
	foreign.ViewId = &other
	_, err := c.ListViewVersions(t.Context(), &foreign)
	wantCode(t, err, "InvalidParameterException")
	if got := page(); !slices.Equal(got, []int32{1}) || in.NextToken != nil {
		t.Error(got)
	}
}

func TestAViewOfAWSHasOneVersion(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	for _, id := range []string{acwView, acwView + ":$LATEST"} {
		all := versionsOf(t, c, id)
		if len(all) != 1 || all[0].Version != 1 || *all[0].Arn != acwView+":1" || *all[0].Name != "after-contact-work" || all[0].Type != types.ViewTypeAwsManaged {
			t.Errorf("%s: %+v", id, all)
		}
	}
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	for ref, want := range map[string]string{
		"after-contact-work": "InvalidParameterException",
		acwView + ":1":       "InvalidParameterException",
		acwView + ":$SAVED":  "InvalidParameterException",
		id + ":$SAVED":       "InvalidParameterException",
		id + ":1":            "InvalidParameterException",
		nobody:               "ResourceNotFoundException",
		"arn:aws:connect:us-east-1:aws:view/none":                    "ResourceNotFoundException",
		strings.Replace(acwView, "us-east-1", "eu-central-1", 1):     "ResourceNotFoundException",
		strings.Replace(viewsHere, "us-east-1", "us-west-2", 1) + id: "ResourceNotFoundException",
	} {
		_, err := c.ListViewVersions(t.Context(), &connect.ListViewVersionsInput{InstanceId: aws.String(first), ViewId: &ref})
		if code(err) != want {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
	}
}

// showing is a flow that shows a view.
func showing(view string) string {
	return `{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Actions":[{"Parameters":{"ViewResource":{"Id":"` + view +
		`"},"InvocationTimeLimitSeconds":"60","ViewData":{}},"Identifier":"a","Type":"ShowView","Transitions":{"NextAction":"b","Errors":[` +
		`{"NextAction":"b","ErrorType":"NoMatchingCondition"},{"NextAction":"b","ErrorType":"NoMatchingError"},{"NextAction":"b","ErrorType":"TimeLimitExceeded"}],"Conditions":[]}},` +
		`{"Parameters":{},"Identifier":"b","Type":"DisconnectParticipant","Transitions":{}}]}`
}

// usedBy says whether an error names a flow of the first instance as what uses a resource.
func usedBy(err error, flow string) bool {
	var e *types.ResourceInUseException
	return errors.As(err, &e) && e.ResourceType == types.ResourceTypeContactFlow &&
		aws.ToString(e.ResourceId) == strings.TrimSuffix(viewsHere, "view/")+"contact-flow/"+flow
}

func TestAViewThatIsShownIsNotDeleted(t *testing.T) {
	t.Parallel()
	for shown, counts := range map[string]bool{"": true, ":$LATEST": true, ":$SAVED": true, ":1": true,
		" by a draft": false, " in words": false, " by another account": false} {
		w := serve(t, "empty", connectsim.Options{})
		c := w.client(t, east)
		id := *makeView(t, c, "View", types.ViewStatusPublished).Id
		here := connectsim.InstanceInfo{ID: first}
		seed := connectsim.SeedFlow{Name: "Guide", Published: showing(viewsHere + id + shown)}
		switch shown {
		case " by a draft":
			seed.Published, seed.Saved = valid, showing(viewsHere+id)
		case " in words":
			seed.Published = strings.Replace(valid, `"Parameters":{}`, `"Parameters":{"Text":"`+viewsHere+id+`"}`, 1)
		case " by another account":
			seed.Published = showing(strings.Replace(viewsHere, "111122223333", "444455556666", 1) + id)
		}
		flowID := w.PutFlow(here, seed)
		before := allViews(t, c)
		err := dropView(t, c, id)
		if !counts {
			if err != nil || titleOf(t, c, id) != "ResourceNotFoundException" {
				t.Errorf("a view shown%s: %v", shown, err)
			}
			continue
		}
		if !usedBy(err, flowID) {
			t.Errorf("a view shown%s: %v", shown, err)
		}
		if allViews(t, c) != before {
			t.Error("a refusal changed a view")
		}
		if _, err := c.DeleteContactFlow(t.Context(), &connect.DeleteContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &flowID}); err != nil {
			t.Fatal(err)
		}
		if err := dropView(t, c, id); err != nil {
			t.Error("after its flow is deleted:", err)
		}
	}
}

func TestAViewThatAModuleShowsIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	content := strings.Replace(showing(viewsHere+id+":$LATEST"), "DisconnectParticipant", "EndFlowModuleExecution", 1)
	content = strings.TrimSuffix(content, "}") + `,"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}`
	module, err := c.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: aws.String("Module"), Content: &content})
	if err != nil {
		t.Fatal(err)
	}
	// The model's enum of types has none for modules.
	var used *types.ResourceInUseException
	if err := dropView(t, c, id); !errors.As(err, &used) || used.ResourceType != "" || aws.ToString(used.ResourceId) != *module.Arn {
		t.Errorf("%v, %+v", err, used)
	}
	_, err = c.DeleteContactFlowModule(t.Context(), &connect.DeleteContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: module.Id})
	if err != nil {
		t.Fatal(err)
	}
	if err := dropView(t, c, id); err != nil {
		t.Error("after its module is deleted:", err)
	}
}

func TestAVersionThatIsShownIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	for i := range 2 {
		publishView(t, c, id, fmt.Sprint(i))
		if _, err := numberView(t, c, id, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	here := connectsim.InstanceInfo{ID: first}
	w.PutFlow(here, connectsim.SeedFlow{Name: "Latest", Published: showing(viewsHere + id + ":$LATEST")})
	flow := w.PutFlow(here, connectsim.SeedFlow{Name: "Pinned", Published: showing(viewsHere + id + ":1")})
	err := dropVersion(t, c, id, 1)
	if !usedBy(err, flow) {
		t.Error(err)
	}
	if got := numbersOf(t, c, id); !slices.Equal(got, []int32{2, 1}) {
		t.Errorf("listed %v", got)
	}
	if err := dropVersion(t, c, id, 2); err != nil {
		t.Error("a version that no flow names:", err)
	}
	w.PutFlow(here, connectsim.SeedFlow{ID: flow, Name: "Pinned", Published: showing(viewsHere + id + ":2")})
	if err := dropVersion(t, c, id, 1); err != nil {
		t.Error("a version that no flow names any more:", err)
	}
}

func TestTheQuotaOfVersions(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	var err error
	for i := 0; err == nil && i < 300; i++ {
		publishView(t, c, id, fmt.Sprint(i))
		_, err = numberView(t, c, id, "", "")
	}
	var quota *types.ServiceQuotaExceededException
	if n := len(versionsOf(t, c, id)); !errors.As(err, &quota) || n != 200 {
		t.Fatalf("%d versions: %v", n, err)
	}
	if err := dropVersion(t, c, id, 7); err != nil {
		t.Fatal(err)
	}
	if v, err := numberView(t, c, id, "", ""); err != nil || v.Version != 201 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestOfManyVersionsOfOneContentOneIsMade(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if v, err := numberView(t, c, id, "", ""); err != nil || v.Version != 1 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
	wait.Wait()
	if got := numbersOf(t, c, id); !slices.Equal(got, []int32{1}) {
		t.Errorf("listed %v", got)
	}
}
