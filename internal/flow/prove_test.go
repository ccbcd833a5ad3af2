package flow

import (
	"strings"
	"testing"

	"wrapup/internal/i18n"
)

func refusedProof(t *testing.T, before, after string, edits []Edit) *ProofError {
	t.Helper()
	err := Prove([]byte(before), []byte(after), edits)
	e, ok := err.(*ProofError)
	if !ok {
		t.Fatalf("proven: %v", err)
	}
	if e.Error() == "" || !i18n.Has(e.Message().ID) {
		t.Errorf("no words for %s", e.What)
	}
	return e
}

func TestAnotherEditThanTheStatedOneIsNotProven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text   string
		made   Edit
		stated func(*Edit)
	}{
		"insert another guide":      {designer, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g", Name: "n"}, func(e *Edit) { e.Guide = "h" }},
		"insert another name":       {designer, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g", Name: "n"}, func(e *Edit) { e.Name = "m" }},
		"insert without the name":   {designer, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g", Name: "n"}, func(e *Edit) { e.Name = "" }},
		"insert with a name":        {designer, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g"}, func(e *Edit) { e.Name = "n" }},
		"insert another block":      {minified, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g"}, func(e *Edit) { e.Block += " 2" }},
		"insert another event":      {minified, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g"}, func(e *Edit) { e.Event = EventDefaultUI }},
		"retarget to another guide": {hookFlow, Edit{Kind: Retarget, Block: "hook", Guide: "g", Name: "n"}, func(e *Edit) { e.Guide = "h" }},
		"retarget another name":     {hookFlow, Edit{Kind: Retarget, Block: "hook", Guide: "g", Name: "n"}, func(e *Edit) { e.Name = "m" }},
		"retarget without the name": {hookFlow, Edit{Kind: Retarget, Block: "hook", Guide: "g", Name: "n"}, func(e *Edit) { e.Name = "" }},
		"retarget another block":    {hookFlow, Edit{Kind: Retarget, Block: "hook", Guide: "g"}, func(e *Edit) { e.Block = "a" }},
		"clear, not retarget":       {hookFlow, Edit{Kind: Retarget, Block: "hook", Guide: "g"}, func(e *Edit) { e.Kind = ClearEvent }},
		"retarget, not clear":       {hookFlow, Edit{Kind: ClearEvent, Block: "hook", Guide: "g"}, func(e *Edit) { e.Kind = Retarget }},
		"clear another event":       {hookFlow, Edit{Kind: ClearEvent, Block: "hook"}, func(e *Edit) { e.Event = EventDisconnect }},
		"another field of the view": {viewFlow, Edit{Kind: SetViewData, Block: "show", Key: "Text", Value: "v"}, func(e *Edit) { e.Key = "Path" }},
		"another new field":         {viewFlow, Edit{Kind: SetViewData, Block: "show", Key: "New", Value: "v"}, func(e *Edit) { e.Key = "new" }},
		"another text":              {viewFlow, Edit{Kind: SetViewData, Block: "show", Key: "Text", Value: "v"}, func(e *Edit) { e.Value = "v " }},
		"a deletion of another":     {viewFlow, Edit{Kind: DeleteViewData, Block: "show", Key: "Text"}, func(e *Edit) { e.Key = "Whole" }},
		"another time limit":        {viewFlow, Edit{Kind: SetTimeLimit, Block: "show", Value: "60"}, func(e *Edit) { e.Value = "61" }},
		"no known kind":             {viewFlow, Edit{Kind: SetTimeLimit, Block: "show", Value: "60"}, func(e *Edit) { e.Kind = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := mustEdit(t, mustParse(t, c.text), c.made).text
			if err := Prove([]byte(c.text), []byte(after), []Edit{c.made}); err != nil {
				t.Fatalf("what was made is not proven: %v", err)
			}
			stated := c.made
			c.stated(&stated)
			refusedProof(t, c.text, after, []Edit{stated})
			refusedProof(t, c.text, after, nil)
			refusedProof(t, c.text, after, []Edit{c.made, {Kind: Remove, Block: "a"}})
			refusedProof(t, after, c.text, []Edit{c.made})
		})
	}
}

func TestProofNamesWhatItFinds(t *testing.T) {
	t.Parallel()
	in := Edit{Kind: Insert, Block: InsertedBlock, Guide: guideID}
	after := mustEdit(t, mustParse(t, minified), in).text
	long := bend(minified, "Hi", strings.Repeat("é", MaxContent-400))
	tooLong := bend(after, "Hi", strings.Repeat("é", MaxContent-400))
	empty := Edit{Kind: Retarget, Block: "hook", Guide: " "}
	for name, c := range map[string]struct {
		before, after string
		edit          Edit
		want          string
	}{
		"the former content is no JSON":  {"{", after, in, "before-unreadable"},
		"the former content has comment": {"/**/" + minified, after, in, "before-unreadable"},
		"the former content is no flow":  {"{}", after, in, "before-unreadable"},
		"the new content is cut off":     {minified, after[:len(after)-1], in, "bytes"},
		"a value is no JSON":             {minified, bend(after, guideID, guideID+`"`), in, "after-unreadable"},
		"a member twice":                 {minified, bend(after, `"ErrorType"`, `"NextAction":"a","ErrorType"`), in, "after-unreadable"},
		"a comment inside":               {minified, bend(after, `{"Parameters":{"EventHooks"`, `/**/{"Parameters":{"EventHooks"`), in, "after-unreadable"},
		"a byte-order mark":              {minified, "\ufeff" + after, in, "bytes"},
		"a member more inside":           {minified, bend(after, `"ErrorType":"NoMatchingError"`, `"ErrorType":"NoMatchingError","x":1`), in, "members"},
		"other names inside":             {minified, bend(after, `"ErrorType":"NoMatchingError"`, `"Errortype":"NoMatchingError"`), in, "name"},
		"another order inside":           {minified, bend(after, `"NextAction":"a","ErrorType":"NoMatchingError"`, `"ErrorType":"NoMatchingError","NextAction":"a"`), in, "name"},
		"another value inside":           {minified, bend(after, guideID, "x"), in, "value"},
		"a branch to another block":      {minified, bend(after, `[{"NextAction":"a"`, `[{"NextAction":"b"`), in, "value"},
		"a space after the new block":    {minified, bend(after, "]}}]}", "]}} ]}"), in, "space"},
		"too many characters":            {long, tooLong, in, "too-long"},
		"the edit cannot be made":        {minified, after, Edit{Kind: Insert, Block: "Guide", Guide: "g"}, "not-possible"},
		"nothing is done":                {hookFlow, hookFlow, empty, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if e := refusedProof(t, c.before, c.after, []Edit{c.edit}); e.What != c.want {
				t.Errorf("%v, want %s", e, c.want)
			}
		})
	}
}

func TestProofRefusesAProblemThatWasNotThereBefore(t *testing.T) {
	t.Parallel()
	known := bend(hookFlow, `"Text": "Hi"`, `"Text": ""`)
	e := Edit{Kind: Retarget, Block: "hook", Guide: "g"}
	if err := Prove([]byte(known), mustEdit(t, mustParse(t, known), e).Bytes(), []Edit{e}); err != nil {
		t.Errorf("a known problem stands in the way: %v", err)
	}
	if err := proveProblems([]byte(hookFlow), []byte(known)); err == nil {
		t.Error("a new empty text is no problem")
	}
}

func TestProofOfNoEditIsEquality(t *testing.T) {
	t.Parallel()
	for name, text := range fixtures() {
		if err := Prove([]byte(text), []byte(text), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if Prove([]byte(text), []byte(text+" "), nil) == nil {
			t.Errorf("%s: a space more is proven", name)
		}
	}
}

func TestABrokenValueOfAnyKindIsRetargeted(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{`null`, `12`, `{"a":["b"]}`, `[]`, `""`, `"{{guide.arn}}"`, `"$.Attributes.a and more"`, `"$["`} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			before := bend(wired, `"g"`, broken)
			edits := []Edit{{Kind: Retarget, Block: InsertedBlock, Guide: "11111111-2222-4333-8444-555555555555", Name: "Wrap-up"}}
			d, err := Parse([]byte(before))
			if err != nil {
				t.Fatal(err)
			}
			after, err := d.Edit(edits...)
			if err != nil {
				t.Fatal(err)
			}
			if err := Prove([]byte(before), after.Bytes(), edits); err != nil {
				t.Error(err)
			}
			b, _ := after.Find(InsertedBlock)
			if v, _ := b.Param("EventHooks", EventACW); string(v.Raw()) != `"11111111-2222-4333-8444-555555555555"` {
				t.Errorf("the event is %s", v.Raw())
			}
		})
	}
}
