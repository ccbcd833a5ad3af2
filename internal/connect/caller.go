package connect

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Caller is the ARN of whoever a source calls as: of a user, or of a role's session. It asks STS once for each set of credentials, which needs no
// permission, and waits three seconds at the most.
func (g *Gateway) Caller(ctx context.Context, from instance.Source) (string, error) {
	for _, s := range g.sources {
		if s.login.name == from.Name && s.region == from.Region {
			return s.login.caller(ctx, &g.clock)
		}
	}
	return "", fault.New(fault.NotFound, "aws.source-unknown", "Region", from.Region)
}

// caller asks with the login's own credentials: those of a role are not those that assume it.
func (l *login) caller(ctx context.Context, c *clock) (string, error) {
	l.called.Lock()
	defer l.called.Unlock()
	if l.arn != "" {
		return l.arn, nil
	}
	ctx, cancel := context.WithTimeout(ctx, identityTimeout)
	defer cancel()
	start := time.Now()
	out, err := l.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.Options) { o.Credentials, o.Retryer = l.creds, aws.NopRetryer{} })
	if err != nil {
		return "", toFault(err, nil)
	}
	c.compare(out.ResultMetadata, start)
	l.arn = aws.ToString(out.Arn)
	return l.arn, nil
}

// Ahead is by how much this computer's clock is ahead of the service's, as the answers so far tell; of several the least, for what an answer took on
// its way counts for half of it and is otherwise taken for a difference. known is false where none told its time.
func (g *Gateway) Ahead() (by time.Duration, known bool) {
	g.clock.mu.Lock()
	defer g.clock.mu.Unlock()
	return g.clock.ahead, g.clock.known
}

// compare holds our time half way between a request and its answer against the answer's, which has whole seconds.
func (c *clock) compare(md middleware.Metadata, start time.Time) {
	theirs, ok := awsmiddleware.GetServerTime(md)
	if !ok {
		return
	}
	ours := start.Add(time.Since(start) / 2)
	c.mu.Lock()
	defer c.mu.Unlock()
	if by := ours.Sub(theirs.Add(500 * time.Millisecond)); !c.known || by.Abs() < c.ahead.Abs() {
		c.ahead, c.known = by, true
	}
}
