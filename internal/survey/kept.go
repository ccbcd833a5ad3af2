package survey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	Told     time.Time       `json:",omitzero"` // see material
}

// keptFlow is one flow.
type keptFlow struct {
	Version   int
	Flow      instance.Flow
	Inbound   bool
	Hash      string
	ReadAt    time.Time
	Err       *keptError `json:",omitempty"`
	Draft     Draft
	Saved     string // the hash of the saved copy, where it differs and was read
	DraftAt   time.Time
	Described bool   // and not found by the search
	Observed  bool   // described since the reading that it belongs to, or for it where the index lags behind
	Wrote     string // the hash of what wrapup wrote last
}

// keptModule is one module.
type keptModule struct {
	Version int
	Module  instance.Module
	Hash    string
	Err     *keptError `json:",omitempty"`
}

// keptChanges are the changes since the reading before, as they are once more were found than the head knows.
type keptChanges struct {
	Version int
	Changes []Change
	Told    time.Time `json:",omitzero"`
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
	flowKey    = "flow "
	moduleKey  = "module "
	changesKey = "changes"
)

// underWay names what is kept of a reading under way. It stands beside the instance's: until it is done, nobody else sees half of it, and
// what it found changed is news.
func underWay(id instance.ID) instance.ID { return id + " under way" }

// part is a flow as it is kept.
func (h held) part(inbound, observed bool) Part {
	k := keptFlow{
		Version: keptVersion, Flow: h.flow, Inbound: inbound, Hash: h.hash, ReadAt: h.readAt, Err: keepError(h.err),
		Draft: h.draft, DraftAt: h.draftAt, Described: h.described, Observed: observed, Wrote: h.wrote,
	}
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
	p := Part{Key: moduleKey + x.ID, Doc: encode(keptModule{keptVersion, x.Module, x.hash, keepError(x.err)})}
	if x.read != nil {
		p.Hashes = []string{x.hash}
	}
	return p
}

func (m *material) changesPart() Part {
	return Part{Key: changesKey, Doc: encode(keptChanges{keptVersion, m.changes, m.told})}
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
		Numbers: slices.Collect(maps.Values(m.numbers)), NumErr: keepError(m.numbersErr), Warnings: m.warnings, Since: m.since, Changes: m.changes, Told: m.told,
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

// missed are the parts of flows that others described since this reading began and that it does not have, and the changes that they saw with
// them. What cannot be read is not missed.
func (m *material) missed(now Kept) []Part {
	var parts []Part
	var seen []Change
	flows := map[instance.FlowID]bool{}
	for _, p := range now.Parts {
		d, err := decodeParts([]Part{p})
		switch {
		case err != nil:
		case d.changes != nil:
			seen = d.changes.Changes
		case len(d.flows) == 1 && m.misses(d.flows[0]):
			flows[d.flows[0].Flow.ID] = true
			parts = append(parts, p)
		}
	}
	with := material{changes: slices.Clone(m.changes), told: m.told}
	for _, c := range seen {
		if flows[c.Flow] && !c.At.Before(m.readAt) {
			with.changes = append(with.changes, c)
		}
	}
	if len(with.changes) > len(m.changes) {
		sortChanges(with.changes)
		parts = append(parts, with.changesPart())
	}
	return parts
}

// misses says whether a flow was described since this reading began, and later than it was for it. Of other types the reading has what it needs.
func (m *material) misses(f keptFlow) bool {
	had, ok := m.others[f.Flow.ID]
	if f.Inbound {
		had, ok = m.inbound[f.Flow.ID]
		ok = ok || f.Observed
	}
	return ok && (f.Observed || !f.Inbound) && !f.ReadAt.Before(m.readAt) && had.readAt.Before(f.ReadAt)
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

// revive reads what is kept; at is the instance that its contents are kept of. An error wraps errNotKept, or is the database's.
func (l *library) revive(ctx context.Context, c Cache, at instance.ID, k Kept) (*revived, error) {
	d, err := decodeParts(k.Parts)
	if err != nil {
		return nil, err
	}
	if err := l.fetch(ctx, c, at, d.needs()); err != nil {
		return nil, err
	}
	out := &revived{observed: map[instance.FlowID]held{}, flows: map[instance.FlowID]held{}}
	m := &material{inbound: map[instance.FlowID]held{}, others: map[instance.FlowID]held{}, modules: map[string]module{}}
	for _, f := range d.flows {
		h, err := l.reviveFlow(f)
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
	for _, x := range d.modules {
		if m.modules[x.Module.ID], err = l.reviveModule(x); err != nil {
			return nil, err
		}
	}
	if k.Head == nil {
		return out, nil
	}
	if err := out.head(k.Head, m, l.event); err != nil {
		return nil, err
	}
	if d.changes != nil {
		m.changes, m.told = d.changes.Changes, d.changes.Told
	}
	return out, nil
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
	if err := json.Unmarshal(doc, &h); err != nil {
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	if h.Version != keptVersion || h.Event != event {
		return fmt.Errorf("%w: it is of version %d and the event %q", errNotKept, h.Version, h.Event)
	}
	m.instance, m.source, m.readAt, m.method, m.reason, m.calls = h.Instance, h.Source, h.ReadAt, h.Method, h.Reason, h.Calls
	m.allErr, m.links, m.linksErr, m.numbersErr = h.AllErr.fault(), h.Links, h.LinksErr.fault(), h.NumErr.fault()
	m.warnings, m.since, m.changes, m.told = h.Warnings, h.Since, h.Changes, h.Told
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

// decoded are parts as they were encoded.
type decoded struct {
	flows   []keptFlow
	modules []keptModule
	changes *keptChanges
}

func decodeParts(parts []Part) (d decoded, err error) {
	for _, p := range parts {
		var version int
		switch {
		case strings.HasPrefix(p.Key, flowKey):
			var f keptFlow
			err = json.Unmarshal(p.Doc, &f)
			d.flows, version = append(d.flows, f), f.Version
		case strings.HasPrefix(p.Key, moduleKey):
			var x keptModule
			err = json.Unmarshal(p.Doc, &x)
			d.modules, version = append(d.modules, x), x.Version
		case p.Key == changesKey:
			d.changes = &keptChanges{}
			err = json.Unmarshal(p.Doc, d.changes)
			version = d.changes.Version
		}
		if err != nil {
			return decoded{}, fmt.Errorf("%w: the part %q: %w", errNotKept, p.Key, err)
		}
		if version != keptVersion {
			return decoded{}, fmt.Errorf("%w: the part %q is of version %d", errNotKept, p.Key, version)
		}
	}
	return d, nil
}

// needs are the contents of the parts, each with those that have it.
func (d decoded) needs() map[string][]audit.Identity {
	by := map[string][]audit.Identity{}
	for _, f := range d.flows {
		if f.Err == nil {
			by[f.Hash] = append(by[f.Hash], f.who())
		}
		if f.Saved != "" {
			by[f.Saved] = append(by[f.Saved], f.who())
		}
	}
	for _, x := range d.modules {
		if x.Err == nil {
			by[x.Hash] = append(by[x.Hash], x.who())
		}
	}
	return by
}

func (f keptFlow) who() audit.Identity {
	return audit.Identity{ID: string(f.Flow.ID), Name: f.Flow.Name}
}

func (x keptModule) who() audit.Identity {
	return audit.Identity{Module: true, ID: x.Module.ID, Name: x.Module.Name}
}

// fetch reads those contents that are not in the library, on all processors as they come: they are too many to be held at once.
func (l *library) fetch(ctx context.Context, c Cache, at instance.ID, needs map[string][]audit.Identity) error {
	maps.DeleteFunc(needs, func(hash string, whose []audit.Identity) bool {
		return !slices.ContainsFunc(whose, func(who audit.Identity) bool { return l.has(who, hash) == nil })
	})
	if len(needs) == 0 {
		return nil
	}
	came := make(chan [2]string)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for x := range came {
				for _, who := range needs[x[0]] {
					l.add(who, x[0], x[1])
				}
			}
		})
	}
	err := c.Contents(ctx, at, slices.Sorted(maps.Keys(needs)), func(hash, content string) bool {
		came <- [2]string{hash, content}
		return true
	})
	close(came)
	wg.Wait()
	return err
}

func (l *library) has(who audit.Identity, hash string) *content {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[contentKey{who, hash}]
}

// add reads a content that is kept already.
func (l *library) add(who audit.Identity, hash, text string) {
	if l.has(who, hash) != nil {
		return
	}
	c := readContent(who, text, l.event, l.home)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[contentKey{who, hash}] = c
}

func (l *library) reviveFlow(f keptFlow) (held, error) {
	h := held{
		flow: f.Flow, hash: f.Hash, readAt: f.ReadAt, err: f.Err.fault(), draft: f.Draft, draftAt: f.DraftAt, described: f.Described, wrote: f.Wrote,
	}
	var err error
	if h.err == nil {
		h.read, err = l.fetched(f.who(), f.Hash)
	}
	if f.Saved != "" && err == nil {
		h.savedHash = f.Saved
		h.saved, err = l.fetched(f.who(), f.Saved)
	}
	return h, err
}

func (l *library) reviveModule(x keptModule) (module, error) {
	out := module{Module: x.Module, hash: x.Hash, err: x.Err.fault()}
	var err error
	if out.err == nil {
		out.read, err = l.fetched(x.who(), x.Hash)
	}
	return out, err
}

func (l *library) fetched(who audit.Identity, hash string) (*content, error) {
	c := l.has(who, hash)
	if c == nil {
		return nil, fmt.Errorf("%w: the content %s of %q is gone", errNotKept, hash, who.Name)
	}
	return c, nil
}
