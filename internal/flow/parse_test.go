package flow

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wrapup/internal/i18n"
)

func TestDegenerateDocumentsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	utf16le := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(minified)) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	for name, c := range map[string]struct {
		text string
		want ParseError
	}{
		"nothing":                           {"", ParseError{NotJSON, 0, ""}},
		"white space":                       {" \n", ParseError{NotJSON, 2, ""}},
		"text":                              {"Hello", ParseError{NotJSON, 0, ""}},
		"two values":                        {minified + "{}", ParseError{NotJSON, len(minified), ""}},
		"cut off":                           {minified[:40], ParseError{NotJSON, 40, ""}},
		"a comment":                         {"// flow\n" + minified, ParseError{NotJSON, 0, ""}},
		"a trailing comma":                  {`{"Actions":[{}],}`, ParseError{NotJSON, 16, ""}},
		"a byte-order mark":                 {"\ufeff" + minified, ParseError{ByteOrderMark, 0, ""}},
		"UTF-16 with its mark":              {string(utf16le), ParseError{BadUTF8, 0, ""}},
		"UTF-16 without":                    {string(utf16le[2:]), ParseError{NotJSON, 1, ""}},
		"bad UTF-8":                         {`{"Actions":"é` + "\xff\"}", ParseError{BadUTF8, 14, ""}},
		"an encoded surrogate":              {"{\"a\":\"\xed\xa0\xbd\"}", ParseError{BadUTF8, 6, ""}},
		"two members of one name":           {`{"Actions":[{}],"Actions":[{}]}`, ParseError{DuplicateMember, 16, "Actions"}},
		"two of one name when read":         {`{"a":1,"\u0061":2,"Actions":[{}]}`, ParseError{DuplicateMember, 7, "a"}},
		"two deep in Parameters":            {`{"Actions":[{"Parameters":{"x":[{"y":1,"y":1}]}}]}`, ParseError{DuplicateMember, 39, "y"}},
		"two in layout data":                {`{"Metadata":{"ActionMetadata":{"a":{},"a":{}}},"Actions":[{}]}`, ParseError{DuplicateMember, 38, "a"}},
		"two in a branch":                   {`{"Actions":[{"Transitions":{"Errors":[{"a":1,"a":1}]}}]}`, ParseError{DuplicateMember, 45, "a"}},
		"two among many":                    {many(40, `"m7":0`), ParseError{DuplicateMember, 0, "m7"}},
		"the former format":                 {`{"modules":[],"start":"x"}`, ParseError{Legacy, 0, "modules"}},
		"a list":                            {`[]`, ParseError{NotFlow, 0, "no object"}},
		"Actions is an object":              {`{"Actions":{}}`, ParseError{NotFlow, 11, "Actions"}},
		"an action is text":                 {`{"Actions":["a"]}`, ParseError{NotFlow, 12, "Actions[0]"}},
		"Identifier is a number":            {`{"Actions":[{},{"Identifier":1}]}`, ParseError{NotFlow, 29, "Actions[1].Identifier"}},
		"Type is a list":                    {`{"Actions":[{"Type":[]}]}`, ParseError{NotFlow, 20, "Actions[0].Type"}},
		"Parameters is text":                {`{"Actions":[{"Parameters":""}]}`, ParseError{NotFlow, 26, "Actions[0].Parameters"}},
		"Transitions is a list":             {`{"Actions":[{"Transitions":[]}]}`, ParseError{NotFlow, 27, "Actions[0].Transitions"}},
		"NextAction is true":                {`{"Actions":[{"Transitions":{"NextAction":true}}]}`, ParseError{NotFlow, 41, "Actions[0].Transitions: NextAction"}},
		"Errors is an object":               {`{"Actions":[{"Transitions":{"Errors":{}}}]}`, ParseError{NotFlow, 37, "Actions[0].Transitions.Errors"}},
		"a condition branch is text":        {`{"Actions":[{"Transitions":{"Conditions":[""]}}]}`, ParseError{NotFlow, 42, "Actions[0].Transitions.Conditions"}},
		"no Actions":                        {`{"Version":"2019-10-30"}`, ParseError{NoActions, 0, "Actions"}},
		"empty Actions":                     {`{"Actions":[]}`, ParseError{NoActions, 0, "Actions"}},
		"both formats, and Actions is none": {`{"modules":[],"Actions":[]}`, ParseError{NoActions, 0, "Actions"}},
		"too deep":                          {strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), ParseError{NotJSON, 10_000, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := Parse([]byte(c.text))
			got, ok := err.(*ParseError)
			if !ok || d != nil {
				t.Fatalf("%v, %v", d, err)
			}
			var ignored []string
			if c.want.Detail == "" {
				ignored = append(ignored, "Detail")
			}
			if name == "two among many" {
				ignored = append(ignored, "Offset")
			}
			if diff := cmp.Diff(&c.want, got, cmpopts.IgnoreFields(ParseError{}, ignored...)); diff != "" {
				t.Error(diff)
			}
			if got.Error() == "" || !i18n.Has(got.Message().ID) {
				t.Errorf("no words for %v", got)
			}
			if len(Validate([]byte(c.text), "")) != 1 {
				t.Error("validation finds no problem")
			}
		})
	}
}

func many(n int, last string) string {
	var sb strings.Builder
	sb.WriteString("{")
	for i := range n {
		fmt.Fprintf(&sb, `"m%d":%d,`, i, i)
	}
	return sb.String() + last + "}"
}

func TestUnusualDocumentsPackBack(t *testing.T) {
	t.Parallel()
	for name, text := range fixtures() {
		if d := mustParse(t, text); string(d.Bytes()) != text {
			t.Errorf("%s: other bytes", name)
		}
	}
	big := string(bigFlow())
	if d := mustParse(t, big); string(d.Bytes()) != big || len(d.Blocks()) != MaxActions-1 {
		t.Error("a flow of 255,000 characters: other bytes")
	}
}

func TestBytesAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	content := []byte(minified)
	d, err := Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	content[2], d.Bytes()[3] = 'X', 'Y'
	if string(d.Bytes()) != minified {
		t.Error("the document changed")
	}
}

func TestTheStartOfAFlow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		start, want string
		ok          bool
	}{
		"a block":         {`"StartAction":"a",`, "a", true},
		"missing":         {``, "", false},
		"empty":           {`"StartAction":"",`, "", false},
		"dangling":        {`"StartAction":"c",`, "c", false},
		"null":            {`"StartAction":null,`, "", false},
		"no text":         {`"StartAction":7,`, "", false},
		"of two the same": {`"StartAction":"b",`, "b", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, `{`+c.start+`"Actions":[{"Identifier":"a"},{"Identifier":"b"},{"Identifier":"b"},{},{"Identifier":""}]}`)
			b, ok := d.StartBlock()
			if d.Start() != c.want || ok != c.ok || ok && b.ID != c.want {
				t.Errorf("start %q, %v, %v", d.Start(), b, ok)
			}
			if c.ok {
				return
			}
			_, err := d.Edit(insertInto(d))
			if e, is := err.(*RefusedError); !is || e.Reason != "no-start" {
				t.Errorf("insert: %v", err)
			}
		})
	}
}

func TestBlocksAreReadWithTheirBranches(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"StartAction":"x","Metadata":{"entryPointPosition":{"x":1,"y":-2.5},"ActionMetadata":{
		"0d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11":{"position":{"x":181.6,"y":1113.6000000000001},"isFriendlyName":true},
		"x":{"position":{"x":"1","y":2}},"y":7}},
	"Actions":[{"Identifier":"x","Type":"Compare","Parameters":{"a":{"b":["c",{"d":"\u0065"}]}},"Transitions":{"NextAction":"",
		"Errors":[{"ErrorType":"NoMatchingCondition","NextAction":"y"},{}],
		"Conditions":[{"NextAction":"z","Condition":{"Operator":"Equals","Operands":["1"]}},
			{"NextAction":"z","Condition":{"Operator":"And","Operands":[{"Operator":"Equals","Operands":["2"]},{"Condition":{"Operator":"Or","Conditions":[{"Operator":"KeyExists"}]}}]}},
			{"NextAction":"z","Condition":17}]}},
	{"Identifier":"y","Type":null,"Parameters":null,"Transitions":{"Errors":null,"Conditions":null,"NextAction":null}},
	{"Identifier":"0d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11"},{"Identifier":"1d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11","Transitions":null}]}`)
	want := []*Block{
		{
			ID: "x", Type: "Compare", Next: Target{"", true},
			Errors: []Branch{{ErrorType: "NoMatchingCondition", Target: Target{"y", true}}, {}},
			Conditions: []Branch{
				{Condition: Condition{Operator: "Equals", Operands: []string{"1"}}, Target: Target{"z", true}},
				{Condition: Condition{Operator: "And", Nested: []Condition{
					{Operator: "Equals", Operands: []string{"2"}},
					{Operator: "Or", Nested: []Condition{{Operator: "KeyExists"}}},
				}}, Target: Target{"z", true}},
				{Target: Target{"z", true}},
			},
		},
		{Index: 1, ID: "y"},
		{Index: 2, ID: "0d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11"},
		{Index: 3, ID: "1d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11"},
	}
	if diff := cmp.Diff(want, d.Blocks(), cmpopts.IgnoreUnexported(Block{})); diff != "" {
		t.Error(diff)
	}
	titles := []string{}
	for _, b := range d.Blocks() {
		titles = append(titles, b.Title())
	}
	if diff := cmp.Diff([]string{"x", "y", "0d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11", ""}, titles); diff != "" {
		t.Error(diff)
	}
	if x, y, ok := d.Blocks()[2].Position(); !ok || x != 181.6 || y != 1113.6000000000001 {
		t.Errorf("position %v, %v, %v", x, y, ok)
	}
	for _, i := range []int{0, 1, 3} {
		if _, _, ok := d.Blocks()[i].Position(); ok {
			t.Errorf("block %d has a position", i)
		}
	}
	if x, y, ok := d.EntryPoint(); !ok || x != 1 || y != -2.5 {
		t.Errorf("entry point %v, %v, %v", x, y, ok)
	}
}

func TestValuesAreReadLazily(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"Actions":[{"Parameters":{ "a" : {"\u0062":["c", {"d":"\ud800"}, [ ] , 1]} , "n":null}}]}`)
	b := d.Blocks()[0]
	v, ok := b.Param("a", "b")
	if !ok {
		t.Fatal("no member a.b")
	}
	raws := []string{}
	for _, e := range v.Elements() {
		raws = append(raws, string(e.Raw()))
	}
	if diff := cmp.Diff([]string{`"c"`, `{"d":"\ud800"}`, `[ ]`, `1`}, raws); diff != "" {
		t.Error(diff)
	}
	m := v.Elements()[1].Members()
	if s, ok := m[0].Value.Text(); m[0].Name != "d" || !ok || s != "\ufffd" {
		t.Errorf("a lone surrogate reads as %q", s)
	}
	for _, path := range [][]string{{"x"}, {"a", "x"}, {"a", "b", "c"}, {"n", "x"}} {
		if v, ok := b.Param(path...); ok {
			t.Errorf("%v: %s", path, v.Raw())
		}
	}
	if s, ok := v.Text(); ok || s != "" || v.Members() != nil || m[0].Value.Elements() != nil {
		t.Error("a list reads as something else")
	}
	if v, ok := b.Param(); !ok || len(v.Members()) != 2 {
		t.Error("Parameters itself is not read")
	}
	if _, ok := mustParse(t, `{"Actions":[{}]}`).Blocks()[0].Param(); ok {
		t.Error("Parameters that are not there are read")
	}
}

func TestReferencesAreListed(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"Actions":[{"Type":"New","Parameters":{"EventHooks":{"B":"$.x","A":""},"QueueId":"q","FlowModuleId":7,"ContactFlowId":"f"}}]}`)
	want := []Reference{
		{"contact-flow", []string{"ContactFlowId"}, "f"},
		{"queue", []string{"QueueId"}, "q"},
		{"contact-flow", []string{"EventHooks", "B"}, "$.x"},
		{"contact-flow", []string{"EventHooks", "A"}, ""},
	}
	if diff := cmp.Diff(want, d.Blocks()[0].References()); diff != "" {
		t.Error(diff)
	}
}

func TestLengthIsCountedInUTF16Units(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "aé再": 3, "😀": 2, "\u2028\U0010ffff": 3} {
		if got := UTF16Len([]byte(text)); got != want || got != len(utf16.Encode([]rune(text))) {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestHashIsSHA256(t *testing.T) {
	t.Parallel()
	if h := Hash([]byte("abc")); h != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(h)
	}
}
