package template

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzTemplate: nothing panics; a template is readable for all or for none, and as encoding/json has it; a schema is JSON
// whose required inputs it also has; the same template has the same problems.
func FuzzTemplate(f *testing.F) {
	f.Add(with(node("Container", `{"Visibility":{"Equals":{}}}`, node("Button", `{"Action":"Go","Label":1}`, `"$.A.b[0].c"`))), "Go")
	f.Add(with(node("Table", `{"Items":"$.I","Columns":[{"Label":"$.L"}],"Zzz":"$.#X"}`), node("Dropdown", `{"DefaultValue":"a"}`)), "")
	f.Add(`{"Head":{"Title":null,"Configuration":{"Style":{"--a":[]}},"Integrations":[{"a":["X"]}]},"Body":[{"_id":1,"Type":"Nope","Props":0,"Content":{}}]}`, "A")
	f.Add(`{"Body":[{"Content":[{"Content":[[[["$.x"]]]]}]}],"Body":7}`, "A,B")
	f.Add(`{"a":1,}`, "")
	f.Add(`{"a" 1}`, "")
	f.Add("{\"\xff\":\"\\ud800\"}\n", "")
	f.Fuzz(func(t *testing.T, template, actions string) {
		list := strings.Split(actions, ",")
		basic, all, schema := CheckBasic(template), Check(template, list), Schema(template)
		var o map[string]any
		readable := json.Unmarshal([]byte(template), &o) == nil && o != nil
		deep := len(basic) == 1 && strings.Contains(basic[0], "nested deeper")
		if readable != (basic == nil) && !deep {
			t.Fatalf("readable %v, but %v", readable, basic)
		}
		if (basic == nil) != (schema != "") {
			t.Fatalf("%v, but the schema is %q", basic, schema)
		}
		if basic != nil {
			if !slices.Equal(basic, all) {
				t.Fatalf("%v, but %v", basic, all)
			}
			return
		}
		if again := Check(template, list); !slices.Equal(all, again) {
			t.Fatalf("%v, then %v", all, again)
		}
		var s struct {
			Properties map[string]any
			Required   []string
		}
		if err := json.Unmarshal([]byte(schema), &s); err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Required {
			if _, ok := s.Properties[r]; !ok {
				t.Fatalf("%q is required and no input", r)
			}
		}
	})
}
