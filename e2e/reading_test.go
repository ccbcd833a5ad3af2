package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// awaits waits until the instance was read for the first time, and its drafts were looked at: until then the pace is shared.
func (v *visitor) awaits(s simulator) {
	v.t.Helper()
	waitFor(v.t, "the instance was read", func() bool {
		page := v.get("/instances/" + s.instance + "/flows").text()
		return strings.Contains(page, "Inbound flows (30) Read ") && !strings.Contains(page, "Looking for unpublished drafts")
	})
}

func TestAReadingIsSeenLive(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	// One flow that answers late keeps every reading under way for as long as a step needs.
	s := serveUnread(t, `{"op":"DescribeContactFlow","flow":"Sales","do":"wait","for":"12s"}`)
	browse(t, "reading.mjs", map[string]string{"base": s.base, "instance": s.sim.instance, "cookies": s.admin.cookies(t)})

	flows := "/instances/" + s.sim.instance + "/flows"
	s.sim.overwrite(t, "Main line", "Billing")
	s.admin.press(s.admin.get(flows), "Refresh", nil).wants(t, http.StatusOK, "Reading the instance")
	waitFor(t, "what changed is told", func() bool { return strings.Contains(s.admin.get(flows).text(), "Main line no longer opens the guide") })
	s.admin.get(flows).wants(t, http.StatusOK, "Opens the guide → In part", "It was changed outside wrapup.")
	s.admin.get("/instances").wants(t, http.StatusOK, "1 change")
	look(t, s.admin, []visit{{Name: "What changed", Path: flows, Shoot: "news"}})
}

// A reading that a power cut ends goes on at the next start, without anybody asking.
func TestKilledInTheMiddleOfAReading(t *testing.T) {
	t.Parallel()
	s := serveUnread(t, `{"op":"SearchContactFlows","do":"error","code":"AccessDeniedException","status":403,"message":"no"}`)
	flows := "/instances/" + s.sim.instance + "/flows"
	far := regexp.MustCompile(`Looking at flows: 2[5-9] of `)
	waitFor(t, "most flows were looked at", func() bool { return far.MatchString(s.admin.get(flows).text()) })
	s.program.kill()
	s.again(t)
	s.admin.get(flows).wants(t, http.StatusOK, "It was interrupted and goes on from what was read already.", "Asked for by ann, ")
	waitFor(t, "the instance was read", func() bool { return strings.Contains(s.admin.get(flows).text(), "Read flow by flow") })
}
