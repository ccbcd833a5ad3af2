package connectsim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"wrapup/internal/instance"
)

// InstanceInfo names one instance of the simulator.
type InstanceInfo struct{ Alias, ID, Region, Account string }

// inst is one instance with all it holds.
type inst struct {
	instRecord
	flows    shelf[*flowRecord]
	modules  shelf[*moduleRecord]
	views    shelf[*viewRecord] // customer-managed
	queues   shelf[*queueRecord]
	numbers  shelf[*numberRecord]
	profiles shelf[*profileRecord]
	users    shelf[*userRecord]
	links    []linkRecord
	index    searchIndex
}

// The records, with exported fields: --data writes them as JSON.
type (
	instRecord struct {
		InstanceInfo
		Created time.Time
		Tags    map[string]string `json:",omitempty"`
		Quota   int               // flows that CreateContactFlow respects
		Guide   string            // ARN of the seeded guide, for generated flows
	}
	// flowRecord is a flow. Published is nil for one that was never published; Saved never is. The two point to the
	// same copy where there is no unpublished draft.
	flowRecord struct {
		ID, Name, Kind, Description, State string
		Published, Saved                   *copied
		Tags                               map[string]string `json:",omitempty"`
		Modified                           time.Time
		Versions                           []flowVersion `json:",omitempty"` // ascending; numbers are never given twice
		LastVersion                        int           `json:",omitempty"`
	}
	flowVersion struct {
		Number      int
		Description string
		Content     *copied
		Created     time.Time
	}
	moduleRecord struct {
		ID, Name, Description, State string
		Published, Saved             *copied           // as of a flow, but Published never is nil
		Settings, SavedSettings      string            `json:",omitempty"` // of the two copies
		External                     bool              `json:",omitempty"`
		Token                        string            `json:",omitempty"` // the ClientToken it was created with
		Request                      []byte            `json:",omitempty"` // fingerprint of the request that brought the token
		Tags                         map[string]string `json:",omitempty"`
	}
	viewRecord struct {
		ID, Name, Description string
		Latest, Saved         *viewCopy         // Latest is nil for one that was never published
		Versions              []viewVersion     `json:",omitempty"` // ascending; numbers are never given twice
		LastVersion           int               `json:",omitempty"`
		Token                 string            `json:",omitempty"` // the ClientToken it was created with
		Request               []byte            `json:",omitempty"` // fingerprint of the request that brought the token
		Tags                  map[string]string `json:",omitempty"`
		Created, Modified     time.Time
	}
	viewVersion struct {
		Number      int
		Description string
		Content     *viewCopy
	}
	queueRecord struct {
		ID, Name, Kind string            // Kind is STANDARD or AGENT
		Tags           map[string]string `json:",omitempty"`
		Modified       time.Time
	}
	numberRecord struct {
		ID, Number, Country, Kind, Description string
		Tags                                   map[string]string `json:",omitempty"`
	}
	// profileRecord is a security profile.
	profileRecord struct {
		ID, Name, Description string
		Permissions           []string          // ascending
		Tags                  map[string]string `json:",omitempty"`
		Modified              time.Time
	}
	userRecord struct {
		ID, Name, First, Last, Email string
		Profiles                     []string          // ids of security profiles
		Routing                      string            // id of a routing profile, which the simulator has none of
		Limit                        int               // of after-contact work, seconds; 0 is none
		Limits                       []channelLimit    `json:",omitempty"`
		Tags                         map[string]string `json:",omitempty"`
		Modified                     time.Time
	}
	// channelLimit is the limit of after-contact work in one channel, and after agent-first callbacks where Callback has one.
	channelLimit struct {
		Channel  string
		Limit    int  // seconds; 0 is none
		Callback *int `json:",omitempty"`
	}
	// linkRecord is a row of ListFlowAssociations, its ids as the service would send them: bare or ARNs.
	linkRecord struct{ Resource, Flow, Kind string }
)

func (f *flowRecord) key() string      { return f.ID }
func (f *flowRecord) label() string    { return f.Name }
func (m *moduleRecord) key() string    { return m.ID }
func (m *moduleRecord) label() string  { return m.Name }
func (v *viewRecord) key() string      { return v.ID }
func (v *viewRecord) label() string    { return v.Name }
func (q *queueRecord) key() string     { return q.ID }
func (q *queueRecord) label() string   { return q.Name }
func (n *numberRecord) key() string    { return n.ID }
func (n *numberRecord) label() string  { return n.Number }
func (p *profileRecord) key() string   { return p.ID }
func (p *profileRecord) label() string { return p.Name }
func (u *userRecord) key() string      { return u.ID }
func (u *userRecord) label() string    { return u.Name }

// copied is content as it travels, a JSON string with its quotes, so that reading it costs a copy and no encoding; and
// the hash the simulator gives it. The service's algorithm is not documented; lower-case hex SHA-256 of the characters is
// a choice.
type copied struct{ quoted, sum string }

func copyOf(text string) *copied {
	sum := sha256.Sum256([]byte(text))
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		panic(err) // content that is not UTF-8 is refused before it comes here
	}
	return &copied{string(quoted), hex.EncodeToString(sum[:])}
}

// text gives the characters.
func (c *copied) text() string {
	text, err := jsontext.AppendUnquote(nil, c.quoted)
	if err != nil {
		panic(err) // copyOf quoted it
	}
	return string(text)
}

// MarshalJSON writes the characters alone.
func (c *copied) MarshalJSON() ([]byte, error) { return []byte(c.quoted), nil }

// viewCopy is one copy of a view's content.
type viewCopy struct {
	Template string
	Actions  []string
	Sum      string
}

// derivedID is a UUID made from names alone, so that the same seed always has the same ids.
func derivedID(names ...string) string {
	h := sha256.Sum256([]byte(strings.Join(names, "\x00")))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func (in *inst) arn() string {
	return "arn:aws:connect:" + in.Region + ":" + in.Account + ":instance/" + in.ID
}

func (in *inst) flowARN(id string) string    { return in.arn() + "/" + instance.KindFlow + "/" + id }
func (in *inst) moduleARN(id string) string  { return in.arn() + "/" + instance.KindModule + "/" + id }
func (in *inst) viewARN(id string) string    { return in.arn() + "/" + instance.KindView + "/" + id }
func (in *inst) queueARN(id string) string   { return in.arn() + "/" + instance.KindQueue + "/" + id }
func (in *inst) profileARN(id string) string { return in.arn() + "/" + instance.KindProfile + "/" + id }
func (in *inst) userARN(id string) string    { return in.arn() + "/" + instance.KindUser + "/" + id }
func (in *inst) numberARN(id string) string {
	return "arn:aws:connect:" + in.Region + ":" + in.Account + ":phone-number/" + id
}

// newInst makes an instance that holds nothing.
func newInst(info InstanceInfo, quota int) *inst {
	return &inst{instRecord: instRecord{InstanceInfo: info, Quota: quota, Created: since}}
}

// owns says whether a reference given as an ARN is to something of this instance; a bare id always is.
func (in *inst) owns(r instance.Ref) bool {
	return r.Partition == "" || r.Region == in.Region && r.Account == in.Account && string(r.Instance) == in.ID
}

// instance finds the instance the call names. One of another account or Region is not there, as on AWS.
func (c *call) instance() (*inst, *apiError) { return c.instanceBy(c.in.text("InstanceId")) }

func (c *call) instanceBy(id string) (*inst, *apiError) {
	ref, ok := instance.ParseInstance(id)
	for _, in := range c.sim.insts {
		if !ok || in.ID != string(ref.Instance) || in.Account != c.account || in.Region != c.region {
			continue
		}
		if ref.Partition == "" || ref.Region == in.Region && ref.Account == in.Account {
			return in, nil
		}
	}
	return nil, notFound("Instance not found")
}

// visible lists the instances of the caller's account and Region.
func (c *call) visible() []*inst {
	var out []*inst
	for _, in := range c.sim.insts {
		if in.Account == c.account && in.Region == c.region {
			out = append(out, in)
		}
	}
	return out
}

// flow finds the flow the call names, with the qualifier it is named with.
func (c *call) flow() (*inst, *flowRecord, string, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, nil, "", fault
	}
	ref, ok := instance.ParseRef(c.in.text("ContactFlowId"), instance.KindFlow)
	if !ok || !in.owns(ref) || in.flows.get(ref.ID) == nil {
		return nil, nil, "", notFound("Contact flow not found")
	}
	return in, in.flows.get(ref.ID), ref.Qualifier, nil
}

func (f *flowRecord) status() string {
	if f.Published == nil {
		return saved
	}
	return published
}

// version finds a numbered version, nil where there is none.
func (f *flowRecord) version(n int) *flowVersion {
	i, ok := slices.BinarySearchFunc(f.Versions, n, func(v flowVersion, n int) int { return cmp.Compare(v.Number, n) })
	if !ok {
		return nil
	}
	return &f.Versions[i]
}
