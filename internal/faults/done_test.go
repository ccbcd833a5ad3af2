package faults

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/publish"
)

// ended is one case that passed, as its tally needs it.
type ended struct {
	Build   string // the program that ran it: what another one has shown does not count
	Case    string
	Stream  string
	Do      string
	State   publish.State
	Decided bool
	Over    bool
}

// notebook holds the cases that passed, so that a run of hours that is cut off is gone on with. The zero value keeps nothing.
type notebook struct {
	build string
	known map[string]ended

	mu   sync.Mutex
	file *os.File
}

// openNotebook reads the file that WRAPUP_FAULTS_DONE names, which need not be there.
func openNotebook(t *testing.T) *notebook {
	t.Helper()
	n := &notebook{}
	name := os.Getenv("WRAPUP_FAULTS_DONE")
	if name == "" {
		return n
	}
	if err := n.open(name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.file.Close() }) // each line was written by itself
	return n
}

func (n *notebook) open(name string) (err error) {
	if n.build, err = build(); err != nil {
		return err
	}
	if n.known, err = readCases(name, n.build); err != nil {
		return err
	}
	n.file, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return err
}

// build is the hash of this program.
func build() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// readCases gives the cases of a build by name. A line that was cut off is no case.
func readCases(name, build string) (map[string]ended, error) {
	known := map[string]ended{}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e ended
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Build == build {
			known[e.Case] = e
		}
	}
	return known, lines.Err()
}

// ended tells of a case how it ended.
func (w *world) ended(name string) ended {
	return ended{Case: name, Stream: w.at.stream, Do: w.do, State: w.state, Decided: w.decided > 0, Over: w.over > 0}
}

// note keeps a case that passed.
func (n *notebook) note(e ended) error {
	if n.file == nil {
		return nil
	}
	e.Build = n.build
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	_, err = n.file.Write(append(line, '\n'))
	return err
}

func TestARunOfHoursIsGoneOnWith(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "done")
	a := ended{Case: "a", Stream: calls, Do: "500", State: publish.Published}
	for range 2 {
		n := &notebook{}
		if err := errors.Join(n.open(name), n.note(a), n.file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(`{"Build":"another","Case":"b"}` + "\n" + `{"Build":`)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	n := &notebook{}
	if err := n.open(name); err != nil {
		t.Fatal(err)
	}
	defer n.file.Close()
	a.Build = n.build
	if diff := cmp.Diff(map[string]ended{"a": a}, n.known); diff != "" || n.build == "" {
		t.Errorf("build %q:\n%s", n.build, diff)
	}
	if err := (&notebook{}).note(a); err != nil {
		t.Error(err)
	}
}
