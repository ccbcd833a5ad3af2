package survey_test

import (
	"slices"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/survey"
)

// replicas are two processes with the same reading of a guide, flow 0, and of flows 1 to 4 that open it; the second only serves.
func replicas(b *bench) (one, two *process) {
	b.Helper()
	b.f.put(0, acwGuide())
	for n := 1; n < 5; n++ {
		b.f.put(n, wired(fid(0)))
	}
	one, two = b.process("one", nil), b.process("two", nil)
	two.stop()
	one.done(survey.Order{})
	two.kept()
	time.Sleep(time.Hour)
	return one, two
}

// agree checks what all say, also one that starts now: the verdicts of flows, and what changed.
func agree(b *bench, want map[int]audit.Verdict, changes []string, serving ...*process) {
	b.Helper()
	for i, p := range append(serving, b.process("that starts now", nil)) {
		r := p.kept()
		for n, v := range want {
			if got := row(b.T, r, fid(n)).Report.Verdict; got != v {
				b.Errorf("process %d says %s of flow %d, want %s", i+1, got, n, v)
			}
		}
		got := saying(r.Changes)
		slices.Sort(got)
		for _, c := range changes {
			if !slices.Contains(got, c) {
				b.Errorf("process %d does not say %q, but %v", i+1, c, got)
			}
		}
	}
}

func (p *process) opened(n int) {
	p.b.Helper()
	if _, err := p.Flow(p.b.Context(), inst.ID, fid(n)); err != nil {
		p.b.Error(err)
	}
}

// A batch of saved copies is looked at over a while. What another process describes in that time is newer than what the batch has of the flow.
func TestWhatIsDescribedWhileABatchIsLookedAtStays(t *testing.T) {
	for name, order := range map[string]survey.Order{"of drafts": {}, "of descriptions": {Confirm: true}} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				one, two := replicas(b)
				last := savedOf(fid(4))
				if order.Confirm {
					last = string(fid(4))
				}
				done := false
				b.f.before = func(_, id string) {
					if id == last && !done {
						done = true
						time.Sleep(time.Minute) // the others of the batch are looked at
						b.f.publish(fid(1), unwired())
						two.opened(1)
						wrote(b.T, two.Service, b.f, fid(2), noAgent())
					}
				}
				one.done(order)
				if !done {
					b.Fatal("nothing happened meanwhile")
				}
				agree(b, map[int]audit.Verdict{1: audit.NotWired, 2: audit.NoAgent, 3: audit.Wired, 4: audit.Wired},
					[]string{"outside Flow 01: wired -> not-wired", "uncovered Flow 01: wired -> not-wired"}, one, two)
				told := slices.Concat(b.told...)
				if !slices.Contains(saying(told), "uncovered Flow 01: wired -> not-wired") {
					b.Errorf("passed on is %v", saying(told))
				}
			})
		})
	}
}

// Between the last look of a process and what it keeps, another one keeps something.
func TestOfTwoWhoKeepSomethingAtOnceNeitherUndoesTheOther(t *testing.T) {
	for name, first := range map[string]func(b *bench, p *process){
		"both opened a flow": func(_ *bench, p *process) { p.opened(2) },
		"one wrote a flow":   func(b *bench, p *process) { wrote(b.T, p.Service, b.f, fid(2), unwired()) },
		"one read": func(b *bench, p *process) {
			third := survey.New(b.f, survey.ServiceOptions{Cache: b.cache, Now: time.Now})
			third.Kept(b.Context(), inst.ID)
			if _, err := third.Read(b.Context(), inst.ID, true); err != nil {
				b.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				one, two := replicas(b)
				b.f.publish(fid(1), unwired())
				b.f.publish(fid(2), unwired())
				b.memory().beforePut = func() { first(b, two) }
				one.opened(1)
				if b.memory().beforePut != nil {
					b.Fatal("nothing happened meanwhile")
				}
				agree(b, map[int]audit.Verdict{1: audit.NotWired, 2: audit.NotWired, 3: audit.Wired}, []string{"uncovered Flow 01: wired -> not-wired"}, one, two)
			})
		})
	}
}

// Where others are quicker every time, what was seen is shown here, and what they kept stays.
func TestWhoIsNeverQuickEnoughLeavesWhatOthersKept(t *testing.T) {
	inTime(t, func(b *bench) {
		one, two := replicas(b)
		b.f.publish(fid(1), unwired())
		b.f.publish(fid(2), unwired())
		two.opened(2)
		tries := 0
		var again func()
		again = func() {
			tries++
			k := b.memory().kept[inst.ID]
			k.Stamp++
			b.memory().kept[inst.ID] = k
			b.memory().beforePut = again
		}
		b.memory().beforePut = again
		one.opened(1)
		b.memory().beforePut = nil
		if tries < 2 || tries > 20 {
			b.Errorf("it is tried %d times", tries)
		}
		if got := row(b.T, one.Last(inst.ID), fid(1)).Report.Verdict; got != audit.NotWired {
			b.Errorf("who opened the flow sees %s", got)
		}
		agree(b, map[int]audit.Verdict{2: audit.NotWired, 3: audit.Wired}, nil, two)
		one.opened(1)
		agree(b, map[int]audit.Verdict{1: audit.NotWired, 2: audit.NotWired}, nil, one, two)
	})
}
