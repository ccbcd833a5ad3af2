package survey

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

const (
	guideID  instance.FlowID = "bbbbbbbb-1111-4111-8111-000000000001"
	callerID instance.FlowID = "bbbbbbbb-1111-4111-8111-000000000002"

	guideContent = `{"StartAction":"s","Actions":[{"Identifier":"s","Type":"ShowView","Parameters":{"ViewResource":{"Id":"arn:aws:connect:us-east-1:aws:view/after-contact-work:1"}},"Transitions":{}}]}`
	noView       = `{"StartAction":"s","Actions":[{"Identifier":"s","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
)

func caller() string {
	return `{"StartAction":"a","Actions":[{"Identifier":"a","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"` + string(guideID) +
		`"}},"Transitions":{"NextAction":"q"}},{"Identifier":"q","Type":"TransferContactToQueue","Parameters":{},"Transitions":{}}]}`
}

// shelf is a library of nowhere.
func shelf() *library { return newLibrary("DisconnectAgentUI", instance.Ref{}, false) }

func inbound(l *library, id instance.FlowID, content string) held {
	return l.live(instance.Flow{ID: id, Name: string(id), Type: instance.TypeInbound, State: instance.StateActive, Content: content}, time.Time{})
}

func TestAContentIsReadOnceAndForgottenWhenNothingUsesIt(t *testing.T) {
	t.Parallel()
	l := shelf()
	first, again := inbound(l, guideID, guideContent), inbound(l, guideID, guideContent)
	if first.read != again.read {
		t.Error("read twice")
	}
	if twin := inbound(l, callerID, guideContent); twin.read == first.read {
		t.Error("two flows with the same bytes are one")
	}
	m := &material{inbound: map[instance.FlowID]held{guideID: first}}
	if l.retain(m.used()); len(l.all) != 1 {
		t.Errorf("%d contents are kept", len(l.all))
	}
}

func TestAVerdictIsComposedAnewWhenItsGuideChanges(t *testing.T) {
	t.Parallel()
	l := shelf()
	m := &material{inbound: map[instance.FlowID]held{guideID: inbound(l, guideID, guideContent), callerID: inbound(l, callerID, caller())}}
	first := compose(m, "DisconnectAgentUI", nil)
	at := first.rows[callerID]
	if v := first.Flows[at].Report.Verdict; v != audit.Wired {
		t.Fatal(v)
	}
	changed := compose(m.with(map[instance.FlowID]held{guideID: inbound(l, guideID, noView)}), "DisconnectAgentUI", nil)
	if v := changed.Flows[changed.rows[callerID]].Report.Verdict; v != audit.Broken {
		t.Errorf("got %s", v)
	}
	if first.Flows[at].Report.Verdict != audit.Wired {
		t.Error("the former reading changed")
	}
}

// Which ARNs are another instance's is the audit's rule: a flow whose guide the audit knows is one that it names.
func TestARNsOfAnotherInstanceNameNoFlow(t *testing.T) {
	t.Parallel()
	content := strings.Replace(caller(), string(guideID), "arn:aws:connect:us-east-1:111122223333:instance/AAAAAAAA-1111-4111-8111-111111111111/contact-flow/"+string(guideID), 1)
	at := instance.Ref{Partition: "aws", Region: "us-east-1", Account: "111122223333", Instance: "aaaaaaaa-1111-4111-8111-111111111111"}
	changed := func(change func(*instance.Ref)) instance.Ref { r := at; change(&r); return r }
	for name, c := range map[string]struct {
		at   instance.Ref
		want int
	}{
		"this instance":                  {at, 1},
		"its id in capitals":             {changed(func(r *instance.Ref) { r.Instance = "AAAAAAAA-1111-4111-8111-111111111111" }), 1},
		"an account that is not known":   {changed(func(r *instance.Ref) { r.Account = "" }), 1},
		"another account":                {changed(func(r *instance.Ref) { r.Account = "444455556666" }), 0},
		"another partition":              {changed(func(r *instance.Ref) { r.Partition = "aws-cn" }), 0},
		"another Region":                 {changed(func(r *instance.Ref) { r.Region = "eu-west-2" }), 0},
		"another instance of this place": {changed(func(r *instance.Ref) { r.Instance = "bbbbbbbb-1111-4111-8111-111111111111" }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if f := readContent(audit.Identity{}, content, "DisconnectAgentUI", c.at); len(f.names) != c.want || len(f.guides) != c.want {
				t.Errorf("names %v, guides %v", f.names, f.guides)
			}
		})
	}
}

func TestComposingHoldsWhateverTheContent(t *testing.T) {
	t.Parallel()
	m, l := &material{inbound: map[instance.FlowID]held{}}, shelf()
	for i, content := range []string{"", "null", "[]", "{}", `{"Actions":[{}]}`, "\xff", `{"StartAction":"a","Actions":[{"Identifier":"a","Type":"ShowView","Parameters":[],"Transitions":{}}]}`, guideContent} {
		id := instance.FlowID(fmt.Sprintf("bbbbbbbb-1111-4111-8111-%012d", i))
		m.inbound[id] = inbound(l, id, content)
	}
	r := compose(m, "DisconnectAgentUI", nil)
	for _, row := range r.Flows {
		if row.Report.Verdict == "" || row.Report.Verdict == audit.Unreadable && row.Report.Reason == nil {
			t.Errorf("%q: verdict %q without a reason", row.Flow.Content, row.Report.Verdict)
		}
		r.Options().Guides(row.Flow.ID)
	}
}

// realContents are the flows kept beside the repository; without them the made-up ones do.
func realContents(b *testing.B) []string {
	files, _ := filepath.Glob("../../../shared/flows/valid/*.json")
	list := []string{caller(), guideContent}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, string(data))
	}
	return list
}

// BenchmarkReading5000 reads and judges 5,000 flows of 20 kB, the real ones made long, on one core and without any call; and tells what they then
// take of the heap.
func BenchmarkReading5000(b *testing.B) {
	b.Cleanup(func() func() { n := runtime.GOMAXPROCS(1); return func() { runtime.GOMAXPROCS(n) } }())
	contents := realContents(b)
	texts := make(map[instance.FlowID]string, 5000)
	size := 0
	for i := range 5000 {
		id := instance.FlowID(fmt.Sprintf("cccccccc-1111-4111-8111-%012d", i))
		texts[id] = long(contents[i%len(contents)], i)
		size += len(texts[id])
	}
	gather := func(l *library) *material {
		m := &material{inbound: map[instance.FlowID]held{guideID: inbound(l, guideID, guideContent)}}
		for id, text := range texts {
			m.inbound[id] = inbound(l, id, text)
		}
		return m
	}
	b.Run("cold", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			before := heap()
			l := shelf()
			m := gather(l)
			r := compose(m, "DisconnectAgentUI", nil)
			b.StopTimer()
			b.ReportMetric(float64(heap()-before)/1e6, "heap-MB")
			runtime.KeepAlive([]any{l, m, r})
			b.StartTimer()
		}
	})
	seen := shelf()
	m := gather(seen)
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			compose(gather(seen), "DisconnectAgentUI", nil)
		}
	})
	b.Run("after-one-write", func(b *testing.B) {
		for b.Loop() {
			compose(m.with(map[instance.FlowID]held{guideID: inbound(seen, guideID, guideContent+" ")}), "DisconnectAgentUI", nil)
		}
	})
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// long makes a content about 20 kB long, and unlike all others: with notes in its metadata, as designers write them.
func long(content string, n int) string {
	var doc map[string]any
	if json.Unmarshal([]byte(content), &doc) != nil {
		return content
	}
	meta, _ := doc["Metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["Annotations"] = []any{map[string]any{"id": fmt.Sprint(n), "content": strings.Repeat("What this flow is for. ", max(0, 20_000-len(content))/23)}}
	doc["Metadata"] = meta
	out, _ := json.Marshal(doc)
	return string(out)
}
