package connect

import (
	"context"
	"sync"

	"golang.org/x/time/rate"

	"wrapup/internal/instance"
)

// pace holds one limiter per account, Region and operation: the scope of the service's quotas, which all users and
// instances of an account share.
type pace struct {
	limit     rate.Limit
	unhurried rate.Limit // for what nobody waits for, out of the same
	burst     int

	mu      sync.Mutex
	buckets map[bucket]*rate.Limiter
}

type bucket struct {
	account, region, operation string
	unhurried                  bool
}

func newPace(limit, unhurried rate.Limit, burst int) *pace {
	return &pace{limit: limit, unhurried: unhurried, burst: burst, buckets: map[bucket]*rate.Limiter{}}
}

// wait takes one request from the bucket, or fails when ctx ends before its turn comes. What nobody waits for takes it from a smaller bucket
// first, and so leaves some of the large one to people.
func (p *pace) wait(ctx context.Context, b bucket) error {
	if p.limit < 0 {
		return nil
	}
	if instance.IsUnhurried(ctx) {
		b.unhurried = true
		if err := p.limiter(b, p.unhurried).Wait(ctx); err != nil {
			return paceError{err}
		}
		b.unhurried = false
	}
	if err := p.limiter(b, p.limit).Wait(ctx); err != nil {
		return paceError{err}
	}
	return nil
}

func (p *pace) limiter(b bucket, limit rate.Limit) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.buckets[b]
	if l == nil {
		l = rate.NewLimiter(limit, p.burst)
		p.buckets[b] = l
	}
	return l
}

// paceError says that our own limiter would not let a request go in time.
type paceError struct{ error }

func (e paceError) Unwrap() error { return e.error }
