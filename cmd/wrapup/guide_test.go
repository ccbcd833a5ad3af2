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
	"pgregory.net/rapid"

	"wrapup/internal/acw"
	"wrapup/internal/i18n"
)

// guide runs the command and gives its exit code and what it wrote.
func guide(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = guideCommand(t.Context(), args, strings.NewReader(stdin), &out, &err)
	return code, out.String(), err.String()
}

func guideFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "guide.json")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestGuideNewSampleIsTheDocumentations(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "reference", "acw-sample-flow.json"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the reference flow is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	code, out, messages := guide(t, "", "new", "--region", "eu-central-1", "--sample")
	var want, got any
	if code != 0 || json.Unmarshal(data, &want) != nil || json.Unmarshal([]byte(out), &got) != nil {
		t.Fatal(code, out)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := strings.Count(messages, "\n"); n != 8 || !strings.Contains(messages, "Must fix (CustomerName): Customer Name: \"Jane Doe\" is made-up") {
		t.Errorf("%d messages about the sample's texts: %s", n, messages)
	}
}

func TestGuideNewKnowsTheRegionsPartition(t *testing.T) {
	t.Parallel()
	for region, arn := range map[string]string{
		"eu-central-1": "arn:aws:connect:eu-central-1:", "cn-northwest-1": "arn:aws-cn:connect:cn-northwest-1:", "us-gov-west-1": "arn:aws-us-gov:connect:us-gov-west-1:",
	} {
		code, out, messages := guide(t, "", "new", "--region", region)
		if code != 0 || messages != "" || !strings.Contains(out, `"`+arn+`aws:view/after-contact-work:1"`) {
			t.Errorf("%s: %d %s%s", region, code, messages, out)
		}
	}
}

func TestGuideShowPrintsWhatSetReads(t *testing.T) {
	t.Parallel()
	_, doc, _ := guide(t, "", "new", "--region", "us-east-1",
		"--set", "TimeLimit=90", "--set", "Category_DefaultValue=Sales", "--set", `Disposition_Header_Title="two\nlines"`,
		"--set", "ContactWrapUp_Header_Title=a=b", "--set", "Disposition_Header_Description=", "--set", "ContactSummary_Header_Title="+`"\"q\""`)
	code, out, messages := guide(t, doc, "show", "-")
	want := `CustomerName=$.Attributes.CustomerName
PhoneNumber=$.Attributes.CustomerPhoneNumber
Example_Label=-
ContactWrapUp_Header_Title=a=b
ContactWrapUp_Header_Description=Complete your contact by selecting a disposition code, reviewing the contact summary, and adding any important notes.
Disposition_Header_Title="two\nlines"
Category_DefaultValue=Sales
ContactSummary_Header_Title="\"q\""
ContactSummary_Header_Description=Review and confirm the details of this contact.
AdditionalNotes_Header_Title=Additional Notes
AdditionalNotes_Header_Description=Add any extra information that may be helpful for future reference.
TimeLimit=90
`
	if d := cmp.Diff(want, out); code != 0 || messages != "" || d != "" {
		t.Error(code, messages, d)
	}
}

func TestGuideShowSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	doc := `{"Version":"2019-10-30","StartAction":"s","Actions":[{"Identifier":"s","Type":"ShowView","Parameters":{"ViewData":{"b":"1","a":{"x":1},"c=d":"2","TimeLimit":"3","e":""}}}]}`
	code, out, messages := guide(t, "", "show", guideFile(t, doc))
	if code != 0 || out != "b=1\ne=\n" {
		t.Errorf("%d %q", code, out)
	}
	for _, part := range []string{`a holds a list or an object, not a text: {"x":1}`, `"c=d" can't`, `"TimeLimit" can't`, "Block s has no time limit.", "Which view block s shows"} {
		if !strings.Contains(messages, part) {
			t.Errorf("%q is not in %s", part, messages)
		}
	}
}

func TestGuideSetChangesOnlyWhatIsStated(t *testing.T) {
	t.Parallel()
	doc := "{\"Version\":\"2019-10-30\",\r\n \"StartAction\" :\t\"s\", \"Own\":1.50e+00,\r\n\"Actions\":[{\"Identifier\":\"s\",\"Type\":\"ShowView\",\"Parameters\":{\"ViewResource\":{\"Id\":\"after-contact-work\"},\"InvocationTimeLimitSeconds\":\"480\",\"ViewData\":{\"CustomerName\":\"J\\u0061ne\",\r\n  \"Category_DefaultValue\":\"Support\", \"own\": \"<b>\", \"deep\":{ }}},\"Transitions\":{\"NextAction\":\"e\",\"Errors\":[]}},{\"Identifier\":\"e\",\"Type\":\"DisconnectParticipant\"}]}  \r\n"
	tests := []struct {
		name     string
		args     []string
		old, new string
	}{
		{"a value", []string{"Category_DefaultValue=Sales"}, `"Support"`, `"Sales"`},
		{"a value as a JSON string", []string{`CustomerName="a\tb"`}, `"J\u0061ne"`, `"a\tb"`},
		{"the time limit", []string{"TimeLimit=60"}, `"480"`, `"60"`},
		{"the last of two", []string{"own=1", "own=2"}, `"<b>"`, `"2"`},
		{"a member deleted", []string{"Category_DefaultValue="}, "\r\n  \"Category_DefaultValue\":\"Support\",", ""},
		{"two at once", []string{"TimeLimit=480", "own=</b>"}, `"<b>"`, `"</b>"`},
		{"nothing", nil, "", ""},
		{"what is there already", []string{"CustomerName=Jane", "PhoneNumber=", "TimeLimit=480"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"set"}
			for _, s := range tt.args {
				args = append(args, "--set", s)
			}
			want := strings.Replace(doc, tt.old, tt.new, 1)
			code, out, messages := guide(t, doc, append(args, "-")...)
			if d := cmp.Diff(want, out); code != 0 || d != "" {
				t.Errorf("%d %s %s", code, messages, d)
			}
			if same := strings.Contains(messages, i18n.T(t.Context(), "acw.cli.same")); same != (want == doc) {
				t.Errorf("messages %q", messages)
			}
		})
	}
}

func TestGuideSetChecksTheGuideAsNewDoes(t *testing.T) {
	t.Parallel()
	_, doc, found := guide(t, "", "new", "--region", "us-east-1", "--sample")
	if found == "" {
		t.Fatal("nothing is found wrong with the sample")
	}
	same := i18n.T(t.Context(), "acw.cli.same") + "\n"
	if code, out, messages := guide(t, doc, "set", "-"); code != 0 || out != doc || messages != same+found {
		t.Errorf("unchanged: exit %d, %s", code, cmp.Diff(same+found, messages))
	}
	const about = "Must fix (CustomerName)"
	code, _, messages := guide(t, doc, "set", "--set", "CustomerName=$.Attributes.CustomerName", "-")
	if code != 0 || messages == "" || !strings.Contains(found, about) || strings.Contains(messages, about) {
		t.Errorf("changed: exit %d, %s", code, messages)
	}
}

func TestGuideRefusesAndPrintsNoDocument(t *testing.T) {
	t.Parallel()
	_, doc, _ := guide(t, "", "new", "--region", "us-east-1")
	tests := []struct {
		name, stdin string
		args        []string
		code        int
		message     string
	}{
		{"no command", "", nil, 2, "usage:"},
		{"an unknown command", "", []string{"publish"}, 2, `there is no command "publish"`},
		{"no Region", "", []string{"new"}, 2, "--region is missing"},
		{"a Region that is none", "", []string{"new", "--region", "Frankfurt"}, 1, "Frankfurt is no Region"},
		{"a Region with more in it", "", []string{"new", "--region", "eu-west-1:x"}, 1, "is no Region"},
		{"a file for new", "", []string{"new", "--region", "eu-west-1", "f"}, 2, `unexpected argument "f"`},
		{"a flag that is none", "", []string{"show", "--all", "-"}, 2, "wrapup guide show: there is no flag --all"},
		{"no file", "", []string{"show"}, 2, "wrapup guide show: FILE is missing"},
		{"two files", "", []string{"set", "-", "-"}, 2, "unexpected argument"},
		{"a file that is not there", "", []string{"show", "nowhere.json"}, 1, "nowhere.json can't be read."},
		{"not JSON", "{", []string{"show", "-"}, 1, "wrapup guide: "},
		{"a flow that is no guide", `{"Version":"2019-10-30","StartAction":"e","Actions":[{"Identifier":"e","Type":"DisconnectParticipant"}]}`, []string{"set", "-"}, 1, "shows no view"},
		{"a setting without =", doc, []string{"set", "--set", "CustomerName", "-"}, 2, "want Key=Value"},
		{"a setting without a key", doc, []string{"set", "--set", "=x", "-"}, 2, "want Key=Value"},
		{"half a JSON string", doc, []string{"set", "--set", `CustomerName="x`, "-"}, 2, "JSON string"},
		{"text that is not UTF-8", doc, []string{"set", "--set", "CustomerName=\xff", "-"}, 2, "UTF-8"},
		{"an unknown key", doc, []string{"set", "--set", "Customer=x", "-"}, 1, "It has: CustomerName, PhoneNumber, "},
		{"an unknown key deleted", doc, []string{"set", "--set", "Customer=", "-"}, 1, "It has: CustomerName, PhoneNumber, "},
		{"an unknown key of a new guide", "", []string{"new", "--region", "eu-west-1", "--set", "Customer=x"}, 1, "It has: CustomerName, PhoneNumber, "},
		{"a required value", doc, []string{"set", "--set", "PhoneNumber=", "-"}, 1, "requires PhoneNumber"},
		{"a required value of a new guide", "", []string{"new", "--region", "eu-west-1", "--set", "PhoneNumber="}, 1, "requires PhoneNumber"},
		{"a time limit that is none", doc, []string{"set", "--set", "TimeLimit=8m", "-"}, 1, "whole number of seconds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, out, messages := guide(t, tt.stdin, tt.args...)
			if code != tt.code || out != "" || !strings.Contains(messages, tt.message) {
				t.Errorf("%d %q %q", code, out, messages)
			}
			if strings.Contains(messages, "[flow.") || strings.Contains(messages, "[acw.") || strings.Contains(messages, "<no value>") {
				t.Errorf("a sentence is missing: %q", messages)
			}
		})
	}
}

func TestGuideHelpIsADocument(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"--help"}, {"set", "-h"}} {
		if code, out, messages := guide(t, "", args...); code != 0 || out != guideUsage || messages != "" {
			t.Errorf("%v: %d %q %q", args, code, out, messages)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestGuideSaysWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	var messages bytes.Buffer
	code := guideCommand(t.Context(), []string{"new", "--region", "eu-west-1"}, strings.NewReader(""), brokenPipe{}, &messages)
	if code != 1 || !strings.Contains(messages.String(), "broken pipe") {
		t.Errorf("%d %q", code, messages.String())
	}
}

func TestGuideValuesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\"", "\"x\"", "a\nb", "\u0085", "<&>", "\u2028", "=", "\x7f", " "})).Draw(t, "value")
		written := writeValue(value)
		if strings.ContainsAny(written, "\n\r") {
			t.Fatalf("%q does not fit a line", written)
		}
		var sets settings
		if err := sets.Set("Key=" + written); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(settings{acw.Setting{Key: "Key", Value: value}}, sets); d != "" {
			t.Fatal(d)
		}
	})
}
