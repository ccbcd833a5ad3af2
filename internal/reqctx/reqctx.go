// Package reqctx carries what a request knows of itself: its id, the person and the client's address; and the
// slog handler that adds them to every log line.
package reqctx

import (
	"context"
	"log/slog"
)

type key int

const (
	keyID key = iota
	keyPerson
	keyAddress
)

// Person is who is signed in, as pages and the record need it.
type Person struct{ ID, Name, Role string }

// WithID, WithPerson and WithAddress return a context that carries the value.
func WithID(ctx context.Context, id string) context.Context { return context.WithValue(ctx, keyID, id) }

// WithPerson carries the signed-in person.
func WithPerson(ctx context.Context, p Person) context.Context {
	return context.WithValue(ctx, keyPerson, p)
}

// WithAddress carries the client's address.
func WithAddress(ctx context.Context, a string) context.Context {
	return context.WithValue(ctx, keyAddress, a)
}

// ID is the request's id; empty outside a request.
func ID(ctx context.Context) string { s, _ := ctx.Value(keyID).(string); return s }

// Address is the client's address; empty outside a request.
func Address(ctx context.Context) string { s, _ := ctx.Value(keyAddress).(string); return s }

// PersonOf is who is signed in; the zero Person when nobody is.
func PersonOf(ctx context.Context) Person { p, _ := ctx.Value(keyPerson).(Person); return p }

// Handler adds the context's values to every record of the handler it wraps.
type Handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	if id := ID(ctx); id != "" {
		r.AddAttrs(slog.String("request", id))
	}
	if p := PersonOf(ctx); p.ID != "" {
		r.AddAttrs(slog.String("person", p.Name))
	}
	if a := Address(ctx); a != "" {
		r.AddAttrs(slog.String("address", a))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs and WithGroup keep the wrapping.
func (h Handler) WithAttrs(a []slog.Attr) slog.Handler { return Handler{h.Handler.WithAttrs(a)} }

// WithGroup implements slog.Handler.
func (h Handler) WithGroup(name string) slog.Handler { return Handler{h.Handler.WithGroup(name)} }
