package connectsim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

func TestAViewsContentMayHave400Kilobytes(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	// An action of four characters and five bytes, and a template that fills up the rest.
	sized := func(n int) *types.ViewInputContent {
		const frame = `{"Head":{"Title":"","Configuration":{}},"Body":[]}`
		return viewContent(strings.Replace(frame, `""`, `"`+strings.Repeat("x", n-5-len(frame))+`"`, 1), "Nächt"[:5])
	}
	for _, status := range []types.ViewStatus{types.ViewStatusSaved, types.ViewStatusPublished} {
		out, err := c.CreateView(t.Context(), viewInput(string(status), status, sized(400_000)))
		if err != nil {
			t.Fatal(err)
		}
		before := allViews(t, c)
		_, err = c.CreateView(t.Context(), viewInput("Too long", status, sized(400_001)))
		if wantCode(t, err, "InvalidParameterException"); err != nil && !strings.Contains(err.Error(), "400 kB") {
			t.Error(err)
		}
		_, err = setView(t, c, *out.View.Id, status, sized(400_001))
		wantCode(t, err, "InvalidParameterException")
		if allViews(t, c) != before {
			t.Error("a refusal changed a view")
		}
		if _, err := setView(t, c, *out.View.Id, status, sized(399_999)); err != nil {
			t.Error(err)
		}
	}
}

// viewWrites are the operations that write a view that is there.
var viewWrites = map[string]func(testing.TB, *connect.Client, string) error{
	"UpdateViewContent": func(t testing.TB, c *connect.Client, id string) error {
		_, err := setView(t, c, id, types.ViewStatusPublished, viewContent(screen("changed"), "Next"))
		return err
	},
	"UpdateViewMetadata": func(t testing.TB, c *connect.Client, id string) error {
		return renameView(t, c, id, aws.String("Changed"), nil)
	},
	"DeleteView": dropView,
	"CreateViewVersion": func(t testing.TB, c *connect.Client, id string) error {
		_, err := numberView(t, c, id, "", "")
		return err
	},
	"DeleteViewVersion": func(t testing.TB, c *connect.Client, id string) error { return dropVersion(t, c, id, 1) },
}

func TestWhatIsNoViewOfTheCustomersIsNotWritten(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	if _, err := numberView(t, c, id, "", ""); err != nil {
		t.Fatal(err)
	}
	before := allViews(t, c)
	for name, write := range viewWrites {
		for ref, want := range map[string]string{
			acwView:               "AccessDeniedException",
			acwView + ":1":        "AccessDeniedException",
			acwView + ":$SAVED":   "AccessDeniedException",
			"after-contact-work":  "InvalidParameterException",
			id + ":1":             "InvalidParameterException",
			id + ":7":             "InvalidParameterException",
			id + ":alias":         "InvalidParameterException",
			viewsHere + id + ":1": "InvalidParameterException",
			nobody:                "ResourceNotFoundException",
			nobody + ":1":         "ResourceNotFoundException",
			"nonsense":            "ResourceNotFoundException",
			strings.Replace(viewsHere, first, second, 1) + id:                  "ResourceNotFoundException",
			strings.Replace(viewsHere, "us-east-1", "eu-central-1", 1) + id:    "ResourceNotFoundException",
			strings.Replace(viewsHere, "111122223333", "444455556666", 1) + id: "ResourceNotFoundException",
			strings.Replace(viewsHere, "/view/", "/contact-flow/", 1) + id:     "ResourceNotFoundException",
			"a b":                      "InvalidParameterException",
			"../" + id:                 "InvalidParameterException",
			strings.Repeat("a", 501):   "InvalidParameterException",
			viewsHere + id + ":$OTHER": "ResourceNotFoundException",
		} {
			if err := write(t, c, ref); code(err) != want {
				t.Errorf("%s %.80s: %v, want %s", name, ref, err, want)
			}
		}
	}
	for _, in := range []string{second, third, "nonsense"} {
		create := viewInput("New", types.ViewStatusSaved, viewContent("{}"))
		create.InstanceId = &in
		_, err := c.CreateView(t.Context(), create)
		wantCode(t, err, "ResourceNotFoundException")
	}
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
}

func TestViewContentIsCheckedAsItsStatusAsks(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	view := makeView(t, c, "View", types.ViewStatusPublished)
	before := allViews(t, c)
	const invalid = "InvalidParameterException"
	for name, x := range map[string]struct {
		content          *types.ViewInputContent
		saved, published string // codes
		says             string // in the message of the refused publication
	}{
		"nothing":                  {&types.ViewInputContent{}, invalid, invalid, "Template"},
		"an empty template":        {viewContent(""), invalid, invalid, "Template"},
		"no JSON":                  {viewContent("{\"Head\":"), invalid, invalid, "Template"},
		"a list":                   {viewContent("[]"), invalid, invalid, "Template must be object"},
		"null":                     {viewContent("null"), invalid, invalid, "Template must be object"},
		"two objects":              {viewContent("{}{}"), invalid, invalid, "Template"},
		"deep nesting":             {viewContent(strings.Repeat(`{"a":`, 60_000) + "1" + strings.Repeat("}", 60_000)), invalid, invalid, "nested"},
		"an empty object":          {viewContent("{}"), "<nil>", invalid, "'Head'"},
		"a missing property":       {viewContent(unpublishable), "<nil>", invalid, "/Body/0/Props must have required property 'Id'"},
		"an _id twice":             {viewContent(strings.Replace(screen("T"), `"_id":"go"`, `"_id":"bar"`, 1), "Next"), "<nil>", invalid, "_id"},
		"an action not listed":     {viewContent(screen("T"), "Back"), "<nil>", invalid, "Next"},
		"an action with a control": {viewContent("{}", "a\x01"), invalid, invalid, "Content.Actions[0]"},
		"an empty action":          {viewContent("{}", ""), invalid, invalid, "Content.Actions[0]"},
		"too long an action":       {viewContent("{}", strings.Repeat("a", 256)), invalid, invalid, "Content.Actions[0]"},
	} {
		t.Run("with "+name, func(t *testing.T) {
			for status, want := range map[types.ViewStatus]string{types.ViewStatusSaved: x.saved, types.ViewStatusPublished: x.published} {
				out, err := c.CreateView(t.Context(), viewInput("New", status, x.content))
				if code(err) != want || want == invalid && status == types.ViewStatusPublished && !strings.Contains(err.Error(), x.says) {
					t.Errorf("created as %s: %.300v", status, err)
				}
				if err == nil {
					if _, err := setView(t, c, *out.View.Id, status, x.content); err != nil {
						t.Errorf("updated as %s: %.300v", status, err)
					}
					if err := dropView(t, c, *out.View.Id); err != nil {
						t.Error(err)
					}
				} else if _, err := setView(t, c, *view.Id, status, x.content); code(err) != want {
					t.Errorf("updated as %s: %.300v", status, err)
				}
			}
		})
	}
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
}

func TestGarbageMakesNoView(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	id := *makeView(t, c, "View", types.ViewStatusPublished).Id
	before := allViews(t, c)
	const create, draft = "/views/" + first, `{"Name":"n","Status":"SAVED","Content":{"Template":"{}"}`
	for name, x := range map[string]struct{ method, path, body, code string }{
		"no body":                  {"PUT", create, "", "InvalidParameterException"},
		"half a body":              {"PUT", create, `{"Name":"n","Status":"SAVED","Content":{"Temp`, "InvalidRequestException"},
		"ten megabytes":            {"PUT", create, `{"Name":"n","Status":"SAVED","Content":{"Template":"` + strings.Repeat("x", 10<<20) + `"}}`, "InvalidRequestException"},
		"no status":                {"PUT", create, `{"Name":"n","Content":{"Template":"{}"}}`, "InvalidParameterException"},
		"a status outside":         {"PUT", create, `{"Name":"n","Status":"DRAFT","Content":{"Template":"{}"}}`, "InvalidParameterException"},
		"no name":                  {"PUT", create, `{"Status":"SAVED","Content":{"Template":"{}"}}`, "InvalidParameterException"},
		"no content":               {"PUT", create, `{"Name":"n","Status":"SAVED"}`, "InvalidParameterException"},
		"content as a string":      {"PUT", create, `{"Name":"n","Status":"SAVED","Content":"{}"}`, "InvalidParameterException"},
		"a template as an object":  {"PUT", create, `{"Name":"n","Status":"SAVED","Content":{"Template":{}}}`, "InvalidParameterException"},
		"actions as a string":      {"PUT", create, `{"Name":"n","Status":"SAVED","Content":{"Template":"{}","Actions":"a"}}`, "InvalidParameterException"},
		"a null action":            {"PUT", create, `{"Name":"n","Status":"SAVED","Content":{"Template":"{}","Actions":[null]}}`, "InvalidParameterException"},
		"too long a token":         {"PUT", create, draft + `,"ClientToken":"` + strings.Repeat("t", 501) + `"}`, "InvalidParameterException"},
		"reserved tags":            {"PUT", create, draft + `,"Tags":{"aws:x":"1"}}`, "InvalidParameterException"},
		"no tags in a map":         {"PUT", create, draft + `,"Tags":{}}`, "InvalidParameterException"},
		"an update of nothing":     {"POST", create + "/" + id, `{}`, "InvalidParameterException"},
		"a version in words":       {"DELETE", create + "/" + id + "/versions/one", "", "InvalidParameterException"},
		"a huge version":           {"DELETE", create + "/" + id + "/versions/99999999999", "", "InvalidParameterException"},
		"too short a hash":         {"PUT", create + "/" + id + "/versions", `{"ViewContentSha256":"a"}`, "InvalidParameterException"},
		"a hash of signs":          {"PUT", create + "/" + id + "/versions", `{"ViewContentSha256":"` + strings.Repeat("-", 64) + `"}`, "InvalidParameterException"},
		"a page of 101 versions":   {"GET", create + "/" + id + "/versions?maxResults=101", "", "InvalidParameterException"},
		"an empty token":           {"GET", create + "/" + id + "/versions?nextToken=", "", "InvalidParameterException"},
		"an instance's id of dots": {"PUT", "/views/%2E%2E", draft + "}", "InvalidParameterException"},
	} {
		t.Run("with "+name, func(t *testing.T) {
			if r := w.raw(t, x.method, x.path, x.body); r.Header.Get("X-Amzn-ErrorType") != x.code {
				t.Errorf("%d %.200s", r.StatusCode, answer(t, r))
			}
		})
	}
	if allViews(t, c) != before {
		t.Error("a refusal changed a view")
	}
}
