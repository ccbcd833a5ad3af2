package publish_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/publish"
)

func TestUnwireGivesTheFormerBytes(t *testing.T) {
	t.Parallel()
	before := wireFlow(t, "A say B Q", "B event "+guideID+" Q", "Q queue E", "E end")
	w, err := publish.Wire(before, wireOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	back, err := publish.Unwire(w.After, false, publish.WireOptions{})
	if err != nil || !bytes.Equal(back.After, before) || !back.Former {
		t.Fatal(err, back.Former)
	}
	if d := cmp.Diff([]string{"B"}, back.Still); d != "" {
		t.Error("what still sets the guide is named:", d)
	}
	if back.Before.Verdict != audit.Wired || back.Report.Verdict != audit.Partial {
		t.Error(back.Before.Verdict, back.Report.Verdict)
	}
}

func TestUnwireRefusesAndNamesTheBlock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flow          []string
		all           bool
		reason, block string
	}{
		"another block sets the guide":     {[]string{"A event " + guideID + " Q", "Q queue E", "E end"}, false, "wire.refused.not-ours", "A"},
		"a block that no route leads to":   {[]string{"A say Q", "Q queue E", "E end", "B event " + guideID + " Q"}, false, "wire.refused.not-ours", "B"},
		"success and error differ":         {[]string{"A event " + guideID + " Q E", "Q queue E", "E end"}, true, "flow.refused.branches-differ", "A"},
		"a block left empty leads nowhere": {[]string{"A event " + guideID + " gone", "E end"}, true, "flow.refused.no-next", "A"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := publish.Unwire(wireFlow(t, c.flow...), c.all, publish.WireOptions{})
			f := fault.From(err)
			if err == nil || f.Kind != fault.Invalid || f.Message.ID != c.reason || f.Message.Args["Block"] != c.block {
				t.Fatalf("got %v", err)
			}
			if w.After != nil {
				t.Error("a refusal carries bytes")
			}
		})
	}
	if _, err := publish.Unwire([]byte("{}"), true, publish.WireOptions{}); err == nil || fault.From(err).Message.ID != "flow.defect.no-actions" {
		t.Error(err)
	}
}

// TestUnwireSaysThatAFlowIsTooLong has our block in a flow that the service's own additions made longer than it takes.
func TestUnwireSaysThatAFlowIsTooLong(t *testing.T) {
	t.Parallel()
	w, err := publish.Wire(wireFlow(t, "A say Q", "Q queue E", "E end"), wireOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	_, err = publish.Unwire(padded(w.After, flow.MaxContent+10_000), false, publish.WireOptions{})
	if err == nil || fault.From(err).Message.ID != "flow.refused.too-long" {
		t.Errorf("got %v", err)
	}
}

func TestUnwireAllClearsEveryBlock(t *testing.T) {
	t.Parallel()
	before := wireFlow(t, "A say B Q", "B event "+guideID+" Q", "C attr "+otherGuide+" Q", "Q queue E", "E end")
	w, err := publish.Wire(before, wireOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	back, err := publish.Unwire(w.After, true, publish.WireOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []flow.Edit{
		{Kind: flow.Remove, Block: flow.InsertedBlock, Event: flow.EventACW},
		{Kind: flow.ClearEvent, Block: "B", Event: flow.EventACW},
	}
	if d := cmp.Diff(want, back.Edits); d != "" {
		t.Error(d)
	}
	if back.Former || len(back.Still) > 0 || back.Report.Verdict != audit.NotWired {
		t.Error(back.Former, back.Still, back.Report.Verdict)
	}
	if d := cmp.Diff([]string{"C"}, back.Attributes); d != "" {
		t.Error("attributes stay and are named:", d)
	}
}

func TestUnwireAllOfOurBlockAloneGivesTheFormerBytes(t *testing.T) {
	t.Parallel()
	before := wireFlow(t, "Q queue E", "E end")
	w, err := publish.Wire(before, wireOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	back, err := publish.Unwire(w.After, true, publish.WireOptions{})
	if err != nil || !back.Former || !bytes.Equal(back.After, before) {
		t.Error(err, back.Former)
	}
}

func TestUnwireWithNothingToDoGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	before := wireFlow(t, "A disable B", "B attr "+guideID+" Q", "Q queue E", "E end")
	for _, all := range []bool{false, true} {
		w, err := publish.Unwire(before, all, publish.WireOptions{})
		if err != nil || !w.Unchanged || !bytes.Equal(w.After, before) || len(w.Attributes) != 1 {
			t.Error(err, w.Unchanged, w.Attributes)
		}
	}
}

func TestProveEffectRefusesWhatIsReachedWithout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flow  []string
		block string // the point named; "" is proof
	}{
		"with the guide":                               {[]string{"A event " + guideID + " Q", "Q queue X", "X flow ${f}"}, ""},
		"with the guide by attribute":                  {[]string{"A attr " + guideID + " Q", "Q queue"}, ""},
		"no point":                                     {[]string{"A say"}, ""},
		"unset":                                        {[]string{"A say Q", "Q queue"}, "Q"},
		"an exit without":                              {[]string{"A say X", "X flow ${f}"}, "X"},
		"another guide":                                {[]string{"A event " + otherGuide + " Q", "Q queue"}, "Q"},
		"two guides":                                   {[]string{"A event " + guideID + " B", "B attr " + otherGuide + " Q", "Q queue"}, "Q"},
		"decided during the contact":                   {[]string{"A event $.Attributes.g Q", "Q queue"}, "Q"},
		"switched off":                                 {[]string{"A event " + guideID + " B", "B disable Q", "Q queue"}, "Q"},
		"one route of two":                             {[]string{"A say B Q", "B event " + guideID + " Q", "Q queue"}, "Q"},
		"a module without":                             {[]string{"A module ${m} B", "B event " + guideID + " Q", "Q queue"}, "A"},
		"a module with, a broken value behind":         {[]string{"A event " + guideID + " M", "M module ${m} B", "B event x Q", "Q queue"}, "Q"},
		"a module with, another guide behind":          {[]string{"A event " + guideID + " M", "M module ${m} B", "B event " + otherGuide + " Q", "Q queue"}, "Q"},
		"a module with, another behind by attribute":   {[]string{"A event " + guideID + " M", "M module ${m} B", "B attr " + otherGuide + " Q", "Q queue"}, "Q"},
		"a module with, another before an exit behind": {[]string{"A event " + guideID + " M", "M module ${m} B", "B event " + otherGuide + " X", "X flow ${f}"}, "X"},
		"a module with, decided behind it":             {[]string{"A event " + guideID + " M", "M module ${m} B", "B attr $.External.g Q", "Q queue"}, "Q"},
		"a module with, the guide behind":              {[]string{"A event " + guideID + " M", "M module ${m} B", "B event " + guideID + " C", "C clear Q", "Q queue"}, ""},
		"a module with, and what lies behind":          {[]string{"A event " + guideID + " M", "M module ${m} Q", "Q queue X", "X flow ${f}"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := publish.ProveEffect(wireFlow(t, c.flow...), guideID, audit.Options{})
			switch {
			case c.block == "" && err != nil:
				t.Error(err)
			case c.block != "" && (err == nil || fault.From(err).Message.Args["Block"] != c.block):
				t.Errorf("got %v, want block %s named", err, c.block)
			}
		})
	}
}
