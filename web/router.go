// Package web is the shell around the handlers: router, middleware, sessions, static files, health, metrics, server.
package web

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/NYTimes/gziphandler"
	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"

	"wrapup/handlers"
	"wrapup/internal/reqctx"
	"wrapup/static"
)

// Options of the shell.
type Options struct {
	Log          *slog.Logger
	Deps         handlers.Deps // Session, SignInLimit and Log are filled here
	Sessions     scs.CtxStore
	BaseURL      string                      // https makes cookies Secure; its origin may post here
	Proxies      []string                    // CIDRs whose X-Forwarded-For is believed
	Ready        func(context.Context) error // e.g. pings the store
	Metrics      *Metrics
	MetricsToken string        // bearer token for /metrics; empty: only for this machine
	Timeout      time.Duration // of a request; 0 is one minute
}

// New builds the handler for everything.
//
// Order of middleware: recover, request id, access log, client address, security headers, cross-origin protection,
// body limit; then, but for streams of events, timeout and compression; then session, and (behind the router, where the pattern is
// known) sign-in and role.
func New(o Options) (http.Handler, error) {
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	o.Deps.Log = o.Log
	sessions := newSession(o)
	o.Deps.Session = sessions
	shell := &handlers.Shell{Deps: o.Deps}
	o.Deps.SignInLimit = signInLimit(shell)
	origins, err := crossOrigin(o.BaseURL, shell)
	if err != nil {
		return nil, err
	}
	address, err := clientAddress(o.Proxies)
	if err != nil {
		return nil, err
	}
	compress, err := gziphandler.GzipHandlerWithOpts(gziphandler.CompressionLevel(5),
		gziphandler.ContentTypes([]string{"text/html", "text/csv", "application/json"}))
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(recovered(shell), requestID, accessLog(o.Log, o.Metrics), address, securityHeaders, language, origins.Handler, bodyLimit, getHead)
	handlers.MountStreams(r.With(sessions.load(shell)), o.Deps)
	r.Group(func(r chi.Router) {
		r.Use(timeout(o.Timeout), compress)
		r.Handle(static.Prefix+"*", static.Handler())
		r.Get("/healthz", healthy)
		r.Get("/readyz", ready(o))
		r.Get("/metrics", metricsAccess(o.MetricsToken, o.Metrics.handler()))
		pages := chi.NewRouter()
		pages.Use(sessions.load(shell))
		handlers.Mount(pages, o.Deps)
		r.Mount("/", pages)
	})
	return r, nil
}

func healthy(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// ready answers 503 while the store does not answer, so that a load balancer leaves this process alone.
func ready(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := o.Ready(ctx); err != nil {
			o.Log.WarnContext(ctx, "not ready", "err", err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		healthy(w, r)
	}
}

// metricsAccess shows the metrics to who has the token; without one, to this machine only, and to nobody through a
// proxy, which would make every client look local. To others the address does not exist.
func metricsAccess(token string, next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		allowed := token == "" && local(r)
		if token != "" {
			allowed = subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) == 1
		}
		if !allowed {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}
}

func local(r *http.Request) bool {
	for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// signInLimit stops a flood at the edge, before a password is hashed; people counts failures per name and address.
func signInLimit(shell *handlers.Shell) func(http.Handler) http.Handler {
	return limitByAddress(20, time.Minute, shell)
}

func addressOf(r *http.Request) string { return reqctx.Address(r.Context()) }
