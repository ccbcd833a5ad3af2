package connectsim

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestATornLastLineIsNoCommit(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	size := k.kept.size
	k.flow("whole", "CONTACT_FLOW", "")
	whole := k.kept.size
	want := k.killed(Options{})
	k.flow("torn", "CONTACT_FLOW", "")
	file := filepath.Join(k.dir, stateName)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{whole, whole + 1, (whole + k.kept.size) / 2, k.kept.size - 1} {
		var said bytes.Buffer
		torn := &kept{t: t, dir: t.TempDir(), Sim: New(Options{Log: slog.New(slog.NewTextHandler(&said, nil))})}
		if err := os.WriteFile(filepath.Join(torn.dir, stateName), b[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		if restored, err := torn.Keep(torn.dir); !restored || err != nil {
			t.Fatal(restored, err)
		}
		want.mustEqual(torn)
		if strings.Contains(said.String(), "torn") != (at > whole) {
			t.Errorf("cut at %d of %d said %q", at, whole, said.String())
		}
		torn.mustEqual(torn.killed(Options{})) // written afresh, it is whole
		if err := torn.Close(); err != nil {
			t.Error(err)
		}
	}
	if size >= whole {
		t.Error("nothing was written")
	}
}

func TestABrokenFileIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	k.flow("one", "CONTACT_FLOW", "")
	good, err := os.ReadFile(filepath.Join(k.dir, stateName))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(good, []byte("\n")), []byte("\n"))
	with := func(n int, line string) []byte {
		l := append([][]byte{}, lines...)
		l[n-1] = []byte(line + "\n")
		return bytes.Join(append(l, []byte("\n")), nil)
	}
	for name, x := range map[string]struct {
		file []byte
		want string
	}{
		"a broken line":             {with(7, `{"Serial":`), "line 7: "},
		"an empty line":             {with(7, ""), "line 7: "},
		"zeros":                     {with(7, "\x00\x00"), "line 7: "},
		"an unknown kind":           {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"bot","Rec":{}}]}`), `line 7: unknown kind "bot"`},
		"a record's unknown member": {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"flow","Rec":{"Colour":1}}]}`), `line 7: flow: json: unknown field "Colour"`},
		"a member of another type":  {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"flow","Rec":{"ID":1}}]}`), `line 7: flow: `},
		"a lost content":            {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"flow","Rec":{"ID":"x","Saved":"00"}}]}`), `line 7: flow: no content "00"`},
		"content that is not UTF-8": {with(7, "{\"Texts\":[\"\xff\"]}"), "line 7: "},
		"content that is no text":   {with(7, `{"Texts":[1]}`), "line 7: "},
		"a record of no instance":   {with(7, `{"Changes":[{"In":"x","Kind":"flow","Rec":{"ID":"x"}}]}`), `line 7: flow: there is no instance "x"`},
		"another program's file":    {[]byte("{}\n"), "line 1: no header"},
		"another version":           {with(1, `{"Connectsim":2}`), "line 1: the state has version 2; this program reads version 1"},
		"nothing":                   {nil, "no header"},
		"half a header":             {good[:5], "no header"},
		"links of no instance":      {with(2, `{"Changes":[{"In":"x","Kind":"rest","Rec":{}}]}`), "line 2: rest: there is no instance"},
		"a shelf that is not there": {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"rest","Rec":{"Last":{"bot":1}}}]}`), `line 7: rest: unknown kind "bot"`},
		"a number of no shelf":      {with(7, `{"Changes":[{"In":"`+firstInstance+`","Kind":"instance","Born":1,"Rec":{}}]}`), "line 7: instance: it has no number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, stateName)
			if err := os.WriteFile(file, x.file, 0o600); err != nil {
				t.Fatal(err)
			}
			s := seeded(t, "empty")
			before := seeded(t, "empty")
			restored, err := s.Keep(dir)
			if restored || err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), stateName) {
				t.Errorf("%v, %v", restored, err)
			}
			if d := differ(before, s); d != "" || s.kept != nil {
				t.Error("the simulator has changed", d)
			}
			if b, err := os.ReadFile(file); !bytes.Equal(b, x.file) || err != nil {
				t.Error("the file has changed", err)
			}
			if err := os.Remove(file); err != nil { // and the lock is free
				t.Fatal(err)
			}
			if _, err := s.Keep(dir); err != nil {
				t.Error(err)
			}
			_ = s.Close()
		})
	}
}

// faulty is a state file that fails as asked.
type faulty struct {
	stateFile
	works    bool
	short    int  // bytes that are written before it fails
	truncate bool // fails too
}

var errFull = errors.New("no space left on device")

func (f *faulty) Write(b []byte) (int, error) {
	if f.works {
		return f.stateFile.Write(b)
	}
	n, err := f.stateFile.Write(b[:min(f.short, len(b))])
	return n, errors.Join(err, errFull)
}

func (f *faulty) Truncate(size int64) error {
	if f.truncate {
		return errFull
	}
	return f.stateFile.Truncate(size)
}

func TestAWriteThatCannotBeKeptIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	for op, write := range writes {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			for _, short := range []int{0, 100} {
				k := keepLittle(t, Options{})
				k.full = &faulty{stateFile: k.kept.file, short: short}
				k.kept.file = k.full
				k.full.works = true
				k.first = k.refuse
				write(k) // each request twice: refused, and when there is room again
				k.mustEqual(k.killed(Options{}))
			}
		})
	}
}

// refuse sends a request while the disk is full.
func (k *kept) refuse(_, method, path, body string) {
	k.t.Helper()
	before := k.killed(Options{})
	k.full.works = false
	w := k.send(method, path, body)
	k.full.works = true
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Header().Get("X-Amzn-ErrorType")+w.Body.String(), "Internal") {
		k.t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if d := differ(before.Sim, k.Sim); d != "" {
		k.t.Errorf("%s %s was refused and changed\n%.2000s", method, path, d)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAfterAFailureThatCannotBeMendedNothingIsWritten(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	k := keepLittle(t, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	k.flow("before", "CONTACT_FLOW", "")
	full := &faulty{stateFile: k.kept.file, short: 10, truncate: true}
	k.kept.file = full
	const another = `{"Name":"another","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`
	for range 2 {
		if w := k.send("PUT", "/contact-flows/{in}", another); w.Code != 500 || w.Header().Get("X-Amzn-ErrorType") != "InternalServiceException" {
			t.Error(w.Code, w.Header())
		}
		full.works, full.truncate = true, false // which would tear the line in the middle of the file
	}
	if !strings.Contains(said.String(), "every write is refused") {
		t.Errorf("said %s", said.String())
	}
	if w := k.send("GET", "/instance", ""); w.Code != 200 {
		t.Error("reading is refused too", w.Code)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAFileThatCannotBeWrittenAfreshGoesOnGrowing(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	k := keepLittle(t, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	k.kept.slack = -k.kept.base * 2
	if err := os.Mkdir(filepath.Join(k.dir, newName), 0o700); err != nil {
		t.Fatal(err)
	}
	k.flow("one", "CONTACT_FLOW", "")
	if !strings.Contains(said.String(), "goes on growing") {
		t.Errorf("said %s", said.String())
	}
	k.mustEqual(k.killed(Options{}))
}

func TestAFileThatCannotBeWrittenAfreshIsNotTriedAtEachCommit(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	tries, works := 0, false
	k.kept.fresh = func(name string) (stateFile, error) {
		tries++
		f, err := freshFile(name)
		return &faulty{stateFile: f, works: works, short: 10}, err
	}
	id := k.flow("one", "CONTACT_FLOW", "")
	grow := func(text string) {
		k.do("POST", "/contact-flows/{in}/"+id+"%3A%24SAVED/content", `{"Content":`+quoted(text)+`}`)
	}
	grow(strings.Repeat("x", 2*int(k.kept.size)))
	k.kept.slack = 0
	for i := range 3 {
		if grow(fmt.Sprint(i)); tries != 1 {
			t.Errorf("after %d commits it was tried %d times", i+1, tries)
		}
	}
	k.mustEqual(k.killed(Options{}))
	works = true
	grow(strings.Repeat("y", 2*int(k.kept.size)))
	large := k.kept.size
	if grow("z"); tries != 2 || k.kept.size >= large {
		t.Errorf("it has doubled again: tried %d times, of %d bytes are %d left", tries, large, k.kept.size)
	}
	k.mustEqual(k.killed(Options{}))
}

func TestADirectoryThatCannotBeUsedIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, locked, stated := filepath.Join(dir, "file"), filepath.Join(dir, "locked"), filepath.Join(dir, "stated")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.MkdirAll(filepath.Join(locked, lockName), 0o700), os.MkdirAll(filepath.Join(stated, stateName), 0o700)); err != nil {
		t.Fatal(err)
	}
	dirs := []string{file, filepath.Join(file, "below"), locked, stated, "/dev/null/x", "x\x00y"}
	if os.Geteuid() != 0 { // to whom nothing is read-only
		dirs = append(dirs, filepath.Join(dir, "read-only"))
		if err := os.Mkdir(dirs[len(dirs)-1], 0o500); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range dirs {
		s := seeded(t, "empty")
		if restored, err := s.Keep(d); restored || err == nil || !strings.Contains(err.Error(), "keep "+d+": ") {
			t.Errorf("%s: %v", d, err)
		}
		if w := (&kept{t: t, Sim: s}).send("PUT", "/contact-flows/{in}", `{"Name":"n","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`); w.Code != 200 {
			t.Error("it cannot be used without", w.Code)
		}
	}
}

// FaultDos is the closed set, for the tests from outside, which must not forget one.
var FaultDos = faultDos
