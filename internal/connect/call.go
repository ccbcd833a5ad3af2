package connect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// maxCall bounds one call with all its attempts and the wait for their turns, so that nothing hangs for ever where
// the caller set no deadline.
const maxCall = 5 * 60 * 1e9

// operation is a method of the SDK's client.
type operation[In, Out any] = func(*connect.Client, context.Context, *In, ...func(*connect.Options)) (*Out, error)

// read makes one reading call to the source of an instance.
func read[In, Out any](ctx context.Context, g *Gateway, in instance.Instance, op operation[In, Out], params *In) (*Out, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxCall)
	defer cancel()
	ctx, a := withAttempts(ctx)
	out, err := op(s.client, ctx, params, patiently(ctx, a))
	if err != nil {
		return nil, toFault(err, a)
	}
	return out, nil
}

// write makes one writing call. Its fault is "aws.answer-lost" where the write may have been carried out; with any
// other it certainly was not.
func write[In, Out any](ctx context.Context, g *Gateway, in instance.Instance, op operation[In, Out], params *In) (*Out, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxCall)
	defer cancel()
	ctx, a := withAttempts(ctx)
	out, err := op(s.client, ctx, params, func(o *connect.Options) { o.Retryer = writing{s.retryer, a} })
	if err != nil {
		return nil, writeFault(err, a)
	}
	return out, nil
}

// pager is one of the SDK's paginators.
type pager[Out any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*connect.Options)) (*Out, error)
}

// pages gives every page until yield is false. The paginators stop at a token that comes twice; a list that ends so
// is not whole, and must not pass for a whole one.
func pages[Out any](ctx context.Context, p pager[Out], token func(*Out) *string, yield func(*Out) bool) error {
	last := ""
	for p.HasMorePages() {
		out, err := page(ctx, p)
		if err != nil {
			return err
		}
		last = aws.ToString(token(out))
		if !yield(out) {
			return nil
		}
	}
	if last != "" {
		return fault.New(fault.Unavailable, "aws.pages")
	}
	return nil
}

func page[Out any](ctx context.Context, p pager[Out]) (*Out, error) {
	ctx, cancel := context.WithTimeout(ctx, maxCall)
	defer cancel()
	ctx, a := withAttempts(ctx)
	out, err := p.NextPage(ctx, patiently(ctx, a))
	if err != nil {
		return nil, toFault(err, a)
	}
	return out, nil
}

// empty is the fault of an answer that has nothing in it, which the SDK takes for a success.
func empty() *fault.Error { return fault.New(fault.Unavailable, "aws.empty") }
