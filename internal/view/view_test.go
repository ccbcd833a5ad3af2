package view

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
)

// reference reads the after-contact-work view as the service describes it.
func reference(t *testing.T) (template string, actions []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "reference", "acw-view.json"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the reference view is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Actions  []string
		Template json.RawMessage
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return string(doc.Template), doc.Actions
}

func TestParseReadsTheAfterContactWorkView(t *testing.T) {
	t.Parallel()
	template, actions := reference(t)
	v, err := Parse(template, "", actions)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name, Use, Label, Node, Section string
		Options                         int
		Required                        bool
	}
	var got []row
	for _, in := range v.Inputs {
		got = append(got, row{in.Name, string(in.Use), in.Label, in.Node, in.Section, len(in.Options), in.Required})
	}
	d, s, n := "Disposition_Section", "ContactSummary_Section", "AdditionalNotes_Section"
	want := []row{
		{"CustomerName", "bar-value", "Customer Name", "AttributeBar", "", 0, true},
		{"PhoneNumber", "bar-value", "Phone Number", "AttributeBar", "", 0, true},
		{"Example_Label", "bar-value", "Example", "AttributeBar", "", 0, true},
		{"Example_Url", "bar-url", "Example", "AttributeBar", "", 0, false},
		{"ContactWrapUp_Header_Title", "title", "", "ContactWrapUp_Header", "", 0, false},
		{"ContactWrapUp_Header_Description", "description", "", "ContactWrapUp_Header", "", 0, false},
		{"Disposition_Header_Title", "title", "", "Disposition_Header", d, 0, false},
		{"Disposition_Header_Description", "description", "", "Disposition_Header", d, 0, false},
		{"Category_DefaultValue", "answer", "Category", "Category_Dropdown", d, 2, false},
		{"Driver_DefaultValue", "answer", "Driver", "Driver_Dropdown", d, 6, false},
		{"Satisfaction_DefaultValue", "answer", "Customer Satisfaction Rating", "CustomerSatisfactionRating_Dropdown", d, 5, false},
		{"FollowUp_DefaultValue", "answer", "Follow Up Required", "FollowUp_Dropdown", d, 2, false},
		{"Resolved_DefaultValue", "answer", "Resolved", "Resolved_Dropdown", d, 2, false},
		{"ContactSummary_Header_Title", "title", "", "ContactSummary_Header", s, 0, false},
		{"ContactSummary_Header_Description", "description", "", "ContactSummary_Header", s, 0, false},
		{"ContactSummary_DefaultValue", "text", "Modified Summary", "ContactSummary_TextArea", s, 0, false},
		{"AdditionalNotes_Header_Title", "title", "", "AdditionalNotes_Header", n, 0, false},
		{"AdditionalNotes_Header_Description", "description", "", "AdditionalNotes_Header", n, 0, false},
		{"AdditionalNotes_DefaultValue", "text", "Contact Notes", "AdditionalNotes_TextArea", n, 0, false},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var results []string
	for _, f := range v.Results {
		results = append(results, f.Result())
	}
	const p = "$.Views.ViewResultData."
	if d := cmp.Diff([]string{p + "Category.0", p + "Driver.0", p + "Satisfaction.0", p + "FollowUp.0", p + "Resolved.0", p + "ModifiedSummary", p + "ContactNotes"}, results); d != "" {
		t.Error(d)
	}
	if v.Title != "After Contact Work" {
		t.Errorf("title %q", v.Title)
	}
	bar := v.Nodes[0].Bar
	if len(bar) != 3 || bar[2] != (Attribute{"Example", "$.Example_Label", "$.Example_Url"}) {
		t.Errorf("bar %+v", bar)
	}
	form := v.Nodes[2].Children
	if d := cmp.Diff([]Button{{"Cancel", "Cancel", "normal"}, {"Submit", "Submit", "primary"}}, form[len(form)-1].Buttons); d != "" {
		t.Error(d)
	}
	without, err := Parse(template, "", nil)
	if err != nil || !cmp.Equal(without.Actions, actions) {
		t.Errorf("actions taken from the tree: %v, %v", without.Actions, err)
	}
}

func TestOnlyAWholeValueIsAPlaceholder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"$.CustomerName": "CustomerName", "$.a-b_1": "a-b_1", "$.備註": "備註",
		"Hi $.Name": "", "$.Name ": "", "$.": "", "$": "", "": "", "$.#Case.id": "", "$.Attributes.x": "", "$.Items[0]": "",
	} {
		if got, ok := Placeholder(text); got != want || ok != (want != "") {
			t.Errorf("Placeholder(%q) = %q, %v", text, got, ok)
		}
	}
}

const small = `{"Head":{"Title":"T"},"Body":[{"Type":"Section","_id":"S","Props":{"Heading":"$.H"},"Content":[
 {"Type":"TextArea","_id":"A","Props":{"Label":"Note","Name":"Note","HelperText":"Say $.Name","DefaultValue":"$.Note","MaxLength":40,"Required":"true"}},
 {"Type":"RadioGroup","_id":"R","Props":{"Label":"$.L","Name":"R","DefaultValue":"$.H","Options":[{"Label":"One","Value":"1"}]}},
 {"Type":"Dropdown","_id":"D","Props":{"Label":"D","Name":"D","DefaultValue":["a","b"],"Options":"$.Options"}}]},
 {"Type":"Container","_id":"C","Props":{"footer":{"Type":"Button","Props":{"Action":"Go"},"Content":["Send"]}},"Content":"$.Body"}]}`

func TestParseReadsOtherComponents(t *testing.T) {
	t.Parallel()
	v, err := Parse(small, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Input{
		{Name: "H", Use: UseTitle, Node: "S", Section: "S"},
		{Name: "Note", Use: UseText, Label: "Note", Node: "A", Section: "S"},
		{Name: "L", Use: UseOther, Node: "R", Section: "S", Required: true},
		{Name: "Options", Use: UseOther, Label: "D", Node: "D", Section: "S"},
		{Name: "Body", Use: UseOther, Node: "C"},
	}
	if d := cmp.Diff(want, v.Inputs); d != "" {
		t.Error(d)
	}
	fields := v.Nodes[0].Children
	if n := fields[0]; !n.Required || n.Props["MaxLength"] != "40" || n.Field != "Note" {
		t.Errorf("text area %+v", n)
	}
	if fields[2].Default != "a" || fields[2].Options != nil {
		t.Errorf("dropdown %+v", fields[2])
	}
	if d := cmp.Diff([]Button{{Label: "Send", Action: "Go"}}, v.Nodes[1].Children[0].Buttons); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"Go"}, v.Actions); d != "" {
		t.Error(d)
	}
}

func TestTheSchemaDecidesWhatIsRequired(t *testing.T) {
	t.Parallel()
	schema := `{"properties":{"H":{},"Note":{},"Hidden":{}},"required":["Note","Hidden"]}`
	tests := []struct {
		name, schema string
		required     []string
	}{
		{"by its required list", schema, []string{"Note", "Hidden"}},
		{"nothing where the list is absent", `{"properties":{"H":{}}}`, nil},
		{"the props where the schema is unknown", "", []string{"L"}},
		{"the props where the schema is no schema", `[1]`, []string{"L"}},
		{"the props where the schema is null", `null`, []string{"L"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := Parse(small, tt.schema, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, in := range v.Inputs {
				if in.Required {
					got = append(got, in.Name)
				}
			}
			if d := cmp.Diff(tt.required, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseRefusesWhatIsNoTemplate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "[]", `"x"`, "{}", `{"Body":[]`, `{"Body":[]} {}`, "\xff"} {
		if v, err := Parse(text, "", nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("Parse(%q) = %v, %v", text, v, err)
		}
	}
}

func TestInputFindsByName(t *testing.T) {
	t.Parallel()
	v, err := Parse(small, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if in, ok := v.Input("Options"); !ok || in.Node != "D" {
		t.Errorf("got %+v, %v", in, ok)
	}
	if _, ok := v.Input("Nobody"); ok {
		t.Error("found an input that is not there")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small, `{"properties":{"H":{}},"required":["H"]}`)
	f.Add(`{"Body":{"Type":1,"Props":[],"Content":{"Content":["$.x",[null]]}}}`, `{"required":1}`)
	f.Add(`{"Head":7,"Body":[{"Type":"AttributeBar","Props":{"Attributes":{"Label":{},"Value":["$.v"]}}},{"Type":"ButtonGroup","Props":{"Items":"$.i"}}]}`, "")
	f.Fuzz(func(t *testing.T, template, schema string) {
		v, err := Parse(template, schema, nil)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("unclassified: %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, in := range v.Inputs {
			if seen[in.Name] {
				t.Fatalf("input %q twice", in.Name)
			}
			seen[in.Name] = true
		}
	})
}

func TestAPlaceholderUsedTwiceIsOneInputAsStrictAsBoth(t *testing.T) {
	t.Parallel()
	v, err := Parse(`{"Body":[{"Type":"Header","_id":"h","Content":["$.N"]},{"Type":"AttributeBar","_id":"b","Props":{"Attributes":[{"Label":"L","Value":"$.N"}]}}]}`, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Input{{Name: "N", Use: UseTitle, Node: "h", Required: true}}, v.Inputs); d != "" {
		t.Error(d)
	}
}
