package publish_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/flow/flowtest"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

const (
	guideARN   = "arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-0000-4000-8000-000000000000/contact-flow/" + guideID
	guideID    = "11111111-0000-4000-8000-000000000000"
	otherGuide = "22222222-0000-4000-8000-000000000000"
)

// wireBlock is an action in the shape that exports have.
type wireBlock struct {
	Parameters  map[string]any
	Identifier  string
	Type        string
	Transitions map[string]any
}

// wireFlow makes a document of lines "ID type [value] next…": the first next is NextAction, the others error branches.
func wireFlow(t testing.TB, lines ...string) []byte {
	t.Helper()
	var blocks []wireBlock
	for _, line := range lines {
		w := strings.Fields(line)
		b := wireBlock{Identifier: w[0], Type: w[1], Parameters: map[string]any{}, Transitions: map[string]any{}}
		next := w[2:]
		one := func(name, member string) { b.Parameters[name], next = map[string]any{member: w[2]}, w[3:] }
		switch w[1] {
		case "event":
			b.Type = flow.TypeEventHooks
			one("EventHooks", flow.EventACW)
		case "disable":
			b.Type = flow.TypeEventHooks
			b.Parameters["EventHooksConfiguration"] = map[string]any{flow.EventACW: map[string]any{"DisableExecution": "true"}}
		case "attr":
			b.Type = flow.TypeAttributes
			one("Attributes", flow.AttributeACW)
		case "hooks": // a whole that is decided during the contact
			b.Type, b.Parameters["EventHooks"], next = flow.TypeEventHooks, w[2], w[3:]
		case "attrs":
			b.Type, b.Parameters["Attributes"], next = flow.TypeAttributes, w[2], w[3:]
		case "enable":
			b.Type = flow.TypeEventHooks
			b.Parameters["EventHooksConfiguration"] = map[string]any{flow.EventACW: map[string]any{"DisableExecution": "false"}}
		case "clear":
			b.Type = flow.TypeAttributes
			b.Parameters["Attributes"] = map[string]any{flow.AttributeACW: ""}
		case "queue":
			b.Type = "TransferContactToQueue"
		case "flow":
			b.Type, b.Parameters["ContactFlowId"], next = "TransferToFlow", w[2], w[3:]
		case "module":
			b.Type, b.Parameters["FlowModuleId"], next = "InvokeFlowModule", w[2], w[3:]
		case "say":
			b.Type = "MessageParticipant"
		case "end":
			b.Type = "DisconnectParticipant"
		}
		for i, to := range next {
			if i == 0 {
				b.Transitions["NextAction"] = to
				continue
			}
			list, _ := b.Transitions["Errors"].([]any)
			b.Transitions["Errors"] = append(list, map[string]any{"NextAction": to, "ErrorType": fmt.Sprintf("Error%d", i)})
		}
		blocks = append(blocks, b)
	}
	content, err := json.MarshalIndent(map[string]any{"Version": "2019-10-30", "StartAction": blocks[0].Identifier, "Actions": blocks}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func wireOptions(replace bool) publish.WireOptions {
	return publish.WireOptions{Guide: guideARN, Name: "After-contact guide", Replace: replace}
}

func TestWire(t *testing.T) {
	t.Parallel()
	insert, retarget := flow.Insert, flow.Retarget
	for name, c := range map[string]struct {
		flow     []string
		replace  bool
		edits    []flow.EditKind
		blocks   []string
		exits    []string
		replaced []string
		verdict  audit.Verdict
	}{
		"nothing set: one block at the start": {
			flow: []string{"A say Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert}, blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"one route without: one block at the start": {
			flow: []string{"A say B Q", "B event " + guideID + " Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"a broken value is retargeted without asking": {
			flow: []string{"A event ${Guide} Q", "Q queue E", "E end"}, edits: []flow.EditKind{retarget}, blocks: []string{"A"}, verdict: audit.Wired},
		"a broken value on one route, nothing on the other": {
			flow: []string{"A say B Q", "B event x Q", "Q queue E", "E end"}, edits: []flow.EditKind{retarget, insert},
			blocks: []string{"B", flow.InsertedBlock}, verdict: audit.Wired},
		"another guide is replaced when the person says so": {
			flow: []string{"A event " + otherGuide + " Q", "Q queue E", "E end"}, replace: true, edits: []flow.EditKind{retarget}, blocks: []string{"A"},
			replaced: []string{otherGuide}, verdict: audit.Wired},
		"another guide behind a module is replaced when the person says so": {
			flow: []string{"A event " + guideID + " M", "M module ${m} B", "B event " + otherGuide + " Q", "Q queue E", "E end"}, replace: true,
			edits: []flow.EditKind{retarget}, blocks: []string{"B"}, exits: []string{"M"}, replaced: []string{otherGuide}, verdict: audit.Unknown},
		"a broken value behind a module is retargeted": {
			flow:  []string{"A event " + guideID + " M", "M module ${m} B", "B event ${x} Q", "Q queue E", "E end"},
			edits: []flow.EditKind{retarget}, blocks: []string{"B"}, exits: []string{"M"}, verdict: audit.Unknown},
		"the guide behind a module, not before it": {
			flow: []string{"M module ${m} B", "B event " + guideID + " Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, exits: []string{"M"}, verdict: audit.Unknown},
		"the guide by attribute behind a module": {
			flow: []string{"M module ${m} B", "B attr " + guideID + " Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, exits: []string{"M"}, verdict: audit.Unknown},
		"a block that no route leads to is left alone": {
			flow: []string{"A say Q", "B event " + otherGuide + " Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"an exit is reached with the guide": {
			flow: []string{"A say X", "X flow " + otherGuide + " E", "E end"}, edits: []flow.EditKind{insert}, blocks: []string{flow.InsertedBlock},
			exits: []string{"X"}, verdict: audit.Unknown},
		"behind a module nothing can be read, and that is no ground for refusal": {
			flow: []string{"A module ${M} X Q", "Q queue E", "X flow ${F} E", "E end"}, edits: []flow.EditKind{insert}, blocks: []string{flow.InsertedBlock},
			exits: []string{"A", "X"}, verdict: audit.Unknown},
		"a cleared attribute is no obstacle": {
			flow: []string{"A attr " + otherGuide + " B", "B clear Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"an attribute that leads to no agent is no obstacle": {
			flow: []string{"A say Q B", "B attr " + otherGuide + " E", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"the same guide by attribute on one route": {
			flow: []string{"A say Q B", "B attr " + guideID + " Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert},
			blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"set everywhere by block":                  {flow: []string{"A event " + guideID + " Q", "Q queue E", "E end"}, verdict: audit.Wired},
		"switched on again before the first point": {flow: []string{"A event " + guideID + " B", "B disable C", "C enable Q", "Q queue E", "E end"}, verdict: audit.Wired},
		"a block that only switches on is not retargeted": {
			flow: []string{"A enable Q", "Q queue E", "E end"}, edits: []flow.EditKind{insert}, blocks: []string{flow.InsertedBlock}, verdict: audit.Wired},
		"set everywhere by attribute":              {flow: []string{"A attr " + guideARN + " Q", "Q queue E", "E end"}, verdict: audit.WiredAttr},
		"set everywhere, another where it is over": {flow: []string{"A event " + guideID + " Q", "Q queue B", "B event " + otherGuide + " E", "E end"}, verdict: audit.Wired},
		"no agent and no exit":                     {flow: []string{"A event " + otherGuide + " E", "E end"}, verdict: audit.NoAgent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := wireFlow(t, c.flow...)
			w, err := publish.Wire(before, wireOptions(c.replace))
			if err != nil {
				t.Fatal(err)
			}
			var edits []flow.EditKind
			var blocks, exits []string
			for _, e := range w.Edits {
				edits, blocks = append(edits, e.Kind), append(blocks, e.Block)
			}
			for _, e := range w.Exits {
				exits = append(exits, e.Block)
			}
			if d := cmp.Diff([]any{c.edits, c.blocks, c.exits, c.replaced, c.verdict}, []any{edits, blocks, exits, w.Replaced, w.Report.Verdict}); d != "" {
				t.Error(d)
			}
			if w.Unchanged != (len(c.edits) == 0) || w.Unchanged && !bytes.Equal(before, w.After) {
				t.Errorf("unchanged: %t, same bytes: %t", w.Unchanged, bytes.Equal(before, w.After))
			}
		})
	}
}

func TestWireRefusesAndNamesTheBlock(t *testing.T) {
	t.Parallel()
	many := []string{"A say Q", "Q queue E", "E end"}
	for i := len(many); i < flow.MaxActions; i++ {
		many = append(many, fmt.Sprintf("S%d say E", i))
	}
	for name, c := range map[string]struct {
		flow           []string
		replace        bool
		reason, block  string
		kindOfOverflow bool
	}{
		"a block decides during the contact": {[]string{"A event $.Attributes.g Q", "Q queue E", "E end"}, true, "wire.refused.dynamic", "A", false},
		"a block switches the guide off":     {[]string{"A disable Q", "Q queue E", "E end"}, true, "wire.refused.disabled", "A", false},
		"another guide, not to be replaced":  {[]string{"A event " + otherGuide + " Q", "Q queue E", "E end"}, false, "wire.refused.other-guide", "A", false},
		"an attribute names another guide":   {[]string{"A attr " + otherGuide + " Q", "Q queue E", "E end"}, true, "wire.refused.attribute", "A", false},
		"the last attribute on the route is named": {[]string{"A attr " + otherGuide + " B", "B attr " + otherGuide + ":$SAVED Q", "Q queue E", "E end"},
			true, "wire.refused.attribute", "B", false},
		"an attribute names another guide before an exit": {[]string{"A attr " + otherGuide + " X", "X flow " + guideID + " E", "E end"}, true,
			"wire.refused.attribute", "A", false},
		"an attribute is decided during the contact": {[]string{"A attr $.External.g Q", "Q queue E", "E end"}, true, "wire.refused.attribute", "A", false},
		"an attribute is broken":                     {[]string{"A attr ${x} Q", "Q queue E", "E end"}, true, "wire.refused.attribute", "A", false},
		"the attribute conflicts with what is set":   {[]string{"A event " + guideID + " B", "B attr " + otherGuide + " Q", "Q queue E", "E end"}, true, "wire.refused.attribute", "B", false},
		"another guide behind a module": {[]string{"A event " + guideID + " M", "M module ${m} B", "B event " + otherGuide + " Q", "Q queue E", "E end"},
			false, "wire.refused.other-guide", "B", false},
		"an attribute names another guide behind a module": {[]string{"M module ${m} B", "B attr " + otherGuide + " Q", "Q queue E", "E end"},
			true, "wire.refused.attribute", "B", false},
		"an attribute behind one of two modules": {[]string{"A say M N", "M module ${m} Q", "N module ${n} B", "B attr " + otherGuide + " Q", "Q queue E", "E end"},
			true, "wire.refused.attribute", "B", false},
		"a block behind a module decides during the contact": {[]string{"A event " + guideID + " M", "M module ${m} B", "B event $.Attributes.g Q", "Q queue E", "E end"},
			true, "wire.refused.dynamic", "B", false},
		"a block behind a module switches the guide off": {[]string{"A event " + guideID + " M", "M module ${m} B", "B disable Q", "Q queue E", "E end"},
			true, "wire.refused.disabled", "B", false},
		"all events at once are decided during the contact":           {[]string{"A event " + guideID + " B", "B hooks $.External Q", "Q queue E", "E end"}, true, "wire.refused.dynamic", "B", false},
		"all attributes at once are decided during the contact":       {[]string{"A event " + guideID + " B", "B attrs $.External Q", "Q queue E", "E end"}, true, "wire.refused.attribute", "B", false},
		"a block that switches on again is not the one that is named": {[]string{"A disable B", "B enable Q", "Q queue E", "E end"}, true, "wire.refused.disabled", "A", false},
		"250 actions":                    {many, true, "flow.refused.too-many-actions", "", false},
		"content that would be too long": {[]string{"A say Q", "Q queue E", "E end"}, true, "flow.refused.too-long", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := wireFlow(t, c.flow...)
			if c.kindOfOverflow {
				before = padded(before, flow.MaxContent-10)
			}
			w, err := publish.Wire(before, wireOptions(c.replace))
			f := fault.From(err)
			if err == nil || f.Kind != fault.Invalid || f.Message.ID != c.reason || f.Message.Args["Block"] != c.block {
				t.Fatalf("got %v %v", err, f)
			}
			if w.After != nil || w.Edits != nil {
				t.Error("a refusal carries bytes")
			}
			if strings.HasPrefix(c.reason, "wire.") && !i18n.Has(c.reason) {
				t.Errorf("no sentence for %s", c.reason)
			}
		})
	}
}

// padded makes content n bytes long by white space that JSON allows.
func padded(content []byte, n int) []byte {
	return append(bytes.Clone(content), bytes.Repeat([]byte{' '}, n-len(content))...)
}

func TestARetargetNeedsNoRoomForABlock(t *testing.T) {
	t.Parallel()
	lines := []string{"A event " + otherGuide + " Q", "Q queue E", "E end"}
	for i := len(lines); i < flow.MaxActions; i++ {
		lines = append(lines, fmt.Sprintf("S%d say E", i))
	}
	w, err := publish.Wire(wireFlow(t, lines...), wireOptions(true))
	if err != nil || w.Report.Verdict != audit.Wired {
		t.Fatal(err, w.Report.Verdict)
	}
}

func TestWireRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for content, reason := range map[string]string{
		"":               "flow.defect.not-json",
		`{"Actions":[]}`: "flow.defect.no-actions",
		`{"modules":[],"start":"x","metadata":{}}`:                                              "flow.defect.legacy",
		`{"StartAction":"gone","Actions":[{"Identifier":"A","Type":"TransferContactToQueue"}]}`: "wire.refused.no-start",
		`{"StartAction":"A","Actions":[{"Identifier":"A","Type":"X","Transitions":{"NextAction":"B"}},
			{"Identifier":"B","Type":"X"},{"Identifier":"B","Type":"X"}]}`: "audit.unreadable.identifier",
	} {
		_, err := publish.Wire([]byte(content), wireOptions(true))
		if f := fault.From(err); err == nil || f.Kind != fault.Invalid || f.Message.ID != reason {
			t.Errorf("%q: %v", content, err)
		}
	}
	for _, guide := range []string{"", "$.Attributes.g", "${Guide}", strings.Replace(guideARN, "us-east-1", "eu-west-2", 1)} {
		o := wireOptions(true)
		o.Guide, o.Audit.Home = guide, instance.Ref{Region: "us-east-1"}
		if _, err := publish.Wire(wireFlow(t, "A queue"), o); err == nil || fault.From(err).Message.ID != "wire.refused.guide" {
			t.Errorf("guide %q: %v", guide, err)
		}
	}
}

// A guide that is known not to be usable, or is still to be created, changes the report and never where the block goes.
func TestWireDoesNotDependOnWhatIsKnownOfGuides(t *testing.T) {
	t.Parallel()
	before := wireFlow(t, "A say B Q", "B event "+guideID+" Q", "Q queue E", "E end")
	plain, err := publish.Wire(before, wireOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	o := wireOptions(false)
	o.Audit.Guides = func(instance.FlowID) audit.Health { return audit.Health{State: audit.NotUsable} }
	w, err := publish.Wire(before, o)
	if err != nil || !bytes.Equal(w.After, plain.After) || w.Report.Verdict != audit.Broken {
		t.Error(err, w.Report.Verdict)
	}
}

func TestAGuideThatIsKnownNotToBeUsableIsABrokenValue(t *testing.T) {
	t.Parallel()
	before := wireFlow(t, "A event "+otherGuide+" Q", "Q queue E", "E end")
	for state, broken := range map[audit.HealthState]bool{audit.NotUsable: true, audit.Healthy: false, audit.NotKnown: false, audit.NotChecked: false} {
		for _, replace := range []bool{false, true} {
			o := wireOptions(replace)
			o.Audit.Guides = func(id instance.FlowID) audit.Health {
				if id == otherGuide {
					return audit.Health{State: state}
				}
				return audit.Health{State: audit.Healthy}
			}
			w, err := publish.Wire(before, o)
			if !broken && !replace {
				if fault.From(err).Message.ID != "wire.refused.other-guide" {
					t.Errorf("%q: %v", state, err)
				}
				continue
			}
			if err != nil || w.Report.Verdict != audit.Wired || len(w.Edits) != 1 || w.Edits[0].Kind != flow.Retarget {
				t.Errorf("%q, replace %t: %v, %+v", state, replace, err, w.Edits)
			}
			if broken != (len(w.Replaced) == 0) {
				t.Errorf("%q, replace %t: replaces %q", state, replace, w.Replaced)
			}
		}
	}
}

// An attribute is never retargeted, whatever is known of its guide.
func TestAnAttributeThatNamesNoUsableGuideIsRefusedStill(t *testing.T) {
	t.Parallel()
	o := wireOptions(true)
	o.Audit.Guides = func(instance.FlowID) audit.Health { return audit.Health{State: audit.NotUsable} }
	_, err := publish.Wire(wireFlow(t, "A attr "+otherGuide+" Q", "Q queue E", "E end"), o)
	if f := fault.From(err); err == nil || f.Message.ID != "wire.refused.attribute" {
		t.Error(err)
	}
}

// randomLines draws a small flow.
func randomLines(t *rapid.T) []string {
	n := rapid.IntRange(1, 7).Draw(t, "blocks")
	kinds := []string{"say", "say", "queue", "queue", "flow ${f}", "module ${m}", "end", "event " + guideID, "event " + otherGuide,
		"event ${x}", "event $.Attributes.g", "disable", "enable", "hooks $.External", "attrs $.External", "attr " + guideID, "attr " + otherGuide, "clear", "AgentThing"}
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("B%d %s", i, rapid.SampledFrom(kinds).Draw(t, "kind"))
		for range rapid.IntRange(0, 3).Draw(t, "branches") {
			lines[i] += fmt.Sprintf(" B%d", rapid.IntRange(0, n-1).Draw(t, "to"))
		}
	}
	return lines
}

func TestWireRefusesOrLeavesNoGap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		lines := randomLines(rt)
		before := wireFlow(t, lines...)
		w, err := publish.Wire(before, wireOptions(rapid.Bool().Draw(rt, "replace")))
		if err != nil {
			f := fault.From(err)
			if _, ok := parsed(t, before).Find(f.Message.Args["Block"]); f.Kind != fault.Invalid || !ok {
				rt.Fatalf("%v: %v names no block", lines, err)
			}
			return
		}
		checkWired(rt, before, w)
	})
}

func parsed(t testing.TB, content []byte) *flow.Document {
	t.Helper()
	d, err := flow.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checkWired holds a wiring to the laws: no gap, the same bytes when repeated, and for a mere insert the way back.
func checkWired(t interface {
	Fatalf(string, ...any)
	Helper()
}, before []byte, w publish.Wiring) {
	t.Helper()
	for _, h := range w.Report.Handoffs {
		for _, s := range h.Settings {
			if s.Kind != audit.UnknownRoute && !(s.Kind.Set() && strings.HasSuffix(s.Flow, guideID)) {
				t.Fatalf("point %s is reached with %v", h.Block, s)
			}
			if s.Kind == audit.UnknownRoute && len(w.Exits) == 0 {
				t.Fatalf("point %s is unknown without an exit", h.Block)
			}
		}
	}
	if len(w.Report.Handoffs) > 0 && len(w.Report.Exits) == 0 && !w.Report.Verdict.Covered() {
		t.Fatalf("the verdict is %s", w.Report.Verdict)
	}
	again, err := publish.Wire(w.After, wireOptions(false))
	if err != nil || !again.Unchanged || !bytes.Equal(again.After, w.After) {
		t.Fatalf("wiring again: %v, unchanged %t", err, again.Unchanged)
	}
	if len(w.Edits) == 0 || slices.ContainsFunc(w.Edits, func(e flow.Edit) bool { return e.Kind != flow.Insert }) {
		return
	}
	back, err := publish.Unwire(w.After, false, publish.WireOptions{})
	if err != nil || !back.Former || !bytes.Equal(back.After, before) {
		t.Fatalf("unwire: %v, former %t, the same bytes %t", err, back.Former, bytes.Equal(back.After, before))
	}
}

func TestRealFlowsAreWiredProvedAndUnwired(t *testing.T) {
	t.Parallel()
	wired, same := 0, 0
	for file, before := range flowtest.Real(t, flowtest.Valid) {
		w, err := publish.Wire(before, wireOptions(false))
		switch {
		case err != nil && fault.From(err).Message.ID == "flow.defect.no-actions": // the one without actions
		case err != nil:
			t.Errorf("%s: %v", file, err)
		case w.Unchanged:
			same++
			if len(w.Report.Handoffs)+len(w.Report.Exits) > 0 {
				t.Errorf("%s: left alone, with %d points", file, len(w.Report.Handoffs))
			}
		default:
			wired++
			checkWired(t, before, w)
			if err := publish.ProveEffect(w.After, guideID, audit.Options{}); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if wired != 31+35 || same != 127-31-35-1 {
		t.Errorf("%d wired, %d left alone", wired, same)
	}
}

func FuzzWire(f *testing.F) {
	for _, lines := range [][]string{
		{"A say Q", "Q queue E", "E end"},
		{"A event ${x} B Q", "B attr " + otherGuide + " Q", "Q queue M", "M module ${m} A"},
	} {
		f.Add(wireFlow(f, lines...), true)
	}
	f.Fuzz(func(t *testing.T, before []byte, replace bool) {
		w, err := publish.Wire(before, wireOptions(replace))
		if err == nil {
			checkWired(t, before, w)
		} else if fault.From(err).Kind != fault.Invalid {
			t.Fatal(err)
		}
	})
}
