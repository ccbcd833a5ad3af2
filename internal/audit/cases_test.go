package audit_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"wrapup/internal/audit"
)

var update = flag.Bool("update", false, "write the results of the cases into testdata")

// TestCases runs testdata/*.txtar: files "<sentence>/flow" and "<sentence>/want" in turn.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(a.Files); i += 2 {
			name, text := strings.TrimSuffix(a.Files[i].Name, "/flow"), string(a.Files[i].Data)
			set := readSet(t, text)
			got := describe(audit.Analyze(set.root, set.options))
			if *update {
				a.Files[i+1].Data = []byte(got)
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if d := cmp.Diff(string(a.Files[i+1].Data), got); d != "" {
					t.Errorf("(-want +got)\n%s", d)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// describe writes a report in the words of the cases.
func describe(r audit.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d/%d\n", r.Verdict, r.Set, r.Of)
	if r.Reason != nil {
		fmt.Fprintf(&b, "because %s\n", r.Reason.ID)
	}
	for _, h := range r.Handoffs {
		fmt.Fprintf(&b, "point %s: %s\n", at(h.Flow, h.Block), settingsText(h.Settings))
	}
	for _, e := range r.Exits {
		fmt.Fprintf(&b, "exit %s to %q: %s\n", at(e.Flow, e.Block), e.Target, settingsText(e.Settings))
	}
	for _, g := range r.Gaps {
		steps := make([]string, len(g.Steps))
		for i, s := range g.Steps {
			if steps[i] = at(s.FlowName, s.Block); s.Branch != "" {
				steps[i] += "[" + s.Branch + "]"
			}
		}
		fmt.Fprintf(&b, "gap %s %s: %s\n", at(g.Flow, g.Block), g.Kind, strings.Join(steps, " "))
	}
	for _, g := range r.Guides {
		fmt.Fprintf(&b, "guide %s %s\n", g.Ref, g.Health.State)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note %s %s\n", strings.TrimPrefix(n.ID, audit.NotePrefix), at(n.Flow, n.Block))
	}
	if r.IsGuide != nil {
		fmt.Fprintf(&b, "shape %s %q acw=%t\n", r.IsGuide.Block, r.IsGuide.ViewARN, r.IsGuide.ACW)
	}
	var lines strings.Builder
	for line := range strings.Lines(short(b.String())) {
		lines.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return lines.String()
}

// at is a block, behind the flow that it lies in where that is not the root.
func at(flow, block string) string {
	if flow == "" {
		return block
	}
	return flow + "/" + block
}

func settingsText(list []audit.Setting) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = strings.TrimSpace(string(s.Kind) + " " + s.Flow)
	}
	return strings.Join(words, ", ")
}
