package e2e

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// together sends requests at the same time and gives the answers in order.
func together(t *testing.T, v *visitor, requests ...*http.Request) []page {
	t.Helper()
	pages := make([]page, len(requests))
	errs := make([]error, len(requests))
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() { pages[i], errs[i] = v.try(r) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return pages
}

func TestPublishingTwiceWritesOnce(t *testing.T) {
	t.Parallel()
	s := serveWith(t, `{"op":"UpdateContactFlowContent","do":"wait","for":"300ms"}`)
	const published = "Applies to contacts that enter the flow from now on."

	t.Run("the same review sent four times at once", func(t *testing.T) {
		s.admin.t = t
		review := s.admin.review(s.sim, theGuide, theFlow)
		var send []*http.Request
		for range 4 {
			send = append(send, s.admin.pressing(review, "Add the guide", nil))
		}
		for _, p := range together(t, s.admin, send...) {
			if p.status != http.StatusOK || p.url.Path != review.url.Path {
				t.Errorf("a second press led to %s (%d): %s", p.url, p.status, p.text())
			}
		}
		s.says(t, review, published)()
		s.wroteTo(t, 1)
	})

	t.Run("two reviews of one flow published at once", func(t *testing.T) {
		s.admin.t = t
		one, other := s.admin.review(s.sim, theGuide, "=SUM(1+1) gift cards"), s.admin.review(s.sim, theGuide, "=SUM(1+1) gift cards")
		pages := together(t, s.admin, s.admin.pressing(one, "Add the guide", nil), s.admin.pressing(other, "Add the guide", nil))
		for i := range pages {
			pages[i] = s.admin.over(pages[i])
		}
		won := func(p page) bool { return strings.Contains(p.text(), published) }
		if !slices.ContainsFunc(pages, won) || won(pages[0]) && won(pages[1]) {
			t.Errorf("one of the two is published, not: %s AND %s", pages[0].text(), pages[1].text())
		}
		s.wroteTo(t, 2)
	})

	t.Run("a review that a colleague overtook", func(t *testing.T) {
		s.admin.t = t
		stale := s.admin.review(s.sim, theGuide, "Complaints")
		s.sim.overwrite(t, "Complaints", "Sales")
		held := s.content(t, "Complaints")
		s.admin.press(stale, "Add the guide", nil).wants(t, http.StatusOK, "Not published", "Someone changed Complaints since you reviewed it.")
		if s.content(t, "Complaints") != held {
			t.Error("the colleague's content was overwritten")
		}
		s.wroteTo(t, 2)
	})
}

// wroteTo fails unless so many writes went to Amazon Connect since the start.
func (s *served) wroteTo(t *testing.T, n int) {
	t.Helper()
	if w := s.wire.written(); len(w) != n {
		t.Errorf("%d writes went to Amazon Connect, want %d: %q", len(w), n, w)
	}
}

func TestADoubleClickWritesOnce(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	s := serveWith(t, `{"op":"UpdateContactFlowContent","do":"wait","for":"300ms"}`)
	for i, script := range []string{"on", "off"} {
		review := s.admin.review(s.sim, theGuide, []string{theFlow, "=SUM(1+1) gift cards"}[i])
		t.Run("with script "+script, func(t *testing.T) {
			browse(t, "double-click.mjs", map[string]string{"base": s.base, "review": review.url.Path, "password": password, "script": script})
			s.wroteTo(t, i+1)
		})
	}
}
