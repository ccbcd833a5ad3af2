package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"wrapup/handlers"
	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/survey"
	"wrapup/web"
)

// serve runs the dashboard on real Amazon Connect.
func serve(ctx context.Context, args []string, p process) error {
	c, err := loadConfig(args, p)
	if err != nil {
		return err
	}
	log := c.logger(p.stderr)
	log.InfoContext(ctx, "configuration", "wrapup", version(), "settings", c)
	a, err := compose(ctx, c, connect.Options{Regions: c.Regions, RoleARNs: c.RoleARNs, Share: c.Rate, Unhurried: c.Scheduled}, false, log)
	if err != nil {
		return inWords(ctx, err)
	}
	defer a.close()
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
	}
	base := baseOf(c.BaseURL, ln.Addr())
	if link, err := a.firstAdmin(ctx); err != nil {
		return errors.Join(err, ln.Close())
	} else if link != "" {
		fmt.Fprintf(p.stdout, "There is no account yet. This link makes the first administrator; it works once, for a day:\n  %s%s\n", base, link)
	}
	warnInsecure(ctx, c, ln.Addr(), log)
	fmt.Fprintf(p.stdout, "wrapup listens on %s\n", base)
	return a.serve(ctx, ln)
}

// app is the composed program.
type app struct {
	log     *slog.Logger
	lock    *store.Lock
	store   *store.Store
	people  *people.Service
	publish *publish.Service
	work    *operation.Service
	survey  *survey.Service
	daily   bool // every instance is read once a day
	handler http.Handler
}

// readingsAtOnce is how many instances one process reads at a time: each has a quota of its own.
const readingsAtOnce = 4

// publishingAtOnce is how many instances one process publishes to at a time: the changes of one wait for each other.
const publishingAtOnce = 16

// pace is the calls a second that a reading makes.
func pace(o connect.Options) float64 { return cmp.Or(o.Rate, 2) * cmp.Or(o.Share, 1) }

// compose builds everything: store, people, gateway, survey, publish, handlers, web.
func compose(ctx context.Context, c config, aws connect.Options, practice bool, log *slog.Logger) (*app, error) {
	lock, err := store.TakeLock(c.Database)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, c.Database)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	metrics := web.NewMetrics()
	aws.Logger, aws.Observe, aws.UserAgent = log, metrics.Call, "wrapup/"+userAgentVersion()
	gateway, err := connect.New(ctx, aws)
	if err != nil {
		return nil, errors.Join(err, s.Close(), lock.Release())
	}
	a := &app{log: log, lock: lock, store: s, people: people.New(s, time.Now), daily: c.Daily}
	me := owner(store.Shared(c.Database))
	a.work = operation.New(s.Operations(), operation.Options{Owner: me, Notifier: s.Notifier(), Log: log})
	tell, err := newsFrom(c, a.work, log)
	if err != nil {
		return nil, errors.Join(err, s.Close(), lock.Release())
	}
	reader := survey.New(gateway, survey.ServiceOptions{
		Event: c.EventHook, Now: time.Now, ManagedTags: c.ManagedTags, Cache: s.Readings(), Operations: a.work, Log: log, News: tell,
		Left: leftBy(s),
	})
	a.survey = reader
	a.work.Handle(survey.Work, operation.Kind{Do: reader.Do, Most: readingsAtOnce})
	a.publish = publish.New(gateway, s, publish.Options{
		Event: c.EventHook, Work: a.work, Now: time.Now, Wrote: reader.Wrote, Drafts: s, Log: log,
		Managed: survey.ManagedBy(c.ManagedTags), MayPublish: mayPublish(a.people),
	})
	a.work.Handle(publish.Work, operation.Kind{Do: a.publish.Do, Most: publishingAtOnce})
	deps := handlers.Deps{
		Log:    log,
		People: a.people, Survey: reader, Readiness: gateway, Publish: a.publish, Drafts: s, Now: time.Now,
		Operations: a.work, Stopping: ctx.Done(), Rate: pace(aws),
		Practice: practice, Version: version(), BaseURL: c.BaseURL, Event: c.EventHook,
	}
	a.work.Handle(handlers.PlanWork, operation.Kind{Do: handlers.PlanDo(deps), Most: publishingAtOnce})
	a.handler, err = web.New(web.Options{
		Log: log, Sessions: s.Sessions(), BaseURL: c.BaseURL, Proxies: c.Proxies,
		Ready: s.Ping, Metrics: metrics, MetricsToken: c.MetricsToken,
		Deps: deps,
	})
	if err != nil {
		return nil, errors.Join(err, s.Close(), lock.Release())
	}
	return a, nil
}

// mayPublish asks whether somebody who approved a change still may publish. A disabled account, and one that is gone, may not.
func mayPublish(all *people.Service) func(context.Context, string) (bool, error) {
	return func(ctx context.Context, id string) (bool, error) {
		who, err := all.Person(ctx, id)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Denied) {
			return false, nil
		}
		return err == nil && who.Role.May(people.Publish), err
	}
}

// serve answers until ctx ends; then requests and changes under way come to their end.
func (a *app) serve(ctx context.Context, ln net.Listener) error {
	tidy, stop := context.WithCancel(ctx)
	defer stop()
	go a.store.KeepTidy(tidy, time.Hour, a.log)
	go a.keepApplied(tidy, 15*time.Second)
	if a.daily {
		go a.keepRead(tidy, 10*time.Minute)
	}
	working := make(chan error, 1)
	go func() { working <- a.work.Run(tidy) }()
	err := web.Serve(ctx, ln, a.handler, a.log)
	stop() // also where serving failed
	return errors.Join(err, <-working)
}

// keepApplied asks for what was approved and is due, and for what a process that is no more left running, until ctx ends.
func (a *app) keepApplied(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := a.publish.TakeUp(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "look for approved changes", slog.String("error", err.Error()))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// keepRead asks for the reading of every instance whose turn has come, until ctx ends. Of several processes one asks. It begins
// after a while: who opens wrapup first is not to share a reading that goes at the pace of what nobody waits for.
func (a *app) keepRead(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, l := range a.survey.Instances(ctx) {
			for _, in := range l.Instances {
				if err := a.survey.Daily(ctx, in.ID); err != nil && ctx.Err() == nil {
					a.log.WarnContext(ctx, "ask for the daily reading", slog.String("instance", string(in.ID)), slog.String("error", err.Error()))
				}
			}
		}
	}
}

func (a *app) close() {
	if err := a.store.Close(); err != nil {
		a.log.Error("close the database", "err", err)
	}
	if err := a.lock.Release(); err != nil {
		a.log.Error("release the database", "err", err)
	}
}

// firstAdmin is the path of a one-time link for the first administrator; empty once there is an account.
func (a *app) firstAdmin(ctx context.Context) (string, error) {
	empty, err := a.people.Empty(ctx)
	if err != nil || !empty {
		return "", err
	}
	token, err := a.people.NewLink(ctx, people.Link{Purpose: people.FirstAdmin})
	if fault.Is(err, fault.Conflict) { // somebody was quicker
		return "", nil
	}
	return "/link/" + token, err
}

// baseOf is how people reach this process: the configured address, else the one it listens on.
func baseOf(configured string, addr net.Addr) string {
	if configured != "" {
		return configured
	}
	a, err := netip.ParseAddrPort(addr.String())
	if err == nil && a.Addr().IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", a.Port())
	}
	return "http://" + addr.String()
}

func loopback(addr net.Addr) bool {
	a, err := netip.ParseAddrPort(addr.String())
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func warnInsecure(ctx context.Context, c config, addr net.Addr, log *slog.Logger) {
	if !loopback(addr) && !strings.HasPrefix(c.BaseURL, "https://") {
		log.WarnContext(ctx, "wrapup is reachable from other computers without https; put a proxy with TLS before it and set WRAPUP_BASE_URL")
	}
}

// owner names this process in leases. On a database of its own it stays the same over a restart, so that what the former
// process left is found at once. On a shared one it is this process's alone, for two may run on one machine: what a dead
// one left is found when its lease is over.
func owner(shared bool) string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "wrapup"
	}
	if shared {
		name += "/" + strings.ToLower(rand.Text())
	}
	return name
}

// userAgentVersion has no characters that a user agent does not take.
func userAgentVersion() string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, version())
}

// inWords puts the catalogue's sentence before the cause: this error is read on a terminal.
func inWords(ctx context.Context, err error) error {
	f := fault.From(err)
	if f.Err == nil {
		return errors.New(i18n.Text(ctx, f.Message))
	}
	return fmt.Errorf("%s (%w)", i18n.Text(ctx, f.Message), f.Err)
}
