package connectsim

import (
	"cmp"
	"log/slog"
	"time"

	"wrapup/internal/connectsim/policy"
)

// Options of a simulator. The zero value is usable: no limits, no latency, the real clock.
type Options struct {
	Now       func() time.Time // nil: time.Now
	Rate      float64          // tokens per second of a bucket per account, Region and operation; 0 = no limit
	Burst     int              // tokens a bucket holds; less than 1 is 1
	Latency   time.Duration    // waited before each answer
	FlowQuota int              // flows per instance that CreateContactFlow respects; 0 is 100, the service's default
	ViewQuota int              // customer-managed views per instance; 0 is 200: the service documents none
	Policy    *policy.Policy   // what callers may do; nil: everything
	Log       *slog.Logger     // one line per request, never content; nil: discard
	Behaviour
}

// The service's defaults: flows per instance, and for every operation used here the token bucket
// (administrator guide, "Amazon Connect service quotas"). It documents no quota for views.
const (
	DefaultFlowQuota = 100
	DefaultRate      = 2.0
	DefaultBurst     = 5
	defaultViewQuota = 200
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Behaviour = o.withChoices()
	o.FlowQuota = cmp.Or(o.FlowQuota, DefaultFlowQuota)
	o.ViewQuota = cmp.Or(o.ViewQuota, defaultViewQuota)
	o.Burst = max(o.Burst, 1)
	return o
}
