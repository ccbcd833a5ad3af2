package acw

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// reference reads a file of the shared test data.
func reference(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "..", "shared"}, path...)...))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the shared test data is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t *testing.T, content []byte) *flow.Document {
	t.Helper()
	d, err := flow.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func lift(t *testing.T, content []byte) Lifted {
	t.Helper()
	l, ok := Lift(parse(t, content))
	if !ok {
		t.Fatal("the flow has no reachable Show view block")
	}
	return l
}

func asJSON(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func sampleGuide() Guide { return Sample("aws", "eu-central-1") }

func TestTheCompiledSampleIsTheDocumentations(t *testing.T) {
	t.Parallel()
	want := reference(t, "reference", "acw-sample-flow.json")
	got := CompileFor(sampleGuide(), SampleName(), SampleDescription())
	if d := cmp.Diff(asJSON(t, want), asJSON(t, got)); d != "" {
		t.Error(d)
	}
}

func TestTheKnownViewHasTheFactsOfTheServices(t *testing.T) {
	t.Parallel()
	var doc struct {
		Actions  []string
		Template json.RawMessage
	}
	if err := json.Unmarshal(reference(t, "reference", "acw-view.json"), &doc); err != nil {
		t.Fatal(err)
	}
	want, err := view.Parse(string(doc.Template), "", doc.Actions)
	if err != nil {
		t.Fatal(err)
	}
	got := KnownView()
	if d := cmp.Diff([]any{want.Title, want.Inputs, want.Results, want.Actions}, []any{got.Title, got.Inputs, got.Results, got.Actions}); d != "" {
		t.Error(d)
	}
}

func TestContentHasNoExportMembers(t *testing.T) {
	t.Parallel()
	meta := asJSON(t, Compile(sampleGuide())).(map[string]any)["Metadata"].(map[string]any)
	for _, name := range []string{"name", "description", "type", "status", "hash"} {
		if _, ok := meta[name]; ok {
			t.Errorf("Metadata has %s", name)
		}
	}
}

func TestANewGuideAnswersNothingInAdvance(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"CustomerName": "$.Attributes.CustomerName", "PhoneNumber": "$.Attributes.CustomerPhoneNumber", "Example_Label": "-",
	}
	for key, text := range sampleGuide().Values {
		if strings.HasSuffix(key, "_Title") || strings.HasSuffix(key, "_Description") {
			want[key] = text
		}
	}
	g := New("aws-cn", "cn-north-1", nil)
	if d := cmp.Diff(want, g.Values); d != "" {
		t.Error(d)
	}
	if g.TimeLimit != 480 || g.Silent || g.ViewARN != "arn:aws-cn:connect:cn-north-1:aws:view/after-contact-work:1" {
		t.Errorf("got %+v", g)
	}
	if found := Check(g, nil, Compile(g)); len(found) > 0 {
		t.Errorf("a new guide has findings: %+v", found)
	}
	if d := cmp.Diff([]string{"CustomerName", "CustomerPhoneNumber"}, g.Attributes()); d != "" {
		t.Error(d)
	}
}

func TestANewGuideFollowsTheInstancesView(t *testing.T) {
	t.Parallel()
	v := KnownView()
	for i := range v.Inputs {
		v.Inputs[i].Required = v.Inputs[i].Name == "Example_Url"
	}
	g := New("aws", "us-east-1", v)
	if _, ok := g.Values["Example_Label"]; ok {
		t.Error("a label that is not required is there")
	}
	found := Check(g, v, nil)
	if len(found) != 1 || found[0].Message.ID != "acw.check.required" || found[0].Key != "Example_Url" || found[0].Mend != nil {
		t.Errorf("a required link without a value: %+v", found)
	}
	if err := Validate(g, v); !fault.Is(err, fault.Invalid) {
		t.Errorf("Validate: %v", err)
	}
}

func TestWithLeavesTheGuideAsItWas(t *testing.T) {
	t.Parallel()
	g := Guide{Values: map[string]string{"a": "1"}}
	if h := g.With("a", "").With("b", "2"); !cmp.Equal(h.Values, map[string]string{"b": "2"}) || !cmp.Equal(g.Values, map[string]string{"a": "1"}) {
		t.Errorf("got %v, left %v", h.Values, g.Values)
	}
	if h := (Guide{}).With("a", "1"); h.Values["a"] != "1" {
		t.Error("no value in a guide that had none")
	}
}

func TestAttributesReadsEveryPath(t *testing.T) {
	t.Parallel()
	g := Guide{Values: map[string]string{"a": "Hi $.Attributes.b, $.Attributes.['my key']", "c": "$.Customer.x"}}
	if d := cmp.Diff([]string{"b", "my key"}, g.Attributes()); d != "" {
		t.Error(d)
	}
}

func TestIsAfterContactWork(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		ViewARN("aws-us-gov", "us-gov-west-1"):                    true,
		"arn:aws:connect:eu-west-2:aws:view/after-contact-work:2": true,
		"arn:aws:connect:eu-west-2:aws:view/after-contact-work":   true,
		"after-contact-work":                                      true,
		"after-contact-work:1":                                    true,
		"after-contact-work:$LATEST":                              true,
		"after-contact-work:":                                     false,
		"after-contact-work:1:2":                                  false,
		"after-contact-work:one more":                             false,
		"my-after-contact-work:1":                                 false,
		"arn:aws:connect:eu-west-2:aws:view/after-contact-work:":  false,
		"arn:aws:connect:eu-west-2:111122223333:instance/aaaaaaaa-0000-4000-8000-000000000000/view/after-contact-work:1": false,
		"arn:aws:connect:eu-west-2:aws:view/after-contact-work-copy:1":                                                   false,
		"arn:aws:connect:eu-west-2:aws:view/form:1":                                                                      false,
		"$.Attributes.view": false,
		"":                  false,
	} {
		if got := IsAfterContactWork(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}
