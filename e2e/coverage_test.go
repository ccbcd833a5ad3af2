package e2e

import (
	"net/http"
	"testing"
)

// What is counted is found, downloaded and printed by everybody, and so is whether agents are ready.
func TestCoverageAndAgents(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	s := serveWith(t, "")
	browse(t, "coverage.mjs", map[string]string{"base": s.base, "instance": s.sim.instance, "cookies": s.admin.cookies(t)})
}

// The permissions to ask about users are optional: without them nothing is said to be fine, and what is missing is named.
func TestAgentsThatMayNotBeAskedAbout(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	s := serveWith(t, `{"op":"SearchUsers","do":"error","code":"AccessDeniedException","status":403,"message":"no"}`)
	path := "/instances/" + s.sim.instance + "/readiness"
	s.admin.get(path).wants(t, http.StatusOK, "Not checked", "Allow connect:SearchUsers, then check again.")
	look(t, s.admin, []visit{{Name: "Agents, not checked", Path: path}})
}
