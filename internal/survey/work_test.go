package survey_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/survey"
)

func TestAReadingIsAnOperation(t *testing.T) {
	inTime(t, func(b *bench) {
		manyKinds(b.f)
		p := b.process("one", nil)
		p.Instances(b.Context())
		before, began := b.f.total(), time.Now()
		out := p.done(survey.Order{})
		if want := b.f.total() - before; out.Calls != want || out.Flows != 10 || !out.ReadAt.Equal(began) || !slices.Equal(kindsOf(out.News), []survey.ChangeKind{survey.NewlyUndone}) || out.Undrafted != nil {
			b.Errorf("%+v, want %d calls", out, want)
		}
		r := p.kept()
		for n, want := range map[int]struct {
			verdict audit.Verdict
			draft   survey.Draft
			undoes  bool
		}{
			1: {audit.Wired, survey.DraftNone, false},
			2: {audit.Draft, survey.DraftYes, false},
			3: {audit.Wired, survey.DraftYes, true},
			5: {audit.Wired, survey.DraftNone, false},
			6: {audit.Wired, survey.DraftNone, false},
		} {
			got := row(b.T, r, fid(n))
			if got.Report.Verdict != want.verdict || got.Draft != want.draft || got.DraftUndoes() != want.undoes {
				b.Errorf("flow %d is %s, draft %s, undone %t", n, got.Report.Verdict, got.Draft, got.DraftUndoes())
			}
		}
	})
}

func TestWhoWaitsForAReadingGetsItBeforeItsDrafts(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(1, unwired())
		b.f.before = func(_, id string) {
			if strings.HasSuffix(id, "$SAVED") {
				time.Sleep(time.Hour)
			}
		}
		p := b.process("one", nil)
		began := time.Now()
		r, err := p.Read(b.Context(), inst.ID, true)
		if err != nil || r.Coverage.Open != 1 || time.Since(began) > time.Minute {
			b.Errorf("after %s: %v, %v", time.Since(began), r, err)
		}
		time.Sleep(2 * time.Hour)
		b.f.fail["SearchFlows"], b.f.fail["ListFlows"] = denied, denied
		if _, err := p.Read(b.Context(), inst.ID, true); fault.From(err) == nil || fault.From(err).Message.ID != denied.Message.ID {
			b.Errorf("a reading that fails gives %v", err)
		}
	})
}

func TestACancelInTheDraftsPassKeepsWhatWasSeen(t *testing.T) {
	inTime(t, func(b *bench) {
		for n := range 100 {
			b.f.put(n, unwired(), drafted(noAgent()))
		}
		b.f.before = func(_, id string) {
			if strings.HasSuffix(id, "$SAVED") {
				time.Sleep(time.Second)
			}
		}
		p := b.process("one", nil)
		id := p.ask(survey.Order{}).ID
		time.Sleep(12*time.Second + time.Millisecond)
		if _, err := p.work.Cancel(b.Context(), id, "p2"); err != nil {
			b.Fatal(err)
		}
		if op := p.ended(id); op.State != operation.Cancelled {
			b.Errorf("it is %s", op.State)
		}
		for name, r := range map[string]*survey.Reading{"here": p.kept(), "elsewhere": b.process("two", nil).kept()} {
			seen := 0
			for _, row := range r.Flows {
				if row.Draft == survey.DraftYes {
					seen++
				}
			}
			if len(r.Flows) != 100 || seen < 20 || seen > 26 {
				b.Errorf("%s: of %d flows %d drafts are known", name, len(r.Flows), seen)
			}
		}
	})
}

func TestDraftsThatCannotBeLookedAt(t *testing.T) {
	throttled := refuse(fault.Throttled, "aws.throttled", "TooManyRequestsException")
	away := refuse(fault.Unavailable, "aws.service", "InternalServiceException")
	for name, tt := range map[string]struct {
		fail  map[int]error // by flow
		most  int           // descriptions of saved copies
		least int
		why   string
		yes   int // drafts that are known
	}{
		"denied":                   {map[int]error{0: denied, 1: denied, 2: denied, 3: denied, 4: denied, 5: denied, 6: denied, 7: denied}, 8, 1, denied.Message.ID, 0},
		"throttled":                {map[int]error{0: throttled, 1: throttled, 2: throttled, 3: throttled}, 8, 1, throttled.Message.ID, 4},
		"one that does not answer": {map[int]error{5: away}, 40, 40, away.Message.ID, 39},
		"one that is gone":         {map[int]error{5: refuse(fault.NotFound, "aws.not-found", "ResourceNotFoundException")}, 40, 40, "", 39},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				for n := range 40 {
					b.f.put(n, unwired(), drafted(noAgent()))
				}
				for n, err := range tt.fail {
					b.f.fail["DescribeFlow "+savedOf(fid(n))] = err
				}
				asked := b.f.asked()
				out := b.process("one", nil).done(survey.Order{})
				why := ""
				if out.Undrafted != nil {
					why = out.Undrafted.ID
				}
				n := 0
				for id := range asked() {
					if strings.HasSuffix(id, "$SAVED") {
						n++
					}
				}
				if why != tt.why || n > tt.most || n < tt.least {
					b.Errorf("%d saved copies are described, %q", n, why)
				}
				yes := 0
				for _, row := range b.alive[0].kept().Flows {
					if row.Draft == survey.DraftYes {
						yes++
					}
					if row.Error != nil || row.Report.Verdict != audit.NotWired {
						b.Errorf("%s: %s, %v", row.Flow.Name, row.Report.Verdict, row.Error)
					}
				}
				if yes > tt.yes || tt.least == 40 && yes != tt.yes {
					b.Errorf("%d drafts are known, want %d", yes, tt.yes)
				}
			})
		})
	}
}

// Drafts are looked at where one is likely first: the first denial ends it.
func TestLikelyDraftsAreLookedAtFirst(t *testing.T) {
	inTime(t, func(b *bench) {
		for n := range 30 {
			b.f.put(n, unwired())
		}
		b.f.put(29, unwired(), drafted(noAgent()))
		p := b.process("one", nil)
		p.done(survey.Order{})
		time.Sleep(time.Minute)
		var mu sync.Mutex
		var order []string
		b.f.before = func(_, id string) {
			mu.Lock()
			defer mu.Unlock()
			if strings.HasSuffix(id, "$SAVED") {
				order = append(order, id)
			}
		}
		p.done(survey.Order{})
		if at := slices.Index(order, savedOf(fid(29))); at < 0 || at > 1 { // two are looked at together
			b.Errorf("it comes at place %d of %d", at+1, len(order))
		}
	})
}

func TestConfirmingDescribesEveryCountedFlow(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(100, acwGuide())
		for n := range 40 {
			b.f.put(n, wired(fid(100)))
		}
		b.f.put(50, noAgent())
		p := b.process("one", nil)
		p.done(survey.Order{}) // the search agrees with the sample
		for n, content := range map[int]string{7: unwired(), 8: noAgent()} {
			b.f.flows[fid(n)].published = content
			b.f.index[fid(n)] = b.f.flows[fid(n)].saved // but of these it gives the saved copy
		}
		time.Sleep(time.Hour)
		if out := p.done(survey.Order{}); out.Differed != 0 || p.kept().Coverage.Covered != 40 {
			b.Fatalf("the search should be believed here: %+v", out)
		}
		time.Sleep(time.Hour)
		asked := b.f.asked()
		out := p.done(survey.Order{Confirm: true})
		if n, twice := published(asked()); n != 40+1 || twice != 1 { // of the one that counts still there is a draft, so that it is looked at again
			b.Errorf("%d published copies are described, %d twice", n, twice)
		}
		want := survey.Coverage{Covered: 38, Open: 1, Counted: 39}
		if got := p.kept().Coverage; out.Differed != 2 || got != want {
			b.Errorf("%d differed, coverage %+v", out.Differed, got)
		}
		if got := kindsOf(out.News); !cmp.Equal(got, []survey.ChangeKind{survey.NewlyUncovered, survey.Outside, survey.Outside}) {
			b.Errorf("the news are %v", got)
		}
		if diff := same(p.kept(), b.process("two", nil).kept()); diff != "" {
			b.Errorf("another process sees another:\n%s", diff)
		}
		if out := p.done(survey.Order{}); out.Differed != 0 || p.kept().Coverage != want {
			b.Errorf("the next reading believes the index again: %+v", p.kept().Coverage)
		}
	})
}

// What is described already for this reading is not described again to confirm it.
func TestConfirmingAReadingByDescriptionDescribesNothingTwice(t *testing.T) {
	inTime(t, func(b *bench) {
		for n := range 30 {
			b.f.put(n, unwired())
		}
		b.f.fail["SearchFlows"] = denied
		asked := b.f.asked()
		out := b.process("one", nil).done(survey.Order{Confirm: true})
		if n, twice := published(asked()); n != 30 || twice != 0 || out.Differed != 0 {
			b.Errorf("%d descriptions, %d twice, %d differed", n, twice, out.Differed)
		}
	})
}

func TestHowManyAreConfirmedIsTold(t *testing.T) {
	throttled := refuse(fault.Throttled, "aws.throttled", "TooManyRequestsException")
	away := refuse(fault.Unavailable, "aws.service", "InternalServiceException")
	missing := refuse(fault.NotFound, "aws.not-found", "ResourceNotFoundException")
	for name, tt := range map[string]struct {
		fail        map[int]error // by flow
		order       survey.Order
		least, most int
		why         string
	}{
		"all of them":               {nil, survey.Order{Confirm: true}, 60, 60, ""},
		"nobody asked":              {nil, survey.Order{}, 0, 0, ""},
		"one does not answer":       {map[int]error{30: away}, survey.Order{Confirm: true}, 59, 59, away.Message.ID},
		"one is gone":               {map[int]error{30: missing}, survey.Order{Confirm: true}, 59, 59, missing.Message.ID},
		"one is denied: so are all": {map[int]error{30: denied}, survey.Order{Confirm: true}, 20, 58, denied.Message.ID},
		"the quota is used up":      {map[int]error{30: throttled}, survey.Order{Confirm: true}, 20, 58, throttled.Message.ID},
		"one cannot be read anyway": {map[int]error{99: away}, survey.Order{Confirm: true}, 60, 60, away.Message.ID},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				for n := range 60 {
					b.f.put(n, unwired())
				}
				p := b.process("one", nil)
				p.done(survey.Order{}) // a sample is described
				time.Sleep(time.Hour)
				counted := 60
				if tt.fail[99] != nil {
					b.f.put(99, unwired())
					b.f.hidden[fid(99)] = true // it is described, because the search does not give it
					counted++
				}
				for n, err := range tt.fail {
					b.f.fail["DescribeFlow "+string(fid(n))] = err
				}
				out := p.done(tt.order)
				why := ""
				if out.Unconfirmed != nil {
					why = out.Unconfirmed.ID
				}
				if !tt.order.Confirm {
					counted = 0
				}
				if out.Confirmed < tt.least || out.Confirmed > tt.most || out.Counted != counted || why != tt.why {
					b.Errorf("%d of %d because of %q", out.Confirmed, out.Counted, why)
				}
			})
		})
	}
}

// between publishes something right before the nth flow's saved copy is described.
func between(f *fake, n int, publish func()) {
	var once sync.Once
	f.before = func(_, id string) {
		if id == savedOf(fid(n)) {
			once.Do(publish)
		}
	}
}

func TestAFlowThatChangesBeforeItsDraftIsLookedAtIsNotMixed(t *testing.T) {
	for name, tt := range map[string]struct {
		change  func(*fake)
		verdict audit.Verdict
		draft   survey.Draft
		undoes  bool
	}{
		"nothing happens":      {func(*fake) {}, audit.Wired, survey.DraftNone, false},
		"another is published": {func(f *fake) { f.publish(fid(1), unwired()) }, audit.NotWired, survey.DraftNone, false},
		"another is published, and a draft saved": {func(f *fake) {
			f.publish(fid(1), unwired())
			f.mu.Lock()
			defer f.mu.Unlock()
			f.flows[fid(1)].saved = noAgent()
		}, audit.NotWired, survey.DraftYes, false},
		"a draft is saved": {func(f *fake) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.flows[fid(1)].saved = unwired()
		}, audit.Wired, survey.DraftYes, true},
		"it is deleted": {func(f *fake) {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.flows, fid(1))
		}, audit.Wired, survey.DraftNotChecked, false},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				b.f.put(1, wired(fid(0)))
				p := b.process("one", nil)
				between(b.f, 1, func() { tt.change(b.f) })
				out := p.done(survey.Order{})
				got := row(b.T, p.kept(), fid(1))
				if got.Report.Verdict != tt.verdict || got.Draft != tt.draft || got.DraftUndoes() != tt.undoes || out.Undrafted != nil {
					b.Errorf("%s, draft %s, undone %t, %v", got.Report.Verdict, got.Draft, got.DraftUndoes(), out.Undrafted)
				}
				if diff := same(p.kept(), b.process("two", nil).kept()); diff != "" {
					b.Errorf("another process sees another:\n%s", diff)
				}
			})
		})
	}
	t.Run("wrapup writes it", func(t *testing.T) {
		inTime(t, func(b *bench) {
			b.f.put(0, acwGuide())
			b.f.put(1, unwired(), drafted(noAgent()))
			p := b.process("one", nil)
			var once sync.Once
			b.f.before = func(method, id string) {
				if id == savedOf(fid(1)) {
					once.Do(func() {
						b.f.publish(fid(1), wired(fid(0)))
						p.Wrote(inst.ID, instance.Flow{ID: fid(1), Name: "Flow 01", Type: instance.TypeInbound, State: "ACTIVE", Status: "PUBLISHED", Content: wired(fid(0))})
					})
				}
			}
			out := p.done(survey.Order{})
			if got := row(b.T, p.kept(), fid(1)); got.Report.Verdict != audit.Wired || got.Draft == survey.DraftYes || len(out.News) > 0 {
				b.Errorf("%s, draft %s, news %v", got.Report.Verdict, got.Draft, out.News)
			}
		})
	})
}

// marked notes of every call whether somebody waits for it.
type marked struct {
	*fake
	mu        *sync.Mutex
	unhurried map[bool]int
}

func (m marked) note(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unhurried[instance.IsUnhurried(ctx)]++
}

func (m marked) SearchFlows(ctx context.Context, in instance.Instance, types []instance.FlowType, yield func([]instance.Flow) bool) error {
	m.note(ctx)
	return m.fake.SearchFlows(ctx, in, types, yield)
}

func (m marked) DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error) {
	m.note(ctx)
	return m.fake.DescribeFlow(ctx, in, id)
}

func (m marked) Associations(ctx context.Context, in instance.Instance) ([]instance.Association, error) {
	m.note(ctx)
	return m.fake.Associations(ctx, in)
}

func TestTheDailyReadingIsUnhurriedAndComesOnceADay(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(1, unwired())
		b.poll = time.Hour // of three days
		m := marked{b.f, &sync.Mutex{}, map[bool]int{}}
		one, two := b.process("one", m), b.process("two", m)
		for range 4 * 24 {
			for _, p := range []*process{one, two} {
				if err := p.Daily(b.Context(), inst.ID); err != nil {
					b.Fatal(err)
				}
			}
			time.Sleep(15 * time.Minute)
		}
		if n := b.f.count("SearchFlows"); n < 1 || n > 2 {
			b.Errorf("%d readings in a day", n)
		}
		if m.unhurried[true] == 0 || m.unhurried[false] > 0 {
			b.Errorf("unhurried calls %v", m.unhurried)
		}
		time.Sleep(48 * time.Hour)
		clear(m.unhurried)
		one.done(survey.Order{})
		if m.unhurried[false] == 0 || m.unhurried[true] != 1 { // the draft's
			b.Errorf("of a reading that somebody asked for: %v", m.unhurried)
		}
	})
}

func TestAnInstanceThatIsUnknownFails(t *testing.T) {
	inTime(t, func(b *bench) {
		p := b.process("one", nil)
		op, err := p.Ask(b.Context(), "ffffffff-1111-4111-8111-111111111111", survey.Order{}, "p1")
		if err != nil {
			b.Fatal(err)
		}
		if got := p.ended(op.ID); got.State != operation.Failed || got.Failure.Message.ID != "survey.no-instance" {
			b.Errorf("%s: %+v", got.State, got.Failure)
		}
	})
}

func TestProgressIsTold(t *testing.T) {
	inTime(t, func(b *bench) {
		for n := range 60 {
			b.f.put(n, unwired())
		}
		b.f.slow(300 * time.Millisecond)
		p := b.process("one", nil)
		states, err := p.work.Watch(b.Context(), p.ask(survey.Order{Confirm: true}).ID)
		if err != nil {
			b.Fatal(err)
		}
		told := map[string]bool{}
		for op := range states {
			if id := op.Progress.Message.ID; id != "" {
				told[strings.TrimPrefix(id, "survey.progress.")] = true
				sentence(b.T, op.Progress.Message)
				if op.Progress.Done > op.Progress.Total && op.Progress.Total > 0 {
					b.Errorf("%+v", op.Progress)
				}
			}
			synctest.Wait()
		}
		for _, step := range []string{"lists", "describe", "confirm", "drafts"} {
			if !told[step] {
				b.Errorf("nobody was told of the step %s: %v", step, fmt.Sprint(told))
			}
		}
	})
}
