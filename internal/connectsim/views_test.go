package connectsim_test

import (
	"encoding/json"
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

const (
	acwView   = "arn:aws:connect:us-east-1:aws:view/after-contact-work"
	viewsHere = "arn:aws:connect:us-east-1:111122223333:instance/" + first + "/view/"
	nobody    = "aaaaaaaa-0000-0000-0000-000000000000"
)

// screen is a template that the service would publish; it raises Next and asks for Customer.
func screen(title string) string {
	return `{"Head": {"Title":"` + title + `","Configuration":{}},"Body":[{"_id":"box","Type":"Container","Props":{},"Content":[` +
		`{"_id":"bar","Type":"AttributeBar","Props":{"Attributes":[{"Label":"<Customer> & Ü","Value":"$.Customer"}]}},` +
		`{"_id":"go","Type":"Button","Props":{"Action":"Next"},"Content":["Next"]}]}]}`
}

// unpublishable is a template that may be saved only: its card lacks an Id.
const unpublishable = `{"Head":{"Title":"T","Configuration":{}},"Body":[{"_id":"card","Type":"Card","Props":{"Heading":"H"},"Content":[]}]}`

func viewContent(template string, actions ...string) *types.ViewInputContent {
	return &types.ViewInputContent{Template: &template, Actions: actions}
}

func viewInput(name string, status types.ViewStatus, content *types.ViewInputContent) *connect.CreateViewInput {
	return &connect.CreateViewInput{InstanceId: aws.String(first), Name: &name, Status: status, Content: content}
}

func makeView(t testing.TB, c *connect.Client, name string, status types.ViewStatus) *types.View {
	t.Helper()
	out, err := c.CreateView(t.Context(), viewInput(name, status, viewContent(screen(name), "Next")))
	if err != nil {
		t.Fatal(err)
	}
	return out.View
}

func readView(t testing.TB, c *connect.Client, id string) (*types.View, error) {
	t.Helper()
	out, err := c.DescribeView(t.Context(), &connect.DescribeViewInput{InstanceId: aws.String(first), ViewId: &id})
	if err != nil {
		return nil, err
	}
	return out.View, nil
}

// titleOf is the title of a copy of a view, or the error's code.
func titleOf(t testing.TB, c *connect.Client, id string) string {
	t.Helper()
	v, err := readView(t, c, id)
	if err != nil {
		return code(err)
	}
	var tree struct{ Head struct{ Title string } }
	if err := json.Unmarshal([]byte(*v.Content.Template), &tree); err != nil {
		return err.Error()
	}
	return tree.Head.Title
}

func setView(t testing.TB, c *connect.Client, id string, status types.ViewStatus, content *types.ViewInputContent) (*types.View, error) {
	t.Helper()
	out, err := c.UpdateViewContent(t.Context(), &connect.UpdateViewContentInput{InstanceId: aws.String(first), ViewId: &id, Status: status, Content: content})
	if err != nil {
		return nil, err
	}
	return out.View, nil
}

func renameView(t testing.TB, c *connect.Client, id string, name, description *string) error {
	t.Helper()
	_, err := c.UpdateViewMetadata(t.Context(), &connect.UpdateViewMetadataInput{InstanceId: aws.String(first), ViewId: &id, Name: name, Description: description})
	return err
}

func dropView(t testing.TB, c *connect.Client, id string) error {
	t.Helper()
	_, err := c.DeleteView(t.Context(), &connect.DeleteViewInput{InstanceId: aws.String(first), ViewId: &id})
	return err
}

// allViews is every answer about the customer's views: two are the same where nothing has changed.
func allViews(t testing.TB, c *connect.Client) string {
	t.Helper()
	var all []any
	for p := connect.NewListViewsPaginator(c, &connect.ListViewsInput{InstanceId: aws.String(first), Type: types.ViewTypeCustomerManaged}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range out.ViewsSummaryList {
			all = append(all, s, versionsOf(t, c, *s.Id))
			ids := []string{":$SAVED", ":$LATEST"}
			for _, v := range versionsOf(t, c, *s.Id) {
				ids = append(ids, fmt.Sprintf(":%d", v.Version))
			}
			for _, q := range ids {
				v, err := readView(t, c, *s.Id+q)
				all = append(all, v, code(err))
			}
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAViewIsCreatedInTheStatusAskedFor(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	for status, latest := range map[types.ViewStatus]string{types.ViewStatusSaved: "ResourceNotFoundException", types.ViewStatusPublished: "T"} {
		in := viewInput("View "+string(status), status, viewContent(screen("T"), "Next"))
		in.Description, in.Tags = aws.String("What it is for, (in short)"), map[string]string{"team": "care"}
		out, err := c.CreateView(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		v := out.View
		if v.Status != status || v.Type != types.ViewTypeCustomerManaged || *v.Name != *in.Name || *v.Description != *in.Description || v.Tags["team"] != "care" ||
			*v.Arn != viewsHere+*v.Id || v.Version != 0 || !v.CreatedTime.Equal(w.clock.Now()) || !v.LastModifiedTime.Equal(w.clock.Now()) ||
			len(*v.ViewContentSha256) != 64 {
			t.Errorf("%s: %+v", status, v)
		}
		if *v.Content.Template != *in.Content.Template || !slices.Equal(v.Content.Actions, []string{"Next"}) ||
			!strings.Contains(*v.Content.InputSchema, `"properties":{"Customer":`) || !strings.Contains(*v.Content.InputSchema, `"required":["Customer"]`) {
			t.Errorf("%s: %+v", status, v.Content)
		}
		for q, want := range map[string]string{"": latest, ":$LATEST": latest, ":$SAVED": "T", ":1": "ResourceNotFoundException"} {
			if got := titleOf(t, c, *v.Id+q); got != want {
				t.Errorf("%s%s is %q, want %q", status, q, got, want)
			}
		}
		list, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(first), Type: types.ViewTypeCustomerManaged})
		if err != nil || !slices.ContainsFunc(list.ViewsSummaryList, func(s types.ViewSummary) bool { return *s.Id == *v.Id && s.Status == status }) {
			t.Errorf("%s: listed %+v, %v", status, list, err)
		}
	}
	out, err := c.CreateView(t.Context(), viewInput("No actions", types.ViewStatusSaved, &types.ViewInputContent{Template: aws.String("{}")}))
	if err != nil || out.View.Content.Actions == nil || len(out.View.Content.Actions) != 0 {
		t.Errorf("without actions: %+v, %v", out, err)
	}
}

func TestAClientTokenMakesOneView(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	send := func(name, token string, change func(*connect.CreateViewInput)) (*types.View, error) {
		in := viewInput(name, types.ViewStatusPublished, viewContent(screen("One"), "Next"))
		in.ClientToken = &token
		change(in)
		out, err := c.CreateView(t.Context(), in)
		if err != nil {
			return nil, err
		}
		return out.View, nil
	}
	same := func(*connect.CreateViewInput) {}
	made, err := send("One", "token 1", same)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := send("One", "token 1", same); err != nil || *again.Id != *made.Id || *again.ViewContentSha256 != *made.ViewContentSha256 {
		t.Errorf("the same request: %+v, %v", again, err)
	}
	if _, err := setView(t, c, *made.Id, types.ViewStatusPublished, viewContent(screen("Two"), "Next")); err != nil {
		t.Fatal(err)
	}
	if again, err := send("One", "token 1", same); err != nil || *again.Id != *made.Id || *again.Content.Template != screen("Two") {
		t.Errorf("the same request after an update: %+v, %v", again, err)
	}
	before := allViews(t, c)
	for what, change := range map[string]func(*connect.CreateViewInput){
		"name":        func(in *connect.CreateViewInput) { in.Name = aws.String("Two") },
		"status":      func(in *connect.CreateViewInput) { in.Status = types.ViewStatusSaved },
		"description": func(in *connect.CreateViewInput) { in.Description = aws.String("d") },
		"template":    func(in *connect.CreateViewInput) { in.Content.Template = aws.String(screen("Two")) },
		"actions":     func(in *connect.CreateViewInput) { in.Content.Actions = []string{"Next", "Back"} },
		"tags":        func(in *connect.CreateViewInput) { in.Tags = map[string]string{"a": "b"} },
	} {
		if _, err := send("One", "token 1", change); code(err) != "InvalidRequestException" {
			t.Errorf("another %s: %v", what, err)
		}
	}
	_, err = send("One", "token 2", same)
	wantCode(t, err, "DuplicateResourceException")
	_, err = send("One", "", same)
	wantCode(t, err, "DuplicateResourceException")
	_, err = send("Other", "not; a token", same)
	wantCode(t, err, "InvalidParameterException")
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
	if err := dropView(t, c, *made.Id); err != nil {
		t.Fatal(err)
	}
	if again, err := send("One", "token 1", same); err != nil || *again.Id == *made.Id {
		t.Errorf("the token of a view that is gone: %+v, %v", again, err)
	}
	for _, name := range []string{"No token 1", "No token 2"} {
		if _, err := send(name, "", same); err != nil {
			t.Error("an empty token:", err)
		}
	}
}

func TestOfManyCreatesWithOneTokenOneMakesTheView(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	ids := make([]string, 20)
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			in := viewInput("One", types.ViewStatusPublished, viewContent(screen("One"), "Next"))
			in.ClientToken = aws.String("t")
			if out, err := c.CreateView(t.Context(), in); err != nil {
				t.Error(err)
			} else {
				ids[i] = *out.View.Id
			}
		})
	}
	wait.Wait()
	if ids = slices.Compact(ids); len(ids) != 1 {
		t.Errorf("%d views were made", len(ids))
	}
}

func TestViewNamesAreUniqueAndFreeAgain(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	one, two := makeView(t, c, "One", types.ViewStatusPublished), makeView(t, c, "Two", types.ViewStatusSaved)
	before := allViews(t, c)
	for _, name := range []string{"One", "Two", "Store wrap-up", "after-contact-work", "form"} {
		_, err := c.CreateView(t.Context(), viewInput(name, types.ViewStatusSaved, viewContent("{}")))
		if wantCode(t, err, "DuplicateResourceException"); err != nil && !strings.Contains(err.Error(), "View name already exists for the instance") {
			t.Error(err)
		}
		if name != "One" {
			wantCode(t, renameView(t, c, *one.Id, &name, nil), "DuplicateResourceException")
		}
	}
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
	if err := renameView(t, c, *one.Id, aws.String("One"), nil); err != nil {
		t.Error("a view's own name:", err)
	}
	makeView(t, c, "one", types.ViewStatusSaved) // names differ by case
	if err := renameView(t, c, *one.Id, aws.String("Uno"), nil); err != nil {
		t.Fatal(err)
	}
	makeView(t, c, "One", types.ViewStatusSaved)
	if err := dropView(t, c, *two.Id); err != nil {
		t.Fatal(err)
	}
	if again := makeView(t, c, "Two", types.ViewStatusSaved); *again.Id == *two.Id {
		t.Error("an id was given twice")
	}
	elsewhere := viewInput("One", types.ViewStatusSaved, viewContent("{}"))
	elsewhere.InstanceId = aws.String(second)
	if _, err := w.client(t, "eu-central-1").CreateView(t.Context(), elsewhere); err != nil {
		t.Error("another instance:", err)
	}
}

func TestTheQuotaOfViews(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{ViewQuota: 2})
	c := w.client(t, east)
	makeView(t, c, "One", types.ViewStatusPublished)
	two := makeView(t, c, "Two", types.ViewStatusSaved)
	before := allViews(t, c)
	_, err := c.CreateView(t.Context(), viewInput("Three", types.ViewStatusSaved, viewContent("{}")))
	var quota *types.ServiceQuotaExceededException
	if !errors.As(err, &quota) || allViews(t, c) != before {
		t.Errorf("above the quota: %v", err)
	}
	if err := dropView(t, c, *two.Id); err != nil {
		t.Fatal(err)
	}
	makeView(t, c, "Three", types.ViewStatusSaved)
}

func TestAnUpdateOfAViewWritesTheCopiesOfItsStatus(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	made := makeView(t, c, "View", types.ViewStatusSaved)
	id, created := *made.Id, w.clock.Now()
	for i, x := range []struct {
		id            string
		status        types.ViewStatus
		saved, latest string
	}{
		{id, types.ViewStatusSaved, "0", "ResourceNotFoundException"},
		{id, types.ViewStatusPublished, "1", "1"},
		{*made.Arn, types.ViewStatusSaved, "2", "1"},
		{id + ":$SAVED", types.ViewStatusPublished, "3", "3"},
		{id + ":$LATEST", types.ViewStatusSaved, "4", "3"},
		{*made.Arn + ":$LATEST", types.ViewStatusPublished, "5", "5"},
	} {
		w.clock.add(time.Minute)
		title := fmt.Sprint(i)
		v, err := setView(t, c, x.id, x.status, viewContent(screen(title), "Next"))
		if err != nil {
			t.Fatal(x.id, err)
		}
		if *v.Id != id || *v.Arn != *made.Arn || v.Status != x.status || *v.Content.Template != screen(title) ||
			!v.CreatedTime.Equal(created) || !v.LastModifiedTime.Equal(w.clock.Now()) {
			t.Errorf("%s answered %+v", x.id, v)
		}
		if s, l := titleOf(t, c, id+":$SAVED"), titleOf(t, c, id); s != x.saved || l != x.latest {
			t.Errorf("after %s as %s: saved %q, latest %q", x.id, x.status, s, l)
		}
	}
}

func TestAViewsMetadata(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	made := makeView(t, c, "View", types.ViewStatusSaved)
	id := *made.Id
	w.clock.add(time.Hour)
	for i, x := range []struct {
		id                string
		name, description *string
		want              string
	}{
		{id, aws.String("Renamed"), nil, "Renamed: "},
		{*made.Arn, nil, aws.String("what it is for"), "Renamed: what it is for"},
		{id + ":$SAVED", aws.String("A"), aws.String("b"), "A: b"},
		{id + ":$LATEST", aws.String("B"), nil, "B: b"},
	} {
		if err := renameView(t, c, x.id, x.name, x.description); err != nil {
			t.Fatal(i, err)
		}
		v, err := readView(t, c, id+":$SAVED")
		if err != nil || *v.Name+": "+aws.ToString(v.Description) != x.want ||
			!v.LastModifiedTime.Equal(*made.LastModifiedTime) || *v.ViewContentSha256 != *made.ViewContentSha256 {
			t.Errorf("%d: %+v, %v", i, v, err)
		}
	}
	if got := titleOf(t, c, id); got != "ResourceNotFoundException" {
		t.Error("metadata published the view")
	}
	before := allViews(t, c)
	wantCode(t, renameView(t, c, id, nil, nil), "InvalidParameterException")
	for _, bad := range []string{"", " begins with a space", "a;b", "a,b", "a\nb", strings.Repeat("x", 256)} {
		wantCode(t, renameView(t, c, id, &bad, nil), "InvalidParameterException")
	}
	for _, bad := range []string{"", " begins with a space", "a;b", "a\nb", strings.Repeat("x", 4097)} {
		wantCode(t, renameView(t, c, id, aws.String("Other"), &bad), "InvalidParameterException")
	}
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
	if err := renameView(t, c, id, aws.String(strings.Repeat("名", 255)), aws.String("Sätze, (auch) mit 'Zeichen'_.:/=+-@")); err != nil {
		t.Error(err)
	}
}

func TestADeletedViewIsGoneEverywhere(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	for _, q := range []string{"", ":$SAVED", ":$LATEST"} {
		v := makeView(t, c, "View", types.ViewStatusPublished)
		if _, err := numberView(t, c, *v.Id, "", ""); err != nil {
			t.Fatal(err)
		}
		if err := dropView(t, c, *v.Arn+q); err != nil {
			t.Fatal(q, err)
		}
		for _, copy := range []string{"", ":$SAVED", ":$LATEST", ":1"} {
			if got := titleOf(t, c, *v.Id+copy); got != "ResourceNotFoundException" {
				t.Errorf("%s%s is still there: %s", *v.Id, copy, got)
			}
		}
		for name, write := range viewWrites {
			if err := write(t, c, *v.Id); code(err) != "ResourceNotFoundException" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := c.ListViewVersions(t.Context(), &connect.ListViewVersionsInput{InstanceId: aws.String(first), ViewId: v.Id})
		wantCode(t, err, "ResourceNotFoundException")
		if got := allViews(t, c); got != "null" {
			t.Error("still listed:", got)
		}
	}
}

func TestPagesOfViewsStandWhatComesGoesAndIsRenamed(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	ids := map[string]string{}
	for _, name := range []string{"d", "b", "f", "h"} {
		ids[name] = *makeView(t, c, name, types.ViewStatusSaved).Id
	}
	var token *string
	page := func() (names string) {
		t.Helper()
		out, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(4), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.ViewsSummaryList {
			names += " " + *v.Name
		}
		token = out.NextToken
		return names
	}
	if got := page() + " |" + page(); got != " after-contact-work cards confirmation detail | form list b d" {
		t.Fatal(got)
	}
	makeView(t, c, "a", types.ViewStatusSaved) // before the page's end: not in it any more
	makeView(t, c, "g", types.ViewStatusSaved)
	if err := dropView(t, c, ids["b"]); err != nil {
		t.Fatal(err)
	}
	if err := renameView(t, c, ids["d"], aws.String("e"), nil); err != nil { // the last one given: it comes again under its new name
		t.Fatal(err)
	}
	if got := page(); got != " e f g h" || token != nil {
		t.Error(got, token)
	}
}

func TestViewOperationsAreThrottledAsTheyModelIt(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{Rate: 0.001, Burst: 1})
	c := w.client(t, east)
	all := map[string]func(testing.TB, *connect.Client, string) error{
		"CreateView": func(t testing.TB, c *connect.Client, id string) error {
			_, err := c.CreateView(t.Context(), viewInput("n", types.ViewStatusSaved, viewContent("{}")))
			return err
		},
		"ListViewVersions": func(t testing.TB, c *connect.Client, id string) error {
			_, err := c.ListViewVersions(t.Context(), &connect.ListViewVersionsInput{InstanceId: aws.String(first), ViewId: &id})
			return err
		},
	}
	for name, write := range viewWrites {
		all[name] = write
	}
	for name, do := range all {
		_ = do(t, c, nobody)
		if err := do(t, c, nobody); code(err) != "TooManyRequestsException" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
