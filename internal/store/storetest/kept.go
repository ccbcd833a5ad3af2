package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func content(t *testing.T, h harness) {
	ctx := t.Context()
	for name, b := range map[string][]byte{
		"nothing": {}, "text": []byte(`{"Version":"2019-10-30"}`), "bytes that are no text": {0, 0xff, 0xfe, '\'', 0},
		"a long one": bytes.Repeat([]byte("flow"), 300_000),
	} {
		sum := sha256.Sum256(b)
		want := hex.EncodeToString(sum[:])
		for range 2 {
			hash, err := h.KeepContent(ctx, b)
			must(t, err)
			if hash != want {
				t.Errorf("%s: hash %s, want %s", name, hash, want)
			}
		}
		got, err := h.Content(ctx, want)
		must(t, err)
		if !bytes.Equal(got, b) {
			t.Errorf("%s: %d bytes come back as %d others", name, len(b), len(got))
		}
	}
	for _, hash := range []string{"", "nothing", strings.Repeat("0", 64), "' OR 1=1 --\x00"} {
		_, err := h.Content(ctx, hash)
		refused(t, err, fault.NotFound, "store.no-such-content")
	}
}

func drafts(t *testing.T, h harness) {
	ctx := t.Context()
	d := publish.GuideDraft{Instance: "i1", Flow: "new", Name: "Guide", Model: acw.Guide{TimeLimit: 480}, By: publish.Actor{ID: "p1"}}
	if _, found, err := h.Draft(ctx, "i1", "new"); err != nil || found {
		t.Fatalf("a draft out of nothing: %t, %v", found, err)
	}
	stale := d
	stale.Rev = 1
	_, err := h.SaveDraft(ctx, stale)
	refused(t, err, fault.Conflict, "draft.changed")

	odd := d
	odd.Flow = "f\x00\xff"
	_, err = h.SaveDraft(ctx, odd)
	must(t, err)
	if got, found, err := h.Draft(ctx, "i1", odd.Flow); err != nil || !found || got.Name != "Guide" {
		t.Errorf("of a flow whose id cannot be kept as it is: %t, %v", found, err)
	}
	must(t, h.DeleteDraft(ctx, "i1", odd.Flow, 0))

	first, err := h.SaveDraft(ctx, d)
	must(t, err)
	if !first.At.Equal(micro(h.clock.Now())) {
		t.Errorf("saved at %s, want the store's time", first.At)
	}
	_, err = h.SaveDraft(ctx, d)
	refused(t, err, fault.Conflict, "draft.changed")
	first.Name = "Renamed"
	second, err := h.SaveDraft(ctx, first)
	must(t, err)
	_, err = h.SaveDraft(ctx, first)
	refused(t, err, fault.Conflict, "draft.changed")
	got, found, err := h.Draft(ctx, "i1", "new")
	must(t, err)
	if diff := cmp.Diff(second, got); diff != "" || !found || got.Name != "Renamed" {
		t.Errorf("the draft saved last (-want +got):\n%s", diff)
	}

	must(t, h.DeleteDraft(ctx, "i1", "new", first.Rev))
	if _, found, err := h.Draft(ctx, "i1", "new"); err != nil || !found {
		t.Errorf("a draft saved since was deleted: %t, %v", found, err)
	}
	for range 2 {
		must(t, h.DeleteDraft(ctx, "i1", "new", second.Rev))
	}
	if _, found, err := h.Draft(ctx, "i1", "new"); err != nil || found {
		t.Errorf("the deleted draft is there: %t, %v", found, err)
	}
	_, err = h.SaveDraft(ctx, second)
	refused(t, err, fault.Conflict, "draft.changed")
	anew, err := h.SaveDraft(ctx, d)
	must(t, err)
	if anew.Rev == 0 || anew.Rev == first.Rev || anew.Rev == second.Rev {
		t.Errorf("a draft begun anew has revision %d, which came before", anew.Rev)
	}
	draftsOf(t, h, d)
	savedAtOnce(t, h, anew)
}

func draftsOf(t *testing.T, h harness, d publish.GuideDraft) {
	for _, k := range [][2]string{{"i1", "a"}, {"i1", "b"}, {"i2", "c"}} {
		d.Instance, d.Flow = instance.ID(k[0]), k[1]
		_, err := h.SaveDraft(t.Context(), d)
		must(t, err)
	}
	must(t, h.DeleteDraft(t.Context(), "i1", "b", 0))
	all, err := h.DraftsOf(t.Context(), "i1")
	must(t, err)
	var flows []string
	for _, d := range all {
		flows = append(flows, d.Flow)
	}
	if diff := cmp.Diff([]string{"a", "new"}, flows); diff != "" {
		t.Errorf("the drafts of an instance (-want +got):\n%s", diff)
	}
}

func savedAtOnce(t *testing.T, h harness, d publish.GuideDraft) {
	var all sync.WaitGroup
	var saved atomic.Int64
	for range 8 {
		all.Go(func() {
			_, err := h.SaveDraft(t.Context(), d)
			if err == nil {
				saved.Add(1)
			} else {
				refused(t, err, fault.Conflict, "draft.changed")
			}
		})
	}
	all.Wait()
	if saved.Load() != 1 {
		t.Errorf("%d of eight people saved over one revision", saved.Load())
	}
}

func draftRoundTrip(t *testing.T, h harness) {
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		var want publish.GuideDraft
		fill(rt, reflect.ValueOf(&want).Elem())
		want.Instance, want.Flow, want.Rev = "i1", change("i1").ID, 0
		saved, err := h.SaveDraft(ctx, want)
		must(rt, err)
		want.Rev = saved.Rev
		got, _, err := h.Draft(ctx, want.Instance, want.Flow)
		must(rt, err)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
