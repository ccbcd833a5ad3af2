// Package ordered sorts lists of any type by one body of code. The compiler writes the ones of package slices anew for each type, 8 to 14 kB each, and the
// binary has a limit.
package ordered

import "sort"

// By sorts list by compare, which is negative where a comes before b; elements that are equal stay in their order. It is slower than package slices:
// where thousands of large elements are sorted for a page, use that.
func By[T any](list []T, compare func(a, b T) int) {
	sort.SliceStable(list, func(i, j int) bool { return compare(list[i], list[j]) < 0 })
}
