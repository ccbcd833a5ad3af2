package connectsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wrapup/internal/instance"
)

// InstanceInfo names one instance of the simulator.
type InstanceInfo struct{ Alias, ID, Region, Account string }

type (
	// inst is one instance with all it holds, in the order in which it was made.
	inst struct {
		InstanceInfo
		created time.Time
		tags    map[string]string
		quota   int // flows that CreateContactFlow respects
		guide   string
		flows   []*flowRecord
		byID    map[string]*flowRecord
		byName  map[string]*flowRecord
		modules []*moduleRecord
		views   []*viewRecord // customer-managed
		numbers []numberRecord
		links   []linkRecord
	}
	// flowRecord is a flow. published is nil for one that was never published; saved never is. The two point to the
	// same copy where there is no unpublished draft.
	flowRecord struct {
		id, name, kind, description, state string
		published, saved                   *copied
		tags                               map[string]string
		modified                           time.Time
	}
	// copied is content with the hash the simulator gives it. The service's algorithm is not documented; lower-case hex
	// SHA-256 of the characters is a choice.
	copied struct{ text, sum string }

	moduleRecord struct {
		id, name, description, state string
		published, saved             *copied
		settings                     string
		tags                         map[string]string
	}
	viewRecord struct {
		id, name, description string
		latest, saved         *viewCopy // latest is nil for one that was never published
		versions              []*viewCopy
		tags                  map[string]string
		created, modified     time.Time
	}
	viewCopy struct {
		template, schema string
		actions          []string
		sum              string
	}
	numberRecord struct{ id, number, country, kind, description string }
	// linkRecord is a row of ListFlowAssociations, its ids as the service would send them: bare or ARNs.
	linkRecord struct{ resource, flow, kind string }
)

func copyOf(text string) *copied {
	sum := sha256.Sum256([]byte(text))
	return &copied{text, hex.EncodeToString(sum[:])}
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

func (in *inst) flowARN(id string) string   { return in.arn() + "/" + instance.KindFlow + "/" + id }
func (in *inst) moduleARN(id string) string { return in.arn() + "/" + instance.KindModule + "/" + id }
func (in *inst) viewARN(id string) string   { return in.arn() + "/" + instance.KindView + "/" + id }
func (in *inst) numberARN(id string) string {
	return "arn:aws:connect:" + in.Region + ":" + in.Account + ":phone-number/" + id
}

func (in *inst) flow(id string) *flowRecord        { return in.byID[id] }
func (in *inst) flowNamed(name string) *flowRecord { return in.byName[name] }

// newInst makes an instance that holds nothing.
func newInst(info InstanceInfo, quota int) *inst {
	return &inst{InstanceInfo: info, quota: quota, created: since, byID: map[string]*flowRecord{}, byName: map[string]*flowRecord{}}
}

// add appends a flow, or puts it in the place of the one that has its id.
func (in *inst) add(f *flowRecord) {
	if old := in.byID[f.id]; old != nil {
		in.unname(old)
		in.flows[slices.Index(in.flows, old)] = f
	} else {
		in.flows = append(in.flows, f)
	}
	in.byID[f.id], in.byName[f.name] = f, f
}

func (in *inst) rename(f *flowRecord, name string) {
	in.unname(f)
	f.name, in.byName[name] = name, f
}

// unname frees a flow's name; PutFlow may have given it to another since.
func (in *inst) unname(f *flowRecord) {
	if in.byName[f.name] == f {
		delete(in.byName, f.name)
	}
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
	if !ok || !in.owns(ref) {
		return nil, nil, "", notFound("Contact flow not found")
	}
	f := in.flow(ref.ID)
	if f == nil {
		return nil, nil, "", notFound("Contact flow not found")
	}
	return in, f, ref.Qualifier, nil
}

func (f *flowRecord) status() string {
	if f.published == nil {
		return saved
	}
	return published
}

// cloneTags gives answers their own map: they are encoded after the mutex is released.
func cloneTags(m map[string]string) map[string]string { return maps.Clone(m) }
