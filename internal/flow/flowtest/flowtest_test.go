package flowtest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wrapup/internal/flow/flowtest"
)

func TestRealFlowsAreReadByKind(t *testing.T) {
	of := map[string]int{}
	for _, kind := range []string{flowtest.Valid, flowtest.Legacy, flowtest.Invalid} {
		for name, content := range flowtest.Real(t, kind) {
			of[kind]++
			if json.Valid(content) == (kind == flowtest.Invalid) {
				t.Errorf("%s is no %s flow", name, kind)
			}
		}
	}
	if all := flowtest.Real(t); len(all) != of[flowtest.Valid]+of[flowtest.Legacy]+of[flowtest.Invalid] || of[flowtest.Invalid] == 0 {
		t.Errorf("%d flows, of kinds %v", len(all), of)
	}
}

// told is a test that keeps how it ended.
type told struct {
	testing.TB
	skipped, failed string
}

func (*told) Helper()            {}
func (s *told) Skip(args ...any) { s.skipped = fmt.Sprint(args...); panic(s) }
func (s *told) Fatal(args ...any) {
	s.failed = fmt.Sprint(args...)
	panic(s)
}

// ending runs a test to its end, which Skip and Fatal are.
func ending(f func(testing.TB)) (s *told) {
	s = &told{}
	defer func() { _ = recover() }()
	f(s)
	return s
}

func TestWithoutRealFlowsATestIsSkippedAndFailsInCI(t *testing.T) {
	root := filepath.Join(t.TempDir(), "checkout")
	sub := filepath.Join(root, "internal", "x")
	if err := os.MkdirAll(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(sub)
	for ci, want := range map[string]told{"true": {failed: "not at hand"}, "": {skipped: "not at hand"}} {
		t.Setenv("CI", ci)
		got := ending(func(t testing.TB) { flowtest.Real(t, flowtest.Valid) })
		if !strings.Contains(got.failed, want.failed) || !strings.Contains(got.skipped, want.skipped) || (got.failed == "") != (want.failed == "") {
			t.Errorf("CI=%q: %+v", ci, got)
		}
	}
	folder := filepath.Join(root, "..", "shared", "flows", flowtest.Valid)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "one.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := flowtest.Real(t, flowtest.Valid); len(got) != 1 || string(got["one.json"]) != "{}" {
		t.Errorf("beside the repository: %q", got)
	}
}
