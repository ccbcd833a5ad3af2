package handlers

import (
	"context"
	"fmt"
	"sync"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

const (
	contentsLooked = 500    // contents that one page looks into, at most
	mostSeen       = 20_000 // contents of which it is remembered
)

// foreign tells of which flows of a removal the guide stands in a block that wrapup did not insert, or that was changed since: taking it out is
// refused. It goes by the contents of the last reading. A flow whose content is not kept, or was not looked into yet, is not among them: the plan
// leaves it out. nil knows of none.
type foreign struct {
	seen  *guidesSeen
	event string
	look  func(hashes []string, yield func(hash, content string) bool) error
	left  int             // contents that may still be looked into
	of    map[string]bool // by hash
	err   error
}

func newForeign(seen *guidesSeen, event string, look func([]string, func(hash, content string) bool) error) *foreign {
	return &foreign{seen: seen, event: event, look: look, left: contentsLooked, of: map[string]bool{}}
}

// foreignTo looks into the contents of an instance's last reading, for a removal; nil where the guide is added.
func (h *Changes) foreignTo(ctx context.Context, in instance.ID, c chosen) *foreign {
	if c.Do != doRemove {
		return nil
	}
	return newForeign(&h.guides, h.Event, func(hashes []string, yield func(hash, content string) bool) error {
		return h.Survey.EachContent(ctx, in, hashes, yield)
	})
}

// ask looks into flows that are about to be listed, one after the other.
func (f *foreign) ask(rows []*survey.FlowRow) {
	if f == nil || f.err != nil {
		return
	}
	var hashes []string
	for _, row := range rows {
		if _, asked := f.of[row.Hash]; asked || !hasGuide(row) || row.Hash == "" {
			continue
		}
		if is, known := f.seen.of(row.Hash); known {
			f.of[row.Hash] = is
		} else if f.left > 0 {
			f.of[row.Hash], f.left = false, f.left-1
			hashes = append(hashes, row.Hash)
		}
	}
	if len(hashes) == 0 {
		return
	}
	err := f.look(hashes, func(hash, content string) bool {
		is := !canTakeOut(content, f.event)
		f.of[hash] = is
		f.seen.add(hash, is)
		return true
	})
	if err != nil {
		f.err = fmt.Errorf("contents of the flows with a guide: %w", err)
	}
}

func (f *foreign) is(row *survey.FlowRow) bool { return f != nil && f.of[row.Hash] }

// failed is the database's error.
func (f *foreign) failed() error {
	if f == nil {
		return nil
	}
	return f.err
}

// guidesSeen remembers by the hash of a content whether its guide is foreign.
type guidesSeen struct {
	mu      sync.Mutex
	foreign map[string]bool
}

func (g *guidesSeen) of(hash string) (foreign, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	foreign, known = g.foreign[hash]
	return foreign, known
}

// add remembers one more; of too many, all are forgotten.
func (g *guidesSeen) add(hash string, foreign bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.foreign == nil || len(g.foreign) >= mostSeen {
		g.foreign = map[string]bool{}
	}
	g.foreign[hash] = foreign
}

// canTakeOut says whether a content begins with the block that wrapup inserts, as it inserts it.
func canTakeOut(content, event string) bool {
	d, err := flow.Parse([]byte(content))
	if err != nil {
		return false
	}
	_, err = d.Edit(flow.Edit{Kind: flow.Remove, Block: d.Start(), Event: event})
	return err == nil
}
