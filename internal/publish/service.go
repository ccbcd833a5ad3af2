package publish

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
)

// Options of the service.
type Options struct {
	Event     string                           // the event's name; "" is flow.EventACW
	Work      Worker                           // does what Begin asks for; it is to be told of Do
	Now       func() time.Time                 // nil is time.Now
	NewID     func() string                    // ids of changes; nil is random, 26 characters
	CallLimit time.Duration                    // of one write, from its intent to its answer; 0 is 30 s
	Wrote     func(instance.ID, instance.Flow) // told of every read-back, once its outcome is journalled; may be nil
	// Managed names the tool that a flow's tags say manages it; nil names none.
	Managed func(tags map[string]string) string
	// MayPublish says whether a person may publish now, by Actor.ID: somebody who was removed may not. nil lets everybody.
	MayPublish func(ctx context.Context, id string) (bool, error)
	// Wait pauses between two tries of a read-back, or gives ctx's error; nil waits by the clock.
	Wait   func(ctx context.Context, d time.Duration) error
	Drafts Drafts       // a published draft is deleted; may be nil
	Log    *slog.Logger // nil discards
}

// Worker asks for operations and shows how they come on (operation.Service).
type Worker interface {
	Ask(ctx context.Context, q operation.Request) (o operation.Operation, asked bool, err error)
	Watch(ctx context.Context, id operation.ID) (<-chan operation.Operation, error)
}

// Service plans and applies changes.
type Service struct {
	target  Target
	journal Journal
	o       Options
}

// New makes the service.
func New(t Target, j Journal, o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() string { return strings.ToLower(rand.Text()) }
	}
	if o.CallLimit == 0 {
		o.CallLimit = 30 * time.Second
	}
	if o.Wrote == nil {
		o.Wrote = func(instance.ID, instance.Flow) {}
	}
	if o.Managed == nil {
		o.Managed = func(map[string]string) string { return "" }
	}
	if o.MayPublish == nil {
		o.MayPublish = func(context.Context, string) (bool, error) { return true, nil }
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{target: t, journal: j, o: o}
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
		if st.OverCalls {
			add(st, "callers")
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
		if st.Over {
			add(st, "over")
		}
		if st.Kind == RestoreDraft {
			add(st, "save-draft")
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
