package connectsim

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

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
			for _, f := range in.flows {
				if f.published == nil || f.name == "Legacy switchboard" {
					continue
				}
				for _, p := range flow.Validate([]byte(f.published.text), f.kind) {
					t.Errorf("%s, %s, %s: %s (%s)", seed, in.Alias, f.name, p.Message, p.Block)
				}
			}
			for _, m := range in.modules {
				for _, p := range flow.Validate([]byte(m.published.text), "MODULE") {
					t.Errorf("%s, %s, %s: %s", seed, in.Alias, m.name, p.Message)
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
		flows += len(in.flows)
	}
	want := []string{
		"harbor-retail aaaaaaaa-bbbb-cccc-dddd-111111111111 us-east-1 111122223333",
		"harbor-europe aaaaaaaa-bbbb-cccc-dddd-222222222222 eu-central-1 111122223333",
		"harbor-taipei aaaaaaaa-bbbb-cccc-dddd-333333333333 us-east-1 444455556666"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("instances are %q", got)
	}
	if own := flows - 3*8; own < 45 || own > 60 {
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
			for _, f := range in.flows {
				out += f.id + f.saved.sum
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
	if in.flowNamed(SampleGuide) == nil || len(in.flows) != 20 {
		t.Fatalf("%d flows, sample guide %v", len(in.flows), in.flowNamed(SampleGuide))
	}
	for _, f := range in.flows {
		d, err := flow.Parse([]byte(f.published.text))
		if err != nil {
			t.Fatal(f.name, err)
		}
		for _, b := range d.Blocks() {
			if _, ok := b.Param("EventHooks", flow.EventACW); ok {
				t.Error(f.name, "sets the guide")
			}
		}
	}
}

func TestGeneratedFlowsHaveTheLengthOfRealOnes(t *testing.T) {
	t.Parallel()
	s := seeded(t, "empty")
	s.Generate(60)
	shortest, longest := 1<<30, 0
	for _, f := range s.insts[0].flows[20:] {
		n := utf8.RuneCountInString(f.published.text)
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
	if err := json.Unmarshal([]byte(managedViews()[0].content.schema), &schema); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(schema.Required); got != "[CustomerName Example_Label PhoneNumber]" || len(schema.Properties) != 19 {
		t.Errorf("required %s of %d inputs", got, len(schema.Properties))
	}
}

func TestEveryBlockOfTheDemoHasAPlaceOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, in := range seeded(t, "demo").insts {
		for _, f := range in.flows {
			d, err := flow.Parse([]byte(f.saved.text))
			if err != nil {
				continue // the legacy one
			}
			taken := map[[2]float64]string{}
			for _, b := range d.Blocks() {
				x, y, ok := b.Position()
				if other, twice := taken[[2]float64{x, y}]; !ok || twice {
					t.Errorf("%s: block %s: placed %v, with %q", f.name, b.ID, ok, other)
				}
				taken[[2]float64{x, y}] = b.ID
			}
		}
	}
}
