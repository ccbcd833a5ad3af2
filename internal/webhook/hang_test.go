package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/operation"
	"wrapup/internal/store"
	"wrapup/internal/webhook"
)

// hanging gives a channel that is closed before the endpoints of the test are.
func hanging(t *testing.T) <-chan struct{} {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	return release
}

func TestAnEndpointThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"without an answer": func(http.ResponseWriter) {},
		"in its answer": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var release <-chan struct{}
			e := listen(t, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n <= 2 {
					answer(w)
					<-release
				}
			})
			release = hanging(t)
			s, _, _ := sender(t, e.URL, func(o *webhook.Options) { o.Timeout = 200 * time.Millisecond })
			// On a busy machine an answer may take longer than that, too.
			if d, err := s.Send(t.Context(), event(), &notes{}); err != nil || d.Attempts < 3 {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
	t.Run("at once, where the operation is cancelled", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("it is cancelled")
		ctx, cancel := context.WithCancelCause(t.Context())
		var release <-chan struct{}
		e := listen(t, func(int, http.ResponseWriter, *http.Request) { cancel(cause); <-release })
		release = hanging(t)
		s, _, log := sender(t, e.URL)
		if _, err := s.Send(ctx, event(), &notes{}); !errors.Is(err, cause) || e.count() != 1 || log.Len() > 0 {
			t.Errorf("%d requests, %v, logged %s", e.count(), err, log)
		}
	})
}

// As the server runs it: an operation of its own kind, beside readings.
func TestAnEndpointThatHangsDelaysNoOtherWork(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	reached, release := make(chan struct{}, 1), make(chan struct{})
	e := listen(t, func(int, http.ResponseWriter, *http.Request) {
		reached <- struct{}{}
		<-release
	})
	s, err := webhook.New(webhook.Options{URL: e.URL, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	work := operation.New(st.Operations(), operation.Options{Owner: "one"})
	work.Handle(webhook.Kind, operation.Kind{Do: s.Do})
	work.Handle("read", operation.Kind{Do: func(context.Context, *operation.Run) (json.RawMessage, error) { return json.RawMessage(`"read"`), nil }})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- work.Run(ctx) }()
	end := func(id operation.ID) (last operation.Operation) {
		states, err := work.Watch(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for last = range states {
		}
		return last
	}
	hook, asked, err := work.Ask(ctx, webhook.Request(event()))
	if err != nil || !asked {
		t.Fatal(asked, err)
	}
	if again, asked, err := work.Ask(ctx, webhook.Request(event())); err != nil || asked || again.ID != hook.ID {
		t.Errorf("the event is asked for twice: %t, %v", asked, err)
	}
	<-reached
	read, _, err := work.Ask(ctx, operation.Request{Kind: "read", Subject: hook.Subject})
	if err != nil {
		t.Fatal(err)
	}
	if o := end(read.ID); o.State != operation.Done {
		t.Errorf("the reading is %s", o.State)
	}
	close(release)
	if o := end(hook.ID); o.State != operation.Done || string(o.Result) != `{"attempts":1,"status":200}` {
		t.Errorf("%s: %s, %+v", o.State, o.Result, o.Failure)
	}
	if diff := cmp.Diff(event().ID, func() (id string) {
		var sent webhook.Event
		if err := json.Unmarshal([]byte(e.requests[0].body), &sent); err != nil {
			t.Error(err)
		}
		return sent.ID
	}()); diff != "" {
		t.Error(diff)
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestAnAnswerIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	e := listen(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
				return
			}
		}
	})
	s, _, _ := sender(t, e.URL)
	if d, err := s.Send(t.Context(), event(), &notes{}); err != nil || d.Attempts != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	big := listen(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Big", strings.Repeat("x", 100_000))
	})
	s, _, _ = sender(t, big.URL)
	if _, err := s.Send(t.Context(), event(), &notes{}); !errors.Is(err, webhook.ErrUnanswered) {
		t.Errorf("a header of 100 kB: %v", err)
	}
}
