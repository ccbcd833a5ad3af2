package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func seeds(f *testing.F) {
	for _, text := range fixtures() {
		f.Add(text)
	}
	for _, text := range []string{wired, "", "{", `{"Actions":[{}]}`, `{"Actions":[{"Identifier":"\ud800"}],"StartAction":"\udc00"}`} {
		f.Add(text)
	}
}

func FuzzParseKeepsEveryByte(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		Validate([]byte(text), "CONTACT_FLOW")
		d, err := Parse([]byte(text))
		if err != nil {
			if _, ok := err.(*ParseError); !ok {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		if string(d.Bytes()) != text {
			t.Fatal("other bytes")
		}
		readAll(t, d)
	})
}

// readAll reads everything there is to read.
func readAll(t *testing.T, d *Document) {
	t.Helper()
	if start, ok := d.StartBlock(); ok && start.ID != d.Start() {
		t.Fatal("another start")
	}
	d.EntryPoint()
	walk(d.Root())
	for _, b := range d.Blocks() {
		b.Title()
		b.Position()
		b.References()
		if found, ok := d.Find(b.ID); ok && found != b {
			t.Fatal("another block of this identifier")
		}
	}
}

func walk(v Value) {
	v.Text()
	for _, m := range v.Members() {
		walk(m.Value)
	}
	for _, e := range v.Elements() {
		walk(e)
	}
}

func FuzzInsertThenRemoveIsNothing(f *testing.F) {
	for _, text := range fixtures() {
		f.Add(text, guideID, "Wrap-up")
	}
	f.Fuzz(func(t *testing.T, text, guide, name string) {
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		in := Edit{Kind: Insert, Block: d.NewIdentifier(), Guide: guide, Name: name}
		wired := provenEdit(t, d, in)
		if wired == nil {
			return
		}
		for _, kind := range []EditKind{Remove, ClearEvent} {
			back := provenEdit(t, wired, Edit{Kind: kind, Block: in.Block})
			if back == nil {
				t.Fatalf("%s is refused", kind)
			}
			if string(back.Bytes()) != text {
				t.Fatalf("%s does not give the former bytes: %q", kind, back.Bytes())
			}
		}
	})
}

// provenEdit makes an edit, if it can be made, and proves it; the result must read as its bytes do.
func provenEdit(t *testing.T, d *Document, e Edit) *Document {
	t.Helper()
	next, err := d.Edit(e)
	if err != nil {
		if _, ok := err.(*RefusedError); !ok {
			t.Fatalf("another error: %v", err)
		}
		return nil
	}
	if err := Prove(d.Bytes(), next.Bytes(), []Edit{e}); err != nil {
		t.Fatalf("%v: %v\n%s\n%s", e, err, d.Bytes(), next.Bytes())
	}
	again, err := Parse(next.Bytes())
	if err != nil {
		t.Fatalf("the edit makes a defect: %v", err)
	}
	if diff := cmp.Diff(again.Blocks(), next.Blocks(), cmpopts.IgnoreUnexported(Block{})); diff != "" {
		t.Fatal(diff)
	}
	return next
}

func FuzzEveryEditIsProven(f *testing.F) {
	for _, text := range fixtures() {
		for _, kind := range []EditKind{Insert, Retarget, Remove, ClearEvent, SetViewData, DeleteViewData, SetTimeLimit} {
			f.Add(text, string(kind), "hook", guideID, "Text")
		}
	}
	f.Add(viewFlow, string(SetViewData), "show", "$.Attributes.x", "Text")
	f.Add(viewFlow, string(SetTimeLimit), "show", "61", "")
	f.Add(wired, string(ClearEvent), InsertedBlock, "", "")
	f.Fuzz(func(t *testing.T, text, kind, block, value, key string) {
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		provenEdit(t, d, Edit{Kind: EditKind(kind), Block: block, Guide: value, Name: key, Key: key, Value: value})
	})
}

func FuzzProveNeverPanics(f *testing.F) {
	for _, text := range fixtures() {
		f.Add(text, text, string(Insert), "a", "g")
		f.Add(text, text[:len(text)/2], string(ClearEvent), "hook", "g")
	}
	f.Fuzz(func(t *testing.T, before, after, kind, block, value string) {
		e := Edit{Kind: EditKind(kind), Block: block, Guide: value, Key: value, Value: value}
		err := Prove([]byte(before), []byte(after), []Edit{e})
		if err == nil {
			d, perr := Parse([]byte(before))
			if perr != nil {
				t.Fatalf("proven on what cannot be read: %v", perr)
			}
			if _, eerr := d.Edit(e); eerr != nil {
				t.Fatalf("proven, and the editor refuses: %v", eerr)
			}
			return
		}
		if _, ok := err.(*ProofError); !ok {
			t.Fatalf("another error: %v", err)
		}
	})
}
