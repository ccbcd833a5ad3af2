package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	billingID = "b1111111-0000-4000-8000-000000000000"
	surveyID  = "c1111111-0000-4000-8000-000000000000"
	billing   = "arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-0000-4000-8000-000000000000/contact-flow/" + billingID
	setGuide  = `{"Identifier":"Set","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"` + otherGuide + `"}},` +
		`"Transitions":{"NextAction":"NEXT","Errors":[{"NextAction":"NEXT","ErrorType":"NoMatchingError"}]}}`
	queue = `{"Identifier":"Queue","Type":"TransferContactToQueue","Transitions":{"NextAction":"End","Errors":[]}}`
	end   = `{"Identifier":"End","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}`
	back  = `{"Identifier":"Back","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}`
)

// document is a flow of these actions, the first one at the start; {member of the root, before Actions} may be more.
func document(more string, actions ...string) string {
	var first struct{ Identifier string }
	if err := json.Unmarshal([]byte(actions[0]), &first); err != nil {
		panic(err)
	}
	return `{"Version":"2019-10-30","StartAction":"` + first.Identifier + `",` + more + `"Actions":[` + strings.Join(actions, ",") + `]}`
}

// meta is Metadata of a flow called name; label is what its block Go calls what it leads to.
func meta(name, path, label string) string {
	keys := strings.Split(path, ".")
	inner := quoted(label)
	for _, k := range slices.Backward(keys) {
		inner = "{" + quoted(k) + ":" + inner + "}"
	}
	m := `"ActionMetadata":{"Go":` + inner + `}`
	if name != "" {
		m += `,"name":` + quoted(name)
	}
	return `"Metadata":{` + m + `},`
}

func goTo(ref string) string {
	return `{"Identifier":"Go","Type":"TransferToFlow","Parameters":{"ContactFlowId":` + quoted(ref) + `},"Transitions":{"NextAction":"End","Errors":[{"NextAction":"End","ErrorType":"NoMatchingError"}]}}`
}

func invoke(ref string) string {
	return `{"Identifier":"Go","Type":"InvokeFlowModule","Parameters":{"FlowModuleId":` + quoted(ref) + `},"Transitions":{"NextAction":"Queue","Errors":[{"NextAction":"End","ErrorType":"NoMatchingError"}]}}`
}

func replaced(action, next string) string { return strings.ReplaceAll(action, "NEXT", next) }

var (
	mainFlow   = document(meta("", "parameters.ContactFlowId.displayName", "Billing"), goTo(billing), end)
	wiredFlow  = document("", replaced(setGuide, "Queue"), queue, end)
	plainQueue = document("", queue, end)
	mainModule = document(meta("", "contactFlowModuleName", "Survey"), invoke(surveyID), queue, end)
	setModule  = document(`"Settings":{},`, replaced(setGuide, "Back"), back)
)

// inContext audits main.json, which lies outside the folder that holds files, or the file of that name in it.
func inContext(t *testing.T, file, main string, files map[string]string) (line struct {
	Verdict  string
	Handoffs []struct{ Flow, Block string }
	Exits    []struct{ Block, Why string }
	Gaps     []auditGap
	Notes    []auditNote
	Error    string
	Followed []auditFlow
}, text string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case file == "":
		file = flowFile(t, main)
	case file != "-":
		file = filepath.Join(dir, file)
	}
	code, out, messages := runFlow(t, main, "audit", "--json", "--context", dir, file)
	if code == exitUsage || messages != "" {
		t.Fatalf("exit %d: %s", code, messages)
	}
	if err := json.Unmarshal([]byte(out), &line); err != nil {
		t.Fatal(err)
	}
	_, text, _ = runFlow(t, main, "audit", "--context", dir, file)
	_, again, _ := runFlow(t, main, "audit", "--json", "--context", dir, file)
	if again != out {
		t.Errorf("not the same twice:\n%s%s", out, again)
	}
	return line, text
}

func TestFlowAuditFindsItsContext(t *testing.T) {
	t.Parallel()
	described := func(member, id, name, content string) string {
		return `{"` + member + `":{"Arn":"arn:x","Id":` + quoted(id) + `,"Name":` + quoted(name) + `,"Content":` + quoted(content) + `}}`
	}
	named := func(name, content string) string {
		return strings.Replace(content, `"Actions"`, `"Metadata":{"name":`+quoted(name)+`},"Actions"`, 1)
	}
	for name, c := range map[string]struct {
		file, main string
		files      map[string]string
		verdict    string
		followed   []string // file and id
		notes      string   // part of the only note on the context
		why        string   // part of why the only exit was not followed
	}{
		"by the id in a file's name":          {"", mainFlow, map[string]string{"x-" + strings.ToUpper(billingID) + ".json": wiredFlow}, "wired", []string{"x-" + strings.ToUpper(billingID) + ".json " + billingID}, "", ""},
		"in a folder below":                   {"", mainFlow, map[string]string{"flows/de/" + billingID + ".json": wiredFlow}, "wired", []string{"flows/de/" + billingID + ".json " + billingID}, "", ""},
		"by the export's name":                {"", mainFlow, map[string]string{"1.json": named("Billing", wiredFlow), "2.json": named("Sales", plainQueue)}, "wired", []string{"1.json 1.json"}, "", ""},
		"by the file's name":                  {"", mainFlow, map[string]string{"Billing.json": plainQueue}, "not-wired", []string{"Billing.json Billing.json"}, "", ""},
		"by a description's id":               {"", mainFlow, map[string]string{"1.json": described("ContactFlow", billingID, "Any", wiredFlow)}, "wired", []string{"1.json " + billingID}, "", ""},
		"by a description's name":             {"", mainFlow, map[string]string{"1.json": described("ContactFlow", "", "Billing", wiredFlow)}, "wired", []string{"1.json 1.json"}, "", ""},
		"by the index":                        {"", mainFlow, map[string]string{"1.json": wiredFlow, "Billing.json": plainQueue, contextIndex: `{"` + billing + `":"./1.json"}`}, "wired", []string{"1.json " + billingID}, "", ""},
		"the index goes before a file's name": {"", mainFlow, map[string]string{"1.json": wiredFlow, billingID + ".json": plainQueue, contextIndex: `{"` + billingID + `":"1.json"}`}, "wired", []string{"1.json " + billingID}, "", ""},
		"a module by name":                    {"", mainModule, map[string]string{"m/Survey.json": setModule}, "wired", []string{"m/Survey.json m/Survey.json"}, "", ""},
		"a module's description":              {"", mainModule, map[string]string{"1.json": described("ContactFlowModule", surveyID, "Survey", setModule)}, "wired", []string{"1.json " + surveyID}, "", ""},
		"a flow is no module":                 {"", mainModule, map[string]string{"Survey.json": wiredFlow}, "unknown", nil, "", "known to be Survey"},
		"other names":                         {"", mainFlow, map[string]string{"billing.json": wiredFlow, "Billing 2.json": wiredFlow}, "unknown", nil, "", "known to be Billing"},
		"an export of another name":           {"", mainFlow, map[string]string{"Billing.json": named("Sales", wiredFlow)}, "unknown", nil, "", "known to be Billing"},
		"a name that has another id":          {"", mainFlow, map[string]string{"1.json": described("ContactFlow", surveyID, "Billing", wiredFlow)}, "unknown", nil, "", "known to be Billing"},
		"two files of one name":               {"", mainFlow, map[string]string{"a/Billing.json": wiredFlow, "b/Billing.json": wiredFlow}, "unknown", nil, "a/Billing.json, b/Billing.json", "Several files"},
		"two files of one id":                 {"", mainFlow, map[string]string{"a/" + billingID + ".json": wiredFlow, "b/" + billingID + ".json": wiredFlow}, "unknown", nil, "Several files", "Several files"},
		"two names of one id":                 {"", mainFlow, map[string]string{"Billing.json": wiredFlow, "Old.json": document(meta("", "ContactFlow.text", "Invoices"), goTo(billing), end)}, "unknown", nil, "Billing, Invoices", "several names"},
		"two ids in a file's name":            {"", mainFlow, map[string]string{billingID + " " + surveyID + ".json": wiredFlow}, "unknown", nil, "", "known to be Billing"},
		"a context that is broken":            {"", mainFlow, map[string]string{"Billing.json": `{"Actions":[`}, "unknown", nil, "", "not valid JSON"},
		"nothing of its kind":                 {"", mainFlow, map[string]string{"package.json": `{"name":"Billing"}`, "a.txt": wiredFlow, ".git/Billing.json": wiredFlow, "x.json": "[]"}, "", nil, "", ""},
		"a version":                           {"", strings.ReplaceAll(mainFlow, billing, billing+":3"), map[string]string{"Billing.json": wiredFlow}, "unknown", nil, "", "version 3"},
		"the published copy by name":          {"", strings.ReplaceAll(mainFlow, billing, billing+":$LATEST"), map[string]string{"Billing.json": wiredFlow}, "wired", []string{"Billing.json Billing.json"}, "", ""},
		"a default whisper":                   {"", plainQueue, map[string]string{"1.json": named("Default agent whisper", document("", replaced(setGuide, "End"), `{"Identifier":"End","Type":"EndFlowExecution","Parameters":{},"Transitions":{}}`))}, "wired-later", []string{"1.json 1.json"}, "", ""},
		"a default whisper by file name":      {"", plainQueue, map[string]string{"De/Default agent whisper.json": document("", replaced(setGuide, "End"), `{"Identifier":"End","Type":"EndFlowExecution","Parameters":{},"Transitions":{}}`)}, "wired-later", []string{"De/Default agent whisper.json De/Default agent whisper.json"}, "", ""},
		"two default whispers":                {"", plainQueue, map[string]string{"a/Default agent whisper.json": wiredFlow, "b/Default agent whisper.json": wiredFlow}, "not-wired", nil, "Default agent whisper", ""},
		"a flow that leads back to the file":  {"main.json", "", map[string]string{"main.json": document(meta("Main", "ContactFlow.text", "Billing"), goTo(billing), end), "Billing.json": document(meta("", "ContactFlow.text", "Main"), goTo(surveyID), end)}, "no-agent", []string{"Billing.json Billing.json"}, "", ""},
		"the file in place of its copy":       {"-", document(meta("Main", "ContactFlow.text", "Billing"), goTo(billing), end), map[string]string{"Main.json": wiredFlow, "Billing.json": document(meta("", "ContactFlow.text", "Main"), goTo(surveyID), end)}, "no-agent", []string{"Billing.json Billing.json"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.verdict == "" {
				dir := t.TempDir()
				for name, content := range c.files {
					path := filepath.Join(dir, name)
					_ = os.MkdirAll(filepath.Dir(path), 0o700)
					if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				code, out, messages := runFlow(t, c.main, "audit", "--context", dir, "-")
				if code != exitDone || !strings.Contains(messages, "holds no flow and no module") || !strings.Contains(out, "Can't tell") {
					t.Errorf("exit %d: %s%s", code, out, messages)
				}
				return
			}
			got, text := inContext(t, c.file, c.main, c.files)
			if got.Verdict != c.verdict || got.Error != "" {
				t.Errorf("%s %s\n%s", got.Verdict, got.Error, text)
			}
			var followed []string
			for _, f := range got.Followed {
				followed = append(followed, f.File+" "+f.ID)
			}
			if d := cmp.Diff(c.followed, followed); d != "" {
				t.Error(d)
			}
			var notes []string
			for _, n := range got.Notes {
				if n.ID == "context-ambiguous" {
					notes = append(notes, n.Text)
				}
			}
			if c.notes == "" && len(notes) > 0 || c.notes != "" && (len(notes) != 1 || !strings.Contains(notes[0], c.notes) || !strings.Contains(text, notes[0])) {
				t.Errorf("notes: %q\n%s", notes, text)
			}
			if c.why != "" && (len(got.Exits) != 1 || !strings.Contains(got.Exits[0].Why, c.why) || !strings.Contains(text, got.Exits[0].Why)) {
				t.Errorf("exits: %+v\n%s", got.Exits, text)
			}
		})
	}
}

func TestFlowAuditTellsWhereItIs(t *testing.T) {
	t.Parallel()
	got, text := inContext(t, "", mainFlow, map[string]string{billingID + ".json": strings.Replace(plainQueue, `"Actions"`, `"Metadata":{"name":"Billing"},"Actions"`, 1)})
	want := "main: No guide (0 of 1 point where an agent is reached)\n" +
		"  Block           Type                    What a contact carries\n" +
		"  Billing: Queue  TransferContactToQueue  No guide\n" +
		"  No guide at \"Billing: Queue\", for example: Go > Billing: Queue\n"
	_, text, _ = strings.Cut(text, ": ")
	if d := cmp.Diff(want, "main: "+text); d != "" {
		t.Error(d)
	}
	if len(got.Handoffs) != 1 || got.Handoffs[0].Flow != billingID || len(got.Gaps) != 1 {
		t.Fatalf("%+v", got)
	}
	if d := cmp.Diff([]auditStep{{Block: "Go"}, {Flow: billingID, Block: "Queue"}}, got.Gaps[0].Steps); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]auditFlow{{billingID, "Billing", billingID + ".json", false}}, got.Followed); d != "" {
		t.Error(d)
	}
}

func TestFlowAuditRefusesABadContext(t *testing.T) {
	t.Parallel()
	folder := func(index string) string {
		dir := t.TempDir()
		for name, content := range map[string]string{"main.json": plainFlow, contextIndex: index} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for want, dir := range map[string]string{
		"no such file":              filepath.Join(t.TempDir(), "gone"),
		"not a folder":              flowFile(t, plainFlow),
		"an object of ids":          folder(`["main.json"]`),
		"unexpected end of JSON":    folder(`{`),
		"null":                      folder(`{"` + billingID + `":null}`),
		`"Main flow" is no id`:      folder(`{"Main flow":"main.json"}`),
		`"gone.json" is no flow`:    folder(`{"` + billingID + `":"gone.json"}`),
		`"../main.json" is no flow`: folder(`{"` + billingID + `":"../main.json"}`),
		"is there twice":            folder(`{"` + billingID + `":"main.json","` + billing + `":"main.json"}`),
	} {
		code, out, messages := runFlow(t, plainFlow, "audit", "--context", dir, "-")
		if want == "null" {
			want = `"" is no flow`
		}
		if code != exitRefused || out != "" || !strings.Contains(messages, want) || strings.Count(messages, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q", want, code, out, messages)
		}
	}
	if code, out, messages := runFlow(t, plainFlow, "audit", "--context", "", "-"); code != exitUsage || out != "" || !strings.Contains(messages, "names no folder") {
		t.Errorf("no folder: exit %d, %s", code, messages)
	}
}
