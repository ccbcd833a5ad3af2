package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/audit"
	"wrapup/internal/flow/flowtest"
	"wrapup/internal/instance"
)

// essence is what no change of order, layout or metadata may touch.
func essence(r audit.Report) string {
	var lines []string
	for _, h := range r.Handoffs {
		lines = append(lines, "point "+h.Block+": "+settingsText(h.Settings))
	}
	for _, e := range r.Exits {
		lines = append(lines, "exit "+e.Block+" to "+e.Target+": "+settingsText(e.Settings))
	}
	for _, g := range r.Gaps {
		lines = append(lines, fmt.Sprintf("gap %s %s %d", g.Block, g.Kind, len(g.Route)))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%s %d/%d\n%s", r.Verdict, r.Set, r.Of, strings.Join(lines, "\n"))
}

// shuffled writes content anew with another order of actions and members, other layout and no metadata.
func shuffled(t testing.TB, content []byte, rnd *rand.Rand) []byte {
	t.Helper()
	var doc object
	if err := json.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "Metadata")
	if list, ok := doc["Actions"].([]any); ok {
		rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	var b bytes.Buffer
	scramble(&b, doc, rnd)
	return b.Bytes()
}

func scramble(b *bytes.Buffer, v any, rnd *rand.Rand) {
	space := func() { b.WriteString([]string{"", " ", "\n\t"}[rnd.IntN(3)]) }
	switch v := v.(type) {
	case object:
		keys := slices.Sorted(maps.Keys(v))
		rnd.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			space()
			scramble(b, k, rnd)
			b.WriteByte(':')
			scramble(b, v[k], rnd)
		}
		space()
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			space()
			scramble(b, e, rnd)
		}
		b.WriteByte(']')
	default:
		text, _ := json.Marshal(v)
		b.Write(text)
	}
}

func TestOrderLayoutAndMetadataNeverChangeAVerdict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		content := build(t, "start: B0\n"+randomFlow(rt))
		want := essence(audit.Analyze(content, audit.Options{}))
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		if d := cmp.Diff(want, essence(audit.Analyze(shuffled(t, content, rnd), audit.Options{}))); d != "" {
			rt.Fatal(d)
		}
	})
	rnd := rand.New(rand.NewPCG(7, 7))
	for name, content := range flowtest.Real(t, flowtest.Valid) {
		want := essence(audit.Analyze(content, audit.Options{}))
		if d := cmp.Diff(want, essence(audit.Analyze(shuffled(t, content, rnd), audit.Options{}))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestTheSameBytesGiveTheSameReport(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		content := build(t, randomFlow(rt))
		if d := cmp.Diff(audit.Analyze(content, audit.Options{}), audit.Analyze(content, audit.Options{})); d != "" {
			rt.Fatal(d)
		}
	})
}

// Making a target impossible to follow never makes a flow covered, nor takes it out of the count.
func TestAModuleInPlaceOfABlockNeverMakesAFlowCovered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := randomFlow(rt)
		lines := strings.Split(strings.TrimSpace(text), "\n")
		at := rapid.IntRange(0, len(lines)-1).Draw(rt, "line")
		kind := strings.Fields(lines[at])[1]
		if kind == "queue" || kind == "agent" || kind == "flow" || kind == "module" || kind == "AgentThing" {
			rt.Skip("a point or an exit already")
		}
		id, rest, _ := strings.Cut(lines[at], ": ")
		_, branches, _ := strings.Cut(rest+" ", " ")
		lines[at] = id + ": module runs=${gone} " + strings.TrimSpace(dropParams(branches))
		before := audit.Analyze(build(t, text), audit.Options{})
		after := audit.Analyze(build(t, strings.Join(lines, "\n")), audit.Options{})
		if gone := audit.Analyze(build(t, strings.ReplaceAll(text, "=F9", "=${gone}")), audit.Options{}); gone.Verdict != before.Verdict {
			rt.Fatalf("%s became %s when a target could not be followed", before.Verdict, gone.Verdict)
		}
		if reaches(after, id) && after.Verdict.Covered() {
			rt.Fatalf("%s became %s by ignorance", before.Verdict, after.Verdict)
		}
		if counted(before.Verdict) && !counted(after.Verdict) {
			rt.Fatalf("%s fell out of the count as %s", before.Verdict, after.Verdict)
		}
	})
}

func reaches(r audit.Report, block string) bool {
	return slices.ContainsFunc(r.Exits, func(e audit.Exit) bool { return e.Block == block })
}

func counted(v audit.Verdict) bool {
	return v != audit.Guide && v != audit.NoAgent && v != audit.CallbackOnly
}

func dropParams(words string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(words), func(w string) bool { return strings.Contains(w, "=") }), " ")
}

// Beyond 256 tuples at a block the slots that differ become dynamic: never green, whatever the order.
func TestTooManyTuplesBecomeDynamic(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	const n = 40
	b.WriteString("M: menu")
	for i := range n {
		fmt.Fprintf(&b, " ? E%d", i)
	}
	b.WriteString(" -> E0\nN: menu")
	for i := range n {
		fmt.Fprintf(&b, " ? A%d", i)
	}
	b.WriteString(" -> A0\nQ: queue -> M\n")
	for i := range n {
		fmt.Fprintf(&b, "E%d: event acw=%s -> N\nA%d: attr acwattr=%s -> Q\n", i, flowID(100+i), i, flowID(200+i))
	}
	content := build(t, b.String())
	start := time.Now()
	r := audit.Analyze(content, audit.Options{})
	t.Log("took", time.Since(start))
	if r.Verdict != audit.Dynamic || len(r.Handoffs[0].Settings) != 1 {
		t.Errorf("got %s with %d settings", r.Verdict, len(r.Handoffs[0].Settings))
	}
	if !slices.ContainsFunc(r.Notes, func(n audit.Note) bool { return n.ID == audit.NotePrefix+"too-many-states" }) {
		t.Error("no note says so")
	}
	for seed := range uint64(20) {
		again := audit.Analyze(shuffled(t, content, rand.New(rand.NewPCG(seed, 3))), audit.Options{})
		if d := cmp.Diff(essence(r), essence(again)); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
}

func TestListsAreNeverNil(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{}", `{"Actions":[],"StartAction":"a"}`, `{"StartAction":"a","Actions":[{"Identifier":"a","Type":"X"}]}`,
		`{"StartAction":"a","Actions":[{"Identifier":"a","Type":"TransferContactToQueue"}]}`} {
		r := audit.Analyze([]byte(content), audit.Options{})
		if r.Handoffs == nil || r.Exits == nil || r.Gaps == nil || r.Notes == nil || r.Guides == nil {
			t.Errorf("%s: a list is nil", content)
		}
		for _, h := range r.Handoffs {
			if h.Settings == nil {
				t.Errorf("%s: settings are nil", content)
			}
		}
	}
}

func TestWritesNamesBlocksAlsoWhereTheFlowDoesNotStart(t *testing.T) {
	t.Parallel()
	want := []audit.Write{
		{Block: "A", Kind: audit.ByBlock, Flow: flowID(1), Guide: instance.FlowID(flowID(1))},
		{Block: "B", Attribute: true, Kind: audit.Unset},
		{Block: "C", Kind: audit.Disabled, Flow: "true"},
		{Block: "D", Kind: audit.Disabled, Flow: "true"},
		{Block: "F", Kind: audit.DynamicValue, Flow: "$.Attributes.hooks"},
		{Block: "G", Attribute: true, Kind: audit.DynamicValue, Flow: "$.External"},
	}
	text := "A: event acw=F1 -> B\nB: attr acwattr= -> C\nC: event disable=true -> D\nD: event acw=F1 disable=true -> E\n" +
		"E: event disable=false -> F\nF: event EventHooks=$.Attributes.hooks -> G\nG: attr Attributes=$.External"
	for _, start := range []string{"A", "gone"} {
		d := parse(t, build(t, "start: "+start+"\n"+text))
		for i := range want {
			want[i].Reached = start == "A"
		}
		if d := cmp.Diff(want, audit.Writes(d, audit.Options{})); d != "" {
			t.Errorf("start %s: %s", start, d)
		}
	}
}
