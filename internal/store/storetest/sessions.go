package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"wrapup/internal/people"
)

// sessions drives the store through scs, as the server does.
func sessions(t *testing.T, h harness) {
	m := scs.New()
	m.Store, m.HashTokenInStore, m.Lifetime = h.Sessions, true, time.Hour
	ctx := t.Context()
	begin := func(person string) string {
		c, err := m.Load(ctx, "")
		must(t, err)
		if person != "" {
			m.Put(c, people.SessionKey, person)
		}
		m.Put(c, "note", "it's \x00")
		token, _, err := m.Commit(c)
		must(t, err)
		return token
	}
	who := func(token string) string {
		t.Helper()
		c, err := m.Load(ctx, token)
		must(t, err)
		if m.GetString(c, "note") == "" {
			return "ended"
		}
		return m.GetString(c, people.SessionKey)
	}
	want := func(token, person string) {
		t.Helper()
		if got := who(token); got != person {
			t.Errorf("the session is %q, want %q", got, person)
		}
	}
	ann, annToo, bo, nobody := begin("ann"), begin("ann"), begin("bo"), begin("")
	want(ann, "ann")
	want(nobody, "")
	if b, found, err := h.Sessions.FindCtx(ctx, ann); err != nil || found {
		t.Errorf("the token itself opens the store: %q, %v", b, err)
	}
	if all, err := h.Sessions.AllCtx(ctx); err != nil || len(all) != 4 {
		t.Errorf("%d sessions, %v; want 4", len(all), err)
	}
	c, err := m.Load(ctx, nobody)
	must(t, err)
	m.Put(c, people.SessionKey, "ann")
	_, _, err = m.Commit(c)
	must(t, err)

	must(t, h.EndSessions(ctx, ""))
	must(t, h.EndSessions(ctx, "ann"))
	for _, token := range []string{ann, annToo, nobody} {
		want(token, "ended")
	}
	want(bo, "bo")
	destroyed(t, m, ctx, begin("cy"), who)
	if err := h.Sessions.CommitCtx(ctx, "x", []byte("not a session"), time.Now().Add(time.Hour)); err == nil {
		t.Error("a session that nobody could end was kept")
	}
}

func destroyed(t *testing.T, m *scs.SessionManager, ctx context.Context, token string, who func(string) string) {
	t.Helper()
	c, err := m.Load(ctx, token)
	must(t, err)
	must(t, m.Destroy(c))
	if got := who(token); got != "ended" {
		t.Errorf("the destroyed session is %q", got)
	}
}

// tidy checks what goes, and that what goes is what no longer counts.
func tidy(t *testing.T, h harness) {
	ctx := t.Context()
	now := h.clock.Now()
	data, err := scs.GobCodec{}.Encode(now, map[string]any{people.SessionKey: "ann"})
	must(t, err)
	must(t, h.Sessions.CommitCtx(ctx, "short", data, now.Add(time.Hour)))
	must(t, h.Sessions.CommitCtx(ctx, "long", data, now.Add(72*time.Hour)))
	attempt := func(id string, at time.Time, most int) bool {
		t.Helper()
		ok, err := h.Attempt(ctx, people.Attempt{ID: id, At: at, Limits: []people.Limit{{Key: "name:ann", Most: most}}}, now.Add(-time.Hour))
		must(t, err)
		return ok
	}
	attempt("gone", now, 2)
	attempt("kept", now.Add(40*time.Hour), 2)
	must(t, h.CreateLink(ctx, "short", people.Link{Purpose: people.Invite, Expires: now.Add(time.Hour)}))
	must(t, h.CreateLink(ctx, "long", people.Link{Purpose: people.Invite, Expires: now.Add(72 * time.Hour)}))
	must(t, h.Record(ctx, people.Entry{At: now, Action: "x"}))
	hash, err := h.KeepContent(ctx, []byte("kept"))
	must(t, err)

	h.clock.advance(48 * time.Hour)
	if _, found, err := h.Sessions.FindCtx(ctx, "short"); err != nil || found {
		t.Errorf("an expired session is found: %v", err)
	}
	must(t, h.Tidy(ctx))
	if attempt("none", now, 1) || !attempt("one", now, 2) {
		t.Error("the later attempt alone should be left")
	}
	if _, err := h.Link(ctx, "long", now); err != nil {
		t.Errorf("a link that holds is gone: %v", err)
	}
	if err := h.CreateLink(ctx, "short", people.Link{Expires: now}); err != nil {
		t.Errorf("the expired link is still there: %v", err)
	}
	if _, found, err := h.Sessions.FindCtx(ctx, "long"); err != nil || !found {
		t.Errorf("a session that holds is gone: %v", err)
	}
	if all, err := h.Entries(ctx, 0, 0); err != nil || len(all) != 1 {
		t.Errorf("the record has %d entries, %v", len(all), err)
	}
	if _, err := h.Content(ctx, hash); err != nil {
		t.Errorf("content is gone: %v", err)
	}
	must(t, h.Ping(ctx))
}
