package audit_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/flow/flowtest"
)

// expected is one row of testdata/real.tsv.
type expected struct {
	file, group, module, verdict string
	handoffs, exits              int
}

func expectations(t testing.TB) []expected {
	t.Helper()
	f, err := os.Open("testdata/real.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []expected
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		var e expected
		if _, err := fmt.Sscan(s.Text(), &e.file, &e.group, &e.module, &e.verdict, &e.handoffs, &e.exits); err != nil {
			t.Fatalf("%q: %v", s.Text(), err)
		}
		rows = append(rows, e)
	}
	return rows
}

func TestRealFlows(t *testing.T) {
	t.Parallel()
	flows, rows := flowtest.Real(t, flowtest.Valid), expectations(t)
	if len(flows) != len(rows) {
		t.Errorf("%d flows, %d rows", len(flows), len(rows))
	}
	for _, e := range rows {
		t.Run(e.file, func(t *testing.T) {
			t.Parallel()
			r := audit.Analyze(flows[e.file], audit.Options{})
			if string(r.Verdict) != e.verdict || len(r.Handoffs) != e.handoffs || len(r.Exits) != e.exits {
				t.Errorf("got %s, %d points, %d exits; want %s, %d, %d",
					r.Verdict, len(r.Handoffs), len(r.Exits), e.verdict, e.handoffs, e.exits)
			}
			if len(r.Guides) > 0 || r.Set > 0 {
				t.Errorf("none of these flows sets the event, but %d points are set by %v", r.Set, r.Guides)
			}
			if e.handoffs > 0 && len(r.Gaps) == 0 {
				t.Error("a point without a guide has no example route")
			}
		})
	}
}

func TestRealFlowsFallIntoTheKnownGroups(t *testing.T) {
	t.Parallel()
	groups := map[string]int{}
	for _, e := range expectations(t) {
		groups[e.group]++
		if e.module == "module" {
			groups["module"]++
		}
	}
	for group, want := range map[string]int{"hand-off": 31, "leaves": 35, "module": 11, "empty": 1} {
		if groups[group] != want {
			t.Errorf("%d flows of group %s, want %d", groups[group], group, want)
		}
	}
}
