package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"wrapup/internal/connect"
	"wrapup/internal/operation"
	"wrapup/internal/store/pgtest"
)

// A kind of long work, from its registration to its resumption by the next process.
func TestLongWorkGoesOnWhereTheFormerProcessStopped(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"a file":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "wrapup.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config{Database: database(t), Rate: 1}
			reached := make(chan bool, 1)
			first, stopped := serving(t, c, func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
				if err := r.Save(ctx, json.RawMessage(`{"page":2}`)); err != nil {
					return nil, err
				}
				reached <- true
				<-ctx.Done()
				return nil, ctx.Err()
			})
			o, _, err := first.work.Ask(t.Context(), operation.Request{Kind: "count", Subject: "i1"})
			if err != nil {
				t.Fatal(err)
			}
			<-reached
			if err := stopped(); err != nil {
				t.Error(err)
			}

			second, stopped := serving(t, c, func(_ context.Context, r *operation.Run) (json.RawMessage, error) { return r.Saved(), nil })
			states, err := second.work.Watch(t.Context(), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			for o = range states {
			}
			if o.State != operation.Done || string(o.Result) != `{"page":2}` || o.Lost != 0 {
				t.Errorf("it ended as %+v", o)
			}
			if err := stopped(); err != nil {
				t.Error(err)
			}
		})
	}
}

// serving composes the program with one more kind of long work and serves until stopped is called.
func serving(t *testing.T, c config, do operation.Handler) (a *app, stopped func() error) {
	t.Helper()
	aws := connect.Options{Regions: []string{"us-east-1"}, Credentials: &connect.Credentials{AccessKey: "a", SecretKey: "s"}}
	a, err := compose(t.Context(), c, aws, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a.work.Handle("count", operation.Kind{Do: do})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- a.serve(ctx, ln) }()
	return a, func() error {
		cancel()
		err := <-over
		a.close()
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}
}
