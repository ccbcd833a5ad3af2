package flow

import (
	"fmt"
	"strings"
	"testing"

	"wrapup/internal/i18n"
)

// wired is minified with our block at its start, as text to be bent.
var wired = `{"StartAction":"` + InsertedBlock + `","Actions":[` +
	`{"Identifier":"` + InsertedBlock + `","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"g"}},` +
	`"Transitions":{"NextAction":"a","Errors":[{"NextAction":"a","ErrorType":"NoMatchingError"}]}},` +
	`{"Identifier":"a","Type":"TransferContactToQueue","Transitions":{"NextAction":"b"}},{"Identifier":"b","Type":"X"}]}`

func bend(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("nothing to bend: " + pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func fullFlow(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"Identifier":"b%d","Type":"X"}`, i)
	}
	return `{"StartAction":"b0","Actions":[` + strings.Join(list, ",") + `]}`
}

func TestEditsThatCannotBeMadeAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	in := Edit{Kind: Insert, Block: InsertedBlock, Guide: guideID}
	out := Edit{Kind: Remove, Block: InsertedBlock}
	clear := Edit{Kind: ClearEvent, Block: InsertedBlock}
	to := Edit{Kind: Retarget, Block: InsertedBlock, Guide: guideID}
	set := Edit{Kind: SetViewData, Block: "show", Key: "Text", Value: "x"}
	for name, c := range map[string]struct {
		text string
		edit Edit
		want string
	}{
		"insert without a guide":              {minified, Edit{Kind: Insert, Block: InsertedBlock}, "no-guide"},
		"insert under another name":           {minified, Edit{Kind: Insert, Block: "Guide", Guide: "g"}, "not-ours"},
		"insert under a number of no meaning": {minified, Edit{Kind: Insert, Block: InsertedBlock + " 1", Guide: "g"}, "not-ours"},
		"insert under no name":                {minified, Edit{Kind: Insert, Guide: "g"}, "not-ours"},
		"insert twice under one name":         {wired, in, "identifier-taken"},
		"insert where layout data is left":    {bend(minified, `{"V`, `{"Metadata":{"ActionMetadata":{"`+InsertedBlock+`":1}},"V`), in, "identifier-taken"},
		"insert where a branch would meet it": {bend(minified, `"NextAction":"b"`, `"NextAction":"`+InsertedBlock+`"`), in, "identifier-taken"},
		"insert into 250 actions":             {fullFlow(250), in, "too-many-actions"},
		"insert past 256,000 characters":      {bend(minified, "Hi", strings.Repeat("é", MaxContent-400)), in, "too-long"},
		"insert a name that is no text":       {minified, Edit{Kind: Insert, Block: InsertedBlock, Guide: "g", Name: "\xff"}, "bad-text"},
		"remove nothing":                      {minified, out, "no-such-block"},
		"remove one of two of one name":       {bend(wired, `"Identifier":"b"`, `"Identifier":"`+InsertedBlock+`"`), out, "no-such-block"},
		"remove somebody's block":             {bend(hookFlow, `"StartAction": "a"`, `"StartAction": "hook"`), Edit{Kind: Remove, Block: "hook"}, "not-ours"},
		"remove what is not the start":        {bend(wired, `"StartAction":"`+InsertedBlock, `"StartAction":"a`), out, "not-start"},
		"remove another type":                 {bend(wired, "UpdateContactEventHooks", "UpdateContactAttributes"), out, "no-event"},
		"remove another event":                {wired, Edit{Kind: Remove, Block: InsertedBlock, Event: EventDefaultUI}, "no-event"},
		"remove two events":                   {bend(wired, `"DisconnectAgentUI":"g"`, `"DisconnectAgentUI":"g","CustomerQueue":"q"`), out, "not-only-event"},
		"remove a configuration":              {bend(wired, `"EventHooks":{`, `"EventHooksConfiguration":{},"EventHooks":{`), out, "not-only-event"},
		"remove where the error goes astray":  {bend(wired, `[{"NextAction":"a"`, `[{"NextAction":"b"`), out, "branches-differ"},
		"remove where there is no error":      {bend(wired, `[{"NextAction":"a","ErrorType":"NoMatchingError"}]`, `[]`), out, "branches-differ"},
		"remove where the error is another":   {bend(wired, `NoMatchingError`, `Other`), out, "branches-differ"},
		"remove where there is a condition":   {bend(wired, `"Errors":[`, `"Conditions":[{"NextAction":"a"}],"Errors":[`), out, "branches-differ"},
		"remove what leads to itself":         {bend(wired, `:{"NextAction":"a"`, `:{"NextAction":"`+InsertedBlock+`"`, `[{"NextAction":"a"`, `[{"NextAction":"`+InsertedBlock+`"`), out, "self-loop"},
		"remove what leads nowhere":           {bend(wired, `:{"NextAction":"a"`, `:{"NextAction":"c"`, `[{"NextAction":"a"`, `[{"NextAction":"c"`), out, "no-next"},
		"remove what others lead to":          {bend(wired, `"NextAction":"b"`, `"NextAction":"`+InsertedBlock+`"`), out, "still-led-to"},
		"clear where branches differ":         {bend(wired, `[{"NextAction":"a"`, `[{"NextAction":"b"`), clear, "branches-differ"},
		"clear where a branch is missing":     {bend(wired, `[{"NextAction":"a",`, `[{`), clear, "branches-differ"},
		"clear what leads to itself":          {bend(wired, `:{"NextAction":"a"`, `:{"NextAction":"`+InsertedBlock+`"`, `[{"NextAction":"a"`, `[{"NextAction":"`+InsertedBlock+`"`), clear, "self-loop"},
		"clear what leads nowhere":            {bend(wired, `{"NextAction":"a","Errors":[{"NextAction":"a","ErrorType":"NoMatchingError"}]}`, `{}`), clear, "no-next"},
		"clear an event that is not set":      {wired, Edit{Kind: ClearEvent, Block: InsertedBlock, Event: "AgentHold"}, "no-event"},
		"retarget a JSONPath":                 {bend(wired, `"g"`, `"$.Attributes.x"`), to, "dynamic"},
		"retarget a JSONPath in brackets":     {bend(wired, `"g"`, `"$['x']"`), to, "dynamic"},
		"retarget to nothing":                 {wired, Edit{Kind: Retarget, Block: InsertedBlock}, "no-guide"},
		"retarget a block without the event":  {minified, Edit{Kind: Retarget, Block: "a", Guide: "g"}, "no-event"},
		"view data of another block":          {viewFlow, Edit{Kind: SetViewData, Block: "end", Key: "a", Value: "b"}, "not-a-view-block"},
		"view data without a key":             {viewFlow, Edit{Kind: SetViewData, Block: "show", Value: "b"}, "no-key"},
		"empty view data":                     {viewFlow, Edit{Kind: SetViewData, Block: "show", Key: "Text"}, "empty-value"},
		"view data that is whole JSON":        {viewFlow, Edit{Kind: SetViewData, Block: "show", Key: "Whole", Value: "x"}, "not-text"},
		"view data in a list":                 {`{"Actions":[{"Identifier":"show","Type":"ShowView","Parameters":{"ViewData":[]}}]}`, set, "not-text"},
		"view data without parameters":        {`{"Actions":[{"Identifier":"show","Type":"ShowView"}]}`, set, "no-parameters"},
		"delete view data that is not there":  {viewFlow, Edit{Kind: DeleteViewData, Block: "show", Key: "New"}, "no-such-value"},
		"delete view data without a key":      {viewFlow, Edit{Kind: DeleteViewData, Block: "show"}, "no-key"},
		"delete view data of another block":   {viewFlow, Edit{Kind: DeleteViewData, Block: "end", Key: "x"}, "not-a-view-block"},
		"a time limit of no seconds":          {viewFlow, Edit{Kind: SetTimeLimit, Block: "show", Value: "0"}, "bad-time-limit"},
		"a time limit of too many":            {viewFlow, Edit{Kind: SetTimeLimit, Block: "show", Value: "59941"}, "bad-time-limit"},
		"a time limit with a sign":            {viewFlow, Edit{Kind: SetTimeLimit, Block: "show", Value: "+60"}, "bad-time-limit"},
		"a time limit in words":               {viewFlow, Edit{Kind: SetTimeLimit, Block: "show", Value: "soon"}, "bad-time-limit"},
		"a time limit of another block":       {viewFlow, Edit{Kind: SetTimeLimit, Block: "end", Value: "60"}, "not-a-view-block"},
		"a kind that does not exist":          {wired, Edit{Kind: "rename", Block: "a"}, "unknown-edit"},
		"no block":                            {wired, Edit{Kind: Retarget, Guide: "g"}, "no-such-block"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, c.text)
			next, err := d.Edit(c.edit)
			e, ok := err.(*RefusedError)
			if !ok || e.Reason != c.want || next != nil {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if e.Error() == "" || !i18n.Has(e.Message().ID) {
				t.Errorf("no words for %s", e.Reason)
			}
			if string(d.Bytes()) != c.text {
				t.Error("the document changed")
			}
			// What the editor refuses, the proof does not take for made.
			if Prove(d.Bytes(), d.Bytes(), []Edit{c.edit}) == nil {
				t.Error("nothing done is proven to be the edit")
			}
		})
	}
}

func TestTheNewIdentifierIsFree(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		minified: InsertedBlock,
		wired:    InsertedBlock + " 2",
		bend(wired, `"Identifier":"b"`, `"Identifier":"`+InsertedBlock+` 2"`): InsertedBlock + " 3",
		bend(wired, `"NextAction":"b"`, `"NextAction":"`+InsertedBlock+` 2"`): InsertedBlock + " 3",
	} {
		if got := mustParse(t, text).NewIdentifier(); got != want || !ours(got) || len(got) > maxIdentifier {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAFlowOf249BlocksTakesOneMoreAndNoSecond(t *testing.T) {
	t.Parallel()
	d := mustParse(t, fullFlow(249))
	in := insertInto(d)
	next := mustEdit(t, d, in)
	if err := Prove(d.Bytes(), next.Bytes(), []Edit{in}); err != nil {
		t.Error(err)
	}
	if _, err := next.Edit(insertInto(next)); err == nil {
		t.Error("251 actions")
	}
}
