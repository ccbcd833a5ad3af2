package connectsim_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connectsim"
)

func documentation(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/connectsim.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documentedOperations gives the names in each of the page's tables of operations; the first is of the service model and STS.
func documentedOperations(page string) (tables [][]string) {
	for _, table := range strings.Split(page, "| Operation | Notes |\n|---|---|\n")[1:] {
		table, _, _ = strings.Cut(table, "\n\n")
		var names []string
		for row := range strings.Lines(table) {
			cell := strings.TrimPrefix(strings.TrimSpace(strings.Split(row, "|")[1]), "STS ")
			names = append(names, strings.Split(cell, ", ")...)
		}
		tables = append(tables, names)
	}
	return tables
}

// TestTheDocumentationNamesEveryOperation holds docs/connectsim.md's tables against the code's, both ways, and the page's
// numbers: of the service model's operations, and of those that are only answered as an instance with nothing.
func TestTheDocumentationNamesEveryOperation(t *testing.T) {
	t.Parallel()
	page := documentation(t)
	tables := documentedOperations(page)
	if len(tables) == 0 {
		t.Fatal("the page has no table of operations")
	}
	rows := connectsim.Rows()
	others, _ := connectsim.Others()
	for _, o := range others {
		delete(rows, o.Name)
	}
	want := slices.Sorted(maps.Keys(rows))
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(slices.Concat(tables...)))); diff != "" {
		t.Errorf("operations of the code (-) and of the page (+):\n%s", diff)
	}
	modelled := slices.DeleteFunc(slices.Clone(tables[0]), func(name string) bool { return rows[name].Path == "" }) // STS has no paths
	for _, words := range []string{fmt.Sprintf("- **Operations**: the %d below,", len(modelled)), fmt.Sprintf("**Every other operation that reads** (%d,", len(others))} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	t.Run("and those of the model first", func(t *testing.T) {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(modelAtHand(t).Operations)), slices.Sorted(slices.Values(modelled))); diff != "" {
			t.Errorf("operations of the model (-) and of the page's first table (+):\n%s", diff)
		}
	})
}

// TestTheDocumentationNamesEveryChoice keeps docs/connectsim.md beside the code: each choice with all its answers, each
// thing a fault rule can do.
func TestTheDocumentationNamesEveryChoice(t *testing.T) {
	t.Parallel()
	page := documentation(t)
	for _, c := range connectsim.Choices() {
		_, row, found := strings.Cut(page, "| `--"+c.Name)
		row, _, _ = strings.Cut(row, "\n")
		if !found {
			t.Errorf("--%s is not documented", c.Name)
		}
		for _, a := range c.Answers {
			if !strings.Contains(row, "`"+a+"`") {
				t.Errorf("--%s: the answer %s is not documented", c.Name, a)
			}
		}
	}
	for _, do := range connectsim.FaultDos {
		if !strings.Contains(page, "| `"+string(do)+"` |") {
			t.Errorf("the fault %s is not documented", do)
		}
	}
}

// TestTheDocumentationNamesTheFlowsOfTheDemo looks for the flows of the second instance, but for those that every instance has.
func TestTheDocumentationNamesTheFlowsOfTheDemo(t *testing.T) {
	t.Parallel()
	page := documentation(t)
	_, page, _ = strings.Cut(page, "## Demo data")
	page, _, _ = strings.Cut(page, "\n## ")
	c := serve(t, "demo", connectsim.Options{}).client(t, "eu-central-1")
	flows, err := c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(second)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flows.ContactFlowSummaryList {
		name := *f.Name
		if name == connectsim.SampleGuide {
			name = "the stock guide"
		}
		if !strings.Contains(page, name) && !strings.HasPrefix(name, "Default ") {
			t.Errorf("the page does not name %s", name)
		}
	}
}

func TestTheDemosPinnedVersionHasNoGuide(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, "eu-central-1")
	id := named(t, c, second, "Trade customers")
	describe := func(qualifier string) string {
		out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(second), ContactFlowId: aws.String(id + qualifier)})
		if err != nil {
			t.Fatal(err)
		}
		return *out.ContactFlow.Content
	}
	if event := "DisconnectAgentUI"; strings.Contains(describe(":3"), event) || !strings.Contains(describe(""), event) {
		t.Error("the version is as what is published")
	}
}
