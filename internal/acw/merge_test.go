package acw

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	guide := func(limit int, pairs ...string) Guide {
		g := Guide{Values: map[string]string{}, TimeLimit: limit}
		for i := 0; i+1 < len(pairs); i += 2 {
			g.Values[pairs[i]] = pairs[i+1]
		}
		return g
	}
	for _, c := range []struct {
		name              string
		base, live, draft Guide
		want              Guide
		both              []string
	}{
		{"nothing changed", guide(480, "A", "1"), guide(480, "A", "1"), guide(480, "A", "1"), guide(480, "A", "1"), nil},
		{"only theirs", guide(480, "A", "1"), guide(60, "A", "2", "B", "n"), guide(480, "A", "1"), guide(60, "A", "2", "B", "n"), nil},
		{"only mine", guide(480, "A", "1", "B", "x"), guide(480, "A", "1", "B", "x"), guide(90, "A", "3"), guide(90, "A", "3"), nil},
		{"different fields", guide(480, "A", "1", "B", "x"), guide(480, "A", "2", "B", "x"), guide(480, "A", "1", "B", "y"), guide(480, "A", "2", "B", "y"), nil},
		{"the same field alike", guide(480, "A", "1"), guide(480, "A", "2"), guide(480, "A", "2"), guide(480, "A", "2"), nil},
		{"the same field differently", guide(480, "A", "1"), guide(60, "A", "2"), guide(90, "A", "3"), guide(90, "A", "3"), []string{"A", KeyTimeLimit}},
		{"deleted here, changed there", guide(480, "A", "1"), guide(480, "A", "2"), guide(480), guide(480), []string{"A"}},
		{"changed here, deleted there", guide(480, "A", "1"), guide(480), guide(480, "A", "3"), guide(480, "A", "3"), []string{"A"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, both := Merge(c.base, c.live, c.draft)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.both, both); diff != "" {
				t.Errorf("both (-want +got):\n%s", diff)
			}
		})
	}
}
