package survey

import (
	"context"
	"maps"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// answerFor is how long an answer that came too late is kept for who asks again.
const answerFor = time.Minute

// answer is one that nobody waited for any more.
type answer struct {
	copies
	at time.Time
}

// unread describes both copies of a flow that no reading has, so that there is nothing else to show. Who runs out of patience is told so, and the description
// goes on: who asks again waits for the same one, or is given what came of it.
func (s *Service) unread(ctx context.Context, in instance.Instance, f instance.FlowID) copies {
	key := "describe " + string(in.ID) + " " + string(f)
	if c, ok := s.answered(key); ok {
		return c
	}
	v, err := s.share(ctx, key, "survey.still-asking", func(ctx context.Context) (any, error) {
		c := s.both(ctx, in, f)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers[key] = answer{c, s.o.Now()}
		return c, nil
	})
	if err != nil {
		return copies{fail: fault.From(err)}
	}
	s.answered(key)
	return v.(copies)
}

// answered gives an answer out, once; those that nobody asked for in time are forgotten.
func (s *Service) answered(key string) (copies, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.answers, func(_ string, a answer) bool { return s.o.Now().Sub(a.at) >= answerFor })
	a, ok := s.answers[key]
	delete(s.answers, key)
	return a.copies, ok
}
