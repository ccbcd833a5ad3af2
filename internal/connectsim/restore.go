package connectsim

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// loader reads a state file into a simulator that nobody uses yet.
type loader struct {
	sim      *Sim
	contents map[string]any // *copied and *viewCopy by reference
	lines    int
	torn     bool
}

// load reads the directory's state; nil where there is none.
func (k *keeper) load(log *slog.Logger) (*Sim, error) {
	f, err := os.Open(filepath.Join(k.dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := &loader{sim: &Sim{sessions: map[string]session{}}, contents: map[string]any{}}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), math.MaxInt)
	lines.Split(l.whole)
	for lines.Scan() {
		l.lines++
		if err := l.line(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", stateName, l.lines, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s, after line %d: %w", stateName, l.lines, err)
	}
	if l.lines == 0 {
		return nil, fmt.Errorf("%s has no header: it is not the state of a simulator", stateName)
	}
	if l.torn {
		log.Warn("the last line of the state is torn: the write it belongs to was never answered", "dir", k.dir)
	}
	return l.sim, nil
}

// whole splits off lines that have their end.
func (l *loader) whole(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if l.torn = atEOF && len(data) > 0; l.torn {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

func (l *loader) line(b []byte) error {
	if l.lines == 1 {
		return l.header(b)
	}
	var line keptLine
	if err := json.Unmarshal(b, &line); err != nil {
		return err
	}
	l.sim.serial = max(l.sim.serial, line.Serial)
	for _, quoted := range line.Texts {
		text, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return err
		}
		c := copyOf(string(text))
		l.contents[c.ref()] = c
	}
	for _, p := range line.Views {
		v := (*viewCopy)(p)
		l.contents[v.ref()] = v
	}
	for _, c := range line.Changes {
		if err := l.change(c); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) header(b []byte) error {
	var h keptHeader
	if err := json.Unmarshal(b, &h); err != nil || h.Connectsim == 0 {
		return errors.New("no header: this is not the state of a simulator")
	}
	if h.Connectsim != keepVersion {
		return fmt.Errorf("the state has version %d; this program reads version %d", h.Connectsim, keepVersion)
	}
	l.sim.serial = h.Serial
	return nil
}

// change makes a change take effect. A member that the record's type does not have is an error, for it would be lost.
func (l *loader) change(c keptChange) error {
	t, ok := keptKinds[c.Kind]
	if !ok {
		return fmt.Errorf("unknown kind %q", c.Kind)
	}
	rec := reflect.New(t)
	d := json.NewDecoder(bytes.NewReader(c.Rec))
	d.DisallowUnknownFields()
	if err := d.Decode(rec.Interface()); err != nil {
		return fmt.Errorf("%s: %w", c.Kind, err)
	}
	if err := eachContent(rec, l.resolve); err != nil {
		return fmt.Errorf("%s: %w", c.Kind, err)
	}
	in := l.sim.find(c.In)
	switch r := rec.Interface().(type) {
	case *session:
	case *instRecord:
		if in == nil {
			in = new(inst)
			l.sim.insts = append(l.sim.insts, in)
		}
	case *[]linkRecord:
		if in != nil {
			in.links = *r
			return nil
		}
	}
	if in == nil && c.Kind != "session" {
		return fmt.Errorf("%s: there is no instance %q", c.Kind, c.In)
	}
	change{in, rec.Interface(), c.Gone}.apply(l.sim, time.Time{})
	return nil
}

// resolve puts the one copy of a content in the place of a reference to it.
func (l *loader) resolve(v reflect.Value) error {
	ref := ""
	switch c := v.Interface().(type) {
	case *copied:
		ref = c.sum
	case *viewCopy:
		ref = c.Sum
	}
	whole := reflect.ValueOf(l.contents[ref])
	if !whole.IsValid() || whole.Type() != v.Type() {
		return fmt.Errorf("no content %q stands before it", ref)
	}
	v.Set(whole)
	return nil
}

// shared is content, which records share and the file has once.
type shared interface{ ref() string }

func (c *copied) ref() string { return c.sum }

// ref is a hash of all members: Sum is that of the template alone.
func (v *viewCopy) ref() string {
	sum := sha256.Sum256(encodeJSON((*plainView)(v)))
	return "view " + hex.EncodeToString(sum[:])
}

// MarshalJSON writes the reference: the characters stand before the record in the state file.
func (c *copied) MarshalJSON() ([]byte, error) { return json.Marshal(c.ref()) }

// UnmarshalJSON reads the reference that MarshalJSON wrote.
func (c *copied) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &c.sum) }

// MarshalJSON writes the reference, as that of copied does.
func (v *viewCopy) MarshalJSON() ([]byte, error) { return json.Marshal(v.ref()) }

// UnmarshalJSON reads the reference that MarshalJSON wrote, into Sum.
func (v *viewCopy) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &v.Sum) }

// eachContent visits every pointer to content in a record, at any depth. It asks the types, so that a member that a
// record gains is not forgotten.
func eachContent(v reflect.Value, visit func(reflect.Value) error) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		if _, ok := v.Interface().(shared); ok {
			return visit(v)
		}
		return eachContent(v.Elem(), visit)
	case reflect.Slice:
		for i := range v.Len() {
			if err := eachContent(v.Index(i), visit); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if err := eachContent(v.Field(i), visit); err != nil {
				return err
			}
		}
	}
	return nil
}
