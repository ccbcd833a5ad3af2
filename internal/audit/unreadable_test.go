package audit_test

import (
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
)

func parse(t testing.TB, content []byte) *flow.Document {
	t.Helper()
	d, err := flow.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestContentThatCannotBeReadSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, reason string }{
		"empty":                      {"", "flow.defect.not-json"},
		"not JSON":                   {"<flow/>", "flow.defect.not-json"},
		"bad UTF-8":                  {"{\"a\":\"\xff\"}", "flow.defect.bad-utf8"},
		"a byte-order mark":          {"\ufeff{}", "flow.defect.byte-order-mark"},
		"a member twice":             {`{"Actions":[],"Actions":[]}`, "flow.defect.duplicate-member"},
		"the console's former form":  {`{"modules":[],"start":"x","metadata":{}}`, "flow.defect.legacy"},
		"no Actions":                 {`{"StartAction":"a"}`, "flow.defect.no-actions"},
		"an empty list of actions":   {`{"StartAction":"a","Actions":[]}`, "flow.defect.no-actions"},
		"actions of the wrong shape": {`{"StartAction":"a","Actions":[7]}`, "flow.defect.not-flow"},
		"a start that is not there":  {`{"StartAction":"a","Actions":[{"Identifier":"b","Type":"X"}]}`, "audit.unreadable.no-start"},
		"no start":                   {`{"Actions":[{"Identifier":"b","Type":"X"}]}`, "audit.unreadable.no-start"},
		"a start used twice": {`{"StartAction":"b","Actions":[{"Identifier":"b","Type":"X"},{"Identifier":"b","Type":"X"}]}`,
			"audit.unreadable.identifier"},
		"a missing identifier that a branch may mean": {`{"StartAction":"b","Actions":[{"Type":"X"},{"Identifier":"b","Type":"X",
			"Transitions":{"NextAction":""}}]}`, "audit.unreadable.identifier"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := audit.Analyze([]byte(c.content), audit.Options{})
			if r.Verdict != audit.Unreadable || r.Reason == nil || r.Reason.ID != c.reason {
				t.Fatalf("got %s because of %v", r.Verdict, r.Reason)
			}
			if !i18n.Has(r.Reason.ID) {
				t.Errorf("no sentence for %s", r.Reason.ID)
			}
		})
	}
}

func TestEveryVerdictHasALabel(t *testing.T) {
	t.Parallel()
	for _, v := range audit.Verdicts() {
		if !i18n.Has("verdict." + string(v)) {
			t.Errorf("no label for %s", v)
		}
	}
}

func FuzzAnalyze(f *testing.F) {
	f.Add([]byte(`{"StartAction":"a","Actions":[{"Identifier":"a","Type":"TransferContactToQueue"}]}`))
	f.Add(build(f, "A: event acw=F1 -> B ! Q\nB: attr acwattr=F2 -> Q\nQ: queue -> A\nM: module runs=F1 -> Q"))
	f.Add(build(f, "A: AgentThing List=json:[[{\"QueueId\":\"\"}]] -> V ? A\nV: view shows=F1 ViewData=json:{} -> A"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r := audit.Analyze(content, audit.Options{})
		if (r.Verdict == audit.Unreadable) != (r.Reason != nil) || r.Set > r.Of {
			t.Errorf("%s because %v, %d of %d", r.Verdict, r.Reason, r.Set, r.Of)
		}
	})
}
