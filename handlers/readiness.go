package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/readiness"
	"wrapup/internal/survey"
	"wrapup/views/layout"
	readyview "wrapup/views/readiness"
	"wrapup/views/ui"
)

// Readiness is the page that says whether agents can work with the guide. Users are asked about only when somebody looks at it.
type Readiness struct {
	*Shell
	surveyor Surveyor

	mu     sync.Mutex
	facts  map[instance.ID]*readiness.Facts
	turns  map[instance.ID]chan struct{} // who asks for an instance holds it
	limits map[limitKey]int
}

// limitKey is a guide as it was read: its time limit does not change while its content does not.
type limitKey struct {
	instance instance.ID
	flow     instance.FlowID
	hash     string
}

// factsFor is how long facts about users serve.
const factsFor = 5 * time.Minute

// Mount registers the routes.
func (h *Readiness) Mount(r chi.Router) {
	r.Get("/instances/{instance}/readiness", h.Adapt(h.show))
	r.Post("/instances/{instance}/readiness/refresh", h.Adapt(h.refresh))
}

func readinessPath(id instance.ID) string { return "/instances/" + string(id) + "/readiness" }

// show says what is known, asking where that is older than five minutes. Nothing is asked for a browser that only prefetches.
func (h *Readiness) show(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), instanceParam(r)
	if h.Deps.Readiness == nil {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	if prefetched(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	reading, err := h.surveyor.Read(ctx, id, false)
	if err != nil {
		return err
	}
	facts, err := h.ask(ctx, reading.Instance, h.Now().Add(-factsFor))
	if err != nil {
		return err
	}
	guides := h.guides(ctx, reading)
	v := readyPage{ctx: ctx, reading: reading, guides: guides, result: facts.Judge(guides), now: h.Now(), all: r.URL.Query().Get("all")}
	p := v.props()
	p.Page = h.instancePage(r, reading.Instance, layout.PageProps{
		Title: reading.Instance.Title(), Description: instanceWhere(ctx, reading.Instance), Tabs: instanceTabs(ctx, id, reading, "readiness"),
		Actions: readyview.Again(readyview.RefreshProps{Action: readinessPath(id) + "/refresh", Text: i18n.T(ctx, "readiness.refresh")}),
	}, ui.Link{Text: i18n.T(ctx, "readiness.title"), Href: readinessPath(id)})
	return render(w, r, http.StatusOK, readyview.Show(p))
}

// refresh asks anew. Two people who press it at once share an answer.
func (h *Readiness) refresh(w http.ResponseWriter, r *http.Request) error {
	ctx, pressed := r.Context(), h.Now()
	if h.Deps.Readiness == nil {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	in, err := h.surveyor.Find(ctx, instanceParam(r))
	if err != nil {
		return err
	}
	if _, err := h.ask(ctx, in, pressed); err != nil {
		return err
	}
	return seeOther(w, r, readinessPath(in.ID))
}

// ask gives facts that are not older than since. One asks at a time, and facts that were cut short by the end of a request are not kept.
func (h *Readiness) ask(ctx context.Context, in instance.Instance, since time.Time) (*readiness.Facts, error) {
	turn := h.turn(in.ID)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	h.mu.Lock()
	kept := h.facts[in.ID]
	h.mu.Unlock()
	if kept != nil && !kept.ReadAt.Before(since) {
		return kept, nil
	}
	facts := readiness.Read(ctx, h.Deps.Readiness, in, h.Now())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.facts == nil {
		h.facts = map[instance.ID]*readiness.Facts{}
	}
	h.facts[in.ID] = facts
	return facts, nil
}

func (h *Readiness) turn(id instance.ID) chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.turns == nil {
		h.turns = map[instance.ID]chan struct{}{}
	}
	if h.turns[id] == nil {
		h.turns[id] = make(chan struct{}, 1)
	}
	return h.turns[id]
}

// guides are the after-contact-work guides that agents may get, with their time limits: those that flows open, and where none does all that
// could be used.
func (h *Readiness) guides(ctx context.Context, reading *survey.Reading) []readiness.Guide {
	var out []readiness.Guide
	for _, g := range guidesToGet(reading) {
		out = append(out, readiness.Guide{Name: cmp.Or(g.Flow.Name, string(g.Flow.ID)), Seconds: h.limit(ctx, reading, g.Flow.ID)})
	}
	return out
}

func guidesToGet(reading *survey.Reading) []survey.GuideRow {
	usable := slices.DeleteFunc(slices.Clone(reading.Guides), func(g survey.GuideRow) bool { return g.Health.State != audit.Healthy || !g.Info.ACW })
	used := slices.DeleteFunc(slices.Clone(usable), func(g survey.GuideRow) bool { return len(g.UsedBy) == 0 })
	if len(used) > 0 {
		return used
	}
	return usable
}

// limit is a guide's time limit in seconds; 0 where it could not be read, or is decided during the contact.
func (h *Readiness) limit(ctx context.Context, reading *survey.Reading, id instance.FlowID) int {
	row, _ := reading.Row(id)
	key := limitKey{reading.Instance.ID, id, row.Hash}
	h.mu.Lock()
	seconds, known := h.limits[key]
	h.mu.Unlock()
	if known {
		return seconds
	}
	d, err := h.surveyor.Flow(ctx, reading.Instance.ID, id)
	switch {
	case err != nil:
		h.Log.WarnContext(ctx, "guide not read", "instance", reading.Instance.ID, "flow", id, "err", err)
		return 0
	case d.Row.Error != nil, d.Late != nil && d.Document == nil:
		return 0
	}
	if d.Guide != nil {
		seconds = d.Guide.Guide.TimeLimit
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.limits == nil {
		h.limits = map[limitKey]int{}
	}
	h.limits[limitKey{key.instance, id, d.Row.Hash}] = seconds
	return seconds
}
