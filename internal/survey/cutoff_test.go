package survey_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/operation"
	"wrapup/internal/survey"
)

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
