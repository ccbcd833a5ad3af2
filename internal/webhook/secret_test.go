package webhook_test

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wrapup/internal/webhook"
)

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	e := &endpoint{}
	e.Server = httptest.NewTLSServer(e.handler(status(200)))
	e.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(e.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(e.Certificate())
	s, _, _ := sender(t, e.URL, func(o *webhook.Options) { o.Roots = trusted })
	if _, err := s.Send(t.Context(), event(), &notes{}); err != nil || e.count() != 1 {
		t.Errorf("%d requests, %v", e.count(), err)
	}
	s, _, log := sender(t, e.URL, func(o *webhook.Options) { o.Roots = x509.NewCertPool() })
	if _, err := s.Send(t.Context(), event(), &notes{}); !errors.Is(err, webhook.ErrUnanswered) || e.count() != 1 || !strings.Contains(log.String(), "certificate") {
		t.Errorf("%d requests to who is not known, %v, logged %s", e.count(), err, log)
	}
}

func TestNothingSecretIsLoggedOrSaid(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, address := range map[string]string{
		"refused":   listen(t, status(403)).URL,
		"failing":   listen(t, status(500)).URL,
		"no server": closed.URL,
		"redirect": listen(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}).URL,
		"a redirect that is none": listen(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "%zz")
			w.WriteHeader(302)
		}).URL,
		"no HTTP": listen(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("what is this\r\n\r\n"))
				_ = conn.Close()
			}
		}).URL,
	} {
		s, _, log := sender(t, address)
		n := &notes{}
		_, err := s.Send(t.Context(), event(), n)
		if err == nil {
			t.Errorf("%s: it was delivered", name)
			continue
		}
		for _, hidden := range []string{secret, "path-token", "query-token"} {
			if all := log.String() + err.Error() + string(n.state); strings.Contains(all, hidden) {
				t.Errorf("%s tells %q: %s", name, hidden, all)
			}
		}
		if name != "refused" && name != "redirect" && !strings.Contains(log.String(), "endpoint=http://127.0.0.1:") {
			t.Errorf("%s does not say where: %s", name, log)
		}
	}
}

func TestSettingsThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://example.com/hook?x=hidden": true, "https://10.0.0.7:8443": true, "https://hooks.internal": true, "HTTPS://example.com": true,
		"http://127.0.0.1:9000/x": true, "http://[::1]:9000": true, "http://localhost": true, "http://127.9.9.9": true,
		"": false, "hidden": false, "example.com/hidden": false, "https://": false, "https:///hidden": false, "https:hidden": false, "ftp://example.com/hidden": false,
		"http://example.com/hidden": false, "http://10.0.0.7/hidden": false, "http://localhost.example.com/hidden": false, "http://127.0.0.1.example.com/hidden": false,
		"https://user:hidden@example.com": false, "https://example.com/#hidden": false, "https://exa mple.com/hidden": false, "https://example.com/%zz?hidden": false,
		"https://:443/hidden": false,
	} {
		_, err := webhook.New(webhook.Options{URL: address, Secret: secret})
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("the error tells the address: %v", err)
		}
	}
	for _, s := range []string{"", "hidden"} {
		if _, err := webhook.New(webhook.Options{URL: "https://example.com", Secret: s}); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("the secret %q: %v", s, err)
		}
	}
}

func TestAnAddressIsShownWithoutWhatLetsIn(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://example.com": "https://example.com", "https://example.com/": "https://example.com", "https://example.com:8443/a/b": "https://example.com:8443/xxxxx",
		"https://example.com?key=1": "https://example.com/xxxxx", "https://user:pass@example.com/a": "https://example.com/xxxxx",
		"": "none", "secret": "xxxxx", "https://exa mple.com/secret": "xxxxx",
	} {
		if got := webhook.Masked(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}
