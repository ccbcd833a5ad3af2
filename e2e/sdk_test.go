package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	given, err := json.Marshal(map[string]string{"endpoint": sim.endpoint, "region": sim.region, "instance": sim.instance})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "sdk.mjs", string(given))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, ended := steps(t, bufio.NewScanner(out))
	if err := cmd.Wait(); err != nil || !ended {
		t.Errorf("the script stopped (%v): %s", err, errs.String())
	}
}
