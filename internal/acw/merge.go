package acw

import (
	"maps"
	"slices"
)

// Merge brings a draft up to date with a guide that was published since the draft was begun: what the draft changed against its
// base is kept, everything else is as live has it. both lists the members (and KeyTimeLimit) that both changed, differently:
// there the draft's value stands, and a person must know.
func Merge(base, live, draft Guide) (merged Guide, both []string) {
	merged = live
	merged.Values = maps.Clone(live.Values)
	if merged.Values == nil {
		merged.Values = map[string]string{}
	}
	for _, key := range keysOf(base, live, draft) {
		b, inBase := base.Values[key]
		l, inLive := live.Values[key]
		d, inDraft := draft.Values[key]
		if d == b && inDraft == inBase {
			continue // not touched by the draft
		}
		if (l != b || inLive != inBase) && (l != d || inLive != inDraft) {
			both = append(both, key)
		}
		if inDraft {
			merged.Values[key] = d
		} else {
			delete(merged.Values, key)
		}
	}
	if draft.TimeLimit != base.TimeLimit {
		if live.TimeLimit != base.TimeLimit && live.TimeLimit != draft.TimeLimit {
			both = append(both, KeyTimeLimit)
		}
		merged.TimeLimit = draft.TimeLimit
	}
	return merged, both
}

// keysOf lists the members that any of the guides has, sorted.
func keysOf(guides ...Guide) []string {
	all := map[string]bool{}
	for _, g := range guides {
		for k := range g.Values {
			all[k] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
