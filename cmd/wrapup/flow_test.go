package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/flow"
)

const (
	testGuide  = "arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-0000-4000-8000-000000000000/contact-flow/11111111-0000-4000-8000-000000000000"
	otherGuide = "22222222-0000-4000-8000-000000000000"
	plainFlow  = `{"Version":"2019-10-30","StartAction":"Hello","Actions":[
{"Identifier":"Hello","Type":"MessageParticipant","Parameters":{"Text":"Hi"},"Transitions":{"NextAction":"Sales",
 "Errors":[{"NextAction":"Sales","ErrorType":"NoMatchingError"}]}},
{"Identifier":"Sales","Type":"TransferContactToQueue","Transitions":{"NextAction":"Bye",
 "Errors":[{"NextAction":"Bye","ErrorType":"QueueAtCapacity"},{"NextAction":"Bye","ErrorType":"NoMatchingError"}]}},
{"Identifier":"Bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}
`
)

var otherFlow = strings.NewReplacer(
	`"MessageParticipant","Parameters":{"Text":"Hi"}`, `"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"`+otherGuide+`"}}`,
).Replace(plainFlow)

// runFlow runs a flow command in the test's terms.
func runFlow(t *testing.T, stdin string, args ...string) (code int, out, messages string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = flowCommand(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// flowFile writes a file and gives its path.
func flowFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "flow.json")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFlowAuditJSON(t *testing.T) {
	t.Parallel()
	file := flowFile(t, strings.ReplaceAll(plainFlow, `"NextAction":"Bye"`, `"NextAction":"Out"`))
	gone := filepath.Join(t.TempDir(), "gone.json")
	code, out, messages := runFlow(t, otherFlow, "audit", "--json", file, "-", gone, flowFile(t, `{"modules":[]}`))
	if code != 1 || messages != "" {
		t.Errorf("exit %d, %q", code, messages)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines", len(lines))
	}
	want := `{"file":` + quoted(file) + `,"verdict":"not-wired","handoffs":[{"block":"Sales","type":"TransferContactToQueue","settings":[{"kind":"unset"}]}],` +
		`"exits":[],"gaps":[{"block":"Sales","kind":"unset","route":["Hello","Sales"]}],"notes":[` +
		`{"id":"dangling","text":"A branch of \"Sales\" leads to \"Out\", which does not exist. The route ends there."}],"error":""}`
	if d := cmp.Diff(want, lines[0]); d != "" {
		t.Error(d)
	}
	want = `{"file":"-","verdict":"wired","handoffs":[{"block":"Sales","type":"TransferContactToQueue","settings":[{"kind":"block","flow":"` + otherGuide + `"}]}],` +
		`"exits":[],"gaps":[],"notes":[{"id":"guide-not-checked","text":"` + otherGuide + ` was not checked; it counts as a usable guide."},` +
		`{"id":"set-on-error","text":"If \"Hello\" fails, its error branch counts as if it had worked."}],"error":""}`
	if d := cmp.Diff(want, lines[1]); d != "" {
		t.Error(d)
	}
	for _, line := range lines[2:] {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l["verdict"] != "unreadable" || l["error"] == "" || strings.Contains(line, "null") || strings.Contains(line, "[flow.") {
			t.Errorf("got %s", line)
		}
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestFlowAuditNamesExits(t *testing.T) {
	t.Parallel()
	code, out, _ := runFlow(t, strings.ReplaceAll(plainFlow, `"TransferContactToQueue"`, `"TransferToFlow","Parameters":{"ContactFlowId":"<${x}&>"}`), "audit", "--json", "-")
	want := `"exits":[{"block":"Sales","type":"TransferToFlow","target":"<${x}&>"}],"gaps":[{"block":"Sales","kind":"unset","route":["Hello","Sales"]}],`
	if code != 0 || !strings.Contains(out, want) || !strings.Contains(out, `"verdict":"unknown"`) {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestFlowAuditForPeople(t *testing.T) {
	t.Parallel()
	code, out, _ := runFlow(t, plainFlow, "audit", "-")
	want := `-: No guide (0 of 1 point where an agent is reached)
  Block  Type                    What a contact carries
  Sales  TransferContactToQueue  No guide
  No guide at "Sales", for example: Hello > Sales
`
	if d := cmp.Diff(want, out); d != "" || code != 0 {
		t.Errorf("exit %d: %s", code, d)
	}
}

func TestFlowWireAndBack(t *testing.T) {
	t.Parallel()
	code, wired, messages := runFlow(t, "", "wire", "--guide", testGuide, "--guide-name", "After <work>", flowFile(t, plainFlow))
	if code != 0 || !strings.Contains(messages, flow.InsertedBlock) || !strings.Contains(wired, testGuide) {
		t.Fatalf("exit %d: %s", code, messages)
	}
	code, again, messages := runFlow(t, wired, "wire", "--guide", testGuide, "-")
	if code != 0 || again != wired || !strings.Contains(messages, "Nothing is changed") {
		t.Errorf("wiring again: exit %d, same bytes %t, %q", code, again == wired, messages)
	}
	code, back, messages := runFlow(t, wired, "unwire", "-")
	if code != 0 || back != plainFlow || messages == "" {
		t.Errorf("unwire: exit %d, same bytes %t, %q", code, back == plainFlow, messages)
	}
	if code, same, messages := runFlow(t, back, "unwire", "-"); code != 0 || same != back || messages == "" {
		t.Errorf("unwire again: exit %d, %q", code, messages)
	}
}

func TestFlowWireNamesExitsAndReplacedGuides(t *testing.T) {
	t.Parallel()
	leaving := strings.ReplaceAll(otherFlow, `"DisconnectParticipant","Parameters":{}`, `"TransferToFlow","Parameters":{"ContactFlowId":"${Next}"}`)
	code, _, messages := runFlow(t, leaving, "wire", "--guide", testGuide, "--replace", "-")
	for _, want := range []string{otherGuide, `"Hello"`, `"Bye" (TransferToFlow) goes on to "${Next}", not checked`} {
		if code != 0 || !strings.Contains(messages, want) {
			t.Errorf("exit %d, no %s in %q", code, want, messages)
		}
	}
}

func TestFlowUnwireAllSaysThatItIsNoFormerVersion(t *testing.T) {
	t.Parallel()
	code, out, messages := runFlow(t, otherFlow, "unwire", "--all", "-")
	if code != 0 || strings.Contains(out, otherGuide) || !strings.Contains(messages, "not a former version") {
		t.Errorf("exit %d: %s\n%s", code, messages, out)
	}
}

func TestFlowCommandRefusesWithEmptyOutput(t *testing.T) {
	t.Parallel()
	gone := filepath.Join(t.TempDir(), "gone.json")
	for name, c := range map[string]struct {
		stdin   string
		args    []string
		message string
	}{
		"another guide without --replace": {otherFlow, []string{"wire", "--guide", testGuide, "-"}, `"Hello"`},
		"what is not a flow":              {"<x/>", []string{"wire", "--guide", testGuide, "-"}, "JSON"},
		"a file that is not there":        {"", []string{"wire", "--guide", testGuide, gone}, gone},
		"not our block":                   {otherFlow, []string{"unwire", "-"}, `"Hello"`},
		"unwire of what is not a flow":    {"", []string{"unwire", "-"}, "JSON"},
		"unwire of a missing file":        {"", []string{"unwire", gone}, gone},
		"check of a missing file":         {"", []string{"check", gone}, gone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, messages := runFlow(t, c.stdin, c.args...)
			if code != 1 || out != "" || !strings.Contains(messages, c.message) {
				t.Errorf("exit %d, %q, %q", code, out, messages)
			}
		})
	}
}

func TestFlowCommandTellsWrongUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil, {"paint"}, {"audit"}, {"audit", "--yaml", "-"}, {"audit", "-", "-"}, {"wire", "-"}, {"wire", "--guide", testGuide},
		{"wire", "--guide", "my guide", "-"}, {"wire", "--guide", testGuide, "-", "x"}, {"unwire"}, {"unwire", "a", "b"}, {"check"},
	} {
		if code, out, messages := runFlow(t, plainFlow, args...); code != 2 || out != "" || !strings.Contains(messages, "wrapup flow wire") {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, messages)
		}
	}
}

func TestFlowHelpIsADocument(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"audit", "-h"}, {"--help"}, {"-help"}, {"-h"}, {"help"}, {"wire", "--help"}} {
		if code, out, messages := runFlow(t, "", args...); code != 0 || out != flowUsage || messages != "" {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, messages)
		}
	}
}

func TestFlowCommandSaysWhatIsWrongBeforeTheUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`wrapup flow: there is no command "paint"`:                                      {"paint", "-"},
		`wrapup flow: there is no command ""`:                                           {""},
		"wrapup flow wire: --guide is missing":                                          {"wire", "-"},
		"wrapup flow audit: there is no flag --yaml":                                    {"audit", "--yaml", "-"},
		`wrapup flow wire: "my guide" is not the id or ARN of a flow in this instance.`: {"wire", "--guide", "my guide", "-"},
	} {
		if code, out, messages := runFlow(t, plainFlow, args...); code != 2 || out != "" || messages != want+"\n\n"+flowUsage {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, messages)
		}
	}
}

func TestFlowCheck(t *testing.T) {
	t.Parallel()
	if code, out, messages := runFlow(t, plainFlow, "check", "-"); code != 0 || out != "" || messages != "" {
		t.Errorf("exit %d: %q %q", code, out, messages)
	}
	bad := flowFile(t, strings.Replace(plainFlow, `"NextAction":"Sales"`, `"NextAction":"Nowhere"`, 1))
	code, out, _ := runFlow(t, "{", "check", "-", bad)
	if code != 1 || !strings.HasPrefix(out, "-: document: ") || !strings.Contains(out, bad+": Hello: ") {
		t.Errorf("exit %d: %q", code, out)
	}
}

func TestFlowCommandReportsAFailingOutput(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	for _, args := range [][]string{{"wire", "--guide", testGuide, "-"}, {"audit", "--json", "-"}, {"audit", "-"}} {
		stderr.Reset()
		if code := flowCommand(t.Context(), args, strings.NewReader(plainFlow), fullDisk{}, &stderr); code != 1 || !strings.Contains(stderr.String(), "disk is full") {
			t.Errorf("%q: exit %d, %q", args, code, stderr.String())
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk is full") }
