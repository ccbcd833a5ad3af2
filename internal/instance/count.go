package instance

import (
	"context"
	"sync/atomic"
)

// Calls counts requests to the service, throttled and repeated ones included.
type Calls struct{ n atomic.Int64 }

// Total is the number counted so far.
func (c *Calls) Total() int { return int(c.n.Load()) }

type callsKey struct{}

// CountCalls gives a context whose requests are counted. A gateway counts one request per attempt, so that what a
// reading cost of the quota is known without the ports having to say it.
func CountCalls(ctx context.Context) (context.Context, *Calls) {
	c := new(Calls)
	return context.WithValue(ctx, callsKey{}, c), c
}

// Called counts one request in ctx, if somebody counts there.
func Called(ctx context.Context) {
	if c, ok := ctx.Value(callsKey{}).(*Calls); ok {
		c.n.Add(1)
	}
}
