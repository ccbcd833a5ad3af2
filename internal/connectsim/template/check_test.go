package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// with is a template with a head that is as small as it may be.
func with(nodes ...string) string {
	return `{"Head":{"Title":"T","Configuration":{}},"Body":[` + strings.Join(nodes, ",") + `]}`
}

// node is a component; its _id is its type.
func node(kind, props string, content ...string) string {
	return fmt.Sprintf(`{"_id":%q,"Type":%q,"Props":%s,"Content":[%s]}`, kind, kind, props, strings.Join(content, ","))
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const input = `{"Label":"L","Name":"N"%s}`
	field := func(kind, more string) string { return with(node(kind, fmt.Sprintf(input, more))) }
	tests := []struct {
		name, template string
		want           Problems
	}{
		{"nothing", ``, Problems{"Template must be JSON: unexpected end of JSON input"}},
		{"an end that is missing", `{"Head":`, Problems{"Template must be JSON: unexpected end of JSON input"}},
		{"a comma too many", `{"Head":{},}`, Problems{"Template must be JSON: invalid character '}' looking for beginning of object key string"}},
		{"two values", `{} {}`, Problems{"Template must be JSON: text after the template"}},
		{"a list", `[]`, Problems{"Template must be object"}},
		{"null", `null`, Problems{"Template must be object"}},
		{"an empty object", `{}`, Problems{"Template must have required property 'Head'", "Template must have required property 'Body'"}},

		{"a head that is a text", `{"Head":"T","Body":[]}`, Problems{"/Head must be object"}},
		{"a head without its members", `{"Head":{},"Body":[]}`,
			Problems{"/Head must have required property 'Title'", "/Head must have required property 'Configuration'"}},
		{"a title that is a list", `{"Head":{"Title":[],"Configuration":{}},"Body":[]}`, Problems{"/Head/Title must be string"}},
		{"the head's configuration is sealed", `{"Head":{"Title":"T","Configuration":{"Theme":1}},"Body":[]}`,
			Problems{"/Head/Configuration must NOT have additional properties: 'Theme'"}},
		{"a body that is an object", `{"Head":{"Title":"T","Configuration":{}},"Body":{}}`, Problems{"/Body must be array"}},
		{"text in the body", with(`"Hello"`), Problems{"/Body/0 must be object"}},

		{"a node without its members", with(`{}`), Problems{"/Body/0 must have required property '_id'",
			"/Body/0 must have required property 'Type'", "/Body/0 must have required property 'Props'"}},
		{"members of the wrong type", with(`{"_id":1,"Type":2,"Props":[],"Content":"x","Configuration":[]}`), Problems{"/Body/0/_id must be string",
			"/Body/0/Type must be string", "/Body/0/Props must be object", "/Body/0/Configuration must be object", "/Body/0/Content must be array"}},
		{"a component that is none", with(node("Carousel", `{"Anything":[{}]}`)),
			Problems{"/Body/0/Type must be equal to one of the allowed values: 'Carousel' is no component"}},
		{"the component in one that is none", with(node("Carousel", `{}`, node("Card", `{}`))), Problems{
			"/Body/0/Type must be equal to one of the allowed values: 'Carousel' is no component", "/Body/0/Content/0/Props must have required property 'Id'"}},
		{"an _id twice, deep in the tree", with(node("Container", `{}`, node("Section", `{}`, node("Loader", `{}`))), node("Loader", `{}`)),
			Problems{"/Body/1/_id must be unique: /Body/0/Content/0/Content/0/_id is 'Loader' too"}},
		{"content that is neither text nor component", with(node("TextBox", `{}`, `true`, `null`, `[]`)),
			Problems{"/Body/0/Content/0 must be string", "/Body/0/Content/1 must be string", "/Body/0/Content/2 must be string"}},
		{"a button that holds a component at the top", with(node("Button", `{"Action":"Go"}`, `"a"`, node("TextBox", `{}`, `"Go"`))),
			Problems{"/Body/0/Content/1 must be string"}},
		{"a card that does", with(node("Card", `{"Id":"c"}`, node("TextBox", `{}`))), Problems{"/Body/0/Content/0 must be string"}},

		{"a layout that is a text", with(`{"_id":"a","Type":"Loader","Props":{},"Configuration":{"Layout":"12"}}`),
			Problems{"/Body/0/Configuration/Layout must be object"}},
		{"what a layout does not have", with(`{"_id":"a","Type":"Form","Props":{},"Configuration":{"Layout":{"Align":"top","Columns":true,"Rows":1},"Props":{}}}`),
			Problems{"/Body/0/Configuration/Layout/Align must be equal to one of the allowed values: left, center, right",
				"/Body/0/Configuration/Layout/Columns must be string", "/Body/0/Configuration/Layout must NOT have additional properties: 'Rows'",
				"/Body/0/Configuration must NOT have additional properties: 'Props'"}},
		{"a column that is an object", with(`{"_id":"a","Type":"Form","Props":{},"Configuration":{"Layout":{"Columns":["6",6,{}]}}}`),
			Problems{"/Body/0/Configuration/Layout/Columns/2 must be string"}},
		{"styles that are no tokens", with(`{"_id":"a","Type":"Form","Props":{},"Configuration":{"Style":{"padding":"0","--Form-Padding":"0","--form_padding":"0","--form-padding":0}}}`),
			Problems{"/Body/0/Configuration/Style must NOT have additional properties: 'padding'",
				"/Body/0/Configuration/Style must NOT have additional properties: '--Form-Padding'",
				"/Body/0/Configuration/Style must NOT have additional properties: '--form_padding'", "/Body/0/Configuration/Style/--form-padding must be string"}},
		{"a style that is a list", with(`{"_id":"a","Type":"Form","Props":{},"Configuration":{"Style":[]}}`), Problems{"/Body/0/Configuration/Style must be string"}},

		{"a field without its label", with(node("TextArea", `{"Name":"N"}`)), Problems{"/Body/0/Props must have required property 'Label'"}},
		{"a field without anything", with(node("Toggle", `{}`)),
			Problems{"/Body/0/Props must have required property 'Label'", "/Body/0/Props must have required property 'Name'"}},
		{"a dropdown's default that is a text", field("Dropdown", `,"DefaultValue":"a"`), Problems{"/Body/0/Props/DefaultValue must be array"}},
		{"another field's that is a list", field("TextArea", `,"DefaultValue":["a"]`), Problems{"/Body/0/Props/DefaultValue must be string"}},
		{"options that are texts", field("RadioGroup", `,"Options":["a"]`), Problems{"/Body/0/Props/Options/0 must be object"}},
		{"an option without its value", field("Dropdown", `,"Options":[{"Label":"a","Value":"a"},{"Label":"b"}]`),
			Problems{"/Body/0/Props/Options/1 must have required property 'Value'"}},
		{"a boolean in other words", field("FormInput", `,"Required":"yes","Disabled":0`),
			Problems{"/Body/0/Props/Required must be boolean", "/Body/0/Props/Disabled must be boolean"}},
		{"a kind of input that is none", field("FormInput", `,"InputType":"date"`),
			Problems{"/Body/0/Props/InputType must be equal to one of the allowed values: number, text, password, email, tel, url"}},
		{"null", field("FormInput", `,"HelperText":null`), Problems{"/Body/0/Props/HelperText must be string"}},
		{"a condition that is a text", field("FormInput", `,"Visibility":"never"`), Problems{"/Body/0/Props/Visibility must be boolean"}},

		{"a button with a label", with(node("Button", `{"Label":"Go","Action":"Go"}`)), Problems{"/Body/0/Props must NOT have additional properties: 'Label'"}},
		{"a button that does nothing", with(node("Button", `{}`)), Problems{"/Body/0/Props must have required property 'Action'"}},
		{"a submit button without a label", with(node("SubmitButton", `{"Action":"Go"}`)), Problems{"/Body/0/Props must have required property 'Label'"}},
		{"a group without buttons", with(node("ButtonGroup", `{}`)), Problems{"/Body/0/Props must have required property 'Items'"}},
		{"a group's button", with(node("ButtonGroup", `{"Items":[{"Action":"Go","FormAction":"send","Text":"Go"}]}`)), Problems{
			"/Body/0/Props/Items/0 must have required property 'Label'",
			"/Body/0/Props/Items/0/FormAction must be equal to one of the allowed values: submit, none",
			"/Body/0/Props/Items/0 must NOT have additional properties: 'Text'"}},
		{"an attribute without its value", with(node("AttributeBar", `{"Attributes":[{"Label":"a"}]}`)), Problems{"/Body/0/Props/Attributes/0 must have required property 'Value'"}},
		{"a table without rows", with(node("Table", `{}`)), Problems{"/Body/0/Props must have required property 'Items'"}},
		{"a name that a pointer escapes", with(node("Section", `{"a/b~c":1}`), `{"_id":"x","Type":"HTMLBox","Props":{"a/b~c":{"d":"$.#I"}}}`), Problems{
			"/Body/0/Props must NOT have additional properties: 'a/b~c'",
			"/Body/1/Props/a~1b~0c/d integrations used in the view body are not included in the view head: 'I'"}},

		{"a text that begins like a reference", with(node("TextBox", `{}`, `"$.a-b"`, `"$."`, `"$.a b"`)), Problems{
			`/Body/0/Content/0 must match pattern "^$|^(?!\$\.).+"`, `/Body/0/Content/1 must match pattern "^$|^(?!\$\.).+"`, `/Body/0/Content/2 must match pattern "^$|^(?!\$\.).+"`}},
		{"a reference where nothing is known", with(node("TextBox", `{"Text":"$.X","Zzz":"x"}`), node("Table", `{"Items":[],"Zzz":"$.X"}`)), Problems{
			"/Body/0/Props/Text must NOT be a reference: the property is not known", "/Body/1/Props/Zzz must NOT be a reference: the property is not known"}},
		{"an integration that the head does not declare", with(node("AttributeSection", `{"Items":"$.#Case.items"}`)),
			Problems{"/Body/0/Props/Items integrations used in the view body are not included in the view head: 'Case'"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, Check(tt.template, []string{"Go"})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, template string }{
		{"no node", with()},
		{"members nobody knows", `{"Head":{"Title":"T","Configuration":{},"More":1},"Body":[{"_id":"a","Type":"Loader","Props":{},"More":1}],"More":1}`},
		{"nodes without content", with(`{"_id":"a","Type":"Section","Props":{}}`)},
		{"text in a button at the top", with(node("Button", `{"Action":"Go"}`, `"Go"`))},
		{"components in what is made for that", with(node("Container", `{}`, node("Header", `{}`)), node("Section", `{}`, node("TextBox", `{}`)), node("Form", `{}`, node("Loader", `{}`)))},
		{"components in any, deeper", with(node("Container", `{}`, node("Button", `{"Action":"Go"}`, node("TextBox", `{}`, `"Go"`))))},
		{"texts and numbers as content", with(node("TextBox", `{}`, `"Order "`, `7`, `""`, `"cost: $.5"`))},
		{"a number for a text", with(node("TextArea", `{"Label":1,"Name":"n","MaxLength":40}`))},
		{"booleans as texts", with(node("Form", `{"HideBorder":"true"}`), node("Container", `{"HideBorder":false}`))},
		{"a button that is a link", with(node("Button", `{"Href":"https://example.com"}`), node("ButtonGroup", `{"Items":[{"Label":"l","Href":"h"}]}`))},
		{"columns in their three forms", with(`{"_id":"a","Type":"Form","Props":{},"Configuration":{"Layout":{"Columns":"12"}}}`,
			`{"_id":"b","Type":"Form","Props":{},"Configuration":{"Layout":{"Columns":12,"Align":"center"}}}`, `{"_id":"c","Type":"Form","Props":{},"Configuration":{"Layout":{"Columns":["6",6]}}}`)},
		{"tokens, and a style that is a text", with(`{"_id":"a","Type":"Form","Props":{},"Configuration":{"Style":{"--form-padding-top":"5px"}}}`,
			`{"_id":"b","Type":"Form","Props":{},"Configuration":{"Style":"padding: 0"}}`)},
		{"props nobody knows where a component is not sealed", with(node("TextBox", `{"Text":"lost"}`), node("SubmitButton", `{"Label":"l","More":[1]}`), node("FormInput", `{"Label":"l","Name":"n","More":{}}`))},
		{"any list of columns that is written out", with(node("Table", `{"Items":[{"a":1,"Action":"data"}],"Columns":[{"Header":"a"}],"Actions":[{"Caption":"x"}]}`))},
		{"conditions", with(node("Container", `{"Visibility":{"Equals":{"ElementByKey":"n","ElementByValue":1}}}`), node("Form", `{"Visibility":true}`))},
		{"an integration that the head names", `{"Head":{"Title":"T","Configuration":{},"Integrations":["Case",{"Name":"Task"}]},"Body":[` +
			node("AttributeSection", `{"Items":"$.#Case.items[0].x"}`) + "," + node("AttributeBar", `{"Attributes":"$.#Task"}`) + `]}`},
		{"a member twice, of which the last counts", with(`{"_id":"a","Type":"Nothing","Type":"Loader","Props":[],"Props":{}}`)},
		{"the depth that is left", with(node("HTMLBox", `{"a":`+strings.Repeat("[", maxDepth-4)+strings.Repeat("]", maxDepth-4)+`}`))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Check(tt.template, []string{"Go", "Extra"}); got != nil {
				t.Error(got)
			}
		})
	}
}

func TestActionsHoldWhatTheTreeRaises(t *testing.T) {
	t.Parallel()
	const none = " must be equal to one of the allowed values: "
	tests := []struct {
		name, template string
		want           Problems
	}{
		{"a button", with(node("Button", `{"Action":"A"}`)), Problems{"/Body/0/Props/Action" + none + "'A' is not in Actions"}},
		{"a card in a container", with(node("Container", `{}`, node("Card", `{"Id":"c","Action":"A"}`))),
			Problems{"/Body/0/Content/0/Props/Action" + none + "'A' is not in Actions"}},
		{"a group's buttons", with(node("ButtonGroup", `{"Items":[{"Label":"y","Action":"Yes"},{"Label":"n","Action":"No"}]}`)),
			Problems{"/Body/0/Props/Items/1/Action" + none + "'No' is not in Actions"}},
		{"a table's rows and buttons", with(node("Table", `{"Items":[{"Action":"data"}],"TableAction":"A","Actions":[{"Action":"B"}]}`)),
			Problems{"/Body/0/Props/TableAction" + none + "'A' is not in Actions", "/Body/0/Props/Actions/0/Action" + none + "'B' is not in Actions"}},
		{"a slot of one of AWS's own", with(node("ListView", `{"Items":[],"Back":{"Label":"b","Action":"Home"}}`)),
			Problems{"/Body/0/Props/Back/Action" + none + "'Home' is not in Actions"}},
		{"one that comes with the flow", with(node("Button", `{"Action":"$.A"}`), node("ButtonGroup", `{"Items":"$.Buttons"}`)), nil},
		{"one that is empty", with(node("Card", `{"Id":"c","Action":""}`)), nil},
		{"one that is told already", with(node("Card", `{"Id":"c","Action":"Yes"}`)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, Check(tt.template, []string{"Nobody raises this", "Yes"})); d != "" {
				t.Error(d)
			}
		})
	}
	if got := Check(with(node("Loader", `{}`)), nil); got != nil {
		t.Errorf("no action at all: %v", got)
	}
}

// sample is a value that a shape takes: an object with no more than it needs.
func sample(s *shape) string {
	switch s.kind {
	case flag, condition:
		return "true"
	case choice:
		return `"` + s.values[0] + `"`
	case list:
		return "[" + sample(s.item) + "]"
	case group:
		return least(s, "")
	case anything, rows, tokens:
		return "{}"
	}
	return `"x"`
}

// least is a sample of an object without the prop named.
func least(s *shape, without string) string {
	var all []string
	for _, p := range s.props {
		if p.required && p.name != without {
			all = append(all, fmt.Sprintf("%q:%s", p.name, sample(p.is)))
		}
	}
	return "{" + strings.Join(all, ",") + "}"
}

func TestEveryComponentAsTheTableHasIt(t *testing.T) {
	t.Parallel()
	plus := func(props, name, value string) string {
		o := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(props), &o); err != nil {
			t.Fatal(err)
		}
		o[name] = json.RawMessage(value)
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	check := func(t *testing.T, kind, props string, want ...string) {
		t.Helper()
		if d := cmp.Diff(Problems(want), Check(with(node(kind, props)), []string{"x"})); d != "" {
			t.Errorf("%s %s: %s", kind, props, d)
		}
	}
	kinds := slices.Sorted(maps.Keys(components))
	if len(kinds) != 35 {
		t.Errorf("%d components: %v", len(kinds), kinds)
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, props := components[kind], least(components[kind], "")
			check(t, kind, props)
			switch s.others {
			case refused:
				check(t, kind, plus(props, "Zzz", "1"), "/Body/0/Props must NOT have additional properties: 'Zzz'")
			case literal:
				check(t, kind, plus(props, "Zzz", `"$.X"`), "/Body/0/Props/Zzz must NOT be a reference: the property is not known")
				check(t, kind, plus(props, "Zzz", "1"))
			default:
				check(t, kind, plus(props, "Zzz", `"$.X"`))
			}
			for _, p := range s.props {
				check(t, kind, plus(props, p.name, sample(p.is)))
				check(t, kind, plus(props, p.name, `"$.X"`))
				if p.required {
					check(t, kind, least(s, p.name), fmt.Sprintf("/Body/0/Props must have required property '%s'", p.name))
				}
				if p.is.kind == choice {
					check(t, kind, plus(props, p.name, `"?"`), fmt.Sprintf("/Body/0/Props/%s must be equal to one of the allowed values: %s", p.name, strings.Join(p.is.values, ", ")))
				}
			}
		})
	}
}

type viewFile struct {
	Actions  []string
	Template json.RawMessage
}

func readFile(t *testing.T, file string) (v viewFile) {
	t.Helper()
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("%s is not here", filepath.Base(file))
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheSimulatorsOwnViewsAreValid(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "data", "*.json"))
	if err != nil || len(files) < 7 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		v := readFile(t, file)
		if p := Check(string(v.Template), v.Actions); p != nil {
			t.Errorf("%s: %v", file, p)
		}
	}
}

func TestTheServicesOwnViewIsValid(t *testing.T) {
	t.Parallel()
	v := readFile(t, filepath.Join("..", "..", "..", "..", "shared", "reference", "acw-view.json"))
	if p := Check(string(v.Template), v.Actions); p != nil {
		t.Error(p)
	}
	if p := Check(string(v.Template), v.Actions[:1]); len(p) != 1 || !strings.Contains(p[0], "'Submit' is not in Actions") {
		t.Errorf("without Submit: %v", p)
	}
}

func TestSavingAsksForAnObjectOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Problems{
		`{}`:               nil,
		`{"Body":"wrong"}`: nil,
		`[]`:               {"Template must be object"},
		`"{}"`:             {"Template must be object"},
		`{`:                {"Template must be JSON: unexpected end of JSON input"},
		strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1): {"Template must NOT be nested deeper than 500 levels"},
	} {
		if d := cmp.Diff(want, CheckBasic(text)); d != "" {
			t.Errorf("%.40s: %s", text, d)
		}
	}
}

// Each would take a stack, memory or time without bounds if it were taken at its word.
func TestHostileTemplates(t *testing.T) {
	t.Parallel()
	const size = 400_000
	deep := Problems{"Template must NOT be nested deeper than 500 levels"}
	for name, text := range map[string]string{"open lists": strings.Repeat("[", size), "open objects": strings.Repeat(`{"a":`, size/5),
		"nodes in nodes": `{"Body":[` + strings.Repeat(`{"Content":[`, maxDepth)} {
		if d := cmp.Diff(deep, Check(text, nil)); d != "" || Schema(text) != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	long := strings.Repeat("n", size/2)
	got := Check(with(node("Loader", `{"`+long+`":{}}`)+strings.Repeat(`,{"_id":"a","Type":"`+long[:1000]+`"}`, 200)), nil)
	if len(got) != maxProblems+1 || got[maxProblems] != "500 more problems" {
		t.Errorf("%d problems, the last %q", len(got), got[len(got)-1])
	}
	if n := len(got.Error()); n > maxProblems*300 {
		t.Errorf("a message of %d characters", n)
	}
	if !strings.HasPrefix(got[0], "/Body/0/Props must NOT have additional properties: '"+long[:maxName]+"…'") {
		t.Errorf("a long name: %.200s", got[0])
	}
	path := "$.a" + strings.Repeat(".b", maxSteps)
	if p, s := Check(with(node("TextBox", `{}`, `"`+path+`"`)), nil), Schema(with(node("TextBox", `{}`, `"`+path+`"`))); p != nil || !json.Valid([]byte(s)) {
		t.Errorf("the longest path: %v", p)
	}
	path += ".b"
	if p := Check(with(node("TextBox", `{}`, `"`+path+`"`)), nil); len(p) != 1 || !strings.Contains(p[0], "must match pattern") {
		t.Errorf("a path that is too long: %v", p)
	}
}

func TestProblemsInOneMessage(t *testing.T) {
	t.Parallel()
	if got, want := Check(`{}`, nil).Error(), "Template must have required property 'Head', Template must have required property 'Body'"; got != want {
		t.Errorf("%q", got)
	}
}
