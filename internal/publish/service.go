package publish

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Options of the service.
type Options struct {
	Event    string                           // the event's name; "" is flow.EventACW
	Owner    string                           // names this process in leases
	Now      func() time.Time                 // nil is time.Now
	NewID    func() string                    // ids of changes; nil is random, 26 characters
	Deadline time.Duration                    // of one apply; 0 is ten minutes
	Lease    time.Duration                    // 0 is five minutes; renewed around every call
	Wrote    func(instance.ID, instance.Flow) // told of every read-back, once its outcome is journalled; may be nil
	// Managed names the tool that a flow's tags say manages it; nil names none.
	Managed func(tags map[string]string) string
	// Wait pauses between two tries of a read-back, or gives ctx's error; nil waits by the clock.
	Wait   func(ctx context.Context, d time.Duration) error
	Drafts Drafts       // a published draft is deleted; may be nil
	Log    *slog.Logger // nil discards
}

// Service plans and applies changes.
type Service struct {
	target  Target
	journal Journal
	o       Options
	running sync.WaitGroup

	mu   sync.Mutex
	runs map[string]bool // ids of the changes that this process applies now
}

// New makes the service.
func New(t Target, j Journal, o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() string { return strings.ToLower(rand.Text()) }
	}
	if o.Deadline == 0 {
		o.Deadline = 10 * time.Minute
	}
	if o.Lease == 0 {
		o.Lease = 5 * time.Minute
	}
	if o.Wrote == nil {
		o.Wrote = func(instance.ID, instance.Flow) {}
	}
	if o.Managed == nil {
		o.Managed = func(map[string]string) string { return "" }
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{target: t, journal: j, o: o, runs: map[string]bool{}}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Change loads a change with the state of its steps; fault.NotFound.
func (s *Service) Change(ctx context.Context, id string) (Change, error) {
	return s.journal.Change(ctx, id)
}

// Changes lists the newest first, with the number of all that match.
func (s *Service) Changes(ctx context.Context, f Filter) ([]Change, int, error) {
	return s.journal.Changes(ctx, f)
}

// Content gives kept content by its hash; fault.NotFound, or fault.Internal when the bytes no longer match it.
func (s *Service) Content(ctx context.Context, hash string) ([]byte, error) {
	return s.journal.Content(ctx, hash)
}

// Keep keeps content by its hash, once: a draft's base must be there when the draft is brought up to date.
func (s *Service) Keep(ctx context.Context, content []byte) (hash string, err error) {
	return s.journal.KeepContent(ctx, content)
}

// Recover judges what a former process of this owner left running; called once at start, before anything runs.
func (s *Service) Recover(ctx context.Context) error {
	return s.sweep(ctx, s.o.Owner)
}

// Sweep judges changes whose lease has run out, so that they hold their instance no longer. What this process still
// runs is left alone: it comes to its own end.
func (s *Service) Sweep(ctx context.Context) error { return s.sweep(ctx, "") }

func (s *Service) sweep(ctx context.Context, owner string) error {
	ids, err := s.journal.Sweep(ctx, owner, s.o.Now(), s.runsNow()...)
	for _, id := range ids {
		s.o.Log.WarnContext(ctx, "a change was cut off and is judged", slog.String("change", id))
	}
	return err
}

func (s *Service) runsNow() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.runs))
}

// runsChange notes that this process applies the change, or does no longer.
func (s *Service) runsChange(id string, runs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if runs {
		s.runs[id] = true
	} else {
		delete(s.runs, id)
	}
}

// Wait returns when no apply of this process runs any more, or with ctx's error.
func (s *Service) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Confirmation is a tick that a review asks for; Publish refuses without it.
type Confirmation struct {
	ID      string // "<step key>:<what>"
	Message fault.Message
}

// Confirmations lists the ticks a change needs: exits that are not followed, guides that are replaced, drafts that are
// published over, and flows that another tool manages.
func (c Change) Confirmations() []Confirmation {
	var out []Confirmation
	add := func(st Step, what string, args ...any) {
		out = append(out, Confirmation{ID: st.Key + ":" + what, Message: fault.Msg("publish.confirm."+what, append([]any{"Flow", st.Name}, args...)...)})
	}
	for _, st := range c.Steps {
		if len(st.Exits) > 0 && st.Adds() {
			add(st, "exits", "Count", len(st.Exits))
		}
		if len(st.Replaces) > 0 {
			add(st, "replace", "Guide", strings.Join(st.ReplacesNames, ", "))
		}
		if len(st.Loses) > 0 {
			add(st, "loses", "Fields", strings.Join(st.Loses, ", "))
		}
		if len(st.Overrides) > 0 {
			add(st, "override", "Fields", strings.Join(st.Overrides, ", "))
		}
		if st.ReplacesDraft {
			add(st, "draft")
		}
		if st.Managed != "" {
			add(st, "managed", "Tool", st.Managed)
		}
	}
	return out
}

// Blocked says whether a pre-flight check forbids publishing, or there is nothing to write.
func (c Change) Blocked() bool {
	for _, k := range c.Checks {
		if k.Block {
			return true
		}
	}
	return len(c.Steps) == 0
}
