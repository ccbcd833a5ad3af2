package connect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"wrapup/internal/instance"
)

// Attempts of one call. Throttles are caused by others as well (the quota is the account's), so they are waited
// out longer than faults.
const (
	maxAttempts  = 3
	maxThrottled = 8
	maxBackoff   = 20 * time.Second
)

// How long a read waits out throttles, from the first on, and how much of its caller's time it leaves: a person who
// waits for a page is told of the throttle while there still is a page to tell it.
const (
	patience = 15 * time.Second
	reserve  = 5 * time.Second
)

// attempts is what is known of a call under way.
type attempts struct {
	sent      atomic.Bool              // the last attempt may have reached the service, and no refusal came back
	throttled atomic.Pointer[throttle] // set while the last attempt that was answered was throttled
}

// throttle is an unbroken row of throttled attempts.
type throttle struct {
	since time.Time
	err   error // of the last
}

// answered notes what the last attempt came to.
func (a *attempts) answered(err error) {
	if !isThrottle(err) {
		a.throttled.Store(nil)
		return
	}
	t := &throttle{time.Now(), err}
	if before := a.throttled.Load(); before != nil {
		t.since = before.since
	}
	a.throttled.Store(t)
}

type attemptsKey struct{}

func withAttempts(ctx context.Context) (context.Context, *attempts) {
	a := new(attempts)
	return context.WithValue(ctx, attemptsKey{}, a), a
}

// outcome is the service's code for metrics; an attempt without an answer has one of ours.
func outcome(err error) string {
	if code := codeOf(err); err == nil || code != "" {
		return code
	}
	return "no-answer"
}

// perAttempt inserts what every attempt does behind the SDK's retry loop: wait for our turn, count, log.
func (g *Gateway) perAttempt(s *source) func(*middleware.Stack) error {
	mw := middleware.FinalizeMiddlewareFunc("wrapup/attempt", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		op := awsmiddleware.GetOperationName(ctx)
		if err := g.pace.wait(ctx, bucket{account: s.scope(), region: s.region, operation: op}); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		instance.Called(ctx)
		a, _ := ctx.Value(attemptsKey{}).(*attempts)
		start := time.Now()
		out, md, err := next.HandleFinalize(traced(ctx, a), in)
		took := time.Since(start)
		g.clock.compare(md, start)
		g.observe(op, s.region, outcome(err), took)
		g.logger.LogAttrs(ctx, slog.LevelDebug, "connect call", slog.String("operation", op), slog.String("region", s.region),
			slog.String("account", s.scope()), slog.Duration("took", took), slog.String("code", codeOf(err)))
		if a != nil {
			a.answered(err)
			if err != nil && !ambiguous(err, a) {
				a.sent.Store(false) // refused, or never sent: nothing is left open by this attempt
			}
		}
		return out, md, err
	})
	return func(stack *middleware.Stack) error { return stack.Finalize.Insert(mw, "Retry", middleware.After) }
}

// traced notes that a request's bytes began to leave: from then on a lost answer is not a refusal.
func traced(ctx context.Context, a *attempts) context.Context {
	if a == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { a.sent.Store(true) }})
}

// ambiguous says whether a failed attempt may have been carried out all the same: its bytes left, and no answer came
// back that refuses it. Faults of the service (5xx) are ambiguous, a refusal (4xx, except that of a request that
// timed out) is not. Without credentials, or without our turn, nothing was sent at all.
func ambiguous(err error, a *attempts) bool {
	if errors.As(err, new(*credentialsError)) || errors.As(err, new(paceError)) {
		return false
	}
	switch status := statusOf(err); {
	case status == 0:
		return a.sent.Load()
	case status == 408:
		return true
	default:
		return status < 400 || status >= 500
	}
}

// retryer is the SDK's standard one, except that: a full quota of flows (LimitExceededException) is no throttle,
// 429 without a known code is one, throttles are tried more often, and there is no retry budget, because our own
// pace already bounds what is sent.
type retryer struct {
	*retry.Standard
	backoff func(int) time.Duration
}

func newRetryer(backoff func(int) time.Duration) *retryer {
	return &retryer{backoff: backoff, Standard: retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = maxThrottled, maxBackoff, ratelimit.None
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(quotaOrThrottle)}, o.Retryables...)
	})}
}

func quotaOrThrottle(err error) aws.Ternary {
	switch {
	case codeOf(err) == codeLimit, errors.As(err, new(*credentialsError)), errors.As(err, new(paceError)):
		return aws.FalseTernary // waiting changes none of these
	case isThrottle(err):
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// RetryDelay waits before the next attempt, or ends the call with its error.
func (r *retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= maxAttempts && !isThrottle(err) {
		return 0, err
	}
	if r.backoff != nil {
		return r.backoff(attempt), nil
	}
	return r.Standard.RetryDelay(attempt, err)
}

// patient ends a read's throttles in time.
type patient struct {
	aws.RetryerV2
	attempts *attempts
	deadline time.Time // of the caller; zero is none
}

// patiently is the option of a reading call: throttles end in time, and an answer has a body.
func patiently(ctx context.Context, a *attempts) func(*connect.Options) {
	deadline, _ := ctx.Deadline()
	return func(o *connect.Options) {
		o.APIOptions = append(o.APIOptions, answered)
		if r, ok := o.Retryer.(aws.RetryerV2); ok {
			o.Retryer = patient{r, a, deadline}
		}
	}
}

// RetryDelay cuts the wait to what is left of the patience; with none left, the throttle is the answer.
func (p patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	d, ended := p.RetryerV2.RetryDelay(attempt, err)
	t := p.attempts.throttled.Load()
	if ended != nil || t == nil {
		return d, ended
	}
	left := patience - time.Since(t.since)
	if !p.deadline.IsZero() {
		left = min(left, time.Until(p.deadline)-reserve)
	}
	if left <= 0 {
		return 0, err
	}
	return min(d, left), nil
}

// writing never repeats an attempt that may have been carried out: a repeated create would come back as a false
// DuplicateResourceException, a repeated update could overwrite what somebody wrote in between.
type writing struct {
	aws.RetryerV2
	attempts *attempts
}

func (w writing) IsErrorRetryable(err error) bool {
	return w.RetryerV2.IsErrorRetryable(err) && !ambiguous(err, w.attempts)
}

// marked labels errors of a credentials provider, which the SDK leaves without a type.
type marked struct{ aws.CredentialsProvider }

func (m marked) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if m.CredentialsProvider == nil {
		return aws.Credentials{}, &credentialsError{errors.New("no credentials provider")}
	}
	c, err := m.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	return c, nil
}

type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return "credentials: " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// sdkLogger passes the SDK's own warnings on.
type sdkLogger struct{ to *slog.Logger }

func (l sdkLogger) Logf(c logging.Classification, format string, v ...any) {
	level := slog.LevelDebug
	if c == logging.Warn {
		level = slog.LevelWarn
	}
	l.to.Log(context.Background(), level, "aws sdk", slog.String("says", fmt.Sprintf(format, v...)))
}

// operationOf is the IAM action of the call that failed, e.g. "connect:DescribeContactFlow".
func operationOf(err error) string {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return ""
	}
	service := map[string]string{"STS": "sts"}[op.ServiceID]
	if service == "" {
		service = "connect"
	}
	return service + ":" + op.OperationName
}
