package flow

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// Each file of testdata/edits holds before.json, edits.json and after.json. A carriage return is written
// ␍, so that no tool takes it off; the last line end of a part is not part of the document.
func TestEditsOfEveryLayout(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/edits/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, name)
		})
	}
}

func golden(t *testing.T, name string) {
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string]string{}
	for _, f := range ar.Files {
		part[f.Name] = strings.ReplaceAll(strings.TrimSuffix(string(f.Data), "\n"), "␍", "\r")
	}
	var edits []Edit
	if err := json.Unmarshal([]byte(part["edits.json"]), &edits); err != nil {
		t.Fatal(err)
	}
	d := mustParse(t, part["before.json"])
	next := mustEdit(t, d, edits...)
	if err := Prove(d.Bytes(), next.Bytes(), edits); err != nil {
		t.Error(err)
	}
	if *update {
		ar.Files = append(ar.Files[:2], txtar.File{Name: "after.json", Data: []byte(strings.ReplaceAll(next.text, "\r", "␍") + "\n")})
		if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(part["after.json"], next.text); diff != "" {
		t.Error(diff)
	}
}
