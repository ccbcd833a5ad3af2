package flow

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestInsertProveRemoveGivesTheOriginalBytesInEveryLayout(t *testing.T) {
	t.Parallel()
	for name, text := range fixtures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkThereAndBack(t, name, mustParse(t, text))
		})
	}
}

func TestAnEditedDocumentReadsAsItsBytesDo(t *testing.T) {
	t.Parallel()
	for name, text := range fixtures() {
		d := mustParse(t, text)
		next := mustEdit(t, d, insertInto(d))
		again := mustParse(t, string(next.Bytes()))
		if diff := cmp.Diff(again.Blocks(), next.Blocks(), cmpopts.IgnoreUnexported(Block{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSeveralEditsAreMadeInOrderOrNotAtAll(t *testing.T) {
	t.Parallel()
	d := mustParse(t, hookFlow)
	in := insertInto(d)
	edits := []Edit{
		{Kind: Retarget, Block: "hook", Guide: guideID, Name: "New"},
		in,
		{Kind: Retarget, Block: in.Block, Guide: "another", Name: "Other"},
		{Kind: ClearEvent, Block: "hook"},
	}
	next := mustEdit(t, d, edits...)
	if err := Prove(d.Bytes(), next.Bytes(), edits); err != nil {
		t.Error(err)
	}
	if b, ok := next.Find("hook"); ok {
		t.Errorf("the block is left: %v", b)
	}
	b, _ := next.StartBlock()
	if v, _ := b.Param("EventHooks", EventACW); string(v.Raw()) != `"another"` {
		t.Errorf("value %s", v.Raw())
	}
	if _, err := d.Edit(append(edits, Edit{Kind: Remove, Block: "z"})...); err == nil {
		t.Error("the last edit is not possible, and the others are made")
	}
	if none := mustEdit(t, d); none != d {
		t.Error("no edit makes another document")
	}
}

func TestViewDataThereAndBack(t *testing.T) {
	t.Parallel()
	d := mustParse(t, viewFlow)
	for _, value := range []string{"a text", "$.Attributes.x", " ", "\"\\\n\u2028😀"} {
		set := Edit{Kind: SetViewData, Block: "show", Key: "New", Value: value}
		del := Edit{Kind: DeleteViewData, Block: "show", Key: "New"}
		with := mustEdit(t, d, set)
		if err := Prove(d.Bytes(), with.Bytes(), []Edit{set}); err != nil {
			t.Errorf("%q: %v", value, err)
		}
		back := mustEdit(t, with, del)
		if string(back.Bytes()) != viewFlow {
			t.Errorf("%q: other bytes: %s", value, cmp.Diff(viewFlow, back.text))
		}
		if err := Prove(with.Bytes(), back.Bytes(), []Edit{del}); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// scatter puts random white space between all tokens of a text.
func scatter(r *rand.Rand, text string) string {
	gaps := []string{"", "", " ", "\n", "\n  ", "\n    ", "\r\n\t", "\r", "\t", "\n\n"}
	var sb strings.Builder
	for i := 0; i < len(text); {
		end := i + 1
		switch {
		case strings.IndexByte(" \t\r\n", text[i]) >= 0:
			i++
			continue
		case text[i] == '"':
			end = stringEnd(text, i)
		case strings.IndexByte("{}[],:", text[i]) < 0:
			end = scalarEnd(text, i)
		}
		sb.WriteString(gaps[r.IntN(len(gaps))] + text[i:end])
		i = end
	}
	return sb.String() + gaps[r.IntN(len(gaps))]
}

func TestTheLawsHoldInAnyWhiteSpace(t *testing.T) {
	t.Parallel()
	r := dice(t)
	for name, text := range fixtures() {
		for range 20 {
			checkThereAndBack(t, name, mustParse(t, scatter(r, text)))
		}
	}
}

func TestEveryEditIsProvenInAnyWhiteSpace(t *testing.T) {
	t.Parallel()
	r := dice(t)
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	for range 300 {
		view, hook := mustParse(t, scatter(r, viewFlow)), mustParse(t, scatter(r, hookFlow))
		set := Edit{Kind: SetViewData, Block: "show", Key: "New", Value: one("x", "$.Attributes.x")}
		next := proveMade(t, view, set)
		if back := proveMade(t, next, Edit{Kind: DeleteViewData, Block: "show", Key: "New"}); back.text != view.text {
			t.Errorf("other bytes: %q, %q", view.text, back.text)
		}
		proveMade(t, view, Edit{Kind: DeleteViewData, Block: "show", Key: one("Path", "Text", "Whole")})
		proveMade(t, view, Edit{Kind: SetViewData, Block: "show", Key: one("Path", "Text"), Value: one("x", "$.Attributes.x")})
		proveMade(t, view, Edit{Kind: SetTimeLimit, Block: "show", Value: "61"})
		proveMade(t, hook, Edit{Kind: Retarget, Block: "hook", Guide: guideID, Name: one("", "New")})
		proveMade(t, hook, Edit{Kind: ClearEvent, Block: "hook"})
	}
}

func proveMade(t *testing.T, d *Document, e Edit) *Document {
	t.Helper()
	next := mustEdit(t, d, e)
	if err := Prove(d.Bytes(), next.Bytes(), []Edit{e}); err != nil {
		t.Errorf("%v: %v: %q", e, err, d.text)
	}
	return next
}
