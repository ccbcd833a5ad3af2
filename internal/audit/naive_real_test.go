package audit_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/flow/flowtest"
)

// table reads rows of a testdata file, by their first word; fields are parted by tabs.
func table(t testing.TB, name string) map[string][][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := map[string][][]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if fields := strings.Split(s.Text(), "\t"); !strings.HasPrefix(s.Text(), "#") {
			rows[fields[0]] = append(rows[fields[0]], fields[1:])
		}
	}
	return rows
}

// rowsOf are the rows of one flow, without its name.
func rowsOf(rows [][]string, file string) (out [][]string) {
	for _, r := range rows {
		if r[0] == file {
			out = append(out, r[1:])
		}
	}
	return out
}

// TestRealFlowsWithHandOffs holds the audit against every cell of the table that was written by hand.
func TestRealFlowsWithHandOffs(t *testing.T) {
	t.Parallel()
	flows, rows := flowtest.Real(t, flowtest.Valid), table(t, "real31.tsv")
	if len(rows["flow"]) != 31 {
		t.Fatalf("%d flows", len(rows["flow"]))
	}
	for _, row := range rows["flow"] {
		t.Run(row[0], func(t *testing.T) {
			t.Parallel()
			r := audit.Analyze(flows[row[0]], audit.Options{})
			if got := fmt.Sprintf("%s %d/%d", r.Verdict, r.Set, r.Of); got != row[1]+" "+row[2] {
				t.Errorf("%s, want %s %s: %s", got, row[1], row[2], row[3])
			}
			var points, exits, want [][]string
			for _, h := range r.Handoffs {
				points = append(points, []string{h.Flow + h.Block, h.Type, settingsText(h.Settings)})
			}
			for _, e := range r.Exits {
				exits = append(exits, []string{e.Flow + e.Block, e.Type, e.Target, settingsText(e.Settings)})
			}
			for _, e := range rowsOf(rows["exit"], row[0]) {
				want = append(want, e[:4])
			}
			unordered(t, "hand-offs", rowsOf(rows["point"], row[0]), points)
			unordered(t, "exits", want, exits)
			gapsAgree(t, rowsOf(rows["gap"], row[0]), r, false)
		})
	}
}

func unordered(t *testing.T, what string, want, got [][]string) {
	t.Helper()
	for _, list := range [][][]string{want, got} {
		slices.SortFunc(list, slices.Compare)
	}
	if d := cmp.Diff(want, got); d != "" && len(want)+len(got) > 0 {
		t.Errorf("%s (-want +got)\n%s", what, d)
	}
}

// gapsAgree compares gaps by block, kind and length; of several shortest routes the audit may show another than the table.
func gapsAgree(t *testing.T, rows [][]string, r audit.Report, across bool) {
	t.Helper()
	var want, got [][]string
	for _, row := range rows {
		n := len(row)
		if steps := strings.Split(row[n-1], " > "); fmt.Sprint(len(steps)) != row[n-2] {
			t.Errorf("the table's own route to %s has %d blocks", row[0], len(steps))
		}
		want = append(want, row[:n-1])
	}
	for _, g := range r.Gaps {
		row := []string{g.Block, string(g.Kind), fmt.Sprint(len(g.Route))}
		if across {
			if g.Flow == "" {
				g.Flow = "-"
			}
			row = append([]string{g.Flow}, row...)
		}
		got = append(got, row)
	}
	unordered(t, "gaps", want, got)
}

// TestRealFlowsWithTheirContext judges flows with the files that belong to them, by the table's references.
func TestRealFlowsWithTheirContext(t *testing.T) {
	t.Parallel()
	flows, rows := flowtest.Real(t, flowtest.Valid), table(t, "real-context.tsv")
	o := audit.Options{}
	units := map[string]*audit.Unit{}
	for _, ref := range rows["ref"] {
		units[ref[0]] = audit.Read(audit.Identity{ID: ref[0], Name: ref[2], Module: ref[2] == "Contact Survey"}, flows[ref[1]], o)
	}
	o.Follow = func(l audit.Link) audit.Followed { return audit.Followed{Unit: units[l.Ref.ID]} }
	p := audit.NewProgram(o)
	for _, row := range rows["flow"] {
		r := p.Judge(audit.Read(audit.Identity{}, flows[row[0]], o))
		if got := fmt.Sprintf("%s %d/%d", r.Verdict, r.Set, r.Of); got != row[1]+" "+row[2] || len(r.Exits) > 0 {
			t.Errorf("%s: %s, %d exits, want %s %s: %s", row[0], got, len(r.Exits), row[1], row[2], row[3])
		}
		var points [][]string
		for _, h := range r.Handoffs {
			if h.Flow == "" {
				h.Flow = "-"
			}
			points = append(points, []string{h.Flow, h.Block, h.Type, settingsText(h.Settings)})
		}
		unordered(t, row[0]+" hand-offs", rowsOf(rows["point"], row[0]), points)
		gapsAgree(t, rowsOf(rows["gap"], row[0]), r, true)
	}
}

// TestAgreesWithPlayingContactsThroughTheRealFlows judges each real flow alone. Those with too many spots are named in
// testdata/real-over.txt, so that their number can't grow unseen.
func TestAgreesWithPlayingContactsThroughTheRealFlows(t *testing.T) {
	t.Parallel()
	flows := flowtest.Real(t, flowtest.Valid)
	var over []string
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		r := audit.Analyze(flows[name], audit.Options{})
		w := parseWorld(t, "A: end")
		delete(w.docs, place{})
		w.add(t, place{}, flows[name])
		if len(w.docs) == 0 {
			if r.Verdict != audit.Unreadable {
				t.Errorf("%s: %s", name, r.Verdict)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			if !compare(t, w, r) {
				over = append(over, name)
			}
		})
	}
	for _, row := range table(t, "real-context.tsv")["flow"] {
		w := parseWorld(t, "A: end")
		for _, ref := range table(t, "real-context.tsv")["ref"] {
			w.add(t, place{ref[2] == "Contact Survey", ref[0]}, flows[ref[1]])
		}
		w.add(t, place{}, flows[row[0]])
		if !compare(t, w, w.judge(audit.Options{})) {
			t.Errorf("%s with its context is over the bound", row[0])
		}
	}
	t.Logf("over the bound of %d spots: %v", bound, over)
	golden, err := os.ReadFile("testdata/real-over.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Fields(string(golden)), over); d != "" && len(over)+len(golden) > 0 {
		t.Errorf("over the bound (-golden +got)\n%s", d)
	}
}
