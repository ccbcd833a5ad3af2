package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"wrapup/handlers"
	"wrapup/internal/store"
)

// A stream asks again and again whether its session is still there: the copy that the request loaded would always say yes.
func TestASessionThatEndedElsewhereIsNotAlive(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := newSession(Options{Sessions: db.Sessions()})
	var cookies []*http.Cookie
	during := func(do func(ctx context.Context)) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		s.load(&handlers.Shell{})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do(r.Context())
			w.WriteHeader(http.StatusOK)
		})).ServeHTTP(w, r)
		cookies = w.Result().Cookies()
	}
	during(func(ctx context.Context) {
		if s.Alive(ctx) {
			t.Error("nobody is signed in")
		}
		if err := s.SignIn(ctx, "p1"); err != nil {
			t.Error(err)
		}
	})
	during(func(ctx context.Context) {
		if !s.Alive(ctx) {
			t.Error("somebody is signed in")
		}
		during(func(elsewhere context.Context) {
			if err := s.SignOut(elsewhere); err != nil {
				t.Error(err)
			}
		})
		if s.Alive(ctx) || s.Person(ctx) != "p1" {
			t.Error("it ended meanwhile")
		}
	})
	if s.Alive(t.Context()) {
		t.Error("there is no session outside a request")
	}
}
