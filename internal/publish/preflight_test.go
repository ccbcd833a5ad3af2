package publish_test

import (
	"slices"
	"testing"

	"wrapup/internal/publish"
)

func TestWhetherTheRoleMayWriteIsSaidAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	says := func(c publish.Change, id string, ok bool) {
		t.Helper()
		if c.Blocked() || !slices.ContainsFunc(c.Checks, func(k publish.Check) bool { return k.Message.ID == id && k.OK == ok }) {
			t.Errorf("%s is not said: %+v", id, c.Checks)
		}
	}
	first := w.plan(t, asIs(inboundID))
	says(first, "publish.check.wrote-never", false)
	w.apply(t, first)
	says(w.plan(t, asIs(secondID)), "publish.check.wrote", true)
}
