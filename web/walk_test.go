package web_test

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/people"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// outside needs nobody signed in: probes, files, the way in.
var outside = map[string]bool{
	"GET /healthz": true, "GET /readyz": true, "GET /metrics": true,
	"GET /sign-in": true, "POST /sign-in": true, "POST /sign-out": true, "GET /link/{token}": true, "POST /link/{token}": true,
}

// needs is the least role by the shape of a route, written down apart from the table that the guard reads.
func needs(method, pattern string) people.Role {
	switch {
	case strings.HasPrefix(pattern, "/people"):
		return people.Admin
	case method == http.MethodPost && strings.HasSuffix(pattern, "/publish"), strings.HasSuffix(pattern, "/settle"):
		return people.Publisher
	case method == http.MethodGet && !strings.Contains(pattern, "/changes/new"), strings.HasSuffix(pattern, "/refresh"),
		strings.HasSuffix(pattern, "/confirm"), strings.HasSuffix(pattern, "/cancel"):
		return people.Viewer
	}
	return people.Editor
}

type routed struct{ method, pattern, path string }

// all walks every route but the static files.
func (s *site) all(t *testing.T) []routed {
	t.Helper()
	param := regexp.MustCompile(`\{[^}]+\}`)
	var list []routed
	err := chi.Walk(s.routes, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		pattern = strings.ReplaceAll(pattern, "/*/", "/")
		if strings.HasPrefix(pattern, "/static/") {
			return nil
		}
		list = append(list, routed{method, pattern, param.ReplaceAllString(pattern, "00000000-0000-0000-0000-000000000000")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 20 {
		t.Fatalf("found %d routes", len(list))
	}
	return list
}

func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	below := map[people.Role]*http.Client{people.Editor: s.signedIn(people.Viewer), people.Publisher: s.signedIn(people.Editor), people.Admin: s.signedIn(people.Publisher)}
	for _, r := range s.all(t) {
		name := r.method + " " + r.pattern
		t.Run(name, func(t *testing.T) {
			if !outside[name] {
				res := s.do(s.browser(), r.method, r.path, nil)
				if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
					t.Errorf("signed out: %d %s", res.StatusCode, to)
				}
				if b := below[needs(r.method, r.pattern)]; b != nil {
					if res := s.do(b, r.method, r.path, nil); res.StatusCode != http.StatusForbidden {
						t.Errorf("with a lower role: %d", res.StatusCode)
					}
				}
			}
			if r.method == http.MethodGet {
				return
			}
			for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
				if res := s.post(below[people.Admin], r.path, url.Values{}, header...); res.StatusCode != http.StatusForbidden {
					t.Errorf("from another site (%s): %d", header, res.StatusCode)
				}
			}
		})
	}
}

func TestEveryPermittedRoleGetsPastTheGuard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signedIn(people.Admin)
	for _, r := range s.all(t) {
		name := r.method + " " + r.pattern
		if outside[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			res := s.do(admin, r.method, r.path, nil)
			if to := res.Header.Get("Location"); res.StatusCode == http.StatusForbidden || strings.HasPrefix(to, "/sign-in") {
				t.Errorf("an administrator: %d %s", res.StatusCode, to)
			}
		})
	}
}
