package flow

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wrapup/internal/flow/flowtest"
)

var (
	update = flag.Bool("update", false, "rewrite the golden files")
	seed   = flag.Uint64("seed", 0, "seed of the mutation test; 0 takes one from the clock")
)

type sample struct {
	name string
	text []byte
}

// samples are the real flows of a kind, by name.
func samples(t testing.TB, kind string) []sample {
	t.Helper()
	real := flowtest.Real(t, kind)
	list := make([]sample, 0, len(real))
	for _, name := range slices.Sorted(maps.Keys(real)) {
		list = append(list, sample{name, real[name]})
	}
	return list
}

func dice(t testing.TB) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d (repeat with -seed %d)", s, s)
	return rand.New(rand.NewPCG(s, 1))
}

func mustParse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustEdit(t testing.TB, d *Document, edits ...Edit) *Document {
	t.Helper()
	next, err := d.Edit(edits...)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

const guideID = "0d4a2d8e-6f5b-4f7a-9b53-2f1f6f2f9d11"

func insertInto(d *Document) Edit {
	return Edit{Kind: Insert, Block: d.NewIdentifier(), Guide: guideID, Name: `Wrap-up "after" call`}
}

func TestRealFlowsPackBackByteForByte(t *testing.T) {
	t.Parallel()
	none := 0
	for _, s := range samples(t, "valid") {
		d, err := Parse(s.text)
		if err != nil {
			none++
			if e := err.(*ParseError); e.Defect != NoActions {
				t.Errorf("%s: %v", s.name, err)
			}
			continue
		}
		if string(d.Bytes()) != string(s.text) {
			t.Errorf("%s: other bytes", s.name)
		}
	}
	if none != 1 {
		t.Errorf("%d flows without actions, want 1", none)
	}
}

func TestRealExportsThatAreNoFlowsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]Defect{"legacy": Legacy, "invalid": NotJSON} {
		for _, s := range samples(t, kind) {
			_, err := Parse(s.text)
			if e, ok := err.(*ParseError); !ok || e.Defect != want {
				t.Errorf("%s/%s: %v, want %s", kind, s.name, err, want)
			}
		}
	}
}

func TestInsertProveRemoveGivesTheOriginalBytesOfEveryRealFlow(t *testing.T) {
	t.Parallel()
	edited := 0
	for _, s := range samples(t, "valid") {
		d, err := Parse(s.text)
		if err != nil {
			continue
		}
		edited++
		checkThereAndBack(t, s.name, d)
	}
	if edited != 126 {
		t.Errorf("%d flows edited, want 126", edited)
	}
}

// checkThereAndBack inserts, proves, and takes out again by both ways.
func checkThereAndBack(t *testing.T, name string, d *Document) {
	t.Helper()
	in := insertInto(d)
	wired := mustEdit(t, d, in)
	if err := Prove(d.Bytes(), wired.Bytes(), []Edit{in}); err != nil {
		t.Errorf("%s: insert: %v", name, err)
	}
	for _, kind := range []EditKind{Remove, ClearEvent} {
		out := Edit{Kind: kind, Block: in.Block}
		back, err := wired.Edit(out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(back.Bytes()) != d.text {
			t.Errorf("%s: %s does not give the former bytes", name, kind)
		}
		if err := Prove(wired.Bytes(), back.Bytes(), []Edit{out}); err != nil {
			t.Errorf("%s: %s: %v", name, kind, err)
		}
	}
	if err := Prove(d.Bytes(), d.Bytes(), []Edit{in, {Kind: Remove, Block: in.Block}}); err != nil {
		t.Errorf("%s: there and back is nothing: %v", name, err)
	}
}
