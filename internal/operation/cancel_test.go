package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
)

func TestACancelAskedElsewhereReachesTheHandler(t *testing.T) {
	inTime(t, func(b *bench) {
		causes := make(chan error, 1)
		s, _ := b.process("one", untilEnd(causes))
		o := b.ask(s, "i1")
		other := operation.New(b.store, operation.Options{Owner: "two"})
		if _, err := other.Cancel(b.Context(), o.ID, "p2"); err != nil {
			b.Fatal(err)
		}
		if err := <-causes; !errors.Is(err, operation.ErrCancelled) {
			b.Errorf("the cause is %v", err)
		}
		if got := b.want(o.ID, operation.Cancelled, 1); got.CancelBy != "p2" || got.Failure.Message.ID != "" || got.Ended.Sub(got.CancelAsked) > 10*time.Second {
			b.Errorf("%+v", got)
		}
	})
}

func TestACancelHereReachesTheHandlerAtOnce(t *testing.T) {
	inTime(t, func(b *bench) {
		causes := make(chan error, 1)
		s, _ := b.process("one", untilEnd(causes))
		o := b.ask(s, "i1")
		if _, err := s.Cancel(b.Context(), o.ID, "p2"); err != nil {
			b.Fatal(err)
		}
		if got := b.want(o.ID, operation.Cancelled, 1); !got.Ended.Equal(got.CancelAsked) {
			b.Errorf("it took %s", got.Ended.Sub(got.CancelAsked))
		}
		_, err := s.Cancel(b.Context(), "nothing", "p2")
		if !fault.Is(err, fault.NotFound) {
			b.Errorf("cancelled nothing: %v", err)
		}
	})
}

func TestWorkThatIsDoneInSpiteOfACancelIsDone(t *testing.T) {
	inTime(t, func(b *bench) {
		s, _ := b.process("one", func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
			<-ctx.Done()
			return json.RawMessage(`"done"`), nil
		})
		o := b.ask(s, "i1")
		if _, err := s.Cancel(b.Context(), o.ID, "p2"); err != nil {
			b.Fatal(err)
		}
		if got := b.want(o.ID, operation.Done, 1); string(got.Result) != `"done"` || got.CancelBy != "p2" {
			b.Errorf("%+v", got)
		}
	})
}

func TestACancelOutlivesTheProcess(t *testing.T) {
	inTime(t, func(b *bench) {
		now := time.Now()
		s := operation.New(b.store, operation.Options{Owner: "asks"})
		o := b.ask(s, "i1")
		if _, _, err := b.store.Claim(b.Context(), operation.Claim{Owner: "died", Kinds: []string{"work"}, Now: now, Until: now.Add(time.Minute)}); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Cancel(b.Context(), o.ID, "p2"); err != nil {
			b.Fatal(err)
		}
		causes := make(chan error, 1)
		b.process("next", untilEnd(causes))
		b.want(o.ID, operation.Running, 1)
		time.Sleep(2 * time.Minute)
		b.want(o.ID, operation.Cancelled, 2)
		if err := <-causes; !errors.Is(err, operation.ErrCancelled) {
			b.Errorf("the next run's context ended by %v", err)
		}
	})
}
