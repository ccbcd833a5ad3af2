// Package connectsim is Amazon Connect in memory, speaking its wire protocol, so that the AWS SDKs and the AWS
// command line work against it unchanged. It is product code: practice mode and demonstrations run on it.
package connectsim

import (
	"io"
	"log/slog"
	"net/http"
	"time"
)

// SearchContent says which copy SearchContactFlows answers with; the service does not document it.
type SearchContent string

// The choices.
const (
	SearchPublished SearchContent = "published"
	SearchSaved     SearchContent = "saved"
	SearchNone      SearchContent = "none"
)

// Options of a simulator.
type Options struct {
	Now           func() time.Time // nil: time.Now
	Rate          float64          // requests per second of a token bucket per account, Region and operation; 0 = no limit
	Burst         int              // tokens a bucket holds
	Latency       time.Duration    // waited before each answer
	SearchContent SearchContent    // "" is published
	FlowQuota     int              // flows per instance that CreateContactFlow respects; 0 is 100
	Log           *slog.Logger     // one line per request; nil: discard
}

// InstanceInfo names one instance of the simulator.
type InstanceInfo struct{ Alias, ID, Region, Account string }

// SeedFlow is a flow put into the simulator without going over the wire and without validation.
type SeedFlow struct {
	ID          string // "": derived from the instance and the name
	Name        string
	Type        string // "" is CONTACT_FLOW
	Description string
	Published   string // "" is a flow that was never published
	Saved       string // "" is the published content
	State       string // "" is ACTIVE
	Tags        map[string]string
}

// FaultRule is one line of a fault script.
type FaultRule struct{}

// Sim is the simulator.
type Sim struct{}

// New makes a simulator without any instance.
func New(o Options) *Sim { panic("contract") }

// ServeHTTP answers one request of the Connect or STS protocol.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { panic("contract") }

// Seed replaces the state with "demo" or "empty".
func (s *Sim) Seed(name string) error { panic("contract") }

// Load stores every readable *.json of a folder, unvalidated, as a published inbound flow of the first instance,
// named after its file, and gives their number.
func (s *Sim) Load(dir string) (int, error) { panic("contract") }

// Generate adds n generated inbound flows to the first instance.
func (s *Sim) Generate(n int) { panic("contract") }

// Faults replaces the fault script.
func (s *Sim) Faults(rules []FaultRule) { panic("contract") }

// ReadFaults reads a fault script: one JSON object per line.
func ReadFaults(r io.Reader) ([]FaultRule, error) { panic("contract") }

// Instances lists the instances in order.
func (s *Sim) Instances() []InstanceInfo { panic("contract") }

// Calls gives the number of requests per operation since the start, every attempt counted.
func (s *Sim) Calls() map[string]int { panic("contract") }

// PutFlow stores a flow and gives its id.
func (s *Sim) PutFlow(in InstanceInfo, f SeedFlow) string { panic("contract") }

// EditOutside publishes content as a colleague would in the console: both copies, without validation.
func (s *Sim) EditOutside(instanceID, flowID, content string) error { panic("contract") }

// Contents gives both copies of a flow; ok is false where there is no such flow.
func (s *Sim) Contents(instanceID, flowID string) (published, saved string, ok bool) {
	panic("contract")
}
