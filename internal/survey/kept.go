package survey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// keptVersion is that of the documents below. Another one's are not read: the instance is read anew.
const keptVersion = 1

// keptHead is a reading without its flows and modules.
type keptHead struct {
	Version  int
	Event    string
	Instance instance.Instance
	Source   Source
	ReadAt   time.Time
	Method   Method
	Reason   *fault.Message `json:",omitempty"`
	Lasting  bool           // the method holds for the next reading too
	Calls    int
	All      []instance.Flow
	AllErr   *keptError `json:",omitempty"`
	Links    []instance.Association
	LinksErr *keptError `json:",omitempty"`
	Numbers  []instance.Number
	NumErr   *keptError      `json:",omitempty"`
	Warnings []fault.Message `json:",omitempty"`
	Since    time.Time       `json:",omitzero"`
	Changes  []Change        `json:",omitempty"`
}

// keptFlow is one flow.
type keptFlow struct {
	Flow     instance.Flow
	Inbound  bool
	Hash     string
	ReadAt   time.Time
	Err      *keptError `json:",omitempty"`
	Draft    Draft
	Saved    string // the hash of the saved copy, where it differs and was read
	DraftAt  time.Time
	Observed bool   // described since the reading that it belongs to, or for it where the index lags behind
	Wrote    string // the hash of what wrapup wrote last
}

// keptModule is one module.
type keptModule struct {
	Module instance.Module
	Hash   string
	Err    *keptError `json:",omitempty"`
}

// keptError is a fault without its cause, which is for logs.
type keptError struct {
	Kind      fault.Kind
	Message   fault.Message
	Code      string   `json:",omitempty"`
	RequestID string   `json:",omitempty"`
	Problems  []string `json:",omitempty"`
}

func keepError(f *fault.Error) *keptError {
	if f == nil {
		return nil
	}
	return &keptError{f.Kind, f.Message, f.Code, f.RequestID, f.Problems}
}

func (k *keptError) fault() *fault.Error {
	if k == nil {
		return nil
	}
	return &fault.Error{Kind: k.Kind, Message: k.Message, Code: k.Code, RequestID: k.RequestID, Problems: k.Problems}
}

const (
	flowKey   = "flow "
	moduleKey = "module "
)

// part is a flow as it is kept.
func (h held) part(inbound, observed bool) Part {
	k := keptFlow{Flow: h.flow, Inbound: inbound, Hash: h.hash, ReadAt: h.readAt, Err: keepError(h.err), Draft: h.draft, DraftAt: h.draftAt, Observed: observed, Wrote: h.wrote}
	p := Part{Key: flowKey + string(h.flow.ID)}
	if h.read != nil {
		p.Hashes = append(p.Hashes, h.hash)
	}
	if h.saved != nil {
		k.Saved = h.savedHash
		p.Hashes = append(p.Hashes, h.savedHash)
	}
	p.Doc = encode(k)
	return p
}

func (x module) part() Part {
	p := Part{Key: moduleKey + x.ID, Doc: encode(keptModule{x.Module, x.hash, keepError(x.err)})}
	if x.read != nil {
		p.Hashes = []string{x.hash}
	}
	return p
}

// encode writes one of the types above, which never fails.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// keep gives a material as it is kept.
func (m *material) keep(event string, how calibration, observed map[instance.FlowID]observation) Kept {
	k := Kept{Head: encode(keptHead{
		Version: keptVersion, Event: event, Instance: m.instance, Source: m.source, ReadAt: m.readAt, Method: m.method, Reason: m.reason, Lasting: how.lasting,
		Calls: m.calls, All: slices.Collect(maps.Values(m.all)), AllErr: keepError(m.allErr), Links: m.links, LinksErr: keepError(m.linksErr),
		Numbers: slices.Collect(maps.Values(m.numbers)), NumErr: keepError(m.numbersErr), Warnings: m.warnings, Since: m.since, Changes: m.changes,
	})}
	for id, h := range m.inbound {
		_, seen := observed[id]
		k.Parts = append(k.Parts, h.part(true, seen))
	}
	for _, h := range m.others {
		k.Parts = append(k.Parts, h.part(false, false))
	}
	for _, x := range m.modules {
		k.Parts = append(k.Parts, x.part())
	}
	return k
}

// errNotKept: what is kept is of no use, and the instance is read anew.
var errNotKept = errors.New("the kept reading cannot be used")

// revived is a kept reading as it can be gone on from.
type revived struct {
	material *material // nil where no reading was finished
	how      calibration
	observed map[instance.FlowID]held
	flows    map[instance.FlowID]held // every inbound flow kept
}

// revive reads what is kept. An error wraps errNotKept, or is the database's.
func (l *library) revive(ctx context.Context, c Cache, in instance.Instance, k Kept) (*revived, error) {
	flows, modules, hashes, err := decodeParts(k.Parts)
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(hashes))
	if err := c.Contents(ctx, in.ID, hashes, func(hash, content string) bool { texts[hash] = content; return true }); err != nil {
		return nil, err
	}
	out := &revived{observed: map[instance.FlowID]held{}, flows: map[instance.FlowID]held{}}
	m := &material{inbound: map[instance.FlowID]held{}, others: map[instance.FlowID]held{}, modules: map[string]module{}}
	for _, f := range flows {
		h, err := l.reviveFlow(f, texts)
		switch {
		case err != nil:
			return nil, err
		case !f.Inbound:
			m.others[f.Flow.ID] = h
			continue
		}
		m.inbound[f.Flow.ID], out.flows[f.Flow.ID] = h, h
		if f.Observed {
			out.observed[f.Flow.ID] = h
		}
	}
	for _, x := range modules {
		if m.modules[x.Module.ID], err = l.reviveModule(x, texts); err != nil {
			return nil, err
		}
	}
	if k.Head == nil {
		return out, nil
	}
	return out, out.head(k.Head, m, l.event)
}

// instanceOf is the instance that a kept reading is of.
func instanceOf(head []byte) (instance.Instance, error) {
	var h struct{ Instance instance.Instance }
	if err := json.Unmarshal(head, &h); err != nil {
		return instance.Instance{}, fmt.Errorf("%w: %w", errNotKept, err)
	}
	return h.Instance, nil
}

func (r *revived) head(doc []byte, m *material, event string) error {
	var h keptHead
	if err := json.Unmarshal(doc, &h); err != nil || h.Version != keptVersion || h.Event != event {
		return fmt.Errorf("%w: version %d, event %q: %w", errNotKept, h.Version, h.Event, err)
	}
	m.instance, m.source, m.readAt, m.method, m.reason, m.calls = h.Instance, h.Source, h.ReadAt, h.Method, h.Reason, h.Calls
	m.allErr, m.links, m.linksErr, m.numbersErr = h.AllErr.fault(), h.Links, h.LinksErr.fault(), h.NumErr.fault()
	m.warnings, m.since, m.changes = h.Warnings, h.Since, h.Changes
	m.all, m.numbers = make(map[instance.FlowID]instance.Flow, len(h.All)), make(map[string]instance.Number, len(h.Numbers))
	for _, f := range h.All {
		m.all[f.ID] = f
	}
	for _, n := range h.Numbers {
		m.numbers[strings.ToLower(n.ID)] = n
	}
	r.material = m
	if h.Lasting {
		r.how = calibration{method: h.Method, reason: h.Reason, lasting: true}
	}
	return nil
}

func decodeParts(parts []Part) (flows []keptFlow, modules []keptModule, hashes []string, err error) {
	for _, p := range parts {
		hashes = append(hashes, p.Hashes...)
		if strings.HasPrefix(p.Key, moduleKey) {
			var x keptModule
			err = errors.Join(err, json.Unmarshal(p.Doc, &x))
			modules = append(modules, x)
			continue
		}
		var f keptFlow
		err = errors.Join(err, json.Unmarshal(p.Doc, &f))
		flows = append(flows, f)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errNotKept, err)
	}
	slices.Sort(hashes)
	return flows, modules, slices.Compact(hashes), err
}

func (l *library) reviveFlow(f keptFlow, texts map[string]string) (held, error) {
	h := held{flow: f.Flow, hash: f.Hash, readAt: f.ReadAt, err: f.Err.fault(), draft: f.Draft, draftAt: f.DraftAt, wrote: f.Wrote}
	who := audit.Identity{ID: string(f.Flow.ID), Name: f.Flow.Name}
	var err error
	if h.err == nil {
		h.read, err = l.from(who, f.Hash, texts)
	}
	if f.Saved != "" && err == nil {
		h.savedHash = f.Saved
		h.saved, err = l.from(who, f.Saved, texts)
	}
	return h, err
}

func (l *library) reviveModule(x keptModule, texts map[string]string) (module, error) {
	out := module{Module: x.Module, hash: x.Hash, err: x.Err.fault()}
	var err error
	if out.err == nil {
		out.read, err = l.from(audit.Identity{Module: true, ID: x.Module.ID, Name: x.Module.Name}, x.Hash, texts)
	}
	return out, err
}

func (l *library) from(who audit.Identity, hash string, texts map[string]string) (*content, error) {
	text, ok := texts[hash]
	if !ok {
		return nil, fmt.Errorf("%w: the content %s of %q is gone", errNotKept, hash, who.Name)
	}
	return l.read(who, hash, text), nil
}
