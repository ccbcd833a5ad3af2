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
	"wrapup/internal/store"
	"wrapup/internal/store/storetest"
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
	dsn := storetest.Database(t)
	inTime(t, func(b *bench) {
		s, err := store.Open(b.Context(), dsn)
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

// The reading in memory is the newer one then, and loading thousands of flows takes longer than a page may.
func TestWhatThisProcessKeepsDuringALookIsNotLoaded(t *testing.T) {
	inTime(t, func(b *bench) {
		manyKinds(b.f)
		p := b.process("one", nil)
		p.done(survey.Order{})
		p.kept()
		loads := b.memory().count("Load")
		b.memory().afterStamp = func() { wrote(b.T, p.Service, b.f, fid(2), wired(fid(0))) }
		if got := row(b.T, p.Kept(b.Context(), inst.ID), fid(2)).Report.Verdict; got != audit.Wired {
			b.Errorf("what was written meanwhile: %s", got)
		}
		if b.memory().afterStamp != nil {
			b.Fatal("nothing was written meanwhile")
		}
		if n := b.memory().count("Load") - loads; n != 0 {
			b.Errorf("loaded %d times", n)
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

func (failing) Stamp(context.Context, instance.ID) (int64, error) { return 0, errAway }

func (failing) Load(context.Context, instance.ID) (survey.Kept, error) { return survey.Kept{}, errAway }

func (failing) Save(context.Context, instance.ID, survey.Kept, func(survey.Kept) []survey.Part) (int64, error) {
	return 0, errAway
}

func (failing) Put(context.Context, instance.ID, int64, []survey.Part) (int64, error) {
	return 0, errAway
}

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
