package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// awsCLI is the AWS command line against the simulator.
type awsCLI struct {
	t   *testing.T
	sim simulator
	env []string
}

var cliVersion = regexp.MustCompile(`^aws-cli/(\d+)\.(\d+)`)

// needsCLI skips where there is none, or one that knows no views: those came with 1.45 and 2.33 or so, and Debian's is older.
func needsCLI(t *testing.T) {
	t.Helper()
	out, err := exec.Command("aws", "--version").CombinedOutput()
	m := cliVersion.FindStringSubmatch(string(out))
	if err != nil || m == nil {
		t.Skip("the AWS command line is not installed")
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if major == 1 && minor < 45 || major == 2 && minor < 33 {
		t.Skipf("the AWS command line %s.%s is too old", m[1], m[2])
	}
}

// run gives what a command answers; a refusal is the name of the error in it.
func (c awsCLI) run(args ...string) (out map[string]any, refusal string) {
	c.t.Helper()
	args = append([]string{"connect", "--endpoint-url", c.sim.endpoint, "--region", c.sim.region, "--output", "json"}, args...)
	cmd := exec.CommandContext(c.t.Context(), "aws", args...)
	cmd.Env = c.env
	text, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		m := regexp.MustCompile(`An error occurred \((\w+)\)`).FindSubmatch(exit.Stderr)
		if m == nil {
			c.t.Fatalf("aws %s: %s", strings.Join(args, " "), exit.Stderr)
		}
		return nil, string(m[1])
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			c.t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
		}
	}
	return out, ""
}

// must runs a command that is not refused.
func (c awsCLI) must(args ...string) map[string]any {
	c.t.Helper()
	out, refusal := c.run(args...)
	if refusal != "" {
		c.t.Fatalf("aws %s: %s", strings.Join(args, " "), refusal)
	}
	return out
}

func (c awsCLI) refused(want string, args ...string) {
	c.t.Helper()
	if _, got := c.run(args...); got != want {
		c.t.Errorf("aws %s: %q, not %s", strings.Join(args, " "), got, want)
	}
}

func (c awsCLI) file(name, content string) string {
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return "file://" + path
}

// TestTheCommandLine does with AWS's command line what TestTheJavaScriptSDK does with a library.
func TestTheCommandLine(t *testing.T) {
	t.Parallel()
	needsCLI(t)
	ours := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	c := awsCLI{t: t, sim: startSim(t, ""), env: append(ours, "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=")}
	const hangUp = `{"Version":"2019-10-30","StartAction":"ä","Metadata":{"n":1.50},"Actions":[{"Identifier":"ä","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	of := func(args ...string) []string { return append(args, "--instance-id", c.sim.instance) }

	id, _ := c.must(of("create-contact-flow", "--name", "From the command line", "--type", "CONTACT_FLOW", "--content", c.file("a.json", hangUp))...)["ContactFlowId"].(string)
	flow := func(args ...string) []string { return of(append(args, "--contact-flow-id", id)...) }
	got, _ := c.must(flow("describe-contact-flow")...)["ContactFlow"].(map[string]any)
	if got["Content"] != hangUp {
		t.Errorf("the content came back as %q", got["Content"])
	}
	c.must(flow("update-contact-flow-content", "--content", c.file("b.json", strings.Replace(hangUp, "1.50", "2", 1)))...)
	c.must(flow("update-contact-flow-name", "--name", "Renamed")...)
	c.refused("InvalidContactFlowException", flow("update-contact-flow-content", "--content", strings.Replace(hangUp, `"StartAction":"ä"`, `"StartAction":"b"`, 1))...)
	found, _ := c.must(of("search-contact-flows", "--search-criteria", `{"StringCondition":{"FieldName":"name","Value":"Renamed","ComparisonType":"EXACT"}}`)...)["ContactFlows"].([]any)
	if len(found) != 1 {
		t.Errorf("%d flows are found", len(found))
	}
	listed, _ := c.must(of("list-contact-flows", "--page-size", "9")...)["ContactFlowSummaryList"].([]any)
	if len(listed) < 40 {
		t.Errorf("%d flows are listed", len(listed))
	}
	c.must(flow("delete-contact-flow")...)
	c.refused("ResourceNotFoundException", flow("describe-contact-flow")...)

	const template = `{"Head":{"Title":"T","Configuration":{}},"Body":[{"_id":"s","Type":"Section","Props":{"Heading":"$.Heading"},"Content":[]}]}`
	content := func(template string) string {
		b, err := json.Marshal(map[string]any{"Template": template, "Actions": []string{}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	made, _ := c.must(of("create-view", "--name", "From the command line", "--status", "PUBLISHED", "--content", content(template))...)["View"].(map[string]any)
	viewID, _ := made["Id"].(string)
	view := func(args ...string) []string { return of(append(args, "--view-id", viewID)...) }
	c.must(view("create-view-version")...)
	c.must(view("update-view-content", "--status", "SAVED", "--content", content(strings.Replace(template, `"T"`, `"U"`, 1)))...)
	c.refused("InvalidParameterException", view("update-view-content", "--status", "PUBLISHED", "--content", content(`{"Body":[]}`))...)
	again, _ := c.must(view("describe-view")...)["View"].(map[string]any)
	if kept, _ := again["Content"].(map[string]any); kept["Template"] != template {
		t.Errorf("the template came back as %q", kept["Template"])
	}
	if all, _ := c.must(of("list-views", "--type", "AWS_MANAGED")...)["ViewsSummaryList"].([]any); len(all) != 6 {
		t.Errorf("%d views of AWS are listed", len(all))
	}
	c.must(view("delete-view")...)
	c.refused("ResourceNotFoundException", view("describe-view")...)
}
