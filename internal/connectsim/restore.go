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
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// loader reads a state file into a simulator that nobody uses yet.
type loader struct {
	sim      *Sim
	contents map[string]any // *copied and *viewCopy by reference
	lines    int
	changes  int
	size     int64 // of the whole lines
	torn     bool
}

// tight says whether the file holds nothing but what is there: each change made a record.
func (l *loader) tight() bool {
	n := 0
	for range l.sim.records {
		n++
	}
	return l.changes == n && !l.torn
}

// load reads the directory's state; nil where there is none.
func (k *keeper) load(log *slog.Logger) (*loader, error) {
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
	return l, nil
}

// whole splits off lines that have their end.
func (l *loader) whole(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		l.size += int64(i + 1)
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
		c, err := readCopy(quoted)
		if err != nil {
			return err
		}
		l.contents[ref(c)] = c
	}
	for _, v := range line.Views {
		l.contents[ref(v)] = v
	}
	l.changes += len(line.Changes)
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
	rec, missing := l.resolve(rec)
	if missing != "" {
		return fmt.Errorf("%s: no content %q stands before it", c.Kind, missing)
	}
	in := l.sim.find(c.In)
	switch r := rec.Interface().(type) {
	case *session:
	case *instRecord:
		if in == nil {
			in = new(inst)
			l.sim.insts = append(l.sim.insts, in)
		}
	case *keptRest:
		if in != nil {
			return in.restore(*r)
		}
	}
	if in == nil && c.Kind != "session" {
		return fmt.Errorf("%s: there is no instance %q", c.Kind, c.In)
	}
	if c.Born > 0 {
		s := in.shelf(c.Kind)
		if s == nil {
			return fmt.Errorf("%s: it has no number", c.Kind)
		}
		*s.counter() = c.Born - 1
	}
	change{in, rec.Interface(), c.Gone}.apply(l.sim, time.Time{})
	return nil
}

// restore takes what an instance has besides records.
func (in *inst) restore(r keptRest) error {
	in.links = r.Links
	for kind, last := range r.Last {
		s := in.shelf(kind)
		if s == nil {
			return fmt.Errorf("rest: unknown kind %q", kind)
		}
		*s.counter() = last
	}
	return nil
}

// resolve puts contents in the place of references to them.
func (l *loader) resolve(rec reflect.Value) (whole reflect.Value, missing string) {
	named := map[string]any{}
	return withContents(rec, func(stand any) any {
		name := referred(stand)
		if c, ok := named[name]; ok {
			return c
		}
		ref, _, second := strings.Cut(name, another)
		c := l.contents[ref]
		if reflect.TypeOf(c) != reflect.TypeOf(stand) {
			missing = name
			return stand
		}
		if second {
			c = twin(c)
		}
		named[name] = c
		return c
	}), missing
}

// naming names the contents of one record. Equal contents in two places stay two: a draft is one even where it says what
// is published.
type naming map[any]string

// another stands between a reference and a number where a record has equal contents in two places.
const another = "#"

func (n naming) name(content any, ref string) string {
	if name, ok := n[content]; ok {
		return name
	}
	n[content] = ref
	for other, name := range n {
		if name == ref && other != content {
			n[content] = ref + another + strconv.Itoa(len(n))
		}
	}
	return n[content]
}

// twin is another of the same characters.
func twin(content any) any {
	switch c := content.(type) {
	case *copied:
		n := *c
		return &n
	case *viewCopy:
		n := *c
		return &n
	}
	panic(fmt.Sprintf("no content is a %T", content))
}

// ref is what the file names content by: a hash of all of it.
func ref(content any) string {
	switch c := content.(type) {
	case *copied:
		return c.sum
	case *viewCopy: // its own hash is that of the template alone
		sum := sha256.Sum256(encodeJSON(c))
		return "view " + hex.EncodeToString(sum[:])
	}
	panic(fmt.Sprintf("no content is a %T", content))
}

// reference is content of the same type whose JSON holds a reference and nothing else.
func reference(content any, ref string) any {
	if _, ok := content.(*copied); ok {
		return &copied{quoted: strconv.Quote(ref)}
	}
	return &viewCopy{Sum: ref}
}

// referred is the reference that the JSON of content held.
func referred(content any) string {
	if c, ok := content.(*copied); ok {
		return c.sum
	}
	return content.(*viewCopy).Sum
}

// readCopy is content that copyOf has quoted.
func readCopy(quoted []byte) (*copied, error) {
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &copied{string(quoted), hex.EncodeToString(sum[:])}, nil
}

// UnmarshalJSON reads a reference into the hash: content is never read otherwise.
func (c *copied) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &c.sum) }

// withContents copies a record with other contents in the place of its own, at any depth. It asks the types, so that a
// member that a record gains is not forgotten.
func withContents(v reflect.Value, other func(any) any) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		switch v.Interface().(type) {
		case *copied, *viewCopy:
			return reflect.ValueOf(other(v.Interface()))
		}
		n := reflect.New(v.Type().Elem())
		n.Elem().Set(withContents(v.Elem(), other))
		return n
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		n := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			n.Index(i).Set(withContents(v.Index(i), other))
		}
		return n
	case reflect.Struct:
		n := reflect.New(v.Type()).Elem()
		n.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n.Field(i).Set(withContents(v.Field(i), other))
			}
		}
		return n
	}
	return v
}
