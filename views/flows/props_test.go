package flows

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShares(t *testing.T) {
	t.Parallel()
	group := func(name string, count int, counted bool) Group {
		return Group{Name: name, Count: count, Counted: counted}
	}
	cases := []struct {
		name string
		in   []Group
		want []share
	}{
		{"shares meet and fill the bar", []Group{group("opens", 1, true), group("does-not", 1, true), group("cant-tell", 1, true)},
			[]share{{"opens", "0", "333"}, {"does-not", "333", "333"}, {"cant-tell", "666", "334"}}},
		{"what is not counted has no share", []Group{group("opens", 2, true), group("in-part", 0, true), group("not-counted", 9, false)}, []share{{"opens", "0", "1000"}}},
		{"nothing is counted", []Group{group("not-counted", 9, false)}, nil},
		{"nothing at all", nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, shares(c.in), cmp.AllowUnexported(share{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
