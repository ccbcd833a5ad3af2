package e2e

import "testing"

func TestALongWriteShowsProgress(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	s := serveWith(t, `{"op":"UpdateContactFlowContent","do":"wait","for":"8s"}`)
	review := s.admin.review(s.sim, theGuide, theFlow)
	browse(t, "progress.mjs", map[string]string{"base": s.base, "review": review.url.Path, "cookies": s.admin.cookies(t)})
	s.wroteTo(t, 1)
}
