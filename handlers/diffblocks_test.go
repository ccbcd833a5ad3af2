package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/views/ui"
)

func document(t *testing.T, content string) *flow.Document {
	t.Helper()
	d, err := flow.Parse([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// told writes a difference in lines.
func told(d flowDifference) []string {
	var out []string
	value := func(where string, v valueChange) {
		side := func(there bool, s string) string {
			if there {
				return s
			}
			return "-"
		}
		out = append(out, fmt.Sprintf("%s %s: %s => %s", where, v.Name, side(v.Had, v.Before), side(v.Has, v.After)))
	}
	if d.Start != nil {
		value("start", *d.Start)
	}
	for _, b := range d.Blocks {
		out = append(out, string(b.Kind)+" "+b.Block.ID)
		if b.Type != nil {
			value("  type", *b.Type)
		}
		for _, v := range b.Values {
			value("  value", v)
		}
		for _, v := range b.Branches {
			value("  branch", v)
		}
	}
	for _, v := range d.Other {
		value("other", v)
	}
	if d.Layout {
		out = append(out, "layout")
	}
	return out
}

func TestDiffBlocks(t *testing.T) {
	t.Parallel()
	const base = `{"Version":"1","StartAction":"A","Actions":[
		{"Identifier":"A","Type":"MessageParticipant","Parameters":{"Text":"Hi","a.b":"1"},"Transitions":{"NextAction":"B","Errors":[{"ErrorType":"NoMatchingError","NextAction":"B"}]}},
		{"Identifier":"B","Type":"DisconnectParticipant"}]}`
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(base) }
	cases := []struct {
		name, after string
		want        []string
	}{
		{"the same", base, nil},
		{"white space and member order are no difference", replace(`"Version":"1","StartAction":"A"`, "\n \"StartAction\" : \"A\", \"Version\":\"1\""), nil},
		{"a changed parameter", replace(`"Hi"`, `"Hello"`), []string{"changed A", "  value Text: Hi => Hello"}},
		{"a removed and an added parameter", replace(`"Text":"Hi"`, `"SSML":"Hi"`), []string{"changed A", "  value SSML: - => Hi", "  value Text: Hi => -"}},
		{"a number is not its text", replace(`"Hi"`, `{"x":"1"}`), []string{"changed A", "  value Text.x: - => 1", "  value Text: Hi => -"}},
		{"a point in a name is not a step of a path", replace(`"a.b":"1"`, `"a":{"b":"1"}`), []string{"changed A", "  value a.b: - => 1", `  value "a.b": 1 => -`}},
		{"a branch leads elsewhere", replace(`"NextAction":"B","Errors"`, `"NextAction":"A","Errors"`), []string{"changed A", "  branch : B => A"}},
		{"another type", replace(`"DisconnectParticipant"`, `"EndFlowExecution"`), []string{"changed B", "  type Type: DisconnectParticipant => EndFlowExecution"}},
		{"an added block that the flow starts with", replace(`"StartAction":"A"`, `"StartAction":"C"`, `{"Identifier":"B"`, `{"Identifier":"C","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"g"}},"Transitions":{"NextAction":"A"}},{"Identifier":"B"`),
			[]string{"start StartAction: A => C", "added C", "  value EventHooks.DisconnectAgentUI: - => g", "  branch : - => A"}},
		{"a removed block", replace(`,
		{"Identifier":"B","Type":"DisconnectParticipant"}`, ""), []string{"removed B"}},
		{"a member nobody knows", replace(`"Version":"1"`, `"Version":"1","Settings":{"x":[]}`), []string{"other Settings: - => {\n  \"x\": []\n}"}},
		{"a member nobody knows, in a block", replace(`"Type":"DisconnectParticipant"`, `"Type":"DisconnectParticipant","Future":1`), []string{"changed B", "  value (Future): - => 1"}},
		{"only the layout", replace(`"Version":"1"`, `"Version":"1","Metadata":{"ActionMetadata":{}}`), []string{"layout"}},
		{"two branches of one name", replace(`"NextAction":"B"}]`, `"NextAction":"B"},{"ErrorType":"NoMatchingError","NextAction":"A"}]`), []string{"changed A", "  branch NoMatchingError 2: - => A"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, told(diffBlocks(document(t, base), document(t, c.after)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("blocks without an identifier of their own are matched by place", func(t *testing.T) {
		t.Parallel()
		twice := `{"StartAction":"A","Actions":[{"Identifier":"A","Type":"X"},{"Identifier":"D","Type":"Y"},{"Identifier":"D","Type":"Z"}]}`
		got := told(diffBlocks(document(t, twice), document(t, strings.Replace(twice, `"Z"`, `"Q"`, 1))))
		if diff := cmp.Diff([]string{"changed D", "  type Type: Z => Q"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestBlockDifferenceTable(t *testing.T) {
	t.Parallel()
	before := document(t, menuFlow)
	after := document(t, strings.NewReplacer(`"Press 1 or 2"`, `"Press <1>"`, `{"NextAction":"Billing queue"`, `{"NextAction":"Set guide"`).Replace(menuFlow))
	var b strings.Builder
	table := blockDifference(t.Context(), "d", "Changes", before, after, diffBlocks(before, after))
	if err := ui.Table(table).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Main menu Changed Text Press 1 or 2 Press <1>",
		"Main menu Changed Leads to: press 2 Billing queue Set guide",
	}
	if diff := cmp.Diff(want, texts(doc.Find("tbody tr"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	same := blockDifference(t.Context(), "d", "Changes", before, before, diffBlocks(before, before))
	if same.Empty == nil || same.Empty.Text != "Every block is the same." || len(same.Rows) != 0 {
		t.Errorf("got %+v", same)
	}
}

func TestAKnownFlowIsShownByItsNameAlone(t *testing.T) {
	t.Parallel()
	reading := readingOf(verdictRow(1, "After call", audit.Guide), verdictRow(2, "Other guide", audit.Guide))
	content := func(id, name string) string {
		return fmt.Sprintf(`{"Version":"2019-10-30","StartAction":"A","Metadata":{"ActionMetadata":{"A":{"parameters":{"EventHooks":{"DisconnectAgentUI":{"displayName":%q}}}}}},`+
			`"Actions":[{"Identifier":"A","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":%q},"FlowLoggingBehavior":%q}}]}`, name, id, name)
	}
	arn := func(n int) string { return sales.ARN + "/contact-flow/" + string(flowID(n)) }
	for name, tt := range map[string]struct {
		was, is string
		want    []string // the two values, with what stands beneath them
	}{
		"two known guides":             {content(arn(1), "After call"), content(arn(2), "Other guide"), []string{"After call", "", "Other guide", ""}},
		"the layout names another":     {content(arn(1), "After call"), content(arn(2), "After call 2"), []string{"After call", "", "After call 2", arn(2)}},
		"one that no reading has":      {content(arn(1), "After call"), content(arn(3), "New guide"), []string{"After call", "", "New guide", arn(3)}},
		"two addresses under one name": {content(arn(1), "After call"), content(arn(3), "After call"), []string{"After call", arn(1), "After call", arn(3)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			was, is := document(t, tt.was), document(t, tt.is)
			table := blockDifference(t.Context(), "d", "Changes", was, is, diffBlocks(was, is))
			namesAlone(reading, &table)
			c := table.Rows[0].Cells
			if got := []string{c[3].Text, c[3].Small, c[4].Text, c[4].Small}; !slices.Equal(got, tt.want) {
				t.Errorf("got %q", got)
			}
			if len(table.Rows) > 1 && table.Rows[1].Cells[2].Text != "Flow log" {
				t.Errorf("a parameter is called %q", table.Rows[1].Cells[2].Text)
			}
		})
	}
}
