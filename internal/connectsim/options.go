package connectsim

import (
	"cmp"
	"log/slog"
	"time"
)

// SearchContent says which copy SearchContactFlows answers with; the service does not document it.
type SearchContent string

// The choices. A flow that was never published is answered with its saved copy in both of the first two.
const (
	SearchPublished SearchContent = "published"
	SearchSaved     SearchContent = "saved"
	SearchNone      SearchContent = "none" // records without Content
)

// Options of a simulator. The zero value is usable: no limits, no latency, the real clock.
type Options struct {
	Now           func() time.Time // nil: time.Now
	Rate          float64          // tokens per second of a bucket per account, Region and operation; 0 = no limit
	Burst         int              // tokens a bucket holds; less than 1 is 1
	Latency       time.Duration    // waited before each answer
	SearchContent SearchContent    // "" is published
	FlowQuota     int              // flows per instance that CreateContactFlow respects; 0 is 100, the service's default
	Log           *slog.Logger     // one line per request, never content; nil: discard
}

// The service's defaults: flows per instance, and for every operation used here the token bucket
// (administrator guide, "Amazon Connect service quotas").
const (
	DefaultFlowQuota = 100
	DefaultRate      = 2.0
	DefaultBurst     = 5
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.SearchContent = cmp.Or(o.SearchContent, SearchPublished)
	o.FlowQuota = cmp.Or(o.FlowQuota, DefaultFlowQuota)
	o.Burst = max(o.Burst, 1)
	return o
}
