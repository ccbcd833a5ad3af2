package template

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// jsonSchema is as much of a derived schema as tests look at.
type jsonSchema struct {
	Type                 string
	Properties           map[string]jsonSchema
	Required             []string
	AnyOf, AllOf         []jsonSchema
	Items                *jsonSchema
	Enum                 []string
	Pattern              string
	AdditionalProperties *bool
	Defs                 map[string]any `json:"$defs"`
}

func derive(t *testing.T, template string) (s jsonSchema) {
	t.Helper()
	if err := json.Unmarshal([]byte(Schema(template)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// inputs are a schema's, in the order in which it has them.
func inputs(t *testing.T, template string) (names []string) {
	t.Helper()
	var top struct{ Properties json.RawMessage }
	if err := json.Unmarshal([]byte(Schema(template)), &top); err != nil {
		t.Fatal(err)
	}
	root, problem := read(string(top.Properties))
	if problem != "" {
		t.Fatal(problem)
	}
	return root.names
}

const (
	aReference = `{"anyOf":[{"type":"string","pattern":"^\\$\\.{1}#[a-zA-Z0-9_]+(\\[[0-9]*\\])*(\\.[a-zA-Z0-9_]+(\\[[0-9]*\\])*)*$"}]}`
	aTextInput = `{"anyOf":[{"type":"string","pattern":"^$|^(?!\\$\\.).+"},{"type":"number"},` + aReference + `]}`
	conditions = `"$defs":{"ViewCondition":{"$id":"/view/condition","type":"object","patternProperties":{` +
		`"^(MoreThan|LessThan|NotEquals|Equals|Includes)$":{"type":"object","properties":{"ElementByKey":{"type":"string"},` +
		`"ElementByValue":{"anyOf":[{"type":"number"},{"type":"string"},{"type":"boolean"},{"type":"array"},{"type":"object"}]}},"additionalProperties":false},` +
		`"^(AndConditions|OrConditions)$":{"type":"array","items":{"$ref":"/view/condition"}}},"additionalProperties":false}}`
)

// The service's schema of a customer's view whose references all stand in default values, character by character.
func TestSchemaOfAFormWithDefaults(t *testing.T) {
	t.Parallel()
	field := `{"_id":%q,"Type":"FormInput","Props":{"Label":"l","Name":%[1]q,"DefaultValue":"$.%[1]s","Disabled":false,"HelperText":""},"Content":[]}`
	got := Schema(with(node("Form", `{"HideBorder":true}`, fmt.Sprintf(field, "fullName"), fmt.Sprintf(field, "input_2"), fmt.Sprintf(field, "input1"))))
	want := `{"type":"object","properties":{"fullName":` + aTextInput + `,"input_2":` + aTextInput + `,"input1":` + aTextInput + `},"required":[],` + conditions + `}`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, want := Schema(with()), `{"type":"object","properties":{},"required":[],`+conditions+`}`; got != want {
		t.Errorf("without inputs: %s", got)
	}
}

// The service's schema of a customer's view whose attribute bar reads out of one input: one schema for each reference.
func TestSchemaOfPathsIntoAnInput(t *testing.T) {
	t.Parallel()
	got := Schema(with(node("AttributeBar", `{"Attributes":[{"Label":"a","Value":"$.Bar.Attributes[0].Value"},{"Label":"b","Value":"$.Bar.Attributes[1].Value"},
		{"Label":"c","Value":"$.Bar.Attributes[1].Value","Url":"$.Links[][0]"}]}`)))
	one := `{"properties":{"Attributes":{"items":{"properties":{"Value":` + aTextInput + `},"type":"object","required":["Value"]},"type":"array"}},"type":"object","required":["Attributes"]}`
	want := `{"type":"object","properties":{"Bar":{"allOf":[` + one + `,` + one + `]},"Links":{"items":{"items":` + aTextInput + `,"type":"array"},"type":"array"}},"required":["Bar"],` + conditions + `}`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOnlyAWholeValueIsAnInput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, template string
		want           []string
	}{
		{"an item of content", with(node("TextBox", `{}`, `"Hello "`, `"$.Name"`, `", welcome."`)), []string{"Name"}},
		{"within a text", with(node("TextBox", `{"Text":"Hello $.Name"}`, `"Hello $.Name"`, `"$.Name!"`, `" $.Name"`)), nil},
		{"an integration", `{"Head":{"Title":"T","Configuration":{},"Integrations":["I"]},"Body":[` + node("TextBox", `{}`, `"$.#I.x"`) + `]}`, nil},
		{"the head", `{"Head":{"Title":"$.Title","Configuration":{"Style":"$.Style","Layout":{"Columns":["$.C"]}}},"Body":[]}`, []string{"Title", "Style", "C"}},
		{"a node's configuration, between its props and its content", with(`{"Content":["$.Text"],"Configuration":{"Layout":{"Align":"$.Side"}},"_id":"a","Type":"Header","Props":{"description":"$.More"}}`),
			[]string{"More", "Side", "Text"}},
		{"an item of a list, and deeper", with(node("Dropdown", `{"Label":"l","Name":"n","DefaultValue":["$.D"],"Options":[{"Label":"$.L","Value":"v"}]}`),
			node("HTMLBox", `{"x":[{"y":["$.Z"]}]}`), node("Table", `{"Items":[{"c":"$.Cell"}],"Columns":[{"Label":"$.Head","Id":"c"}]}`)), []string{"D", "L", "Z", "Cell", "Head"}},
		{"no identifier, no type", with(`{"_id":"$.Id","Type":"$.Type","Props":{}}`), nil},
		{"a component that is none", with(node("Carousel", `{"a":"$.A"}`, `"$.B"`)), []string{"A", "B"}},
		{"where nothing may be one", with(node("Table", `{"Items":[],"Zzz":"$.Bogus"}`)), nil},
		{"the same twice", with(node("TextBox", `{}`, `"$.A"`, `"$.B"`, `"$.A"`)), []string{"A", "B"}},
		{"forms that are none", with(node("TextBox", `{}`, `"$.a-b"`, `"$.備註"`, `"$."`, `"$A"`, `"$.a..b"`, `"$.[0]"`, `"$.a[x]"`)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, inputs(t, tt.template)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAnInputIsRequiredWhereItsPropIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, template string
		want           []string
	}{
		{"a value of the attribute bar, not its link", with(node("AttributeBar", `{"Attributes":[{"Label":"l","Value":"$.V","Url":"$.U","Copyable":"$.C"}]}`)), []string{"V"}},
		{"the bar as a whole", with(node("AttributeBar", `{"Attributes":"$.A"}`)), []string{"A"}},
		{"the items of a section and of a table", with(node("AttributeSection", `{"Items":"$.S","Heading":"$.H"}`), node("Table", `{"Items":"$.T","Columns":"$.C","Actions":"$.A"}`)), []string{"S", "T"}},
		{"a default value", with(node("TextArea", `{"Label":"l","Name":"n","DefaultValue":"$.D"}`), node("Dropdown", `{"Label":"l","Name":"m","DefaultValue":["$.E"],"Options":"$.O"}`)), []string{}},
		{"labels and names of fields", with(node("RadioGroup", `{"Label":"$.L","Name":"$.N","HelperText":"$.H"}`)), []string{"L", "N"}},
		{"a header", with(node("Header", `{"description":"$.D"}`, `"$.T"`)), []string{}},
		{"a card", with(node("Card", `{"Id":"$.I","Heading":"$.H"}`)), []string{"I"}},
		{"buttons", with(node("Button", `{"Action":"$.A"}`, `"$.T"`), node("SubmitButton", `{"Label":"$.L"}`), node("ButtonGroup", `{"Items":[{"Label":"$.G","Action":"x"}]}`)), []string{"A", "G", "L"}},
		{"once required, always", with(node("Header", `{}`, `"$.X"`), node("AttributeBar", `{"Attributes":[{"Label":"l","Value":"$.X"}]}`), node("TextBox", `{}`, `"$.X"`)), []string{"X"}},
		{"in their order", with(node("Form", `{}`, `{"_id":"1","Type":"Card","Props":{"Id":"$.b"}}`, `{"_id":"2","Type":"Card","Props":{"Id":"$.a"}}`)), []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, derive(t, tt.template).Required); d != "" {
				t.Error(d)
			}
		})
	}
}

func names(s jsonSchema) (all []string) {
	for n := range s.Properties {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// What others read out of the service's schemas: a table's columns and buttons as a flow has to bring them.
func TestSchemaOfATablesLists(t *testing.T) {
	t.Parallel()
	s := derive(t, with(node("Table", `{"Items":"$.Rows","Columns":"$.Cols","Actions":"$.Acts"}`)))
	column := s.Properties["Cols"].AnyOf[0].Items
	if column == nil {
		t.Fatal("columns without items")
	}
	if d := cmp.Diff([]string{"EditableType", "Id", "Label", "Options", "Type"}, names(*column)); d != "" {
		t.Error(d)
	}
	if !slices.Equal(column.Required, []string{"Label", "Id"}) || column.AdditionalProperties == nil || *column.AdditionalProperties {
		t.Errorf("a column requires %v, sealed %v", column.Required, column.AdditionalProperties)
	}
	if d := cmp.Diff([]string{"text", "number", "action"}, column.Properties["Type"].AnyOf[0].Enum); d != "" {
		t.Error(d)
	}
	button := s.Properties["Acts"].AnyOf[0].Items.AnyOf[0]
	if d := cmp.Diff([]string{"Action", "Disabled", "FormAction", "Href", "IconAlign", "IconName", "Label", "Loading", "Variant"}, names(button)); d != "" {
		t.Error(d)
	}
	if rows := s.Properties["Rows"].AnyOf[0]; rows.Type != "array" || rows.Items == nil {
		t.Errorf("rows %+v", rows)
	}
}

func TestSchemaOfEachKindOfProp(t *testing.T) {
	t.Parallel()
	anyOf := func(s string) string { return `{"anyOf":[` + s + `,` + aReference + `]}` }
	const yesNo = `{"type":"boolean"},{"type":"string","enum":["true","false"]}`
	tests := []struct{ name, template, want string }{
		{"a boolean", node("Form", `{"HideBorder":"$.X"}`), anyOf(yesNo)},
		{"one of a few words", node("Header", `{"variant":"$.X"}`), anyOf(`{"type":"string","enum":["h1","h2","h3","h4"]}`)},
		{"a list of texts", node("Dropdown", `{"DefaultValue":"$.X"}`), anyOf(`{"type":"array","items":` + aTextInput + `}`)},
		{"a list of options", node("Dropdown", `{"Options":"$.X"}`),
			anyOf(`{"type":"array","items":{"type":"object","properties":{"Label":` + aTextInput + `,"Value":` + aTextInput + `},"required":["Label","Value"]}}`)},
		{"a condition", node("Form", `{"Visibility":"$.X"}`), anyOf(yesNo + `,{"$ref":"/view/condition"}`)},
		{"anything", node("HTMLBox", `{"a":"$.X"}`), `{}`},
		{"columns", `{"Configuration":{"Layout":{"Columns":"$.X"}}}`, anyOf(`{"type":"string"},{"type":"number"},{"type":"array"}`)},
		{"a style", `{"Configuration":{"Style":"$.X"}}`,
			anyOf(`{"type":"object","patternProperties":{"^--[a-z0-9-]+$":{"type":"string"}},"additionalProperties":false},{"type":"string"}`)},
		{"one of its tokens", `{"Configuration":{"Style":{"--a":"$.X"}}}`, anyOf(`{"type":"string"}`)},
		{"two uses", node("Section", `{"Heading":"$.X"}`, node("Header", `{"description":"$.X"}`), node("Form", `{"HideBorder":"$.X"}`)),
			`{"allOf":[` + aTextInput + `,` + anyOf(yesNo) + `]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var top struct{ Properties map[string]json.RawMessage }
			if err := json.Unmarshal([]byte(Schema(with(tt.template))), &top); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(top.Properties["X"])); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSchemaOfTheAfterContactWorkView(t *testing.T) {
	t.Parallel()
	want := []string{"CustomerName", "PhoneNumber", "Example_Label", "Example_Url",
		"ContactWrapUp_Header_Title", "ContactWrapUp_Header_Description", "Disposition_Header_Title", "Disposition_Header_Description",
		"Category_DefaultValue", "Driver_DefaultValue", "Satisfaction_DefaultValue", "FollowUp_DefaultValue", "Resolved_DefaultValue",
		"ContactSummary_Header_Title", "ContactSummary_Header_Description", "ContactSummary_DefaultValue",
		"AdditionalNotes_Header_Title", "AdditionalNotes_Header_Description", "AdditionalNotes_DefaultValue"}
	slices.Sort(want)
	for name, file := range map[string]string{"ours": filepath.Join("..", "data", "after-contact-work.json"),
		"the service's": filepath.Join("..", "..", "..", "..", "shared", "reference", "acw-view.json")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := derive(t, string(readFile(t, file).Template))
			if d := cmp.Diff(want, names(s)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff([]string{"CustomerName", "Example_Label", "PhoneNumber"}, s.Required); d != "" {
				t.Error(d)
			}
		})
	}
}

// The other five of AWS's own require one input each.
func TestSchemasOfTheViewsThatAreOneComponent(t *testing.T) {
	t.Parallel()
	for name, required := range map[string]string{"cards": "Cards", "confirmation": "Heading", "detail": "Sections", "form": "Sections", "list": "Items"} {
		s := derive(t, string(readFile(t, filepath.Join("..", "data", name+".json")).Template))
		if !slices.Equal(s.Required, []string{required}) || len(s.Properties) < 6 {
			t.Errorf("%s requires %v of %v", name, s.Required, names(s))
		}
	}
}

func TestWhatIsNoObjectHasNoSchema(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", "null", "{", `"{}"`} {
		if got := Schema(text); got != "" {
			t.Errorf("%q: %s", text, got)
		}
	}
	if Schema(`{"Body":7}`) == "" {
		t.Error("an object that is no view has an empty schema, as one that is saved has")
	}
}
