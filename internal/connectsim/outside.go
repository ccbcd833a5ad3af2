package connectsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

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

// Instances lists the instances in order.
func (s *Sim) Instances() []InstanceInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]InstanceInfo, len(s.insts))
	for i, in := range s.insts {
		out[i] = in.InstanceInfo
	}
	return out
}

// find gives an instance by id, whoever asks; nil where there is none.
func (s *Sim) find(id string) *inst {
	i := slices.IndexFunc(s.insts, func(in *inst) bool { return in.ID == id })
	if i < 0 {
		return nil
	}
	return s.insts[i]
}

// PutFlow stores a flow and gives its id. A flow that has the id is replaced. An instance that the simulator does not
// have is added first.
func (s *Sim) PutFlow(in InstanceInfo, f SeedFlow) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	home := s.find(in.ID)
	if home == nil {
		home = newInst(in, s.o.FlowQuota)
		s.mustCommit(change{in: home, rec: &home.instRecord})
		s.insts = append(s.insts, home)
	}
	r := home.made(f, s.o.Now())
	s.mustCommit(change{in: home, rec: r})
	return r.ID
}

// made is a record of a seeded flow.
func (in *inst) made(f SeedFlow, now time.Time) *flowRecord {
	r := &flowRecord{ID: cmp.Or(f.ID, derivedID(in.ID, "flow", f.Name)), Name: f.Name, Kind: cmp.Or(f.Type, inbound),
		Description: f.Description, State: cmp.Or(f.State, active), Tags: maps.Clone(f.Tags), Modified: now}
	if f.Published != "" {
		r.Published = copyOf(f.Published)
		r.Saved = r.Published
	}
	if f.Saved != "" && f.Saved != f.Published || r.Saved == nil {
		r.Saved = copyOf(f.Saved)
	}
	return r
}

// EditOutside publishes content as a colleague would in the console: both copies, without validation. Content of "" is
// the present draft with a block put in front.
func (s *Sim) EditOutside(instanceID, flowID, content string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.find(instanceID)
	if in == nil {
		return fmt.Errorf("no instance %s", instanceID)
	}
	f := in.flows.get(flowID)
	if f == nil {
		return fmt.Errorf("no flow %s in instance %s", flowID, instanceID)
	}
	return s.edit(aimed{in: in, rec: f}, content, "")
}

// edit writes content as a colleague would in the console, without validation: both copies, or the draft alone for a copy
// of "saved". Content of "" is the present draft, changed a little. It is called with the mutex held.
func (s *Sim) edit(at aimed, content, only string) error {
	now, live := s.o.Now(), only == ""
	var rec any
	switch r := at.rec.(type) {
	case *flowRecord:
		n := *r
		n.Modified, n.Saved = now, copyOf(cmp.Or(content, edited(r.Saved.text())))
		if live {
			n.Published = n.Saved
		}
		rec = &n
	case *moduleRecord:
		n := *r
		n.Saved = copyOf(cmp.Or(content, edited(r.Saved.text())))
		if live {
			n.Published = n.Saved
		}
		rec = &n
	case *viewRecord:
		n := *r
		n.Modified, n.Saved = now, newViewCopy(cmp.Or(content, retitled(r.Saved.Template)), r.Saved.Actions)
		if live {
			n.Latest = n.Saved
		}
		rec = &n
	}
	return s.commit(now, []change{{in: at.in, rec: rec}})
}

// Contents gives both copies of a flow, published "" where it never was; ok is false where there is no such flow.
func (s *Sim) Contents(instanceID, flowID string) (published, saved string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.find(instanceID)
	if in == nil {
		return "", "", false
	}
	f := in.flows.get(flowID)
	if f == nil {
		return "", "", false
	}
	if f.Published != nil {
		published = f.Published.text()
	}
	return published, f.Saved.text(), true
}

// Load stores every readable *.json of a folder, unvalidated, as a published inbound flow of the first instance, named
// after its file without the ending, and gives their number. Passed over is what the wire cannot carry: empty files and
// files that are not UTF-8. The instance's flow quota is raised so that there is room for 100 more.
func (s *Sim) Load(dir string) (int, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.insts) == 0 {
		return 0, fmt.Errorf("load %s: there is no instance", dir)
	}
	in, n := s.insts[0], 0
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".json")
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if !ok || err != nil || len(b) == 0 || !utf8.Valid(b) {
			continue
		}
		in.flows.put(in.made(SeedFlow{Name: in.freeName(name), Published: string(b)}, s.o.Now()))
		n++
	}
	in.raiseQuota(s.o.FlowQuota)
	return n, s.resave()
}

// freeName adds a number to a name that is taken.
func (in *inst) freeName(name string) string {
	for n, free := 2, name; ; n++ {
		if in.flows.byName(free) == nil {
			return free
		}
		free = fmt.Sprintf("%s (%d)", name, n)
	}
}

func (in *inst) raiseQuota(room int) { in.Quota = max(in.Quota, len(in.flows.list)+room) }

// edited is content as a colleague might leave it: one more block at the start. Content that is no flow gets a line end.
func edited(content string) string {
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(content))
	d.UseNumber()
	actions, ok := []any(nil), false
	if d.Decode(&doc) == nil {
		actions, ok = doc["Actions"].([]any)
	}
	if !ok {
		return content + "\n"
	}
	const name = "Switch the log on"
	doc["Actions"] = append(actions, map[string]any{"Identifier": fmt.Sprintf("%s %d", name, len(actions)), "Type": "UpdateFlowLoggingBehavior",
		"Parameters":  map[string]string{"FlowLoggingBehavior": "Enabled"},
		"Transitions": map[string]any{"NextAction": doc["StartAction"], "Errors": []any{}, "Conditions": []any{}}})
	doc["StartAction"] = fmt.Sprintf("%s %d", name, len(actions))
	return string(encodeJSON(doc))
}

// retitled is a view's template as a colleague might leave it: with another title, the longer the more often. One without
// a title gets a line end.
func retitled(template string) string {
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(template))
	d.UseNumber()
	head, ok := map[string]any(nil), false
	if d.Decode(&doc) == nil {
		head, ok = doc["Head"].(map[string]any)
	}
	title, named := head["Title"].(string)
	if !ok || !named {
		return template + "\n"
	}
	head["Title"] = title + "!"
	return string(encodeJSON(doc))
}
