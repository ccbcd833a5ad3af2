package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"wrapup/handlers"
	"wrapup/internal/people"
)

// How long a session lives without use, and at most.
const (
	sessionIdle = 2 * time.Hour
	sessionLife = 12 * time.Hour
)

const sessionFlashes = "flashes"

// session implements handlers.Session on scs.
type session struct{ m *scs.SessionManager }

func newSession(o Options) *session {
	m := scs.New()
	m.Store, m.HashTokenInStore = storeOf(o.Sessions), true
	m.IdleTimeout, m.Lifetime = sessionIdle, sessionLife
	m.Cookie.Name, m.Cookie.Path = "wrapup", "/"
	m.Cookie.HttpOnly, m.Cookie.SameSite = true, http.SameSiteLaxMode
	m.Cookie.Persist = false // gone with the browser
	if u, err := url.Parse(o.BaseURL); err == nil && u.Scheme == "https" {
		m.Cookie.Secure, m.Cookie.Name = true, "__Host-wrapup"
	}
	return &session{m}
}

// storeOf gives scs the store under the interface that it keeps; it finds the methods that take a context by itself.
func storeOf(s scs.CtxStore) scs.Store { return keeping{s} }

// keeping saves a session even where the request's time is over: its answer, which says so, is written all the same,
// and a save that fails would add a second page to it.
type keeping struct{ scs.CtxStore }

const keepFor = 5 * time.Second

func (k keeping) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepFor)
	defer cancel()
	return k.CtxStore.CommitCtx(ctx, token, b, expiry)
}

type loadedKey struct{}

// load reads the session before the handlers and saves it at the first byte they write.
func (s *session) load(shell *handlers.Shell) wrap {
	s.m.ErrorFunc = shell.Fail
	return func(next http.Handler) http.Handler {
		return s.m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), loadedKey{}, true)))
		}))
	}
}

// loaded says whether there is a session to ask: an error page may be rendered outside of it.
func loaded(ctx context.Context) bool { return ctx.Value(loadedKey{}) != nil }

// Person implements handlers.Session.
func (s *session) Person(ctx context.Context) string {
	if !loaded(ctx) {
		return ""
	}
	return s.m.GetString(ctx, people.SessionKey)
}

// SignIn implements handlers.Session.
func (s *session) SignIn(ctx context.Context, person string) error {
	if err := s.m.RenewToken(ctx); err != nil {
		return err
	}
	s.m.Put(ctx, people.SessionKey, person)
	return nil
}

// SignOut implements handlers.Session.
func (s *session) SignOut(ctx context.Context) error { return s.m.Destroy(ctx) }

// Alive implements handlers.Session. The request's own copy of the session is as old as the request.
func (s *session) Alive(ctx context.Context) bool {
	who := s.Person(ctx)
	if who == "" {
		return false
	}
	fresh, cancel := context.WithTimeout(context.Background(), keepFor)
	defer cancel()
	now, err := s.m.Load(fresh, s.m.Token(ctx))
	return err == nil && s.m.GetString(now, people.SessionKey) == who
}

// PutFlash implements handlers.Session.
func (s *session) PutFlash(ctx context.Context, f handlers.Flash) {
	list := append(s.flashes(ctx), f)
	data, err := json.Marshal(list)
	if err != nil {
		return // strings and maps of strings: cannot be
	}
	s.m.Put(ctx, sessionFlashes, string(data))
}

// TakeFlashes implements handlers.Session.
func (s *session) TakeFlashes(ctx context.Context) []handlers.Flash {
	if !loaded(ctx) || !s.m.Exists(ctx, sessionFlashes) {
		return nil
	}
	list := s.flashes(ctx)
	s.m.Remove(ctx, sessionFlashes)
	return list
}

func (s *session) flashes(ctx context.Context) []handlers.Flash {
	var list []handlers.Flash
	if json.Unmarshal([]byte(s.m.GetString(ctx, sessionFlashes)), &list) != nil {
		return nil
	}
	return list
}

// originOf is scheme and host of the base URL; empty where there is none.
func originOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
