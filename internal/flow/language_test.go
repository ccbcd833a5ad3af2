package flow

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// section is the part of the flow language's page between two headings.
func section(t *testing.T, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(reference(t, "flow-language.md")), "\n### "+from)
	part, _, closed := strings.Cut(rest, "\n### "+to)
	if !ok || !closed {
		t.Fatalf("the page has no section %s before %s", from, to)
	}
	return part
}

// line is the one line of text that begins with start.
func line(t *testing.T, text, start string) string {
	t.Helper()
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, start) {
			return l
		}
	}
	t.Fatalf("no line begins with %q", start)
	return ""
}

var code = regexp.MustCompile("`([^`]+)`")

// coded are the words of text that stand between back quotes.
func coded(text string) (list []string) {
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		list = append(list, strings.Fields(m[1])...)
	}
	return list
}

// flowNamed is a flow of one action that has this identifier.
func flowNamed(id string) string {
	q, _ := quote(id)
	return fmt.Sprintf(`{"Version":"2019-10-30","StartAction":%s,"Actions":[{"Identifier":%s,"Type":"DisconnectParticipant"}]}`, q, q)
}

func TestIdentifiersAreLegalAsThePageSays(t *testing.T) {
	t.Parallel()
	rule := line(t, section(t, "2.1 ", "2.2 "), "Identifier: ")
	if !strings.HasPrefix(rule, "Identifier: unique in flow, 1..50 chars, any unicode/space except `") {
		t.Fatalf("the page says %q", rule)
	}
	characters, reserved, _ := strings.Cut(rule, "not one of")
	reserved, _, _ = strings.Cut(reserved, "[DG")
	refused := append(coded(reserved), strings.Repeat("é", 51), strings.Repeat("a", 51), "")
	for _, c := range coded(characters) {
		if len(c) != 1 {
			t.Fatalf("%q is no character", c)
		}
		refused = append(refused, c, "a"+c, c+"a")
	}
	sameSet(t, "characters", strings.Split(badCharacters, ""), coded(characters))
	if len(badNames) != len(coded(reserved)) {
		t.Errorf("%d reserved names, the page has %d", len(badNames), len(coded(reserved)))
	}
	for _, id := range refused {
		want := []Problem{{0, id, "Invalid Action property value. Path: Actions[0].Identifier"}}
		if id == "" {
			want = append([]Problem{{-1, "", "Invalid property value. Path: StartAction"}}, want...)
		}
		if diff := cmp.Diff(want, Validate([]byte(flowNamed(id)), "")); diff != "" {
			t.Errorf("%q: %s", id, diff)
		}
	}
	for _, id := range []string{"a", " ", "再見 😀", "Save data", "a.b-c_d'e\"f", "tostring", "5e3f2c1a-0000-4000-8000-000000000001",
		strings.Repeat("再", 50), strings.Repeat("a", 50), "<&>", "\u2028"} {
		if got := Validate([]byte(flowNamed(id)), ""); len(got) > 0 {
			t.Errorf("%q: %v", id, got)
		}
	}
}

func TestOperatorsAreThoseOfThePage(t *testing.T) {
	t.Parallel()
	rule, _, _ := strings.Cut(line(t, section(t, "2.1 ", "2.2 "), "- Operators: "), "Nested")
	listed, live, _ := strings.Cut(strings.TrimPrefix(rule, "- Operators: "), " [DG]")
	want := append(strings.Split(listed, ", "), coded(live)...)
	for _, o := range append(want, "Is", "Not", "And", "equals", "") {
		var problems []string
		if !slices.Contains(want, o) {
			problems = append(problems, value+"Transitions.Conditions[0].Condition.Operator")
		}
		text := strings.Replace(sound("Compare").when("a").text(), `"Equals"`, `"`+o+`"`, 1)
		if diff := cmp.Diff(append([]string{}, problems...), messages(Validate([]byte(around(text)), ""))); diff != "" {
			t.Errorf("%q: %s", o, diff)
		}
	}
	if len(operators) != len(want) {
		t.Errorf("%d operators, the page has %d", len(operators), len(want))
	}
}

// row is what the tables of section 2.3 say of a type.
type row struct {
	name, class string
	errors      []string
	flows       flowTypes
}

var (
	typeName  = regexp.MustCompile(`\b[A-Z][A-Za-z]{3,}\b`)
	aside     = regexp.MustCompile(`\([^()]*\)`)
	errorName = regexp.MustCompile(`\b(?:NME|NMC|[A-Z][a-z]+[A-Z][A-Za-z]+)\b`)
	place     = regexp.MustCompile(`\b(?:TA|TQ|OW|I|Q|W|H|M)\b`)
)

// rows reads the tables. A cell may name several types; the name on the wire goes before the documented one.
func rows(t *testing.T) (list []row) {
	for l := range strings.Lines(section(t, "2.3 ", "2.4 ")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(l), "|"), "|")
		if len(cells) != 6 || strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[0]) == "Type" {
			continue
		}
		types := aside.ReplaceAllString(cells[0], "")
		if _, wire, ok := strings.Cut(types, "wire type"); ok {
			types = wire
		}
		for _, name := range typeName.FindAllString(types, -1) {
			list = append(list, row{name, strings.TrimSpace(cells[2]), errorsIn(cells[3]), placesIn(cells[4])})
		}
	}
	return list
}

func errorsIn(cell string) (list []string) {
	for _, e := range errorName.FindAllString(cell, -1) {
		switch e {
		case "NME":
			e = nme
		case "NMC":
			e = nmc
		case "MessagesInterrupted": // a condition, which stands in this cell
			continue
		}
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// placesIn reads the types of flow; 0 is all of them.
func placesIn(cell string) flowTypes {
	cell, _, _ = strings.Cut(cell, ";")
	letters := map[string]flowTypes{"I": inbound, "Q": queue, "TA": toAgent, "TQ": toQueue, "W": whisper, "OW": outbound, "H": hold, "M": module}
	var in flowTypes
	for _, p := range place.FindAllString(cell, -1) {
		in |= letters[p]
	}
	if strings.Contains(cell, "all but") {
		return (inbound | queue | transfer | whisper | hold) &^ in
	}
	return in
}

// TestEveryTypeIsAsTheTablesSay holds the known types against section 2.3.
func TestEveryTypeIsAsTheTablesSay(t *testing.T) {
	t.Parallel()
	list := rows(t)
	if len(list) < 55 {
		t.Fatalf("only %d types are read", len(list))
	}
	for _, r := range list {
		k, ok := kinds[r.name]
		if !ok {
			t.Errorf("%s is not known", r.name)
			continue
		}
		want := goesOn
		switch {
		case r.class == "T":
			want = ends
		case strings.Contains(r.class, "may have no NextAction"):
			want = free
		}
		if k.next != want {
			t.Errorf("%s: the page has class %s", r.name, r.class)
		}
		if conditional := strings.Contains(r.class, "C") || want == free; !conditional && k.conditions != noConditions {
			t.Errorf("%s has conditions, the page has class %s", r.name, r.class)
		}
		checkErrors(t, r, k)
		checkPlaces(t, r, k)
	}
}

// checkErrors: beside those of the table there are those that the facts call required or optional.
func checkErrors(t *testing.T, r row, k kind) {
	t.Helper()
	has := append(slices.Clone(k.need), k.may...)
	if r.name == "GetParticipantInput" {
		has = append(has, storedInput.may...)
	}
	if len(r.errors) == 0 && (r.name == "UpdateContactRecordingBehavior" || r.name == "UpdateFlowLoggingBehavior") {
		r.errors = []string{nme}
	}
	sameSet(t, r.name, r.errors, has)
	a := sound(r.name)
	a.failing(append(a.errors, "Unheard")...).has(t, fmt.Sprintf("%sTransitions.Errors[%d].ErrorType", value, len(a.errors)))
	if k.conditions == noConditions {
		a.when("1").has(t, named+"Transitions.Conditions")
	}
}

// Of types outside the tables little is known: other error branches and conditions are accepted.
func TestTypesOutsideTheTablesMayHaveMore(t *testing.T) {
	t.Parallel()
	tables := rows(t)
	outside := 0
	for name := range kinds {
		if !slices.ContainsFunc(tables, func(r row) bool { return r.name == name }) {
			outside++
			a := sound(name)
			a.failing(append(a.errors, "Unheard")...).when("1").has(t)
			stands(t, name, allFlowTypes()...)
		}
	}
	if outside != 6 {
		t.Errorf("%d types stand outside the tables", outside)
	}
	sound("New").failing("Unheard").when("1").has(t)
}

func checkPlaces(t *testing.T, r row, k kind) {
	t.Helper()
	known := k.flows
	if bits.OnesCount16(uint16(known&untold)) == 2 && r.flows&module == 0 {
		known &^= untold
	}
	if known&^campaign != r.flows {
		t.Errorf("%s may stand in %b, the page says %b", r.name, known, r.flows)
	}
	var in []string
	for name, flowType := range flowTypeOf {
		if k.flows == 0 || k.flows&flowType != 0 {
			in = append(in, name)
		}
	}
	stands(t, r.name, in...)
}
