package ordered_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/ordered"
)

func TestBySortsAsPackageSlicesDoes(t *testing.T) {
	t.Parallel()
	type pair struct{ key, place int }
	byKey := func(a, b pair) int { return a.key - b.key }
	rapid.Check(t, func(t *rapid.T) {
		var list []pair
		for i, key := range rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "keys") {
			list = append(list, pair{key, i})
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, byKey)
		ordered.By(list, byKey)
		if !slices.Equal(list, want) {
			t.Fatalf("%v, not %v", list, want)
		}
	})
}
