package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// contextIndex is the file of a context's folder that says which file is which flow or module: {"<id or ARN>": "<file>"}.
const contextIndex = "wrapup-context.json"

// maxContext bounds the files of a context: an instance holds some thousand flows.
const maxContext = 20_000

// flowContext are the flows and modules of a folder. Each of its files is read once.
type flowContext struct{ files []*contextFile } // in the order of their paths

// contextFile is one flow or module of a context.
type contextFile struct {
	path    string   // within the folder
	ids     []string // as the index, the file's name or a description say, in lower case
	name    string   // the export's or the description's, else the file's without its ending
	module  bool
	nobody  bool // it is the file that is judged, and not in the folder
	content []byte
	doc     *flow.Document // nil where the content cannot be parsed
	info    fs.FileInfo
	unit    *audit.Unit
}

// loadContext reads a folder with all below it, hidden folders left out. What holds no flow is passed over.
func loadContext(dir string) (*flowContext, error) {
	c := &flowContext{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() && path == dir:
			return nil
		case path == dir:
			return &fs.PathError{Op: "open", Path: dir, Err: errors.New("not a folder")}
		case d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".json") || d.Name() == contextIndex:
			return nil
		case len(c.files) == maxContext:
			return &fs.PathError{Op: "open", Path: dir, Err: fmt.Errorf("more than %d files", maxContext)}
		}
		f, err := readContextFile(dir, path)
		if f != nil {
			c.files = append(c.files, f)
		}
		return err
	})
	if err == nil {
		err = c.readIndex(dir)
	}
	return c, err
}

func readContextFile(dir, path string) (*contextFile, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() { // a link to nowhere or to a folder, a pipe
		return nil, nil
	}
	content, err := readInput(path, nil)
	if err != nil && !errors.Is(err, errTooLong) {
		return nil, err
	}
	within, err := filepath.Rel(dir, path)
	if err != nil {
		return nil, err
	}
	f := newContextFile(filepath.ToSlash(within), content)
	f.info = info
	if f.doc == nil && !strings.Contains(string(content), `"Actions"`) && len(f.ids) == 0 {
		return nil, nil // some other JSON
	}
	return f, nil
}

var idInName = regexp.MustCompile(`(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// newContextFile finds out what a file is: a flow's content, a console export, or what DescribeContactFlow or DescribeContactFlowModule
// answers.
func newContextFile(path string, content []byte) *contextFile {
	f := &contextFile{path: path, content: content}
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if ids := idInName.FindAllString(stem, -1); len(ids) == 1 {
		f.ids = []string{strings.ToLower(ids[0])}
	}
	f.unpack()
	if d, err := flow.Parse(f.content); err == nil {
		f.doc = d
		f.module = f.module || slices.ContainsFunc(d.Root().Members(), func(m flow.Member) bool { return m.Name == "Settings" })
		if v, ok := d.Root().Get("Metadata", "name"); ok && f.name == "" {
			f.name, _ = v.Text()
		}
	}
	if f.name == "" && path != "-" {
		f.name = stem
	}
	return f
}

// unpack takes the content out of a description.
func (f *contextFile) unpack() {
	type described struct{ Id, Name, Content string }
	var d struct{ ContactFlow, ContactFlowModule *described }
	if json.Unmarshal(f.content, &d) != nil {
		return
	}
	got := d.ContactFlow
	if got == nil {
		got, f.module = d.ContactFlowModule, d.ContactFlowModule != nil
	}
	if got == nil || got.Content == "" {
		return
	}
	f.content, f.name = []byte(got.Content), got.Name
	if instance.IsUUID(got.Id) {
		f.ids = []string{strings.ToLower(got.Id)}
	}
}

// readIndex reads the context's index, if it has one. What it says goes before what the files say.
func (c *flowContext) readIndex(dir string) error {
	path := filepath.Join(dir, contextIndex)
	bad := func(why string, args ...any) error {
		return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf(why, args...)}
	}
	content, err := readInput(path, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	index := map[string]string{}
	if err == nil {
		err = json.Unmarshal(content, &index)
	}
	if err != nil {
		return bad(`%w; it is an object of ids or ARNs with their files, such as {"11111111-2222-3333-4444-555555555555": "main.json"}`, err)
	}
	ids := map[*contextFile][]string{}
	taken := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(index)) {
		ref, ok := instance.ParseRef(key, instance.KindFlow)
		if !ok {
			ref, ok = instance.ParseRef(key, instance.KindModule)
		}
		at := slices.IndexFunc(c.files, func(f *contextFile) bool { return f.path == filepath.ToSlash(filepath.Clean(index[key])) })
		id := strings.ToLower(ref.ID)
		switch {
		case !ok:
			return bad("%q is no id or ARN of a flow or module", key)
		case at < 0:
			return bad("%q is no flow or module in this folder", index[key])
		case taken[id]:
			return bad("the id %s is there twice", id)
		}
		taken[id] = true
		ids[c.files[at]] = append(ids[c.files[at]], id)
	}
	for _, f := range c.files {
		if own, ok := ids[f]; ok {
			f.ids = own
		} else {
			f.ids = slices.DeleteFunc(f.ids, func(id string) bool { return taken[id] })
		}
	}
	return nil
}

// identity is what the analysis calls the file: by an id that is known, else by its path.
func (f *contextFile) identity() audit.Identity {
	id := f.path
	if len(f.ids) > 0 {
		id = f.ids[0]
	} else if f.nobody {
		id = ""
	}
	return audit.Identity{Module: f.module, ID: id, Name: f.name}
}

// view is the context as seen from the one flow that is judged, which stands in the place of its own copy in the folder.
type view struct {
	files []*contextFile
	root  *contextFile
	names map[contextKey][]string // by id: what the documents call it
	notes map[string]auditNote    // by text
	told  func(fault.Message) string
	met   map[string]*contextFile // by identity: what was followed
}

type contextKey struct {
	module bool
	id     string
}

// see looks at the context from a file with this content.
func (c *flowContext) see(file string, content []byte, told func(fault.Message) string) *view {
	root := newContextFile(file, content)
	root.content, root.nobody = content, true // a description is no flow here
	if info, err := os.Stat(file); err == nil && file != "-" {
		root.info = info
	}
	v := &view{root: root, names: map[contextKey][]string{}, notes: map[string]auditNote{}, told: told, met: map[string]*contextFile{}}
	own := c.copyOf(root)
	for _, f := range c.files {
		if f != own {
			v.files = append(v.files, f)
		}
	}
	if own != nil {
		root.ids, root.name, root.path, root.nobody = own.ids, own.name, own.path, false
	}
	v.files = append(v.files, root)
	for _, f := range v.files {
		v.learn(f.doc)
	}
	return v
}

// copyOf is the folder's copy of the flow that is judged: the same file, or the one of its id, or the only one of its name.
func (c *flowContext) copyOf(root *contextFile) *contextFile {
	var named []*contextFile
	for _, f := range c.files {
		if root.info != nil && f.info != nil && os.SameFile(root.info, f.info) {
			return f
		}
	}
	for _, f := range c.files {
		if f.module != root.module {
			continue
		}
		if slices.ContainsFunc(f.ids, func(id string) bool { return slices.Contains(root.ids, id) }) {
			return f
		}
		if f.name == root.name && root.name != "" {
			named = append(named, f)
		}
	}
	if len(named) == 1 && (len(named[0].ids) == 0 || len(root.ids) == 0) {
		return named[0]
	}
	return nil
}

// learn takes in what a document calls the flows and modules that it names.
func (v *view) learn(d *flow.Document) {
	if d == nil {
		return
	}
	for _, b := range d.Blocks() {
		for _, r := range b.References() {
			ref, ok := instance.ParseRef(r.Value, r.Kind)
			name := calledBy(b, r)
			if !ok || name == "" || r.Kind != instance.KindFlow && r.Kind != instance.KindModule {
				continue
			}
			key := contextKey{r.Kind == instance.KindModule, strings.ToLower(ref.ID)}
			if !slices.Contains(v.names[key], name) {
				v.names[key] = append(v.names[key], name)
			}
		}
	}
}

// calledBy is the name that the designer keeps for what a block refers to; empty where it keeps none.
func calledBy(b *flow.Block, r flow.Reference) string {
	paths := [][]string{append(append([]string{"parameters"}, r.Path...), "displayName")}
	switch {
	case r.Path[0] == "EventHooks":
		paths = append(paths, []string{"contactFlow", "text"})
	case r.Kind == instance.KindModule:
		paths = append(paths, []string{"contactFlowModuleName"})
	default:
		paths = append(paths, []string{"ContactFlow", "text"})
	}
	for _, path := range paths {
		if m, ok := b.Meta(path...); ok {
			if s, ok := m.Text(); ok && s != "" {
				return s
			}
		}
	}
	return ""
}

// judge analyses the flow with what it leads to.
func (v *view) judge() audit.Report {
	o := audit.Options{Self: v.root.identity(), Defaults: v.defaults()}
	v.root.unit = audit.Read(o.Self, v.root.content, o)
	o.Follow = func(l audit.Link) audit.Followed { return v.follow(l, o) }
	return audit.JudgeAlone(v.root.unit, o)
}

// defaultFlows are the flows that run where no other is named, by hook: the service makes them with every instance, under these names.
var defaultFlows = map[string]string{
	"CustomerQueue": "Default customer queue", "AgentWhisper": "Default agent whisper", "CustomerWhisper": "Default customer whisper",
}

func (v *view) defaults() map[string]instance.FlowID {
	out := map[string]instance.FlowID{}
	for hook, name := range defaultFlows {
		found := v.called(contextKey{}, name)
		if len(found) == 1 {
			out[hook] = instance.FlowID(found[0].identity().ID)
		} else if len(found) > 1 {
			v.note(several(name, found))
		}
	}
	return out
}

// follow gives the file that a link leads to, by id, else by the name that documents give to the id. Where more than one may be meant it is
// not followed.
func (v *view) follow(l audit.Link, o audit.Options) audit.Followed {
	if q := l.Ref.Qualifier; q != "" && q != "$LATEST" {
		return audit.Followed{Why: fault.Msg("survey.follow.version", "Version", q)}
	}
	key := contextKey{l.Module, strings.ToLower(l.Ref.ID)}
	found, why := v.find(key, l.Ref.ID)
	if found == nil {
		return audit.Followed{Why: why}
	}
	if found.unit == nil {
		found.unit = audit.Read(found.identity(), found.content, o)
	}
	if found != v.root && found.unit.Reason() == nil {
		v.met[found.unit.ID] = found
	}
	return audit.Followed{Unit: found.unit}
}

// find is the one file of a key; path is its own where no id of it is known.
func (v *view) find(key contextKey, path string) (*contextFile, fault.Message) {
	var found []*contextFile
	for _, f := range v.files {
		if f.module == key.module && (slices.Contains(f.ids, key.id) || f.identity().ID == path) {
			found = append(found, f)
		}
	}
	names := v.names[key]
	what := key.id
	switch {
	case len(found) > 0:
	case len(names) > 1:
		return nil, v.note(fault.Msg("cli.context.names", "ID", key.id, "Names", strings.Join(slices.Sorted(slices.Values(names)), ", ")))
	case len(names) == 1:
		what = names[0]
		found = v.called(key, what)
	}
	switch len(found) {
	case 0:
		return nil, fault.Msg("cli.context.missing", "Name", what)
	case 1:
		return found[0], fault.Message{}
	}
	return nil, v.note(several(what, found))
}

// called are the files of a name and kind that may have the id: none that has another. Without an id any may.
func (v *view) called(key contextKey, name string) []*contextFile {
	var found []*contextFile
	for _, f := range v.files {
		if f.module == key.module && f.name == name && (key.id == "" || len(f.ids) == 0) {
			found = append(found, f)
		}
	}
	return found
}

func several(name string, found []*contextFile) fault.Message {
	paths := make([]string, len(found))
	for i, f := range found {
		paths[i] = f.path
	}
	slices.Sort(paths)
	return fault.Msg("cli.context.several", "Name", name, "Files", strings.Join(paths, ", "))
}

// note keeps what could not be decided, for the report.
func (v *view) note(m fault.Message) fault.Message {
	text := v.told(m)
	v.notes[text] = auditNote{"context-ambiguous", text}
	return m
}

// ambiguities are the notes of what was met, in order.
func (v *view) ambiguities() []auditNote {
	var out []auditNote
	for _, text := range slices.Sorted(maps.Keys(v.notes)) {
		out = append(out, v.notes[text])
	}
	return out
}
