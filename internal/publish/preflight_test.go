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

// What was written proves it, whatever became of the rest.
func TestAChangeThatIsPausedShowsThatTheRoleMayWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	a := approve(c)
	a.Mode = publish.OneFirst
	if got, err := w.Publish(t.Context(), c.ID, a); err != nil || got.State != publish.Paused {
		t.Fatalf("it is %s, %v", got.State, err)
	}
	now := w.plan(t, asIs(secondID))
	if !slices.ContainsFunc(now.Checks, func(k publish.Check) bool { return k.Message.ID == "publish.check.wrote" && k.OK }) {
		t.Errorf("that wrapup has written is not said: %+v", now.Checks)
	}
}
