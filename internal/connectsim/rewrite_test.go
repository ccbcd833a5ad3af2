package connectsim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/flow"
	"wrapup/internal/flow/flowtest"
)

func TestRewritingIsWhatTheServiceDoes(t *testing.T) {
	t.Parallel()
	const designer = `"entryPointPosition":{"x":40,"y":40},"snapToGrid":false`
	for name, x := range map[string]struct{ sent, want string }{
		"white space and order": {
			" {\n \"Actions\": [ ],\r\n\t\"Name\" : \"a b\", \"Metadata\": {\"Annotations\": [ 1 ]}, \"Version\":\"2019-10-30\" } \n",
			`{"Version":"2019-10-30","Metadata":{"Annotations":[1],` + designer + `,"ActionMetadata":{}},"Actions":[],"Name":"a b"}`},
		"the characters of values": {
			`{"Actions":[{"Identifier":"\u0061","Parameters":{"N":1.0,"E":1E+2,"S":"\u00e9<&>\/"}}]}`,
			`{"Metadata":{` + designer + `,"ActionMetadata":{"a":{"position":{"x":240,"y":40}}},"Annotations":[]},` +
				`"Actions":[{"Identifier":"\u0061","Parameters":{"N":1.0,"E":1E+2,"S":"\u00e9<&>\/"}}]}`},
		"what Metadata holds": {
			`{"Metadata":{"ActionMetadata":{"a":{"position":{"x":1,"y":2}},"b":{"isFriendlyName":true},"gone":7},"Annotations":"x","mine":{}},"Actions":[{"Identifier":"a"},{"Identifier":"b"}]}`,
			`{"Metadata":{"ActionMetadata":{"a":{"position":{"x":1,"y":2}},"b":{"isFriendlyName":true,"position":{"x":520,"y":40}},"gone":7},"Annotations":"x","mine":{},` +
				designer + `},"Actions":[{"Identifier":"a"},{"Identifier":"b"}]}`},
		"what is no flow": {
			`{"Metadata":null,"Actions":{"Identifier":"a"}}`,
			`{"Metadata":{` + designer + `,"ActionMetadata":{},"Annotations":[]},"Actions":{"Identifier":"a"}}`},
		"Metadata of another type": {`{"Metadata":[ ],"Actions":[{"Identifier":"a"}]}`, `{"Metadata":[],"Actions":[{"Identifier":"a"}]}`},
		"null for an action":       {`{"Actions":[null,5,{"Identifier":6}],"Metadata":{"ActionMetadata":3}}`, `{"Metadata":{"ActionMetadata":3,` + designer + `,"Annotations":[]},"Actions":[null,5,{"Identifier":6}]}`},
		"members given twice":      {`{"A": 1,"A": 2}`, `{"Metadata":{` + designer + `,"ActionMetadata":{},"Annotations":[]},"A":1,"A":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rewritten(x.sent); got != x.want {
				t.Errorf("got  %s\nwant %s", got, x.want)
			}
			if got := rewritten(x.want); got != x.want {
				t.Errorf("again %s", got)
			}
		})
	}
}

func TestTextThatIsNoObjectStaysAsSent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "not JSON", "[ 1 ]", ` "a" `, "null", "{", "{} {}", `{"a":01}`, "\ufeff{}", strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)} {
		if got := rewritten(text); got != text {
			t.Errorf("%.40q became %.80q", text, got)
		}
	}
}

func TestRealFlowsAreTheSameFlowsWhenRewritten(t *testing.T) {
	t.Parallel()
	changed := 0
	for name, content := range flowtest.Real(t) {
		text := string(content)
		got := rewritten(text)
		checkRewritten(t, text, got)
		if got != text {
			changed++
		}
		before, err := flow.Parse(content)
		if err != nil {
			continue
		}
		after, err := flow.Parse([]byte(got))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if before.Start() != after.Start() || !slices.EqualFunc(before.Blocks(), after.Blocks(), sameBlock) {
			t.Errorf("%s has other blocks", name)
		}
		for _, b := range after.Blocks() {
			if _, _, ok := b.Position(); !ok {
				t.Errorf("%s: block %s has no position", name, b.ID)
			}
		}
		if _, _, ok := after.EntryPoint(); !ok {
			t.Errorf("%s has no entry point", name)
		}
	}
	if changed < 50 {
		t.Errorf("only %d flows were rewritten at all", changed)
	}
}

// sameBlock compares all that is read of a block, parameters by their characters.
func sameBlock(a, b *flow.Block) bool {
	branches := func(x, y flow.Branch) bool {
		return x.ErrorType == y.ErrorType && x.Target == y.Target && slices.Equal(x.Condition.Operands, y.Condition.Operands) && x.Condition.Operator == y.Condition.Operator
	}
	x, _ := a.Param()
	y, _ := b.Param()
	return a.ID == b.ID && a.Type == b.Type && a.Next == b.Next && squeezed(string(x.Raw())) == squeezed(string(y.Raw())) &&
		slices.EqualFunc(a.Errors, b.Errors, branches) && slices.EqualFunc(a.Conditions, b.Conditions, branches)
}

func squeezed(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

type fataler interface{ Errorf(string, ...any) }

// checkRewritten holds against each other what was sent and what it became.
func checkRewritten(t fataler, sent, got string) {
	if again := rewritten(got); again != got {
		t.Errorf("rewritten again, %s becomes %s", got, again)
	}
	var before, after map[string]json.RawMessage
	if json.Unmarshal([]byte(sent), &before) != nil || before == nil {
		if got != sent {
			t.Errorf("%q is no object and became %q", sent, got)
		}
		return
	}
	if err := json.Unmarshal([]byte(got), &after); err != nil {
		t.Errorf("%s became %s: %v", sent, got, err)
	}
	for k, v := range before {
		if k == "Metadata" {
			if !holds(after[k], v) {
				t.Errorf("Metadata %s became %s", v, after[k])
			}
		} else if squeezed(string(v)) != string(after[k]) {
			t.Errorf("%s %s became %s", k, v, after[k])
		}
	}
	for k := range after {
		if _, ok := before[k]; !ok && k != "Metadata" {
			t.Errorf("%s is new", k)
		}
	}
}

// holds says whether an object has at least the members of another.
func holds(got, sent json.RawMessage) bool {
	var s, g map[string]json.RawMessage
	if squeezed(string(sent)) == string(got) || string(sent) == "null" {
		return true
	}
	if json.Unmarshal(sent, &s) != nil || json.Unmarshal(got, &g) != nil {
		return false
	}
	for k, v := range s {
		if x, ok := g[k]; !ok || !holds(x, v) {
			return false
		}
	}
	return true
}

func TestWhateverIsWrittenIsRewrittenOnce(t *testing.T) {
	t.Parallel()
	names := rapid.SampledFrom([]string{"Version", "StartAction", "Metadata", "Actions", "ActionMetadata", "Annotations", "Identifier", "position", "a", "b", "\u00e9", "\ufffd", "<&\u2028"})
	space := rapid.SampledFrom([]string{"", "", " ", "\n\t"})
	leaf := rapid.SampledFrom([]string{"1", "-0.0", "1e400", "123456789012345678901234567890", "true", "null", `""`, `"a"`, `"b"`, `"\ud800"`, `"\u0061\/"`, "\"\u2028\"", "{}", "[]"})
	var value func(t *rapid.T, depth int) string
	list := func(t *rapid.T, open, end string, one func() string) string {
		var items []string
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			items = append(items, one())
		}
		gap := space.Draw(t, "space")
		return open + gap + strings.Join(items, ","+gap) + gap + end
	}
	object := func(t *rapid.T, depth int) string {
		seen := map[string]bool{}
		return list(t, "{", "}", func() string {
			name := names.Filter(func(n string) bool { return !seen[n] }).Draw(t, "name")
			seen[name] = true
			b, _ := json.Marshal(name)
			return string(b) + ":" + space.Draw(t, "space") + value(t, depth-1)
		})
	}
	value = func(t *rapid.T, depth int) string {
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case depth == 0 || kind == 0:
			return leaf.Draw(t, "leaf")
		case kind == 1:
			return list(t, "[", "]", func() string { return value(t, depth-1) })
		default:
			return object(t, depth)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := space.Draw(rt, "before") + object(rt, 5)
		checkRewritten(rt, text, rewritten(text))
	})
}
