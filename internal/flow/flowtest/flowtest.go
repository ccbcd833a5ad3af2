// Package flowtest gives tests the real flows: what other people wrote or exported. They lie beside the repository and are not part of it.
package flowtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Kinds of real flows; each has a folder of its name.
const (
	Valid   = "valid"   // flow-language documents
	Legacy  = "legacy"  // exports in the console's former format
	Invalid = "invalid" // no JSON: templates with placeholders
)

// Real reads the real flows of some kinds, or of all, by file name: no two have the same. Where they are not at hand the test is skipped, and
// fails with CI=true.
func Real(t testing.TB, kinds ...string) map[string][]byte {
	t.Helper()
	if len(kinds) == 0 {
		kinds = []string{Valid, Legacy, Invalid}
	}
	all := map[string][]byte{}
	for _, kind := range kinds {
		files, err := filepath.Glob(filepath.Join(Folder(t, kind), "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := filepath.Base(file)
			if all[name] != nil {
				t.Fatalf("two real flows are called %s", name)
			}
			if all[name], err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// Folder is where the real flows of a kind lie, at least one. Without them it skips or fails as Real does.
func Folder(t testing.TB, kind string) string {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "..", "shared", "flows", kind)
	if files, err := filepath.Glob(filepath.Join(dir, "*.json")); err != nil || len(files) > 0 {
		return dir
	}
	absent := fmt.Sprintf("the real flows are not at hand: %s has none", dir)
	if os.Getenv("CI") == "true" {
		t.Fatal(absent)
	}
	t.Skip(absent)
	return ""
}

// repository is the folder of go.mod: tests run in the folder of their package.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the folder of the test")
		}
		dir = up
	}
}
