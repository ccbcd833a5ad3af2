package connectsim

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"wrapup/internal/connectsim/template"
	"wrapup/internal/flow"
)

func seeded(t testing.TB, name string) *Sim {
	t.Helper()
	s := New(Options{Now: func() time.Time { return since }})
	if err := s.Seed(name); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSeedsPublishOnlyWhatTheServiceWouldTake(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{"demo", "empty"} {
		s := seeded(t, seed)
		s.Generate(30)
		for _, in := range s.insts {
			for _, f := range in.flows.list {
				if f.Published == nil || f.Name == "Legacy switchboard" {
					continue
				}
				for _, p := range flow.Validate([]byte(f.Published.text()), f.Kind) {
					t.Errorf("%s, %s, %s: %s (%s)", seed, in.Alias, f.Name, p.Message, p.Block)
				}
			}
			for _, m := range in.modules.list {
				for _, p := range flow.Validate([]byte(m.Published.text()), "MODULE") {
					t.Errorf("%s, %s, %s: %s", seed, in.Alias, m.Name, p.Message)
				}
			}
		}
	}
}

func TestDemoIsWhatTheDocumentsSay(t *testing.T) {
	t.Parallel()
	s := seeded(t, "demo")
	var got []string
	flows := 0
	for _, in := range s.Instances() {
		got = append(got, in.Alias+" "+in.ID+" "+in.Region+" "+in.Account)
	}
	for _, in := range s.insts {
		flows += len(in.flows.list)
	}
	want := []string{
		"harbor-retail aaaaaaaa-bbbb-cccc-dddd-111111111111 us-east-1 111122223333",
		"harbor-europe aaaaaaaa-bbbb-cccc-dddd-222222222222 eu-central-1 111122223333",
		"harbor-taipei aaaaaaaa-bbbb-cccc-dddd-333333333333 us-east-1 444455556666"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("instances are %q", got)
	}
	if own := flows - 3*8; own < 75 || own > 95 {
		t.Errorf("the demo has %d flows of its own", own)
	}
}

func TestSeedsAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	print := func() string {
		s := seeded(t, "demo")
		s.Generate(5)
		out := ""
		for _, in := range s.insts {
			for _, f := range in.flows.list {
				out += f.ID + f.Saved.sum
			}
		}
		return out
	}
	if a, b := print(), print(); a != b {
		t.Error("two seeds differ")
	}
}

func TestAnUnknownSeedIsRefused(t *testing.T) {
	t.Parallel()
	s := seeded(t, "empty")
	if s.Seed("other") == nil || len(s.Instances()) != 1 {
		t.Error("an unknown seed changed the state or went unnoticed")
	}
}

func TestTheEmptySeedHasOnlyStockFlowsAndWiresNone(t *testing.T) {
	t.Parallel()
	in := seeded(t, "empty").insts[0]
	if in.flows.byName(SampleGuide) == nil || len(in.flows.list) != 20 {
		t.Fatalf("%d flows, sample guide %v", len(in.flows.list), in.flows.byName(SampleGuide))
	}
	for _, f := range in.flows.list {
		d, err := flow.Parse([]byte(f.Published.text()))
		if err != nil {
			t.Fatal(f.Name, err)
		}
		for _, b := range d.Blocks() {
			if _, ok := b.Param("EventHooks", flow.EventACW); ok {
				t.Error(f.Name, "sets the guide")
			}
		}
	}
}

func TestGeneratedFlowsHaveTheLengthOfRealOnes(t *testing.T) {
	t.Parallel()
	s := seeded(t, "empty")
	s.Generate(60)
	shortest, longest := 1<<30, 0
	for _, f := range s.insts[0].flows.list[20:] {
		n := utf8.RuneCountInString(f.Published.text())
		shortest, longest = min(shortest, n), max(longest, n)
	}
	if shortest < 5_000 || longest > 20_500 {
		t.Errorf("from %d to %d characters", shortest, longest)
	}
}

func TestInputSchemaRequiresWhatFillsRequiredProps(t *testing.T) {
	t.Parallel()
	var schema struct {
		Properties map[string]any
		Required   []string
	}
	if err := json.Unmarshal([]byte(template.Schema(managedViews()[0].content.Template)), &schema); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(schema.Required); got != "[CustomerName Example_Label PhoneNumber]" || len(schema.Properties) != 19 {
		t.Errorf("required %s of %d inputs", got, len(schema.Properties))
	}
}

func TestEveryBlockOfTheDemoHasAPlaceOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, in := range seeded(t, "demo").insts {
		for _, f := range in.flows.list {
			d, err := flow.Parse([]byte(f.Saved.text()))
			if err != nil {
				continue // the legacy one
			}
			taken := map[[2]float64]string{}
			for _, b := range d.Blocks() {
				x, y, ok := b.Position()
				if other, twice := taken[[2]float64{x, y}]; !ok || twice {
					t.Errorf("%s: block %s: placed %v, with %q", f.Name, b.ID, ok, other)
				}
				taken[[2]float64{x, y}] = b.ID
			}
		}
	}
}
