package instance

import (
	"context"
	"sync/atomic"
)

// Calls counts requests to the service, throttled and repeated ones included.
type Calls struct {
	n     atomic.Int64
	outer *Calls
}

// Total is the number counted so far.
func (c *Calls) Total() int { return int(c.n.Load()) }

type callsKey struct{}

// CountCalls gives a context whose requests are counted. A gateway counts one request per attempt, so that what a
// reading cost of the quota is known without the ports having to say it.
func CountCalls(ctx context.Context) (context.Context, *Calls) {
	outer, _ := ctx.Value(callsKey{}).(*Calls)
	c := &Calls{outer: outer}
	return context.WithValue(ctx, callsKey{}, c), c
}

// Called counts one request in ctx, for all who count there.
func Called(ctx context.Context) {
	c, _ := ctx.Value(callsKey{}).(*Calls)
	for ; c != nil; c = c.outer {
		c.n.Add(1)
	}
}

type unhurriedKey struct{}

// Unhurried gives a context for what nobody waits for: a gateway takes a smaller share of the quota for it, so that people are not
// slowed down.
func Unhurried(ctx context.Context) context.Context {
	return context.WithValue(ctx, unhurriedKey{}, true)
}

// IsUnhurried says whether nobody waits for what is done in ctx.
func IsUnhurried(ctx context.Context) bool { return ctx.Value(unhurriedKey{}) != nil }
