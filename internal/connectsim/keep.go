package connectsim

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// Names in a kept directory.
const (
	stateName = "state.jsonl"
	newName   = "state.new" // a fresh state file on its way
	lockName  = "lock"
)

// keepVersion is the version of the state file's format.
const keepVersion = 1

// The state file has one JSON object per line: a header, then one line per commit. A commit's line ends it: a torn one
// is a commit that never was. Contents stand once in the file, in the first line that needs them; records name them by
// their hash.
type (
	keptHeader struct {
		Connectsim int // the format's version
		Serial     uint64
	}
	keptLine struct {
		Serial  uint64            // of the simulator, so that ids are new after a restart
		Texts   []json.RawMessage `json:",omitempty"` // as copied has them
		Views   []*viewCopy       `json:",omitempty"`
		Changes []keptChange
	}
	keptChange struct {
		In   string `json:",omitempty"` // the instance's id
		Kind string
		Born uint64 `json:",omitempty"` // the record's number on its shelf, in a file written afresh
		Gone bool   `json:",omitempty"`
		Rec  json.RawMessage
	}
	// keptRest is what an instance has besides records. It comes after them.
	keptRest struct {
		Links []linkRecord
		Last  map[string]uint64 // number last given on each shelf
	}
)

// keptKinds are the types of records under their names in the file.
var keptKinds = map[string]reflect.Type{
	"instance": reflect.TypeFor[instRecord](),
	"rest":     reflect.TypeFor[keptRest](),
	"flow":     reflect.TypeFor[flowRecord](),
	"module":   reflect.TypeFor[moduleRecord](),
	"view":     reflect.TypeFor[viewRecord](),
	"queue":    reflect.TypeFor[queueRecord](),
	"number":   reflect.TypeFor[numberRecord](),
	"profile":  reflect.TypeFor[profileRecord](),
	"user":     reflect.TypeFor[userRecord](),
	"session":  reflect.TypeFor[session](),
}

func kindOf(rec any) (string, error) {
	for kind, t := range keptKinds {
		if reflect.TypeOf(rec) == reflect.PointerTo(t) {
			return kind, nil
		}
	}
	return "", fmt.Errorf("a %T is not kept", rec)
}

// keeper writes changes to a directory's state file.
type keeper struct {
	dir   string
	lock  *os.File
	file  stateFile
	size  int64           // of the lines that count
	base  int64           // size when the file was last written afresh, or could not be
	slack int64           // what it may grow by, besides doubling, before that is done again
	known map[string]bool // contents that are in the file, by reference
	stuck error           // why nothing is written any more
	fresh func(name string) (stateFile, error)
}

type stateFile interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// freshFile makes an empty file to write the state to.
func freshFile(name string) (stateFile, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
}

// Keep makes the simulator's state outlive the process, in a directory that is made where there is none. A state that is
// there already replaces the present one, quotas included: restored is true. Else the present one is written. It is
// called once, before the simulator serves; what is seeded afterwards is kept too.
//
// From then on each change is written before it takes effect and refused where it cannot be. It survives the process
// however that ends; it is not flushed to the disk, so the latest changes may not survive the machine. Sessions, numbers,
// queues, security profiles and users are kept; faults, counts of calls, throttling and the lag of search are not. A second process is refused.
func (s *Sim) Keep(dir string) (restored bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil {
		return false, fmt.Errorf("keep %s: the state is kept in %s already", dir, s.kept.dir)
	}
	k := &keeper{dir: dir, slack: 64 << 20, fresh: freshFile}
	if k.lock, err = lockDir(dir); err != nil {
		return false, fmt.Errorf("keep %s: %w", dir, err)
	}
	state, err := k.begin(s)
	if err != nil {
		return false, errors.Join(fmt.Errorf("keep %s: %w", dir, err), k.lock.Close())
	}
	s.insts, s.sessions, s.serial, s.kept = state.insts, state.sessions, max(s.serial, state.serial), k
	return state != s, nil
}

// begin gives the state that the directory has, s where it has none, and makes the file ready for more.
func (k *keeper) begin(s *Sim) (*Sim, error) {
	l, err := k.load(s.o.Log)
	switch {
	case err != nil:
		return nil, err
	case l == nil:
		return s, k.rewrite(s)
	case l.tight():
		return l.sim, k.goOn(l)
	}
	return l.sim, k.rewrite(l.sim)
}

// Kept says whether a directory has a state that Keep would take.
func Kept(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, stateName))
	return err == nil
}

// goOn appends to the file that was read.
func (k *keeper) goOn(l *loader) error {
	f, err := os.OpenFile(filepath.Join(k.dir, stateName), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	k.file, k.size, k.base, k.known = f, l.size, l.size, map[string]bool{}
	for ref := range l.contents {
		k.known[ref] = true
	}
	return nil
}

// lockDir makes the directory and takes its lock, which the operating system releases when the process ends.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("another simulator keeps its state there: %w", err), f.Close())
	}
	return f, nil
}

// Close lets go of the directory that Keep took; writes are refused from then on. Without Keep it does nothing.
func (s *Sim) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || s.kept.stuck == errClosed {
		return nil
	}
	s.kept.stuck = errClosed
	return errors.Join(s.kept.file.Close(), s.kept.lock.Close())
}

var errClosed = errors.New("the state file is closed")

// resave writes the whole state afresh, where it is kept, after a change that was no commit.
func (s *Sim) resave() error {
	if s.kept == nil {
		return nil
	}
	return s.kept.rewrite(s)
}

// keep writes changes as one line. After an error the file is as it was before.
func (k *keeper) keep(s *Sim, changes []change) error {
	if k.stuck == nil && k.size > 2*k.base+k.slack {
		if err := k.rewrite(s); err != nil {
			k.base = k.size // else the next commit would write all of it again
			s.o.Log.Error("the state file could not be written afresh; it goes on growing", "dir", k.dir, "error", err)
		}
	}
	if k.stuck != nil {
		return k.stuck
	}
	line, fresh, err := k.line(s.serial, changes)
	if err != nil {
		return err
	}
	if _, err := k.file.Write(line); err != nil {
		return k.undo(s, err)
	}
	k.size += int64(len(line))
	k.learn(fresh)
	return nil
}

// undo takes off what a failed write has left. Where that fails too, the next line would stand behind a torn one: no
// more is written, and the torn line is dropped at the next start.
func (k *keeper) undo(s *Sim, err error) error {
	if t := k.file.Truncate(k.size); t != nil {
		k.stuck = fmt.Errorf("the state file cannot be written since an earlier error: %w", errors.Join(err, t))
		s.o.Log.Error("the state file cannot be mended: every write is refused until the simulator starts again", "dir", k.dir, "error", k.stuck)
	}
	return err
}

func (k *keeper) learn(fresh []string) {
	for _, ref := range fresh {
		k.known[ref] = true
	}
}

// line encodes changes with the contents that the file does not have; fresh are those contents' references. Born are the
// numbers of records that are on a shelf.
func (k *keeper) line(serial uint64, changes []change, born ...uint64) (line []byte, fresh []string, err error) {
	l := keptLine{Serial: serial}
	for i, c := range changes {
		kind, err := kindOf(c.rec)
		if err != nil {
			return nil, nil, err
		}
		kept := keptChange{Kind: kind, Gone: c.removed}
		if i < len(born) {
			kept.Born = born[i]
		}
		if c.in != nil {
			kept.In = c.in.ID
		}
		if r, ok := c.rec.(record); ok && c.removed {
			kept.Rec = encodeJSON(struct{ ID string }{r.key()})
		} else {
			names := naming{}
			kept.Rec = encodeJSON(withContents(reflect.ValueOf(c.rec), func(content any) any {
				ref := ref(content)
				if !k.known[ref] && !slices.Contains(fresh, ref) {
					fresh = append(fresh, ref)
					l.add(content)
				}
				return reference(content, names.name(content, ref))
			}).Interface())
		}
		l.Changes = append(l.Changes, kept)
	}
	return l.encode(), fresh, nil
}

// encode writes the line with its end. Texts are JSON as they are: they go in without another look.
func (l keptLine) encode() []byte {
	texts := l.Texts
	l.Texts = nil
	rest := encodeJSON(l)
	if len(texts) == 0 {
		return append(rest, '\n')
	}
	line := append([]byte(`{"Texts":[`), texts[0]...)
	for _, t := range texts[1:] {
		line = append(append(line, ','), t...)
	}
	line = append(append(line, "],"...), rest[1:]...)
	return append(line, '\n')
}

func (l *keptLine) add(c any) {
	switch c := c.(type) {
	case *copied:
		l.Texts = append(l.Texts, json.RawMessage(c.quoted))
	case *viewCopy:
		l.Views = append(l.Views, c)
	}
}

// rewrite writes the state to a fresh file and puts that in the place of the old one, without what is there no more.
func (k *keeper) rewrite(s *Sim) error {
	name := filepath.Join(k.dir, newName)
	f, err := k.fresh(name)
	if err != nil {
		return err
	}
	next := &keeper{known: map[string]bool{}}
	w := bufio.NewWriterSize(f, 1<<20)
	if err = next.dump(w, s); err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(name, filepath.Join(k.dir, stateName))
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(name))
	}
	if k.file != nil {
		_ = k.file.Close() // its name is another file's now
	}
	k.file, k.size, k.base, k.known = f, next.size, next.size, next.known
	return nil
}

// dump writes a header and one line per record.
func (k *keeper) dump(w io.Writer, s *Sim) error {
	n, err := w.Write(append(encodeJSON(keptHeader{keepVersion, s.serial}), '\n'))
	k.size = int64(n)
	for c, born := range s.records {
		if err != nil {
			return err
		}
		var line []byte
		var fresh []string
		if line, fresh, err = k.line(s.serial, []change{c}, born); err != nil {
			return err
		}
		n, err = w.Write(line)
		k.size += int64(n)
		k.learn(fresh)
	}
	return err
}

// records yields all there is as changes to a simulator that has nothing, with their numbers on their shelves.
func (s *Sim) records(yield func(c change, born uint64) bool) {
	for _, in := range s.insts {
		if !yield(change{in: in, rec: &in.instRecord}, 0) {
			return
		}
		rest := keptRest{in.links, map[string]uint64{}}
		for _, kind := range shelfKinds {
			s := in.shelf(kind)
			if !s.each(func(r record, born uint64) bool { return yield(change{in: in, rec: r}, born) }) {
				return
			}
			rest.Last[kind] = *s.counter()
		}
		if !yield(change{in: in, rec: &rest}, 0) {
			return
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.sessions)) {
		r := s.sessions[key]
		if !yield(change{rec: &r}, 0) {
			return
		}
	}
}

// keptShelf is a shelf of records of any kind.
type keptShelf interface {
	each(func(r record, born uint64) bool) bool
	counter() *uint64 // the number last given
}

var shelfKinds = []string{"flow", "module", "view", "queue", "number", "profile", "user"}

// shelf is the shelf of a kind of records, nil where the kind has none.
func (in *inst) shelf(kind string) keptShelf {
	switch kind {
	case "flow":
		return &in.flows
	case "module":
		return &in.modules
	case "view":
		return &in.views
	case "queue":
		return &in.queues
	case "number":
		return &in.numbers
	case "profile":
		return &in.profiles
	case "user":
		return &in.users
	}
	return nil
}

func (s *shelf[T]) each(yield func(r record, born uint64) bool) bool {
	for i, r := range s.list {
		if !yield(r, s.born[i]) {
			return false
		}
	}
	return true
}

func (s *shelf[T]) counter() *uint64 { return &s.last }
