package handlers

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

// askedFor is a cache that keeps which contents it was asked for.
type askedFor struct {
	survey.Cache
	hashes []string
}

func (a *askedFor) Contents(ctx context.Context, id instance.ID, hashes []string, yield func(hash, content string) bool) error {
	a.hashes = append(a.hashes, hashes...)
	return a.Cache.Contents(ctx, id, hashes, yield)
}

func TestARemovalLooksIntoWhatItListsAlone(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	cache := &askedFor{Cache: j.store.Readings()}
	j.survey = survey.New(j.gateway, survey.ServiceOptions{Now: time.Now, Cache: cache})
	j.begins()
	f := j.flowWith(audit.NotWired)
	j.applies(j.plan(f))
	row, _ := j.reading().Row(f.Flow.ID)
	for i, x := range []struct {
		query string
		want  []string
	}{
		{"?do=remove&flow=" + string(f.Flow.ID), []string{row.Hash}},
		{"?do=remove&flow=" + string(f.Flow.ID), nil}, // it is known by now
		{"", nil},
	} {
		cache.hashes = nil
		j.get(j.path("changes", "new") + x.query)
		if !slices.Equal(cache.hashes, x.want) {
			t.Errorf("%d %s: it asked for %d contents", i, x.query, len(cache.hashes))
		}
	}
	j.get(j.path("changes", "new") + "?do=remove")
	cache.hashes = nil
	if j.get(j.path("changes", "new") + "?do=remove"); len(cache.hashes) != 0 {
		t.Errorf("it asked for %d contents once more", len(cache.hashes))
	}
}

func TestARemovalOfManyFlowsIsBounded(t *testing.T) {
	t.Parallel()
	var rows []survey.FlowRow
	for i := range 3 * contentsLooked {
		row := verdictRow(i, "Flow", audit.Wired)
		row.Hash = string(row.Flow.ID)
		rows = append(rows, row)
	}
	reading := readingOf(rows...)
	_, wired := newJourney(t, people.Publisher).wires()
	for what, x := range map[string]struct {
		content          string
		c                chosen
		asked, rows, not int
	}{
		"all can be taken out":        {wired, chosen{Do: doRemove}, flowsOffered, flowsOffered, 0},
		"none can":                    {"{}", chosen{Do: doRemove}, contentsLooked, flowsOffered, flowsOffered},
		"one is chosen":               {wired, chosen{Do: doRemove, Flows: []string{string(flowID(7))}}, 1, 1, 0},
		"one is chosen that can't":    {"{}", chosen{Do: doRemove, Flows: []string{string(flowID(7))}}, 1, 0, 1},
		"too many match":              {wired, chosen{Do: doRemove, Match: &flowsQuery{}}, contentsLooked, 0, 0},
		"the guide is to be added":    {wired, chosen{}, 0, 0, 0},
		"the content is not kept":     {"", chosen{Do: doRemove, Flows: []string{string(flowID(7))}}, 1, 1, 0},
		"a flow that was not there":   {wired, chosen{Do: doRemove, Flows: []string{string(flowID(-1))}}, 0, 0, 0},
		"one is ticked, as all match": {"{}", chosen{Do: doRemove, Match: &flowsQuery{}, Flows: []string{string(flowID(3*contentsLooked - 1))}}, contentsLooked, 0, 1},
	} {
		asked := 0
		f := newForeign(&guidesSeen{}, "", func(hashes []string, yield func(hash, content string) bool) error {
			for _, hash := range hashes {
				if asked++; x.content != "" && !yield(hash, x.content) {
					break
				}
			}
			return nil
		})
		if x.c.Do == "" {
			f = nil
		}
		o := newOffer(t.Context(), reading, publish.Rules{}, x.c, f)
		if asked != x.asked || len(o.rows) != x.rows || len(o.not) != x.not || o.foreign.failed() != nil {
			t.Errorf("%s: asked for %d contents; %d offered, %d not", what, asked, len(o.rows), len(o.not))
		}
	}
	broken := errors.New("no database")
	f := newForeign(&guidesSeen{}, "", func([]string, func(hash, content string) bool) error { return broken })
	if o := newOffer(t.Context(), reading, publish.Rules{}, chosen{Do: doRemove}, f); !errors.Is(o.foreign.failed(), broken) {
		t.Error("that nothing could be looked into is kept to itself")
	}
}

func TestWhatIsKnownOfContentsIsBounded(t *testing.T) {
	t.Parallel()
	var seen guidesSeen
	for i := range 2*mostSeen + 1 {
		seen.add(string(flowID(i)), i%2 == 0)
	}
	if foreign, known := seen.of(string(flowID(2 * mostSeen))); !known || !foreign || len(seen.foreign) > mostSeen {
		t.Errorf("%v, %v of %d", foreign, known, len(seen.foreign))
	}
	if _, known := seen.of(string(flowID(0))); known {
		t.Error("nothing is forgotten")
	}
}
