package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
)

// seen is what a reader of a channel got until it was closed.
func seen(states <-chan operation.Operation) *[]operation.Operation {
	var got []operation.Operation
	go func() {
		for o := range states {
			got = append(got, o)
		}
	}()
	return &got
}

func states(all []operation.Operation) (out []operation.State) {
	for _, o := range all {
		if len(out) == 0 || out[len(out)-1] != o.State {
			out = append(out, o.State)
		}
	}
	return out
}

func steps(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
	for i := range 5 {
		r.Progress(operation.Progress{Done: i + 1, Total: 5})
		time.Sleep(time.Minute)
	}
	return nil, ctx.Err()
}

func TestWatchersSeeEveryStateToTheEnd(t *testing.T) {
	inTime(t, func(b *bench) {
		s := operation.New(b.store, operation.Options{})
		o := b.ask(s, "i1")
		worker, _ := b.process("one", steps)
		here, err := worker.Watch(b.Context(), o.ID)
		if err != nil {
			b.Fatal(err)
		}
		other, _ := b.process("two", idle)
		there, err := other.Watch(b.Context(), o.ID)
		if err != nil {
			b.Fatal(err)
		}
		all := map[string]*[]operation.Operation{"where it runs": seen(here), "in another process": seen(there)}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for name, got := range all {
			if diff := cmp.Diff([]operation.State{operation.Running, operation.Done}, states(*got)); diff != "" {
				b.Errorf("%s (-want +got):\n%s", name, diff)
			}
			done, rev := map[int]bool{}, int64(0)
			for _, o := range *got {
				done[o.Progress.Done] = true
				if o.Rev <= rev {
					b.Errorf("%s: state %d comes after %d", name, o.Rev, rev)
				}
				rev = o.Rev
			}
			for i := range 5 {
				if !done[i+1] {
					b.Errorf("%s: step %d was not seen", name, i+1)
				}
			}
		}
		again, err := other.Watch(b.Context(), o.ID)
		if err != nil {
			b.Fatal(err)
		}
		if got := seen(again); len(again) > 0 {
			b.Error(got)
		} else if synctest.Wait(); len(*got) != 1 || (*got)[0].State != operation.Done {
			b.Errorf("of an operation that has ended %v was seen", *got)
		}
		if _, err := other.Watch(b.Context(), "nothing"); !fault.Is(err, fault.NotFound) {
			b.Errorf("watched nothing: %v", err)
		}
	})
}

func TestASlowReaderGetsTheLatestState(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", steps)
		o := b.ask(s, "i1")
		slow, err := s.Watch(b.Context(), o.ID)
		if err != nil {
			b.Fatal(err)
		}
		time.Sleep(150 * time.Second)
		synctest.Wait()
		if got := <-slow; got.Progress.Done != 3 {
			b.Errorf("the reader gets step %d", got.Progress.Done)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got, open := <-slow; !open || got.State != operation.Done {
			b.Errorf("the reader gets %+v, %t", got, open)
		}
		if got, open := <-slow; open {
			b.Errorf("after the end comes %+v", got)
		}
	})
}

func TestASubjectIsWatchedOverAllItsOperations(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", steps)
		before := b.ask(s, "i1")
		time.Sleep(10 * time.Minute)
		other, _ := b.process("two", idle, func(o *operation.Options, s *operation.Service) {
			if s != nil {
				s.Handle("work", operation.Kind{Do: steps})
			}
		})
		ctx, cancel := context.WithCancel(b.Context())
		here, err := s.WatchSubject(ctx, "i1")
		if err != nil {
			b.Fatal(err)
		}
		there, err := other.WatchSubject(ctx, "i1")
		if err != nil {
			b.Fatal(err)
		}
		all := map[string]*[]operation.Operation{"here": seen(here), "in another process": seen(there)}
		b.ask(s, "i2")
		first := b.ask(s, "i1")
		time.Sleep(10 * time.Minute)
		second := b.ask(s, "i1")
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		for name, got := range all {
			ends := map[operation.ID]operation.State{}
			for _, o := range *got {
				ends[o.ID] = o.State
			}
			want := map[operation.ID]operation.State{before.ID: operation.Done, first.ID: operation.Done, second.ID: operation.Done}
			if diff := cmp.Diff(want, ends); diff != "" {
				b.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		cancel()
		synctest.Wait()
		if _, open := <-here; open {
			b.Error("the channel goes on after its context")
		}
	})
}

// wire is a Notifier in memory that can break.
type wire struct {
	changes chan operation.Change
	broken  chan error
	tries   int
}

func (w *wire) Changes(ctx context.Context, tell func(operation.Change)) error {
	w.tries++
	select {
	case err := <-w.broken:
		return err
	default:
	}
	tell(operation.Change{})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-w.broken:
			return err
		case c := <-w.changes:
			tell(c)
		}
	}
}

func TestNotificationsWakeAProcessAndItSurvivesTheirLoss(t *testing.T) {
	inTime(t, func(b *bench) {
		w := &wire{changes: make(chan operation.Change), broken: make(chan error, 10)}
		causes := make(chan error, 1)
		notified := func(o *operation.Options, _ *operation.Service) { o.Notifier, o.Poll = w, time.Hour }
		s, _ := b.process("one", untilEnd(causes), notified)
		other := operation.New(b.store, operation.Options{Owner: "two"})
		o := b.ask(other, "i1")
		b.want(o.ID, operation.Queued, 0)
		w.changes <- operation.Change{ID: o.ID, Kind: o.Kind, Subject: o.Subject, State: o.State, Rev: o.Rev}
		running := b.want(o.ID, operation.Running, 1)

		for range 5 {
			w.broken <- errors.New("the connection is gone")
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if w.tries != 6 {
			b.Errorf("%d tries to listen, want 6", w.tries)
		}
		states, err := s.Watch(b.Context(), o.ID)
		if err != nil {
			b.Fatal(err)
		}
		<-states
		cancelled, err := other.Cancel(b.Context(), o.ID, "p2")
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		w.changes <- operation.Change{ID: o.ID, Subject: "i1", State: cancelled.State, Rev: cancelled.Rev}
		if err := <-causes; !errors.Is(err, operation.ErrCancelled) || time.Since(began) > 0 {
			b.Errorf("after %s: %v", time.Since(began), err)
		}
		if got := b.want(o.ID, operation.Cancelled, 1); got.Rev <= running.Rev {
			b.Errorf("%+v", got)
		}
	})
}
