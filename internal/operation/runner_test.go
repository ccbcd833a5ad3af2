package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
)

func TestAnOperationIsDoneAndSeen(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", func(_ context.Context, r *operation.Run) (json.RawMessage, error) {
			var input map[string]string
			if err := json.Unmarshal(r.Operation().Input, &input); err != nil {
				return nil, err
			}
			time.Sleep(time.Second)
			return json.Marshal("did " + input["of"])
		})
		o, _, err := s.Ask(b.Context(), operation.Request{Kind: "work", Subject: "i1", Input: map[string]string{"of": "i1"}, By: "p1"})
		if err != nil {
			b.Fatal(err)
		}
		if again, asked, err := s.Ask(b.Context(), operation.Request{Kind: "work", Subject: "i1"}); err != nil || asked || again.ID != o.ID {
			b.Errorf("asking again gave %s, %t, %v", again.ID, asked, err)
		}
		states, err := s.Watch(b.Context(), o.ID)
		if err != nil {
			b.Fatal(err)
		}
		var last operation.Operation
		for o := range states {
			last = o
		}
		if string(last.Result) != `"did i1"` || last.State != operation.Done || last.By != "p1" || last.Ended.Sub(last.Started) != time.Second {
			b.Errorf("the last state seen is %+v", last)
		}
		if diff := cmp.Diff(last, b.want(o.ID, operation.Done, 1)); diff != "" {
			b.Errorf("seen and kept differ:\n%s", diff)
		}
	})
}

func TestProgressIsWrittenNowAndThenAndTheLastIsKept(t *testing.T) {
	inTime(t, func(b *bench) {
		f := &faulty{Store: b.store}
		b.store = f
		s, _ := b.process("one", func(_ context.Context, r *operation.Run) (json.RawMessage, error) {
			for i := range 1000 {
				r.Progress(operation.Progress{Done: i + 1, Total: 1000, Message: fault.Msg("x.y", "Count", i+1)})
				time.Sleep(time.Millisecond)
			}
			r.Progress(operation.Progress{Done: 1000, Total: 1000, Detail: json.RawMessage(`"last"`)})
			return nil, nil
		})
		o := b.ask(s, "i1")
		time.Sleep(600 * time.Millisecond)
		if got := b.get(o.ID).Progress.Done; got < 500 || got > 600 {
			b.Errorf("after 600 of 1000 steps %d are written", got)
		}
		time.Sleep(time.Second)
		if got := b.want(o.ID, operation.Done, 1).Progress; got.Done != 1000 || string(got.Detail) != `"last"` {
			b.Errorf("the last progress is %+v", got)
		}
		if len(f.words) > 6 {
			b.Errorf("%d writes in a second", len(f.words))
		}
	})
}

func TestALeaseIsRenewedWhileTheHandlerRuns(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", func(context.Context, *operation.Run) (json.RawMessage, error) {
			time.Sleep(10 * time.Minute)
			return nil, nil
		})
		o := b.ask(s, "i1")
		b.process("two", idle)
		for range 9 {
			time.Sleep(time.Minute)
			if got := b.want(o.ID, operation.Running, 1); got.Owner != "one" || time.Until(got.LeaseUntil) < 15*time.Second {
				b.Errorf("%s has it for %s", got.Owner, time.Until(got.LeaseUntil))
			}
		}
		time.Sleep(2 * time.Minute)
		b.want(o.ID, operation.Done, 1)
	})
}

func TestALostLeaseEndsTheHandlerBeforeAnotherBegins(t *testing.T) {
	inTime(t, func(b *bench) {
		whole := b.store
		f := &faulty{Store: whole}
		b.store = f
		type end struct {
			at    time.Time
			cause error
		}
		ended, saved := make(chan end, 1), make(chan error, 1)
		s, _ := b.process("one", func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
			<-ctx.Done()
			ended <- end{time.Now(), context.Cause(ctx)}
			time.Sleep(time.Minute) // it does not listen
			saved <- r.Save(context.WithoutCancel(ctx), json.RawMessage(`"stale"`))
			r.Progress(operation.Progress{Done: 99})
			return json.RawMessage(`"stale"`), nil
		})
		f.failing(func(operation.Word) error { return errAway })
		o := b.ask(s, "i1")
		var began time.Time
		b.store = whole
		b.process("two", func(context.Context, *operation.Run) (json.RawMessage, error) {
			began = time.Now()
			time.Sleep(5 * time.Minute)
			return json.RawMessage(`"second"`), nil
		})
		time.Sleep(45 * time.Second)
		f.failing(nil)
		e := <-ended
		synctest.Wait()
		if !errors.Is(e.cause, operation.ErrLost) || !e.at.Before(began) {
			b.Errorf("the handler was ended at %s by %v; the next began at %s", e.at, e.cause, began)
		}
		if err := <-saved; !errors.Is(err, operation.ErrLost) {
			b.Errorf("a lost run saved: %v", err)
		}
		time.Sleep(10 * time.Minute)
		if got := b.want(o.ID, operation.Done, 2); string(got.Result) != `"second"` || got.Saved != nil || got.Progress.Done != 0 || got.Lost != 1 {
			b.Errorf("the lost run wrote: %+v", got)
		}
	})
}

func TestAShortAbsenceOfTheDatabaseEndsNothing(t *testing.T) {
	inTime(t, func(b *bench) {
		f := &faulty{Store: b.store}
		b.store = f
		s, _ := b.process("one", func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
			r.Progress(operation.Progress{Done: 7})
			select {
			case <-time.After(18 * time.Second):
				return json.RawMessage(`1`), nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		})
		f.failing(func(operation.Word) error { return errAway })
		o := b.ask(s, "i1")
		time.Sleep(20 * time.Second) // the end could not be written for two seconds
		f.failing(nil)
		time.Sleep(2 * time.Second)
		if got := b.want(o.ID, operation.Done, 1); got.Progress.Done != 7 {
			b.Errorf("the progress is lost: %+v", got.Progress)
		}
	})
}

func TestAClockThatIsSetEndsNoRun(t *testing.T) {
	for name, by := range map[string]time.Duration{"back": -time.Hour, "forward": time.Hour} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				var off atomic.Int64
				s, _ := b.process("one", func(ctx context.Context, _ *operation.Run) (json.RawMessage, error) {
					select {
					case <-time.After(5 * time.Minute):
						return json.RawMessage(`1`), nil
					case <-ctx.Done():
						return nil, context.Cause(ctx)
					}
				}, func(o *operation.Options, _ *operation.Service) {
					o.Now = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				})
				o := b.ask(s, "i1")
				time.Sleep(5 * time.Second)
				off.Store(int64(by))
				time.Sleep(10 * time.Minute)
				b.want(o.ID, operation.Done, 1)
			})
		})
	}
}

func TestProgressThatIsNoJSONCostsNoLease(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
			r.Progress(operation.Progress{Done: 7, Detail: json.RawMessage("{")})
			select {
			case <-time.After(5 * time.Minute):
				return nil, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		})
		o := b.ask(s, "i1")
		time.Sleep(6 * time.Minute)
		if got := b.want(o.ID, operation.Done, 1).Progress; got.Done != 7 || got.Detail != nil {
			b.Errorf("the progress is %+v", got)
		}
	})
}

func TestWhatIsHeldOutlivesACancelAndAStopButNotTheLease(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(b *bench, s *operation.Service, id operation.ID, stop func() error)
		cause error
	}{
		"a cancel": {func(b *bench, s *operation.Service, id operation.ID, _ func() error) {
			if _, err := s.Cancel(b.Context(), id, "p2"); err != nil {
				b.Fatal(err)
			}
		}, operation.ErrCancelled},
		"a stop": {func(b *bench, _ *operation.Service, _ operation.ID, stop func() error) {
			b.stops = nil
			go func() { _ = stop() }()
		}, operation.ErrStopped},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				f := &faulty{Store: b.store}
				b.store = f
				told, lost := make(chan error, 1), make(chan time.Time, 1)
				s, stop := b.process("one", func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
					if r.Operation().Attempt > 1 {
						return nil, nil
					}
					<-ctx.Done()
					told <- context.Cause(ctx)
					select {
					case <-r.Held().Done():
						b.Error("what is held ended with the handler's context")
					case <-time.After(15 * time.Second): // the lease is renewed meanwhile
					}
					f.failing(func(operation.Word) error { return errAway })
					<-r.Held().Done()
					if cause := context.Cause(r.Held()); !errors.Is(cause, operation.ErrLost) {
						b.Errorf("what is held ended by %v", cause)
					}
					f.failing(nil)
					lost <- time.Now()
					return nil, ctx.Err()
				})
				o := b.ask(s, "i1")
				c.end(b, s, o.ID, stop)
				if cause := <-told; !errors.Is(cause, c.cause) {
					b.Errorf("the handler was told %v", cause)
				}
				time.Sleep(14 * time.Second)
				until := b.want(o.ID, operation.Running, 1).LeaseUntil
				if at := <-lost; !at.Before(until) || until.Sub(at) > 10*time.Second {
					b.Errorf("it was lost at %s, and the lease lasted until %s", at, until)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestAProcessThatStopsHandsItsWorkBack(t *testing.T) {
	inTime(t, func(b *bench) {
		s, stop := b.process("one", func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
			if err := r.Save(ctx, json.RawMessage(`{"page":3}`)); err != nil {
				return nil, err
			}
			r.Progress(operation.Progress{Done: 3})
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), operation.ErrStopped) {
				b.Errorf("the cause is %v", context.Cause(ctx))
			}
			r.Progress(operation.Progress{Done: 4})
			return nil, fault.New(fault.Unavailable, "aws.unreachable").Because(ctx.Err())
		})
		o := b.ask(s, "i1")
		if err := stop(); err != nil {
			b.Error(err)
		}
		if got := b.want(o.ID, operation.Queued, 1); got.Lost != 0 || got.Progress.Done != 4 || got.Failure.Message.ID != "" {
			b.Errorf("handed back as %+v", got)
		}
		began := time.Now()
		b.process("two", func(_ context.Context, r *operation.Run) (json.RawMessage, error) {
			if time.Since(began) > 0 {
				b.Errorf("gone on with after %s", time.Since(began))
			}
			return r.Saved(), nil
		})
		if got := b.want(o.ID, operation.Done, 2); string(got.Result) != `{"page":3}` || got.Owner != "two" {
			b.Errorf("gone on with as %+v", got)
		}
	})
}

// stuck is a Notifier that is in the middle of connecting.
type stuck struct{ time.Duration }

func (n stuck) Changes(ctx context.Context, _ func(operation.Change)) error {
	<-ctx.Done()
	time.Sleep(n.Duration)
	return ctx.Err()
}

func TestWorkIsHandedBackThoughTheListenerConnects(t *testing.T) {
	inTime(t, func(b *bench) {
		causes := make(chan error, 1)
		s, stop := b.process("one", untilEnd(causes), func(o *operation.Options, _ *operation.Service) { o.Notifier = stuck{10 * time.Second} })
		o := b.ask(s, "i1")
		stopped := make(chan error)
		go func() { stopped <- stop() }()
		b.want(o.ID, operation.Queued, 1)
		if err := <-stopped; err != nil {
			b.Error(err)
		}
	})
}

func TestAHandlerThatDoesNotStopIsTakenUpWhenItsLeaseIsOver(t *testing.T) {
	inTime(t, func(b *bench) {
		release := make(chan bool)
		s, stop := b.process("one", func(context.Context, *operation.Run) (json.RawMessage, error) {
			<-release
			return nil, errors.New("too late")
		})
		o := b.ask(s, "i1")
		began := time.Now()
		if err := stop(); err == nil || time.Since(began) != 20*time.Second {
			b.Errorf("stopped after %s with %v", time.Since(began), err)
		}
		b.stops = nil
		b.want(o.ID, operation.Running, 1)
		close(release)
		b.want(o.ID, operation.Queued, 1) // it came back while its lease held
	})
}

func TestWhatAProcessOfTheSameNameLeftIsTakenUpAtOnce(t *testing.T) {
	inTime(t, func(b *bench) {
		now := time.Now()
		o := b.ask(operation.New(b.store, operation.Options{}), "i1")
		if _, _, err := b.store.Claim(b.Context(), operation.Claim{Owner: "host", Kinds: []string{"work"}, Now: now, Until: now.Add(time.Hour)}); err != nil {
			b.Fatal(err)
		}
		_, stop := b.process("another", idle)
		b.want(o.ID, operation.Running, 1)
		if err := stop(); err != nil {
			b.Error(err)
		}
		b.process("host", idle)
		if got := b.want(o.ID, operation.Done, 2); got.Lost != 1 {
			b.Errorf("%+v", got)
		}
	})
}

func TestAFailureIsKeptInWordsForPeople(t *testing.T) {
	inTime(t, func(b *bench) {
		denied := fault.New(fault.Denied, "aws.denied", "Action", "connect:ListFlows").Because(errors.New("secret"))
		denied.Code, denied.RequestID, denied.Problems = "AccessDeniedException", "r-1", []string{"p"}
		for name, c := range map[string]struct {
			do   operation.Handler
			want operation.Failure
		}{
			"a fault": {
				func(context.Context, *operation.Run) (json.RawMessage, error) {
					return nil, fmt.Errorf("read: %w", denied)
				},
				operation.Failure{Kind: fault.Denied, Message: denied.Message, Code: denied.Code, RequestID: "r-1", Problems: []string{"p"}},
			},
			"an error": {func(context.Context, *operation.Run) (json.RawMessage, error) { return nil, errAway }, internal},
			"a panic":  {func(context.Context, *operation.Run) (json.RawMessage, error) { panic("secret") }, internal},
			"no JSON":  {func(context.Context, *operation.Run) (json.RawMessage, error) { return json.RawMessage("{"), nil }, internal},
			"a state, no JSON": {func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
				return nil, r.Save(ctx, json.RawMessage("{"))
			}, internal},
		} {
			s, stop := b.process(name, c.do)
			o := b.ask(s, name)
			got := b.want(o.ID, operation.Failed, 1)
			if diff := cmp.Diff(c.want, got.Failure); diff != "" {
				b.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if again := b.ask(s, name); again.ID == o.ID {
				b.Errorf("%s: what has failed is not asked for anew", name)
			}
			if err := stop(); err != nil {
				b.Error(err)
			}
		}
	})
}

var internal = operation.Failure{Message: fault.Msg("fault.internal")}

func TestAnOperationThatTakesProcessesDownIsFailed(t *testing.T) {
	inTime(t, func(b *bench) {
		o := b.ask(operation.New(b.store, operation.Options{}), "i1")
		for i := range 6 { // five are lost by the sixth claim
			now := time.Now()
			if _, found, err := b.store.Claim(b.Context(), operation.Claim{Owner: fmt.Sprint(i), Kinds: []string{"work"}, Now: now, Until: now.Add(time.Minute)}); err != nil || !found {
				b.Fatal(found, err)
			}
			time.Sleep(time.Minute)
		}
		b.process("seventh", func(context.Context, *operation.Run) (json.RawMessage, error) {
			b.Error("it runs once more")
			return nil, nil
		})
		if got := b.want(o.ID, operation.Failed, 7); !cmp.Equal(got.Failure, internal) {
			b.Errorf("%+v", got.Failure)
		}
	})
}

func TestSoManyOfAKindRunAtOnce(t *testing.T) {
	inTime(t, func(b *bench) {
		var mu sync.Mutex
		now, most, order := map[string]int{}, map[string]int{}, []string{}
		do := func(_ context.Context, r *operation.Run) (json.RawMessage, error) {
			kind := r.Operation().Kind
			mu.Lock()
			now[kind]++
			most[kind] = max(most[kind], now[kind])
			order = append(order, r.Operation().Subject)
			mu.Unlock()
			time.Sleep(time.Minute)
			mu.Lock()
			now[kind]--
			mu.Unlock()
			return nil, nil
		}
		s, _ := b.process("one", do, func(_ *operation.Options, s *operation.Service) {
			if s != nil {
				s.Handle("work", operation.Kind{Do: do, Most: 2})
				s.Handle("other", operation.Kind{Do: do})
			}
		})
		var subjects []string
		for i := range 7 {
			subject := fmt.Sprintf("i%d", i)
			subjects = append(subjects, subject)
			b.ask(s, subject)
			time.Sleep(time.Millisecond)
		}
		if _, _, err := s.Ask(b.Context(), operation.Request{Kind: "other", Subject: "o"}); err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		mu.Lock()
		if now["work"] != 2 || now["other"] != 1 {
			b.Errorf("at once run %v", now)
		}
		mu.Unlock()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if most["work"] != 2 || most["other"] != 1 {
			b.Errorf("at once ran %v", most)
		}
		order = slices.DeleteFunc(order, func(s string) bool { return s == "o" })
		if diff := cmp.Diff(subjects, order); diff != "" {
			b.Errorf("not in the order asked (-want +got):\n%s", diff)
		}
		if left, err := b.store.List(b.Context(), operation.Filter{States: []operation.State{operation.Queued, operation.Running}}); err != nil || len(left) > 0 {
			b.Errorf("%d are left, %v", len(left), err)
		}
	})
}

// seldom spares a test of many days the many looks for work that nobody asked for.
func seldom(o *operation.Options, _ *operation.Service) { o.Poll, o.Lease = time.Hour, time.Hour }

func TestOldOperationsAreForgotten(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", idle, seldom)
		o := b.ask(s, "i1")
		b.want(o.ID, operation.Done, 1)
		time.Sleep(29 * 24 * time.Hour)
		b.want(o.ID, operation.Done, 1)
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if _, err := s.Get(b.Context(), o.ID); !fault.Is(err, fault.NotFound) {
			b.Errorf("after a month: %v", err)
		}
	})
}

func TestAnInputThatIsNoJSONIsRefused(t *testing.T) {
	t.Parallel()
	_, _, err := operation.New(nil, operation.Options{}).Ask(t.Context(), operation.Request{Kind: "work", Input: func() {}})
	if err == nil || !strings.Contains(err.Error(), "ask for work") {
		t.Errorf("error is %v", err)
	}
}
