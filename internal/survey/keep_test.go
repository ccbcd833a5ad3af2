package survey_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/store"
	"wrapup/internal/survey"
)

// same says how two readings differ in what they show.
func same(want, got *survey.Reading) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(survey.Reading{}, survey.FlowRow{}), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(fault.Error{}, "Err"), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }))
}

// manyKinds is an instance with something of everything that a reading keeps.
func manyKinds(f *fake) {
	f.put(0, acwGuide())
	f.put(1, wired(fid(0)), tagged("aws:cdk", "x"))
	f.put(2, unwired(), drafted(wired(fid(0))))
	f.put(3, wired(fid(0)), drafted(unwired()))
	f.put(4, unwired(), neverPublished)
	f.put(5, afterModule())
	f.put(6, leaving(fid(10)))
	f.put(7, "not a flow")
	f.put(8, wired(fid(0)), archived)
	f.put(9, unwired(), named("Cannot be read"), neverPublished)
	f.fail["DescribeFlow "+string(fid(9))] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
	f.put(10, wired(fid(0)), ofType(instance.TypeQueueTransfer))
	f.put(11, whisper(fid(0)), ofType(instance.TypeOutboundWhisper))
	f.modules[moduleID] = moduleThat(hooks("DisconnectAgentUI", fid(0), "back"), back)
	f.numbers = []instance.Number{{ID: "N-1", Number: "+12025550100"}}
	f.links = []instance.Association{{Resource: "N-1", Flow: string(fid(1)), Type: "VOICE_PHONE_NUMBER"}}
}

func TestARestartGoesOnWithTheKeptReading(t *testing.T) {
	for _, how := range []string{"search", "describe"} {
		t.Run(how, func(t *testing.T) {
			inTime(t, func(b *bench) {
				manyKinds(b.f)
				if how == "describe" {
					b.f.fail["SearchFlows"] = denied
				}
				first := b.process("one", nil)
				first.done(survey.Order{})
				want := first.Last(inst.ID)
				first.stop()
				time.Sleep(time.Hour)
				next := b.process("two", nil)
				calls := b.f.total()
				got, err := next.Read(b.Context(), inst.ID, false)
				if err != nil {
					b.Fatal(err)
				}
				if n := b.f.total() - calls; n > 0 {
					b.Errorf("%d calls after the restart: %v", n, b.f.calls)
				}
				if diff := same(want, got); diff != "" {
					b.Errorf("before the restart and after:\n%s", diff)
				}
				if got.Method != survey.Method(how) || got.Coverage.Counted == 0 || len(got.Guides) != 1 || len(got.Numbers) != 1 || len(got.Others) == 0 || len(got.Changes) == 0 {
					b.Errorf("read by %s: %+v, %d guides, %d numbers, %d others, changes %v", got.Method, got.Coverage, len(got.Guides), len(got.Numbers), len(got.Others), got.Changes)
				}
				contents := b.memory().count("content")
				next.kept()
				if n := b.memory().count("content") - contents; n > 0 {
					b.Errorf("%d contents are loaded again", n)
				}
				asked := b.f.asked()
				next.done(survey.Order{})
				for id := range asked() {
					bare, _, saved := strings.Cut(id, ":")
					if how == "search" && !saved && row(b.T, got, instance.FlowID(bare)).Flow.Status == instance.StatusPublished && row(b.T, got, instance.FlowID(bare)).Draft != survey.DraftYes {
						b.Errorf("%s is described: how the instance is read was known", id)
					}
				}
				if r := next.kept(); !r.Since.Equal(want.ReadAt) || !cmp.Equal(r.Changes, want.Changes) { // they are so still
					b.Errorf("since %s: %v", r.Since, r.Changes)
				}
			})
		})
	}
}

// The store's cache is another thing than the memory of these tests.
func TestARestartGoesOnWithWhatTheDatabaseKeeps(t *testing.T) {
	inTime(t, func(b *bench) {
		s, err := store.Open(b.Context(), ":memory:")
		if err != nil {
			b.Fatal(err)
		}
		b.cache = s.Readings()
		manyKinds(b.f)
		first := b.process("one", nil)
		first.done(survey.Order{})
		want := first.Last(inst.ID)
		if diff := same(want, b.process("two", nil).kept()); diff != "" {
			b.Errorf("before the restart and after:\n%s", diff)
		}
		b.end()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
}

func TestOtherProcessesSeeAReadingAndWhatIsObserved(t *testing.T) {
	inTime(t, func(b *bench) {
		manyKinds(b.f)
		one, two := b.process("one", nil), b.process("two", nil)
		if one.Kept(b.Context(), inst.ID) != nil {
			b.Error("a reading out of nothing")
		}
		id := one.ask(survey.Order{}).ID
		if again := two.ask(survey.Order{}).ID; again != id {
			b.Error("two readings of one instance at once")
		}
		two.outcome(id)
		if diff := same(one.kept(), two.kept()); diff != "" {
			b.Errorf("the processes differ:\n%s", diff)
		}
		verdicts := func(n int, want audit.Verdict) {
			b.Helper()
			for name, p := range map[string]*process{"one": one, "two": two} {
				if got := row(b.T, p.kept(), fid(n)).Report.Verdict; got != want {
					b.Errorf("process %s: %s, want %s", name, got, want)
				}
			}
		}
		b.f.publish(fid(1), unwired()) // a colleague's, seen where the flow is opened
		if _, err := two.Flow(b.Context(), inst.ID, fid(1)); err != nil {
			b.Fatal(err)
		}
		verdicts(1, audit.NotWired)
		time.Sleep(time.Second)
		wrote(b.T, one.Service, b.f, fid(2), wired(fid(0))) // wrapup's
		verdicts(2, audit.Wired)
		wrote(b.T, two.Service, b.f, fid(1), wired(fid(0)))
		wrote(b.T, one.Service, b.f, fid(3), noAgent())
		verdicts(1, audit.Wired)
		verdicts(3, audit.NoAgent)
		if diff := same(one.kept(), two.kept()); diff != "" {
			b.Errorf("the processes differ:\n%s", diff)
		}
	})
}

// What one process writes or describes after another's last look, and before that one saves its reading, is in neither: the index may lag behind.
func TestWhatOneProcessWroteOutlivesAnothersReading(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		b.f.put(1, unwired())
		b.f.put(2, unwired())
		b.f.put(3, wired(fid(0)))
		b.f.put(4, leaving(fid(5)))
		b.f.put(5, unwired(), ofType(instance.TypeQueueTransfer))
		one, two := b.process("one", nil), b.process("two", nil)
		one.done(survey.Order{})
		two.kept()
		two.stop() // it serves still
		time.Sleep(time.Minute)
		var once sync.Once
		b.f.index[fid(1)] = unwired()
		b.memory().beforeSave = func() {
			once.Do(func() {
				wrote(b.T, two.Service, b.f, fid(1), wired(fid(0)))
				wrote(b.T, two.Service, b.f, fid(5), wired(fid(0)))
				b.f.publish(fid(3), unwired()) // a colleague's
				if _, err := two.Flow(b.Context(), inst.ID, fid(3)); err != nil {
					b.Error(err)
				}
			})
		}
		b.f.before = func(method, _ string) {
			if method == "Numbers" {
				time.Sleep(time.Second)
			}
		}
		one.done(survey.Order{})
		for name, p := range map[string]*process{"that read": one, "that wrote": two, "that starts now": b.process("three", nil)} {
			r := p.kept()
			for n, want := range map[int]audit.Verdict{1: audit.Wired, 2: audit.NotWired, 3: audit.NotWired, 4: audit.Wired} {
				if got := row(b.T, r, fid(n)).Report.Verdict; got != want {
					b.Errorf("the process %s says %s of flow %d", name, got, n)
				}
			}
			if got := saying(r.Changes); !slices.Contains(got, "uncovered Flow 03: wired -> not-wired") {
				b.Errorf("the process %s says %v", name, got)
			}
		}
	})
}

// A process that goes on with a change after its start writes flows of an instance that it has neither read nor listed.
func TestWhatAProcessWroteThatNeverReadIsHeeded(t *testing.T) {
	for name, wasRead := range map[string]bool{"before the first reading": false, "after another's": true} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				for n := 1; n < 30; n++ {
					b.f.put(n, unwired())
				}
				if wasRead {
					b.process("reader", nil).done(survey.Order{})
					time.Sleep(time.Hour)
				}
				b.f.index[fid(1)] = unwired()
				calls := b.f.total()
				writer := b.process("writer", nil)
				wrote(b.T, writer.Service, b.f, fid(1), wired(fid(0)))
				if n := b.f.total() - calls; n != 1 { // the test's own read-back
					b.Errorf("%d calls", n)
				}
				writer.die()
				time.Sleep(time.Minute)
				next := b.process("next", nil)
				wired := func() {
					b.Helper()
					r := next.kept()
					if got := row(b.T, r, fid(1)).Report.Verdict; got != audit.Wired || r.Method != survey.BySearch || len(r.Changes) > 0 {
						b.Errorf("%s by %s, changes %v", got, r.Method, saying(r.Changes))
					}
				}
				if wasRead {
					wired()
				}
				next.done(survey.Order{})
				wired()
			})
		})
	}
}

// A process that was held up so long that another took its reading over does not put its own above that.
func TestAReadingThatWasOvertakenIsNotKept(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		b.f.put(1, unwired())
		alone := func() *survey.Service { return survey.New(b.f, survey.ServiceOptions{Cache: b.cache}) }
		slow, quick := alone(), alone()
		var heldUp atomic.Bool
		b.f.before = func(method, _ string) {
			if method == "Numbers" && heldUp.CompareAndSwap(false, true) {
				time.Sleep(20 * time.Minute)
				b.f.publish(fid(1), wired(fid(0)))
				if _, err := quick.Read(b.Context(), inst.ID, true); err != nil {
					b.Error(err)
				}
			}
		}
		if _, err := slow.Read(b.Context(), inst.ID, true); err != nil {
			b.Fatal(err)
		}
		want := quick.Last(inst.ID)
		for name, s := range map[string]*survey.Service{"the slow one": slow, "a third": alone()} {
			r := s.Kept(b.Context(), inst.ID)
			if got := row(b.T, r, fid(1)).Report.Verdict; got != audit.Wired || !r.ReadAt.Equal(want.ReadAt) {
				b.Errorf("%s: %s, read at %s, not %s", name, got, r.ReadAt, want.ReadAt)
			}
		}
	})
}

// Of what is loaded while a reading is under way, only what is newer than that reading is set above it.
func TestWhatIsLoadedDuringAReadingIsNotNewerForIt(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		b.f.put(1, unwired())
		b.f.put(2, unwired())
		one, two := b.process("one", nil), b.process("two", nil)
		two.stop() // it serves still
		one.done(survey.Order{})
		two.kept()
		time.Sleep(time.Hour)
		b.f.index[fid(1)] = unwired()
		wrote(b.T, one.Service, b.f, fid(1), wired(fid(0)))
		time.Sleep(time.Hour)
		delete(b.f.index, fid(1))
		b.f.publish(fid(1), noAgent()) // a colleague's
		fresh := doc("end", end, block("new", "MessageParticipant", "{}", "end"))
		b.f.publish(fid(2), fresh)
		b.f.before = func(method, _ string) {
			if method == "Numbers" {
				synctest.Wait() // the search is done
				wrote(b.T, two.Service, b.f, fid(0), showing("form"))
				one.kept()
			}
		}
		one.done(survey.Order{})
		b.f.before = nil
		for name, p := range map[string]*process{"one": one, "two": two, "three": b.process("three", nil)} {
			r := p.kept()
			if got := row(b.T, r, fid(1)).Report.Verdict; got != audit.NoAgent {
				b.Errorf("process %s says %s", name, got)
			}
			if got := row(b.T, r, fid(2)).Hash; got != flow.Hash([]byte(fresh)) {
				b.Errorf("process %s has another content", name)
			}
		}
	})
}

// reading by description, some of it done: four workers, 25 flows handed on at a time.
func halfDescribed(b *bench, flows int, until time.Duration) (first *process, id operation.ID, asked func() map[string]int) {
	b.Helper()
	for n := range flows {
		b.f.put(n, unwired())
	}
	b.f.fail["SearchFlows"] = denied
	b.f.slow(time.Second)
	asked = b.f.asked()
	first = b.process("one", nil)
	id = first.ask(survey.Order{}).ID
	time.Sleep(until)
	synctest.Wait()
	return first, id, asked
}

// published counts the descriptions of published copies, and those of flows that were described twice.
func published(asked map[string]int) (n, twice int) {
	for id, k := range asked {
		if !strings.Contains(id, ":") {
			n += k
			if k > 1 {
				twice++
			}
		}
	}
	return n, twice
}

func TestAReadingThatIsCutOffIsGoneOnWith(t *testing.T) {
	const flows = 100
	for name, cut := range map[string]struct {
		end   func(*process)
		twice int // at most: what was under way, about to be, or not handed on yet
	}{
		"killed":      {(*process).die, 25 + 4 + 1},
		"handed back": {func(p *process) { p.stop() }, 4 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				first, id, asked := halfDescribed(b, flows, 20*time.Second)
				n, _ := published(asked())
				if n < 50 || n >= flows {
					b.Fatalf("%d flows are described when it is cut off", n)
				}
				cut.end(first)
				next := b.process("two", nil)
				out := next.outcome(id)
				all, twice := published(asked())
				if twice > cut.twice || all > flows+cut.twice {
					b.Errorf("%d descriptions of %d flows, %d of them twice", all, flows, twice)
				}
				if r := next.kept(); len(r.Flows) != flows || r.Coverage.Open != flows || out.Flows != flows || r.Method != survey.ByDescribe {
					b.Errorf("%d flows by %s: %+v", len(r.Flows), r.Method, r.Coverage)
				}
				next.done(survey.Order{})
				if again, _ := published(asked()); again != all+flows {
					b.Errorf("a new reading describes %d of %d flows", again-all, flows)
				}
			})
		})
	}
}

// A flow that was never published takes two calls, and they are not made again either. What was done counts in the progress.
func TestFlowsNeverPublishedAreNotDescribedTwice(t *testing.T) {
	inTime(t, func(b *bench) {
		const flows = 60
		for n := range flows {
			b.f.put(n, unwired(), neverPublished)
		}
		b.f.fail["SearchFlows"] = denied
		b.f.slow(time.Second)
		asked := b.f.asked()
		first := b.process("one", nil)
		id := first.ask(survey.Order{}).ID
		time.Sleep(20 * time.Second)
		synctest.Wait()
		n := len(asked())
		first.stop()
		next := b.process("two", nil)
		states, err := next.work.Watch(b.Context(), id)
		if err != nil {
			b.Fatal(err)
		}
		most := 0
		for op := range states {
			if op.Progress.Message.ID == "survey.progress.describe" {
				most = max(most, op.Progress.Done)
			}
			synctest.Wait()
		}
		twice := 0
		for _, k := range asked() {
			if k > 1 {
				twice++
			}
		}
		if n < flows || n >= 2*flows || twice > 2*(4+1) {
			b.Errorf("of %d copies that were described, %d are again", n, twice)
		}
		if r := next.kept(); len(r.Flows) != flows || r.Flows[0].Draft != survey.DraftYes || most != flows {
			b.Errorf("%d flows, draft %s, progress to %d", len(r.Flows), r.Flows[0].Draft, most)
		}
	})
}

// What a run described by itself, before it was cut off, is held against a search that is newer.
func TestWhatHappensBetweenTheRunsOfAReadingBySearch(t *testing.T) {
	const flows = 20 // all of them are described
	for name, tt := range map[string]struct {
		happens func(*fake)
		flows   int
		verdict audit.Verdict // of flow 1
	}{
		"nothing":            {func(*fake) {}, flows, audit.NotWired},
		"one is published":   {func(f *fake) { f.publish(fid(1), noAgent()) }, flows, audit.NoAgent},
		"one is deleted":     {func(f *fake) { delete(f.flows, fid(2)) }, flows - 1, audit.NotWired},
		"and the index lags": {func(f *fake) { f.publish(fid(1), noAgent()); f.index[fid(2)] = "{}" }, flows, audit.NoAgent},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				for n := range flows {
					b.f.put(n, unwired())
				}
				b.f.fail["DescribeFlow "+string(fid(0))] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
				asked := b.f.asked()
				described := b.f.before
				b.f.before = func(method, id string) {
					described(method, id)
					if id == string(fid(0)) {
						time.Sleep(time.Minute + time.Second)
					}
				}
				first := b.process("one", nil)
				id := first.ask(survey.Order{}).ID
				time.Sleep(time.Minute)
				first.stop()
				if n := len(asked()); n != flows {
					b.Fatalf("%d of %d flows are described", n, flows)
				}
				b.f.before = nil
				delete(b.f.fail, "DescribeFlow "+string(fid(0)))
				tt.happens(b.f)
				next := b.process("two", nil)
				next.outcome(id)
				r := next.kept()
				if got := row(b.T, r, fid(1)).Report.Verdict; len(r.Flows) != tt.flows || r.Method != survey.BySearch || got != tt.verdict {
					b.Errorf("%d flows by %s, %s", len(r.Flows), r.Method, got)
				}
			})
		})
	}
}

func TestWhatWasReadLongAgoIsReadAnew(t *testing.T) {
	inTime(t, func(b *bench) {
		first, id, asked := halfDescribed(b, 100, 20*time.Second)
		first.stop()
		before, _ := published(asked())
		time.Sleep(24 * time.Hour)
		b.process("two", nil).outcome(id)
		if all, _ := published(asked()); all != before+100 {
			b.Errorf("%d of 100 flows are described a day later", all-before)
		}
	})
}

// What a reading under way has seen is not yet the reading: others see the former one, and what changed is still news when it is done.
func TestAReadingUnderWayChangesNothingBeforeItsEnd(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(100, acwGuide())
		for n := range 60 {
			b.f.put(n, wired(fid(100)))
		}
		b.f.fail["SearchFlows"] = denied
		one, two := b.process("one", nil), b.process("two", nil)
		one.done(survey.Order{})
		want := two.kept()
		for n := range 60 {
			b.f.publish(fid(n), unwired())
		}
		time.Sleep(time.Hour)
		b.f.slow(time.Second)
		two.stop()
		id := one.ask(survey.Order{}).ID
		time.Sleep(12 * time.Second)
		synctest.Wait()
		one.die()
		loads := b.memory().count("Load")
		three := b.process("three", nil)
		b.f.before = nil
		if diff := same(want, three.Kept(b.Context(), inst.ID)); diff != "" {
			b.Errorf("half a reading is shown:\n%s", diff)
		}
		if n := b.memory().count("Load") - loads; n != 1 {
			b.Errorf("%d loads of one reading", n)
		}
		out := three.outcome(id)
		if n := len(out.News); n != 2*60 { // no longer covered, and changed outside
			b.Errorf("%d news of 60 flows", n)
		}
		if n := len(three.kept().Changes); n != 2*60 {
			b.Errorf("%d changes of 60 flows", n)
		}
	})
}

func TestAReadingThatIsKilledBeforeItsDraftsIsNotReadAgain(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(100, acwGuide())
		for n := range 80 {
			b.f.put(n, wired(fid(100)))
		}
		one := b.process("one", nil)
		one.done(survey.Order{})
		b.f.publish(fid(1), unwired())
		time.Sleep(time.Hour)
		b.f.before = func(_, id string) {
			if strings.HasSuffix(id, "$SAVED") {
				time.Sleep(time.Second)
			}
		}
		asked := b.f.asked()
		id := one.ask(survey.Order{}).ID
		time.Sleep(15 * time.Second)
		synctest.Wait()
		one.die()
		searches := b.f.count("SearchFlows")
		next := b.process("two", nil)
		out := next.outcome(id)
		if n := b.f.count("SearchFlows") - searches; n > 0 {
			b.Errorf("%d searches for a reading that was done", n)
		}
		twice := 0
		for _, n := range asked() {
			if n > 1 {
				twice++
			}
		}
		if len(asked()) < 80 || twice > 25+4 {
			b.Errorf("%d drafts are looked at, %d of them twice", len(asked()), twice)
		}
		want := []survey.ChangeKind{survey.NewlyUncovered, survey.Outside}
		if got := kindsOf(out.News); !slices.Equal(got, want) {
			b.Errorf("the news are %v, want %v", got, want)
		}
	})
}

func kindsOf(list []survey.Change) (kinds []survey.ChangeKind) {
	for _, c := range list {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

func TestAKeptReadingThatCannotBeUsedIsReadAnew(t *testing.T) {
	head := func(change func(doc []byte) []byte) func(*memory) {
		return func(m *memory) {
			k := m.kept[inst.ID]
			k.Head = change(k.Head)
			m.kept[inst.ID] = k
		}
	}
	each := func(change func(p *survey.Part)) func(*memory) {
		return func(m *memory) {
			k := m.kept[inst.ID]
			k.Parts = slices.Clone(k.Parts)
			for i := range k.Parts {
				change(&k.Parts[i])
			}
			m.kept[inst.ID] = k
		}
	}
	for name, damage := range map[string]func(*memory){
		"a head of another version": head(func(d []byte) []byte { return bytes.Replace(d, []byte(`"Version":`), []byte(`"Version":9`), 1) }),
		"a head of another event":   head(func(d []byte) []byte { return bytes.Replace(d, []byte("DisconnectAgentUI"), []byte("Other"), 1) }),
		"a head that is no JSON":    head(func(d []byte) []byte { return d[:len(d)/2] }),
		"no head":                   head(func([]byte) []byte { return nil }),
		"parts that are no JSON":    each(func(p *survey.Part) { p.Doc = p.Doc[:len(p.Doc)/2] }),
		"parts of another version":  each(func(p *survey.Part) { p.Doc = bytes.Replace(p.Doc, []byte(`"Version":`), []byte(`"Version":9`), 1) }),
		"a content that is gone": func(m *memory) {
			for hash, c := range m.contents {
				if c == acwGuide() {
					delete(m.contents, hash)
				}
			}
		},
		"all contents are gone": func(m *memory) { clear(m.contents) },
		"everything is gone":    func(m *memory) { clear(m.contents); clear(m.kept) },
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				manyKinds(b.f)
				one := b.process("one", nil)
				one.done(survey.Order{})
				want := one.kept()
				one.stop()
				damage(b.memory())
				two := b.process("two", nil)
				for range 2 {
					if two.Kept(b.Context(), inst.ID) != nil {
						b.Error("it is used")
					}
				}
				if n := b.memory().count("Load"); n > 3 { // twice by the first reading, for what was seen before it
					b.Errorf("it is loaded %d times", n)
				}
				time.Sleep(time.Minute)
				r, err := two.Read(b.Context(), inst.ID, false)
				if err != nil {
					b.Fatal(err)
				}
				if r.Coverage != want.Coverage || !r.ReadAt.After(want.ReadAt) {
					b.Errorf("read at %s: %+v, want %+v", r.ReadAt, r.Coverage, want.Coverage)
				}
				time.Sleep(time.Minute)
				if diff := same(two.kept(), b.process("three", nil).kept()); diff != "" {
					b.Errorf("what is kept then differs:\n%s", diff)
				}
			})
		})
	}
}

func TestWhyAKeptReadingCannotBeUsedIsLogged(t *testing.T) {
	for name, tt := range map[string]struct {
		damage func(k *survey.Kept)
		why    string
	}{
		"the head's version": {func(k *survey.Kept) { k.Head = bytes.Replace(k.Head, []byte(`"Version":`), []byte(`"Version":9`), 1) }, "version 91"},
		"a part's version": {func(k *survey.Kept) {
			k.Parts[0].Doc = bytes.Replace(k.Parts[0].Doc, []byte(`"Version":`), []byte(`"Version":9`), 1)
		}, "version 91"},
		"a part cut off": {func(k *survey.Kept) { k.Parts[0].Doc = k.Parts[0].Doc[:9] }, "unexpected end of JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(1, unwired())
				b.process("one", nil).done(survey.Order{})
				k := b.memory().kept[inst.ID]
				tt.damage(&k)
				b.memory().kept[inst.ID] = k
				var log bytes.Buffer
				s := survey.New(b.f, survey.ServiceOptions{Cache: b.cache, Log: slog.New(slog.NewTextHandler(&log, nil))})
				if s.Kept(b.Context(), inst.ID) != nil || !strings.Contains(log.String(), tt.why) || strings.Contains(log.String(), "%!") {
					b.Errorf("%s", log.String())
				}
			})
		})
	}
}

// failing is a cache that cannot be reached.
type failing struct{ survey.Cache }

var errAway = errors.New("the database is away")

func (failing) Stamp(context.Context, instance.ID) (int64, error)      { return 0, errAway }
func (failing) Load(context.Context, instance.ID) (survey.Kept, error) { return survey.Kept{}, errAway }
func (failing) Save(context.Context, instance.ID, survey.Kept, func(survey.Kept) []survey.Part) (int64, error) {
	return 0, errAway
}
func (failing) Put(context.Context, instance.ID, []survey.Part) (int64, error)     { return 0, errAway }
func (failing) KeepContents(context.Context, instance.ID, map[string]string) error { return errAway }
func (failing) Contents(context.Context, instance.ID, []string, func(_, _ string) bool) error {
	return errAway
}

func TestACacheThatCannotBeReachedTakesNothingAway(t *testing.T) {
	inTime(t, func(b *bench) {
		b.cache = failing{}
		manyKinds(b.f)
		p := b.process("one", nil)
		for range 2 {
			if out := p.done(survey.Order{}); out.Flows != 10 || out.Undrafted != nil || p.kept().Coverage.Counted != 6 {
				b.Errorf("%+v", out)
			}
		}
		wrote(b.T, p.Service, b.f, fid(2), wired(fid(0)))
		if got := row(b.T, p.kept(), fid(2)).Report.Verdict; got != audit.Wired {
			b.Errorf("%s", got)
		}
	})
}

// Contents of flows that are no more are not kept for ever.
func TestContentsThatNoFlowHasAreForgotten(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		p := b.process("one", nil)
		for n := range 6 {
			b.f.put(1, doc("end", end, block(fmt.Sprint(n), "MessageParticipant", "{}", "end")))
			p.done(survey.Order{})
			time.Sleep(time.Hour)
		}
		if n := len(b.memory().contents); n > 3 {
			b.Errorf("%d contents are kept of two flows", n)
		}
		if n := len(slices.Collect(maps.Keys(b.memory().kept))); n > 2 {
			b.Errorf("%d readings are kept of one instance", n)
		}
	})
}
