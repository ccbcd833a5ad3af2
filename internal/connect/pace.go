package connect

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

// pace holds one limiter per account, Region and operation: the scope of the service's quotas, which all users and
// instances of an account share.
type pace struct {
	limit rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[bucket]*rate.Limiter
}

type bucket struct{ account, region, operation string }

func newPace(limit rate.Limit, burst int) *pace {
	return &pace{limit: limit, burst: burst, buckets: map[bucket]*rate.Limiter{}}
}

// wait takes one request from the bucket, or fails when ctx ends before its turn comes.
func (p *pace) wait(ctx context.Context, b bucket) error {
	if p.limit < 0 {
		return nil
	}
	p.mu.Lock()
	l := p.buckets[b]
	if l == nil {
		l = rate.NewLimiter(p.limit, p.burst)
		p.buckets[b] = l
	}
	p.mu.Unlock()
	if err := l.Wait(ctx); err != nil {
		return paceError{err}
	}
	return nil
}

// paceError says that our own limiter would not let a request go in time.
type paceError struct{ error }

func (e paceError) Unwrap() error { return e.error }
