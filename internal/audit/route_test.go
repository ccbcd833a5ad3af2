package audit_test

import (
	"strings"
	"testing"

	"wrapup/internal/audit"
)

// Where a contact's setting came to be what the gap says is marked: it is why, and may have one way on only.
func TestARouteMarksWhereTheSettingCameToBeWhatItIs(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	fan(&many, "E", "event acw=%s", "M", 300, 100)
	many.WriteString("M: say -> N\nN: say -> Q\nQ: queue")
	for name, c := range map[string]struct{ text, want string }{
		"never set":                       {"A: say -> M\nM: menu -> Q ? Q\nQ: queue", "A M Q"},
		"decided during the contact":      {"A: say -> B\nB: event acw=$.External.g -> C\nC: say -> Q\nQ: queue", "A (B) C Q"},
		"set, and decided later":          {"A: event acw=F1 -> B\nB: event acw=$.External.g -> Q\nQ: queue", "A (B) Q"},
		"decided, and decided otherwise":  {"A: event acw=$.External.g -> B\nB: event acw=$.External.h -> Q\nQ: queue", "A (B) Q"},
		"set, and switched off":           {"A: event acw=F1 -> B\nB: say -> C\nC: event disable=true -> Q\nQ: queue", "A B (C) Q"},
		"behind a module that is unknown": {"A: say -> M\nM: module runs=F7 -> B\nB: say -> Q\nQ: queue", "A (M) B Q"},
		"in the module itself":            {"A: event acw=F1 -> M\nM: module runs=F7 -> Q\nQ: queue\n== module F7\nX: say -> Y\nY: event acw=$.External.g -> Z\nZ: back", "A (M) Q"},
		"where states are not told apart": {many.String(), "E e256 (M) N Q"},
		"in the flow before":              {"A: event acw=$.External.g -> B\nB: flow to=F5\n== flow F5\nX: say -> Q\nQ: queue", "(A) B X Q"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := parseWorld(t, c.text).judge(audit.Options{})
			gaps := map[string]bool{}
			for _, g := range r.Gaps {
				var steps []string
				for _, s := range g.Steps {
					word := s.Block
					if s.Why {
						word = "(" + word + ")"
					}
					steps = append(steps, word)
				}
				gaps[strings.Join(steps, " ")] = true
			}
			if !gaps[c.want] {
				t.Errorf("%v, want %q", gaps, c.want)
			}
		})
	}
}
