package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"wrapup/internal/operation"
)

// Eight attempts, 20 s after the first and three times as long after each: the last comes about six hours after the first.
const (
	mostAttempts = 8
	firstPause   = 20 * time.Second
	longerBy     = 3
	longestPause = 6 * time.Hour // that an endpoint may ask for
)

// Why an event was not delivered. Neither tells the endpoint's path or query.
var (
	// ErrRefused: the endpoint's answer says that no other attempt will do better.
	ErrRefused = errors.New("the webhook's endpoint refuses the event")
	// ErrUnanswered: all attempts were made.
	ErrUnanswered = errors.New("the webhook's endpoint did not take the event")
)

// Memory keeps how far a delivery has come; *operation.Run is one.
type Memory interface {
	Saved() json.RawMessage
	Save(ctx context.Context, state json.RawMessage) error
}

// Delivery is how far it has come. It is the operation's result, too.
type Delivery struct {
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"`    // not before then
	Status   int       `json:"status,omitempty"` // of the last answer
}

// Do is the operation's handler.
func (s *Sender) Do(ctx context.Context, run *operation.Run) (json.RawMessage, error) {
	var e Event
	if err := json.Unmarshal(run.Operation().Input, &e); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	d, err := s.Send(ctx, e, run)
	if err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

// Send delivers an event, however long its attempts take. An attempt is counted before it is made: a process that dies of it, again and again,
// makes no more than eight. ErrRefused, ErrUnanswered, the memory's errors, or why ctx ended.
func (s *Sender) Send(ctx context.Context, e Event, m Memory) (Delivery, error) {
	body, err := e.body()
	if err != nil {
		return Delivery{}, fmt.Errorf("write the event: %w", err)
	}
	var d Delivery
	if state := m.Saved(); state != nil {
		if err := json.Unmarshal(state, &d); err != nil {
			return d, fmt.Errorf("read how far the delivery had come: %w", err)
		}
	}
	for d.Attempts < mostAttempts {
		if s.o.Now().Before(d.Next) {
			if err := s.o.Wait(ctx, d.Next); err != nil {
				return d, fmt.Errorf("wait for the next attempt: %w", err)
			}
		}
		d.Attempts++
		d.Next = s.o.Now().Add(s.pause(d.Attempts))
		if err := save(ctx, m, d); err != nil {
			return d, err
		}
		over, err := s.attempt(ctx, e.ID, body, &d)
		if over {
			return d, err
		}
		if err := save(ctx, m, d); err != nil {
			return d, err
		}
	}
	return d, fmt.Errorf("%w: %s, %d attempts", ErrUnanswered, s.shown, d.Attempts)
}

// attempt makes one. over says that there is to be no other.
func (s *Sender) attempt(ctx context.Context, id string, body []byte, d *Delivery) (over bool, _ error) {
	a, err := s.post(ctx, body)
	d.Status = a.status
	switch {
	case err != nil && ctx.Err() != nil:
		return true, context.Cause(ctx)
	case err == nil && a.status/100 == 2:
		d.Next = time.Time{}
		return true, nil
	case err == nil && final(a.status):
		return true, fmt.Errorf("%w: %s answers with status %d", ErrRefused, s.shown, a.status)
	}
	if asked := s.o.Now().Add(min(a.after, longestPause)); asked.After(d.Next) {
		d.Next = asked
	}
	attrs := []any{slog.String("event", id), slog.String("endpoint", s.shown), slog.Int("attempt", d.Attempts)}
	if d.Attempts < mostAttempts {
		attrs = append(attrs, slog.Time("next", d.Next))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	} else {
		attrs = append(attrs, slog.Int("status", a.status))
	}
	s.o.Log.WarnContext(ctx, "a webhook was not taken", attrs...)
	return false, nil
}

// final says whether asking again would bring the same. Redirects are not followed: they are for the one who set the address.
func final(status int) bool {
	return status/100 == 3 || status/100 == 4 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// pause is how long to wait after an attempt, up to a fifth more or less, so that the events of many instances do not come all at once.
func (s *Sender) pause(attempt int) time.Duration {
	d := firstPause
	for range attempt - 1 {
		d *= longerBy
	}
	return time.Duration(float64(d) * (0.8 + 0.4*s.o.Jitter()))
}

func save(ctx context.Context, m Memory, d Delivery) error {
	doc, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return m.Save(ctx, doc)
}
