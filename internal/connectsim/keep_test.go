package connectsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	plainFlow = `{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Actions":[{"Parameters":{},"Identifier":"a","Type":"DisconnectParticipant","Transitions":{}}]}`
)

// plainView is a template that can be published with the action Next.
var plainView = managedViews()[2].content.Template

// kept is a simulator with the demo data whose state is in a directory.
type kept struct {
	*Sim
	t    testing.TB
	dir  string
	full *faulty // the state file, where a test makes it fail
	// first, if not nil, is called before each request that do sends, with the operation's name.
	first func(op, method, path, body string)
}

func keepDemo(t testing.TB, o Options) *kept {
	t.Helper()
	k := &kept{t: t, Sim: New(o), dir: t.TempDir()}
	if err := k.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	return k.begin()
}

// keepLittle has an instance with one record of each kind, so that states are compared quickly.
func keepLittle(t testing.TB, o Options) *kept {
	t.Helper()
	k := &kept{t: t, Sim: New(o), dir: t.TempDir()}
	k.fill()
	return k.begin()
}

func (k *kept) fill() {
	k.PutFlow(InstanceInfo{"little", firstInstance, "us-east-1", firstAccount}, SeedFlow{Name: "flow", Published: plainFlow})
	in := k.insts[0]
	in.seedModule("module", "", plainFlow)
	in.seedView("view", "data/store-wrap-up.json")
	in.seedNumber("+12065550100", "US", "DID", "flow", "id")
	in.seedQueue("queue")
	in.seedProfile("profile", "", "BasicAgentAccess")
	in.seedUser("user", "First", "Last", 60, "profile", channelLimit{"VOICE", 60, new(int)})
}

func (k *kept) begin() *kept {
	k.t.Helper()
	t := k.t
	if restored, err := k.Keep(k.dir); restored || err != nil {
		t.Fatal(restored, err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// send sends a request to the first instance and gives the answer.
func (k *kept) send(method, path, body string) *httptest.ResponseRecorder {
	k.t.Helper()
	w := httptest.NewRecorder()
	k.ServeHTTP(w, k.request(method, path, body))
	return w
}

func (k *kept) request(method, path, body string) *http.Request {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), method, strings.ReplaceAll(path, "{in}", firstInstance), strings.NewReader(body))
	r.Header.Set("Authorization", anyone)
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "Action=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// do is send where the answer must be a success; it gives the answer's first string member of the names, at any depth.
func (k *kept) do(method, path, body string, member ...string) string {
	k.t.Helper()
	if k.first != nil {
		k.first(operationOf(method, path), method, path, body)
	}
	w := k.send(method, path, body)
	if w.Code != http.StatusOK {
		k.t.Fatalf("%s %s: %d %s %s", method, path, w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body)
	}
	var doc any
	_ = json.Unmarshal(w.Body.Bytes(), &doc)
	for _, m := range member {
		o, _ := doc.(map[string]any)
		doc = o[m]
	}
	s, _ := doc.(string)
	return s
}

// operationOf names the operation of a request; all that is not restJson1 is AssumeRole here.
func operationOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	if op, _ := operations().route(method, path); op != nil {
		return op.name
	}
	return "AssumeRole"
}

func quoted(s string) string { return string(encodeJSON(s)) }

// killed is a new simulator with the state as a killed process would have left it.
func (k *kept) killed(o Options) *kept {
	k.t.Helper()
	n := &kept{t: k.t, Sim: New(o), dir: k.t.TempDir()}
	b, err := os.ReadFile(filepath.Join(k.dir, stateName))
	if err == nil {
		err = os.WriteFile(filepath.Join(n.dir, stateName), b, 0o600)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	if restored, err := n.Keep(n.dir); !restored || err != nil {
		k.t.Fatal(restored, err)
	}
	k.t.Cleanup(func() { _ = n.Close() })
	return n
}

// differs gives how the state of two simulators differs.
func differ(a, b *Sim) string {
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	same := []cmp.Option{everything, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(searchIndex{}),
		cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })}
	return cmp.Diff(a.insts, b.insts, same...) + cmp.Diff(a.sessions, b.sessions, same...)
}

func (k *kept) mustEqual(n *kept) {
	k.t.Helper()
	if d := differ(k.Sim, n.Sim); d != "" {
		k.t.Errorf("-before +after:\n%.4000s", d)
	}
}

// writes has a case for each operation that writes: it must end with a success of the operation.
var writes = map[string]func(*kept){
	"CreateContactFlow": func(k *kept) { k.flow("made", "CONTACT_FLOW", "") },
	"UpdateContactFlowContent": func(k *kept) {
		id := k.flow("updated", "CONTACT_FLOW", "")
		k.do("POST", "/contact-flows/{in}/"+id+"%3A%24SAVED/content", `{"Content":"draft <&> \u2028 \" \\ 🛎"}`)
		twin := k.flow("updated with the same", "CONTACT_FLOW", "")
		k.do("POST", "/contact-flows/{in}/"+twin+"%3A%24SAVED/content", `{"Content":`+quoted(plainFlow)+`}`)
	},
	"UpdateContactFlowMetadata": func(k *kept) {
		k.do("POST", "/contact-flows/{in}/"+k.flow("described", "CONTACT_FLOW", "")+"/metadata", `{"Description":"d","ContactFlowState":"ARCHIVED"}`)
	},
	"UpdateContactFlowName": func(k *kept) {
		k.do("POST", "/contact-flows/{in}/"+k.flow("former", "CONTACT_FLOW", "")+"/name", `{"Name":"renamed"}`)
		k.flow("former", "CONTACT_FLOW", `"Status":"SAVED",`)
	},
	"DeleteContactFlow": func(k *kept) { k.do("DELETE", "/contact-flows/{in}/"+k.flow("deleted", "CONTACT_FLOW", ""), "") },
	"CreateContactFlowVersion": func(k *kept) {
		id := k.flow("versioned", "CAMPAIGN", "")
		for range 2 {
			k.do("PUT", "/contact-flows/{in}/"+id+"/version", `{"Description":"v"}`)
		}
	},
	"DeleteContactFlowVersion": func(k *kept) {
		id := k.flow("version deleted", "CAMPAIGN", "")
		k.do("PUT", "/contact-flows/{in}/"+id+"/version", "{}")
		k.do("DELETE", "/contact-flows/{in}/"+id+"/version/1", "")
	},
	"CreateContactFlowModule": func(k *kept) { k.module("made") },
	"UpdateContactFlowModuleContent": func(k *kept) {
		k.do("POST", "/contact-flow-modules/{in}/"+k.module("updated")+"%3A%24SAVED/content", `{"Content":"draft","Settings":"{\"a\":1}"}`)
	},
	"DeleteContactFlowModule": func(k *kept) { k.do("DELETE", "/contact-flow-modules/{in}/"+k.module("deleted"), "") },
	"CreateView":              func(k *kept) { k.view("made", "SAVED") },
	"UpdateViewContent": func(k *kept) {
		k.do("POST", "/views/{in}/"+k.view("updated", "PUBLISHED"), `{"Status":"SAVED","Content":{"Actions":["Next","Go"],"Template":`+quoted(plainView)+`}}`)
	},
	"UpdateViewMetadata": func(k *kept) {
		k.do("POST", "/views/{in}/"+k.view("renamed", "PUBLISHED")+"/metadata", `{"Name":"new name","Description":"d"}`)
	},
	"DeleteView": func(k *kept) { k.do("DELETE", "/views/{in}/"+k.view("deleted", "PUBLISHED"), "") },
	"CreateViewVersion": func(k *kept) {
		k.do("PUT", "/views/{in}/"+k.view("versioned", "PUBLISHED")+"/versions", `{"VersionDescription":"v"}`)
	},
	"DeleteViewVersion": func(k *kept) {
		id := k.view("version deleted", "PUBLISHED")
		k.do("PUT", "/views/{in}/"+id+"/versions", "{}")
		k.do("DELETE", "/views/{in}/"+id+"/versions/1", "")
	},
	"TagResource": func(k *kept) {
		for _, arn := range k.arns() {
			k.do("POST", "/tags/"+url.PathEscape(arn), `{"tags":{"a":"1","b":"2"}}`)
		}
	},
	"UntagResource": func(k *kept) {
		for _, arn := range k.arns() {
			k.do("POST", "/tags/"+url.PathEscape(arn), `{"tags":{"c":"3"}}`)
			k.do("DELETE", "/tags/"+url.PathEscape(arn)+"?tagKeys=c", "")
		}
	},
	"AssumeRole": func(k *kept) {
		k.do("POST", "/", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn="+url.QueryEscape(DemoRole))
	},
}

func (k *kept) flow(name, kind, more string) (id string) {
	return k.do("PUT", "/contact-flows/{in}", `{"Name":"`+name+`",`+more+`"Type":"`+kind+`","Tags":{"k":"v"},"Content":`+quoted(plainFlow)+`}`, "ContactFlowId")
}

func (k *kept) module(name string) (id string) {
	content := strings.TrimSuffix(plainFlow, "}") + `,"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}`
	content = strings.Replace(content, "DisconnectParticipant", "EndFlowModuleExecution", 1)
	return k.do("PUT", "/contact-flow-modules/{in}", `{"Name":"`+name+`","ClientToken":"t `+name+`","ExternalInvocationConfiguration":{"Enabled":true},"Content":`+quoted(content)+`}`, "Id")
}

func (k *kept) view(name, status string) (id string) {
	return k.do("PUT", "/views/{in}", `{"Name":"`+name+`","ClientToken":"t `+name+`","Status":"`+status+`","Content":{"Template":`+quoted(plainView)+`,"Actions":["Next"]}}`, "View", "Id")
}

// arns has one resource of each kind that can be tagged.
func (k *kept) arns() []string {
	in := k.insts[0]
	return []string{in.arn(), in.flowARN(in.flows.list[0].ID), in.moduleARN(in.modules.list[0].ID), in.viewARN(in.views.list[0].ID),
		in.queueARN(in.queues.list[0].ID), in.numberARN(in.numbers.list[0].ID), in.profileARN(in.profiles.list[0].ID), in.userARN(in.users.list[0].ID)}
}

// reads says whether an operation leaves all as it is, by the service's names.
func reads(op *operation) bool {
	if op.method == http.MethodGet {
		return true
	}
	for _, verb := range []string{"List", "Search", "BatchGet", "Get", "Describe"} {
		if strings.HasPrefix(op.name, verb) {
			return true
		}
	}
	return false
}

func TestEveryWriteSurvivesAKill(t *testing.T) {
	t.Parallel()
	for _, op := range operations().list {
		write, ok := writes[op.name]
		if reads(op) && ok || !reads(op) && !ok {
			t.Errorf("%s: reads %v, has a case %v", op.name, reads(op), ok)
		}
		if !ok {
			continue
		}
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			k := keepLittle(t, Options{})
			before := k.killed(Options{})
			write(k)
			if k.Calls()[op.name] == 0 {
				t.Fatal("the case does not do it")
			}
			if op.name != "UntagResource" && !strings.HasPrefix(op.name, "Delete") && differ(before.Sim, k.Sim) == "" {
				t.Fatal("the case changes nothing")
			}
			k.mustEqual(k.killed(Options{}))
		})
	}
}

func TestAllWritesSurviveManyRestarts(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{FlowQuota: 200})
	ids := map[string]bool{}
	for _, op := range operations().list {
		if write, ok := writes[op.name]; ok {
			write(k)
			id := k.flow("last of "+op.name, "CONTACT_FLOW", "")
			if ids[id] {
				t.Error("an id was given twice")
			}
			ids[id] = true
			n := k.killed(Options{})
			k.mustEqual(n)
			k = n
		}
	}
}

// The other two accounts' and Regions' records, drafts apart from what is published and pages, over the wire.
func TestAnswersAreTheSameAfterARestart(t *testing.T) {
	t.Parallel()
	k := keepDemo(t, Options{})
	for _, write := range []string{"UpdateContactFlowContent", "CreateContactFlowVersion", "CreateView", "CreateViewVersion", "TagResource"} {
		writes[write](k)
	}
	n := k.killed(Options{})
	k.mustEqual(n)
	for _, path := range []string{"/instance", "/instance/{in}", "/contact-flows-summary/{in}?maxResults=1000", "/contact-flow-modules-summary/{in}", "/views/{in}",
		"/queues-summary/{in}", "/flow-associations-summary/{in}", "/security-profiles-summary/{in}"} {
		if a, b := k.send("GET", path, "").Body.String(), n.send("GET", path, "").Body.String(); a != b || len(a) < 50 {
			t.Errorf("%s: %s", path, cmp.Diff(a, b))
		}
	}
	for _, f := range k.insts[0].flows.list {
		for _, qualifier := range []string{"", "%3A%24SAVED", "%3A1"} {
			path := "/contact-flows/{in}/" + f.ID + qualifier
			if a, b := k.send("GET", path, ""), n.send("GET", path, ""); a.Body.String() != b.Body.String() || a.Code != b.Code {
				t.Errorf("%s: %s", f.Name, cmp.Diff(a.Body.String(), b.Body.String()))
			}
		}
	}
}

func TestPagesGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	ids := []string{}
	for i := range 6 {
		ids = append(ids, k.flow(fmt.Sprint("flow ", i), "CONTACT_FLOW", ""))
	}
	k.do("DELETE", "/contact-flows/{in}/"+ids[0], "")
	token := k.do("GET", "/contact-flows-summary/{in}?maxResults=3", "", "NextToken")
	k.do("DELETE", "/contact-flows/{in}/"+ids[1], "")
	k.do("DELETE", "/contact-flows/{in}/"+ids[5], "")
	n := k.killed(Options{}).killed(Options{})
	for _, k := range []*kept{k, n} {
		k.flow("a late one", "CONTACT_FLOW", "")
		list := k.send("GET", "/contact-flows-summary/{in}?nextToken="+token, "").Body.String()
		if strings.Count(list, `"Name"`) != 3 || !strings.Contains(list, `"flow 3"`) || !strings.Contains(list, `"flow 4"`) || !strings.Contains(list, `"a late one"`) {
			t.Error(list)
		}
	}
}

func TestADraftThatSaysWhatIsPublishedStaysADraft(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{Behaviour: Behaviour{Update: UpdateKeepsDraft}})
	id := k.flow("one", "CONTACT_FLOW", "")
	k.do("POST", "/contact-flows/{in}/"+id+"%3A%24SAVED/content", `{"Content":`+quoted(plainFlow)+`}`)
	n := k.killed(Options{Behaviour: Behaviour{Update: UpdateKeepsDraft}})
	other := strings.Replace(plainFlow, `"Metadata"`, ` "Metadata"`, 1)
	n.do("POST", "/contact-flows/{in}/"+id+"/content", `{"Content":`+quoted(other)+`}`)
	if live, draft, _ := n.Contents(firstInstance, id); live != other || draft != plainFlow {
		t.Errorf("live %s, draft %s", live, draft)
	}
}

func TestContentIsKeptOnceAndShared(t *testing.T) {
	t.Parallel()
	k := keepDemo(t, Options{})
	mark := strings.Repeat("unmistakable ", 50)
	content := strings.Replace(plainFlow, `"Parameters":{}`, `"Parameters":{},"Note":`+quoted(mark), 1)
	id := k.PutFlow(k.Instances()[0], SeedFlow{Name: "one", Type: "CAMPAIGN", Published: content})
	k.do("PUT", "/contact-flows/{in}/"+id+"/version", "{}")
	k.do("POST", "/contact-flows/{in}/"+id+"/metadata", `{"Description":"d"}`)
	k.PutFlow(k.Instances()[1], SeedFlow{Name: "two", Published: content})
	for range 2 { // as commits, and written afresh
		b, err := os.ReadFile(filepath.Join(k.dir, stateName))
		if n := bytes.Count(b, []byte(mark)); n != 1 || err != nil {
			t.Errorf("the content stands %d times in the file: %v", n, err)
		}
		k = k.killed(Options{})
		f, other := k.insts[0].flows.get(id), k.insts[1].flows.byName("two")
		if f.Published != f.Saved || f.Versions[0].Content != f.Published || other.Published != f.Published {
			t.Error("the content is not shared")
		}
	}
}

func TestATornLastLineIsNoCommit(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	size := k.kept.size
	k.flow("whole", "CONTACT_FLOW", "")
	whole := k.kept.size
	want := k.killed(Options{})
	k.flow("torn", "CONTACT_FLOW", "")
	file := filepath.Join(k.dir, stateName)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{whole, whole + 1, (whole + k.kept.size) / 2, k.kept.size - 1} {
		var said bytes.Buffer
		torn := &kept{t: t, dir: t.TempDir(), Sim: New(Options{Log: slog.New(slog.NewTextHandler(&said, nil))})}
		if err := os.WriteFile(filepath.Join(torn.dir, stateName), b[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		if restored, err := torn.Keep(torn.dir); !restored || err != nil {
			t.Fatal(restored, err)
		}
		want.mustEqual(torn)
		if strings.Contains(said.String(), "torn") != (at > whole) {
			t.Errorf("cut at %d of %d said %q", at, whole, said.String())
		}
		torn.mustEqual(torn.killed(Options{})) // written afresh, it is whole
		if err := torn.Close(); err != nil {
			t.Error(err)
		}
	}
	if size >= whole {
		t.Error("nothing was written")
	}
}

func TestABrokenFileIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	k.flow("one", "CONTACT_FLOW", "")
	good, err := os.ReadFile(filepath.Join(k.dir, stateName))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(good, []byte("\n")), []byte("\n"))
	with := func(n int, line string) []byte {
		l := append([][]byte{}, lines...)
		l[n-1] = []byte(line + "\n")
		return bytes.Join(append(l, []byte("\n")), nil)
	}
	for name, x := range map[string]struct {
		file []byte
		want string
	}{
		"a broken line":             {with(7, `{"Serial":`), "line 7: "},
		"an empty line":             {with(7, ""), "line 7: "},
		"zeros":                     {with(7, "\x00\x00"), "line 7: "},
		"an unknown kind":           {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"bot","Rec":{}}]}`), `line 7: unknown kind "bot"`},
		"a record's unknown member": {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"flow","Rec":{"Colour":1}}]}`), `line 7: flow: json: unknown field "Colour"`},
		"a member of another type":  {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"flow","Rec":{"ID":1}}]}`), `line 7: flow: `},
		"a lost content":            {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"flow","Rec":{"ID":"x","Saved":"00"}}]}`), `line 7: flow: no content "00"`},
		"content that is not UTF-8": {with(7, "{\"Texts\":[\"\xff\"]}"), "line 7: "},
		"content that is no text":   {with(7, `{"Texts":[1]}`), "line 7: "},
		"a record of no instance":   {with(7, `{"Changes":[{"In":"x","Kind":"flow","Rec":{"ID":"x"}}]}`), `line 7: flow: there is no instance "x"`},
		"another program's file":    {[]byte("{}\n"), "line 1: no header"},
		"another version":           {with(1, `{"Connectsim":2}`), "line 1: the state has version 2; this program reads version 1"},
		"nothing":                   {nil, "no header"},
		"half a header":             {good[:5], "no header"},
		"links of no instance":      {with(2, `{"Changes":[{"In":"x","Kind":"rest","Rec":{}}]}`), "line 2: rest: there is no instance"},
		"a shelf that is not there": {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"rest","Rec":{"Last":{"bot":1}}}]}`), `line 7: rest: unknown kind "bot"`},
		"a number of no shelf":      {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"instance","Born":1,"Rec":{}}]}`), "line 7: instance: it has no number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, stateName)
			if err := os.WriteFile(file, x.file, 0o600); err != nil {
				t.Fatal(err)
			}
			s := seeded(t, "empty")
			before := seeded(t, "empty")
			restored, err := s.Keep(dir)
			if restored || err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), stateName) {
				t.Errorf("%v, %v", restored, err)
			}
			if d := differ(before, s); d != "" || s.kept != nil {
				t.Error("the simulator has changed", d)
			}
			if b, err := os.ReadFile(file); !bytes.Equal(b, x.file) || err != nil {
				t.Error("the file has changed", err)
			}
			if err := os.Remove(file); err != nil { // and the lock is free
				t.Fatal(err)
			}
			if _, err := s.Keep(dir); err != nil {
				t.Error(err)
			}
			_ = s.Close()
		})
	}
}

// faulty is a state file that fails as asked.
type faulty struct {
	stateFile
	works    bool
	short    int  // bytes that are written before it fails
	truncate bool // fails too
}

var errFull = errors.New("no space left on device")

func (f *faulty) Write(b []byte) (int, error) {
	if f.works {
		return f.stateFile.Write(b)
	}
	n, err := f.stateFile.Write(b[:min(f.short, len(b))])
	return n, errors.Join(err, errFull)
}

func (f *faulty) Truncate(size int64) error {
	if f.truncate {
		return errFull
	}
	return f.stateFile.Truncate(size)
}

func TestAWriteThatCannotBeKeptIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	for op, write := range writes {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			for _, short := range []int{0, 100} {
				k := keepLittle(t, Options{})
				k.full = &faulty{stateFile: k.kept.file, short: short}
				k.kept.file = k.full
				k.full.works = true
				k.first = k.refuse
				write(k) // each request twice: refused, and when there is room again
				k.mustEqual(k.killed(Options{}))
			}
		})
	}
}

// refuse sends a request while the disk is full.
func (k *kept) refuse(_, method, path, body string) {
	k.t.Helper()
	before := k.killed(Options{})
	k.full.works = false
	w := k.send(method, path, body)
	k.full.works = true
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Header().Get("X-Amzn-ErrorType")+w.Body.String(), "Internal") {
		k.t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if d := differ(before.Sim, k.Sim); d != "" {
		k.t.Errorf("%s %s was refused and changed\n%.2000s", method, path, d)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAfterAFailureThatCannotBeMendedNothingIsWritten(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	k := keepLittle(t, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	k.flow("before", "CONTACT_FLOW", "")
	full := &faulty{stateFile: k.kept.file, short: 10, truncate: true}
	k.kept.file = full
	const another = `{"Name":"another","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`
	for range 2 {
		if w := k.send("PUT", "/contact-flows/{in}", another); w.Code != 500 || w.Header().Get("X-Amzn-ErrorType") != "InternalServiceException" {
			t.Error(w.Code, w.Header())
		}
		full.works, full.truncate = true, false // which would tear the line in the middle of the file
	}
	if !strings.Contains(said.String(), "every write is refused") {
		t.Errorf("said %s", said.String())
	}
	if w := k.send("GET", "/instance", ""); w.Code != 200 {
		t.Error("reading is refused too", w.Code)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAfterCloseNothingIsWrittenAndTheDirectoryIsFree(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	other := New(Options{})
	if _, err := other.Keep(k.dir); err == nil || !strings.Contains(err.Error(), "another simulator") {
		t.Errorf("two keep one directory: %v", err)
	}
	if _, err := k.Keep(t.TempDir()); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("one keeps two directories: %v", err)
	}
	for range 2 {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
	if w := k.send("PUT", "/contact-flows/{in}", `{"Name":"n","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`); w.Code != 500 {
		t.Error("a write after the end:", w.Code)
	}
	if restored, err := other.Keep(k.dir); !restored || err != nil {
		t.Error(restored, err)
	}
	if d := differ(k.Sim, other); d != "" {
		t.Error(d)
	}
	if err := errors.Join(other.Close(), New(Options{}).Close()); err != nil {
		t.Error(err)
	}
}

func TestWhatIsSeededLaterIsKept(t *testing.T) {
	t.Parallel()
	k := &kept{t: t, Sim: New(Options{}), dir: filepath.Join(t.TempDir(), "new", "folder")}
	t.Cleanup(func() { _ = k.Close() })
	if restored, err := k.Keep(k.dir); restored || err != nil {
		t.Fatal(restored, err)
	}
	k.mustEqual(k.killed(Options{}))
	load := t.TempDir()
	if err := os.WriteFile(filepath.Join(load, "mine.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := ""
	for name, step := range []func(){
		func() {
			id = k.PutFlow(InstanceInfo{"other", secondInstance, "eu-west-1", firstAccount}, SeedFlow{Name: "one", Saved: "x"})
		},
		func() { _ = k.EditOutside(secondInstance, id, "y") },
		func() { _ = k.Seed("demo") },
		func() { _, _ = k.Load(load) },
		func() { k.Generate(5) },
	} {
		before := k.killed(Options{})
		step()
		if differ(before.Sim, k.Sim) == "" {
			t.Errorf("step %d changes nothing", name)
		}
		k.mustEqual(k.killed(Options{}))
	}
}

func TestTheFileIsWrittenAfreshWhenItHasGrown(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	k.kept.slack = 100_000
	id, afresh := k.flow("one", "CONTACT_FLOW", ""), 0
	for i := range 30 {
		before := k.kept.size
		k.do("POST", "/contact-flows/{in}/"+id+"%3A%24SAVED/content", fmt.Sprintf(`{"Content":"%d %s"}`, i, strings.Repeat("x", 20_000)))
		if k.kept.size < before {
			afresh++
		}
		if k.kept.size > 2*k.kept.base+150_000 {
			t.Fatalf("from %d it grew to %d", k.kept.base, k.kept.size)
		}
	}
	if afresh < 2 || afresh > 6 {
		t.Errorf("it was written afresh %d times", afresh)
	}
	if i, err := os.Stat(filepath.Join(k.dir, stateName)); err != nil || i.Size() != k.kept.size {
		t.Error(i, k.kept.size, err)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAFileThatCannotBeWrittenAfreshGoesOnGrowing(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	k := keepLittle(t, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	k.kept.slack = -k.kept.base * 2
	if err := os.Mkdir(filepath.Join(k.dir, newName), 0o700); err != nil {
		t.Fatal(err)
	}
	k.flow("one", "CONTACT_FLOW", "")
	if !strings.Contains(said.String(), "goes on growing") {
		t.Errorf("said %s", said.String())
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAFileThatCannotBeWrittenAfreshIsNotTriedAtEachCommit(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	tries, works := 0, false
	k.kept.fresh = func(name string) (stateFile, error) {
		tries++
		f, err := freshFile(name)
		return &faulty{stateFile: f, works: works, short: 10}, err
	}
	id := k.flow("one", "CONTACT_FLOW", "")
	grow := func(text string) {
		k.do("POST", "/contact-flows/{in}/"+id+"%3A%24SAVED/content", `{"Content":`+quoted(text)+`}`)
	}
	grow(strings.Repeat("x", 2*int(k.kept.size)))
	k.kept.slack = 0
	for i := range 3 {
		if grow(fmt.Sprint(i)); tries != 1 {
			t.Errorf("after %d commits it was tried %d times", i+1, tries)
		}
	}
	k.mustEqual(k.killed(Options{}))
	works = true
	grow(strings.Repeat("y", 2*int(k.kept.size)))
	large := k.kept.size
	if grow("z"); tries != 2 || k.kept.size >= large {
		t.Errorf("it has doubled again: tried %d times, of %d bytes are %d left", tries, large, k.kept.size)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestADirectoryWithoutAStateIsNotKept(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	if !Kept(k.dir) || Kept(t.TempDir()) || Kept(filepath.Join(k.dir, "none")) || Kept(filepath.Join(k.dir, stateName)) {
		t.Error("which directories have a state")
	}
}

func TestConcurrentWritersAreKept(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{FlowQuota: 1000})
	k.kept.slack = 50_000
	shared := k.flow("shared", "CONTACT_FLOW", "")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 10 {
				id := k.flow(fmt.Sprintf("flow %d %d", i, j), "CONTACT_FLOW", "")
				for _, flow := range []string{id, shared} {
					k.do("POST", "/contact-flows/{in}/"+flow+"%3A%24SAVED/content", fmt.Sprintf(`{"Content":"%d %d %s"}`, i, j, strings.Repeat("x", 3000)))
				}
				if k.do("GET", "/contact-flows/{in}/"+id, ""); j%3 == 0 {
					k.do("DELETE", "/contact-flows/{in}/"+id, "")
				}
			}
		})
	}
	wait.Wait()
	k.mustEqual(k.killed(Options{}))
}

// What JSON or withContents would pass over would be lost at a restart.
func TestRecordsHaveNothingThatTheFileCannotHold(t *testing.T) {
	t.Parallel()
	var walk func(t reflect.Type, at string) []string
	walk = func(t reflect.Type, at string) (faults []string) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			if t != reflect.TypeFor[*copied]() {
				return walk(t.Elem(), at)
			}
		case reflect.Map:
			if t.Key().Kind() != reflect.String || t.Elem().Kind() != reflect.String && t.Elem().Kind() != reflect.Uint64 {
				return []string{at + " is a " + t.String()}
			}
		case reflect.Struct:
			if t == reflect.TypeFor[time.Time]() {
				return nil
			}
			for i := range t.NumField() {
				f := t.Field(i)
				if !f.IsExported() {
					faults = append(faults, at+"."+f.Name+" is not exported")
				}
				faults = append(faults, walk(f.Type, at+"."+f.Name)...)
			}
		case reflect.Interface, reflect.Func, reflect.Chan, reflect.Array:
			return []string{at + " is a " + t.String()}
		}
		return faults
	}
	for kind, typ := range keptKinds {
		for _, fault := range walk(typ, kind) {
			t.Error(fault)
		}
	}
	if _, err := kindOf(new(int)); err == nil {
		t.Error("an int is kept")
	}
}

func TestADirectoryThatCannotBeUsedIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, locked, stated := filepath.Join(dir, "file"), filepath.Join(dir, "locked"), filepath.Join(dir, "stated")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.MkdirAll(filepath.Join(locked, lockName), 0o700), os.MkdirAll(filepath.Join(stated, stateName), 0o700)); err != nil {
		t.Fatal(err)
	}
	dirs := []string{file, filepath.Join(file, "below"), locked, stated, "/dev/null/x", "x\x00y"}
	if os.Geteuid() != 0 { // to whom nothing is read-only
		dirs = append(dirs, filepath.Join(dir, "read-only"))
		if err := os.Mkdir(dirs[len(dirs)-1], 0o500); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range dirs {
		s := seeded(t, "empty")
		if restored, err := s.Keep(d); restored || err == nil || !strings.Contains(err.Error(), "keep "+d+": ") {
			t.Errorf("%s: %v", d, err)
		}
		if w := (&kept{t: t, Sim: s}).send("PUT", "/contact-flows/{in}", `{"Name":"n","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`); w.Code != 200 {
			t.Error("it cannot be used without", w.Code)
		}
	}
}

// BenchmarkKeep starts with 5,000 flows of 20 kB and reports the heap that start takes at most and what stays.
func BenchmarkKeep(b *testing.B) {
	const flows, size = 5_000, 20_000
	s := New(Options{})
	in := InstanceInfo{"big", firstInstance, "us-east-1", firstAccount}
	for i := range flows {
		s.PutFlow(in, SeedFlow{Name: fmt.Sprint(i), Published: fmt.Sprint(i) + strings.Repeat(`{"a":"b"}`, size/9)})
	}
	dir := b.TempDir()
	if _, err := s.Keep(dir); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	s = nil
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		n := New(Options{})
		if _, err := n.Keep(dir); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapSys)/1e6, "MB-most")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
		runtime.KeepAlive(n)
	}
}

// FaultDos is the closed set, for the tests from outside, which must not forget one.
var FaultDos = faultDos
