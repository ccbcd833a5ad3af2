package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/httprate"

	"wrapup/handlers"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/reqctx"
)

type wrap = func(http.Handler) http.Handler

// recovered turns a panic into the error page. http.ErrAbortHandler means to cut the connection and is let through.
func recovered(shell *handlers.Shell) wrap {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ww := &answer{ResponseWriter: w}
			defer func() {
				v := recover()
				if v == nil {
					return
				}
				if v == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
					panic(v)
				}
				err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
				if ww.status != 0 { // too late for a page
					shell.Log.ErrorContext(r.Context(), "panic after the answer began", "err", err)
					return
				}
				shell.Fail(ww, r, err)
			}()
			next.ServeHTTP(ww, r)
		})
	}
}

// requestID names the request in logs and on error pages. One from outside is not believed.
func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:12]
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(reqctx.WithID(r.Context(), id)))
	})
}

// seen is what inner middleware learns and the access log, further out, writes.
type seen struct{ address string }

type seenKey struct{}

// accessLog writes one line per request, with the route's pattern: paths may hold one-time tokens.
func accessLog(log *slog.Logger, m *Metrics) wrap {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, s := time.Now(), &seen{}
			ww := &answer{ResponseWriter: w}
			next.ServeHTTP(ww, r.WithContext(context.WithValue(r.Context(), seenKey{}, s)))
			route, took := chi.RouteContext(r.Context()).RoutePattern(), time.Since(start)
			if !strings.HasPrefix(ww.Header().Get("Content-Type"), "text/event-stream") { // how long somebody looks on is no time of ours
				m.request(r.Method, route, ww.status, took)
			}
			level := slog.LevelInfo
			if strings.HasPrefix(route, "/static/") || route == "/healthz" || route == "/readyz" || route == "/metrics" {
				level = slog.LevelDebug
			}
			log.Log(r.Context(), level, "request", "method", r.Method, "route", route, "status", ww.status,
				"bytes", ww.bytes, "ms", took.Milliseconds(), "client", s.address)
		})
	}
}

// csp allows what wrapup serves itself and nothing else; there is no inline script or style.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not no-referrer: browsers would then send "Origin: null" with our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store") // static files set their own
		next.ServeHTTP(w, r)
	})
}

func language(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(i18n.With(r.Context(), r.Header.Get("Accept-Language"))))
	})
}

// crossOrigin refuses writes that another site's page sends. The public origin is trusted by name, because a proxy
// may hand on another Host.
func crossOrigin(baseURL string, shell *handlers.Shell) (*http.CrossOriginProtection, error) {
	c := http.NewCrossOriginProtection()
	if origin := originOf(baseURL); origin != "" {
		if err := c.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("base URL: %w", err)
		}
	}
	c.SetDenyHandler(shell.Adapt(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Denied, "error.cross-site")
	}))
	return c, nil
}

func bodyLimit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, handlers.MaxBody)
		next.ServeHTTP(w, r)
	})
}

// timeout ends the context; the handler's error then becomes the page that says so.
func timeout(d time.Duration) wrap {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

func limitByAddress(n int, per time.Duration, shell *handlers.Shell) wrap {
	return httprate.LimitBy(n, per, func(r *http.Request) (string, error) { return addressOf(r), nil },
		httprate.WithLimitHandler(shell.Adapt(func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.Throttled, "error.edge")
		})))
}
