// Package connect is the gateway to Amazon Connect, and the only importer of the AWS SDK. Pagination, throttling,
// retries and SDK types end here: what leaves it are value types of package instance and errors of package fault.
package connect

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// OwnCredentials in Options.RoleARNs stands for the credentials of the SDK's default chain.
const OwnCredentials = "default"

// Credentials are fixed keys, for practice mode and tests. With them nothing is taken from the environment.
type Credentials struct{ AccessKey, SecretKey, SessionToken string }

// HTTPClient sends one request.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// Options of a gateway. The zero value reads the default Region with the default credentials at the default pace.
type Options struct {
	// Regions to read; none means the one of the SDK's default chain.
	Regions []string
	// RoleARNs to assume in turn. Where any is named, the default credentials only assume them, and are read
	// with themselves only if OwnCredentials is among the names.
	RoleARNs []string

	// Rate is requests per second, per account, Region and operation: 0 is 2 (the service's default quota),
	// below 0 is no limit. Burst is how many may go at once: 0 is 4, one less than the quota. Share of the quota
	// we take: 0 is 1; of what nobody waits for Unhurried, 0 is 0.5, and never more than Share.
	Rate             float64
	Burst            int
	Share, Unhurried float64

	HTTPTimeout time.Duration // of one attempt; 0 is 30 s
	UserAgent   string        // a name, or name/version
	Logger      *slog.Logger  // nil logs nothing
	// Observe is told of every attempt, for metrics: code is the service's error code, empty for a success. May be nil.
	Observe func(operation, region, code string, took time.Duration)

	// Endpoint and STSEndpoint replace the service's own. Where empty, AWS_ENDPOINT_URL_CONNECT and
	// AWS_ENDPOINT_URL_STS are honoured by the SDK.
	Endpoint, STSEndpoint string
	Credentials           *Credentials
	HTTP                  HTTPClient // nil is the SDK's own
	// Backoff is the wait after the nth attempt; nil is the SDK's exponential one with full jitter, at most 20 s.
	Backoff func(attempt int) time.Duration
}

// Gateway reads and writes instances; it is the survey's Reader and the publisher's Target. It is safe for
// concurrent use.
type Gateway struct {
	pace    *pace
	logger  *slog.Logger
	observe func(operation, region, code string, took time.Duration)
	sources []*source // in configured order: credentials, then Region

	clock clock

	mu     sync.Mutex
	routes map[instance.ID]*source // which source listed an instance
}

// clock is what answers told of our time. See Gateway.Ahead.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
	known bool
}

// New makes a gateway without calling the service. Its error is a *fault.Error: no Region, an unusable configuration.
func New(ctx context.Context, o Options) (*Gateway, error) {
	o = o.withDefaults()
	g := &Gateway{
		pace:   newPace(rate.Limit(o.Rate*o.Share), rate.Limit(o.Rate*o.Unhurried), o.Burst),
		logger: o.Logger, observe: o.Observe,
		routes: map[instance.ID]*source{},
	}
	cfg, err := load(ctx, o)
	if err != nil {
		return nil, fault.New(fault.Invalid, "aws.config").Because(err)
	}
	regions := o.Regions
	if len(regions) == 0 && cfg.Region != "" {
		regions = []string{cfg.Region}
	}
	if len(regions) == 0 {
		return nil, fault.New(fault.Invalid, "aws.no-region")
	}
	for _, name := range logins(o.RoleARNs) {
		l := newLogin(name, cfg, regions[0], o)
		for _, region := range regions {
			g.sources = append(g.sources, g.newSource(l, cfg, region, o))
		}
	}
	return g, nil
}

func (o Options) withDefaults() Options {
	if o.Share == 0 {
		o.Share = 1
	}
	if o.Unhurried == 0 {
		o.Unhurried = 0.5
	}
	o.Unhurried = min(o.Unhurried, o.Share)
	if o.Rate == 0 {
		o.Rate = 2
	}
	if o.Burst == 0 {
		o.Burst = 4
	}
	if o.HTTPTimeout == 0 {
		o.HTTPTimeout = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, string, string, time.Duration) {}
	}
	return o
}

// Sources are the configured pairs of credentials and Region, with the account where it is known by now.
func (g *Gateway) Sources() []instance.Source {
	out := make([]instance.Source, len(g.sources))
	for i, s := range g.sources {
		out[i] = s.describe()
	}
	return out
}
