package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheJavaScriptSDK drives flows and views of the simulator with AWS's SDK of another language.
func TestTheJavaScriptSDK(t *testing.T) {
	t.Parallel()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "node is not installed"
	} else if _, err := os.Stat(filepath.Join("node_modules", "@aws-sdk", "client-connect")); err != nil {
		missing = "the SDK for JavaScript is not installed: npm ci --ignore-scripts in e2e"
	}
	if missing != "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	sim := startSim(t, "")
	node(t, "sdk.mjs", map[string]string{"endpoint": sim.endpoint, "region": sim.region, "instance": sim.instance})
}
