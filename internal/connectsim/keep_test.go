package connectsim

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
