package publish_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/publish"
)

func TestTheSnapshotsOfAStep(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Date(2026, 11, 22, 9, 0, s, 0, time.UTC) }
	full := publish.Step{Before: "b", Saved: "d", After: "a", Intent: publish.Intent{At: at(1), Final: "f"}, Outcome: publish.Outcome{At: at(2), ReadBack: "r"}}
	for name, c := range map[string]struct {
		change func(*publish.Step)
		want   []publish.Snapshot
	}{
		"read back as other bytes": {func(*publish.Step) {}, []publish.Snapshot{
			{Kind: publish.SnapshotAfter, Hash: "r", At: at(2)}, {Kind: publish.SnapshotSent, Hash: "f", At: at(1)},
			{Kind: publish.SnapshotBefore, Hash: "b", At: at(0)}, {Kind: publish.SnapshotDraft, Hash: "d", At: at(0)}}},
		"read back as sent, without a draft": {func(st *publish.Step) { st.Saved, st.Intent.Final = "b", "r" }, []publish.Snapshot{
			{Kind: publish.SnapshotAfter, Hash: "r", At: at(2)}, {Kind: publish.SnapshotBefore, Hash: "b", At: at(0)}}},
		"sent and not read back": {func(st *publish.Step) { st.Outcome = publish.Outcome{}; st.Saved = "b" }, []publish.Snapshot{
			{Kind: publish.SnapshotSent, Hash: "f", At: at(1)}, {Kind: publish.SnapshotBefore, Hash: "b", At: at(0)}}},
		"reviewed only": {func(st *publish.Step) { st.Intent, st.Outcome = publish.Intent{}, publish.Outcome{} }, []publish.Snapshot{
			{Kind: publish.SnapshotReviewed, Hash: "a", At: at(0)}, {Kind: publish.SnapshotBefore, Hash: "b", At: at(0)}, {Kind: publish.SnapshotDraft, Hash: "d", At: at(0)}}},
		"created": {func(st *publish.Step) { st.Before, st.Saved = "", "" }, []publish.Snapshot{
			{Kind: publish.SnapshotAfter, Hash: "r", At: at(2)}, {Kind: publish.SnapshotSent, Hash: "f", At: at(1)}}},
		"nothing": {func(st *publish.Step) { *st = publish.Step{} }, nil},
	} {
		st := full
		c.change(&st)
		got := publish.Trace{Change: publish.Change{Created: at(0)}, Step: st}.Snapshots()
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAdopting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	seen := func() string { return flow.Hash([]byte(w.aws.live(inboundID))) }
	is := func(err error, kind fault.Kind, id string) {
		t.Helper()
		if f := fault.From(err); f == nil || f.Kind != kind || f.Message.ID != id {
			t.Errorf("%v, want %s %q", err, kind, id)
		}
	}
	adopt := func(hash, reason string) error {
		_, err := w.Adopt(ctx, home, inboundID, hash, reason, ana)
		return err
	}
	is(adopt(seen(), ""), fault.Conflict, "publish.adopt.nothing") // wrapup never wrote it
	c := w.plan(t, asIs(inboundID))
	if _, err := w.Publish(ctx, c.ID, approve(c)); err != nil {
		t.Fatal(err)
	}
	wrote := seen()
	is(adopt(wrote, ""), fault.Conflict, "publish.adopt.nothing")
	writes := w.aws.count("update")

	theirs := strings.Replace(w.aws.live(inboundID), "Hello", "Good day", 1)
	w.aws.put(inboundID, "Sales", theirs)
	is(adopt(wrote, ""), fault.Conflict, "publish.adopt.changed")
	is(adopt("", ""), fault.Conflict, "publish.adopt.changed")
	is(adopt(seen(), strings.Repeat("x", publish.MaxReason+1)), fault.Invalid, "publish.reason-too-long")
	if left, err := w.Left(ctx, home.ID); err != nil || left[inboundID].Hash != wrote || left[inboundID].Adopted {
		t.Errorf("refused, it left %+v, %v", left[inboundID], err)
	}
	if err := adopt(seen(), "it is right"); err != nil {
		t.Fatal(err)
	}
	if left, err := w.Left(ctx, home.ID); err != nil || left[inboundID].Hash != seen() || !left[inboundID].Adopted {
		t.Errorf("adopted, it left %+v, %v", left[inboundID], err)
	}
	content, name, err := w.Snapshot(ctx, home.ID, inboundID, seen())
	if err != nil || string(content) != theirs || name != "Sales" {
		t.Errorf("what was adopted comes back as %d bytes of %q, %v", len(content), name, err)
	}
	is(adopt(seen(), ""), fault.Conflict, "publish.adopt.nothing")
	if n := w.aws.count("update"); n != writes {
		t.Errorf("adopting wrote %d times", n-writes)
	}
	for what, hash := range map[string]string{"no hash": "", "another's": flow.Hash([]byte(w.aws.live(secondID)))} {
		if _, _, err := w.Snapshot(ctx, home.ID, inboundID, hash); fault.From(err) == nil || fault.From(err).Message.ID != "publish.no-snapshot" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOnlyTheLayoutIsToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(string) string
		want   bool
	}{
		"moved":        {func(s string) string { return strings.Replace(s, `"x":400`, `"x":440`, 1) }, true},
		"white space":  {func(s string) string { return strings.Replace(s, `"Version":`, `"Version": `, 1) }, true},
		"another text": {func(s string) string { return strings.Replace(s, "Hello", "Good day", 1) }, false},
		"no JSON":      {func(string) string { return "x" }, false},
	} {
		if got := publish.OnlyLayout([]byte(inbound), []byte(c.change(inbound))); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
