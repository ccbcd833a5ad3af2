package handlers

import (
	"encoding/csv"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/survey"
)

// table reads a CSV download, and its file's name.
func (p readingPages) table(t *testing.T, path string) (rows [][]string, name string) {
	t.Helper()
	w := p.send(t, http.MethodGet, path)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%s: %d %v", path, w.Code, w.Header())
	}
	body, ok := strings.CutPrefix(w.Body.String(), "\ufeff")
	if !ok {
		t.Error("the byte-order mark is missing")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
	if err != nil {
		t.Fatal(err)
	}
	return rows, params["filename"]
}

func TestCoverageCSV(t *testing.T) {
	t.Parallel()
	p := newCoveragePages(&surveyorInMemory{last: covered(), listings: listings()})
	in := []string{"sales-eu", "eu-central-1", "111122223333"}
	row := func(cells ...string) []string {
		return append(append(append([]string{}, in...), cells...), "2026-11-22T07:47:00Z")
	}
	head := []string{"Instance", "Region", "Account", "What", "Of", "Open the guide", "Do not", "Can't be told", "Read at"}
	one := [][]string{
		row("Inbound flows that reach agents", "6", "2", "2", "2"), row("Telephone numbers that reach agents, or may", "6", "2", "1", "3"),
		row("Transfer flows that reach agents", "3", "1", "1", "1"), row("Outbound whispers", "1", "1", "0", "0"),
		row("Inbound flows that make callbacks", "7", "", "", "2"), row("Inbound flows that make tasks", "7", "", "", "0"),
		row("Counted flows of which nothing is known to lead there", "6", "", "", "3"),
	}
	t.Run("what was not read whole is not counted", func(t *testing.T) {
		t.Parallel()
		r := covered()
		r.Method = survey.ByDescribe
		rows, _ := newCoveragePages(&surveyorInMemory{last: r}).table(t, coveragePath(salesID)+".csv")
		want := [][]string{row("Transfer flows that reach agents", "", "", "", ""), row("Outbound whispers", "", "", "", "")}
		if diff := cmp.Diff(want, rows[3:5]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("numbers that could not be listed are not counted", func(t *testing.T) {
		t.Parallel()
		r := covered()
		r.Numbers, r.NoNumbers = nil, true
		pages := newCoveragePages(&surveyorInMemory{last: r})
		rows, _ := pages.table(t, coveragePath(salesID)+".csv")
		if diff := cmp.Diff(row("Telephone numbers: they could not be listed", "", "", "", ""), rows[2]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for known, of := range map[bool]*survey.Reading{false: r, true: covered()} {
			if got := exportCovered(t.Context(), of).Numbers.Listed; got != known {
				t.Errorf("listed %t, want %t", got, known)
			}
		}
	})
	t.Run("of one instance", func(t *testing.T) {
		t.Parallel()
		rows, name := p.table(t, coveragePath(salesID)+".csv")
		if diff := cmp.Diff(append([][]string{head}, one...), rows); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if name != "coverage sales-eu 2026-11-22.csv" {
			t.Error(name)
		}
	})
	t.Run("over all, with what is not in it; cells like formulas are text", func(t *testing.T) {
		t.Parallel()
		rows, name := p.table(t, "/coverage.csv")
		want := append([][]string{head, {"'=Taipei", "ap-northeast-1", "444455556666", "Not read, not in the total", "", "", "", "", ""}}, one...)
		if diff := cmp.Diff(want, rows[:len(rows)-1]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if last := rows[len(rows)-1]; last[1] != "us-east-1" || !strings.Contains(last[3], "permission") {
			t.Errorf("the account that can't be listed: %q", last)
		}
		if name != "coverage all instances 2026-11-22.csv" {
			t.Error(name)
		}
	})
	t.Run("by telephone number", func(t *testing.T) {
		t.Parallel()
		r := covered()
		r.Numbers[0].Description = "@SUM(1)"
		rows, _ := newCoveragePages(&surveyorInMemory{last: r}).table(t, "/instances/"+string(salesID)+"/numbers.csv")
		want := [][]string{
			{"Telephone number", "Status", "Flow", "Another version", "Type", "Country", "Description", "Flow id", "Read at"},
			{"'+491", "Opens the guide", "Sales", "", "DID", "DE", "'@SUM(1)", string(flowID(1)), "2026-11-22T07:47:00Z"},
			{"'+492", "Opens the guide", "Trade", "3", "DID", "DE", "", string(flowID(3)), "2026-11-22T07:47:00Z"},
		}
		if diff := cmp.Diff(want, rows[:3]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if last := rows[len(rows)-1]; last[1] != "No flow known" || last[2] != "" {
			t.Errorf("a number without a flow: %q", last)
		}
	})
}

func TestCoverageJSON(t *testing.T) {
	t.Parallel()
	r := covered()
	r.Warnings = []fault.Message{fault.Msg("survey.warning.numbers", "Code", "X")}
	p := newCoveragePages(&surveyorInMemory{last: r, listings: listings()})
	get := func(t *testing.T, path string) (v map[string]any) {
		t.Helper()
		w := p.send(t, http.MethodGet, path)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || strings.Contains(w.Body.String(), "null") {
			t.Fatalf("%d %s\n%s", w.Code, w.Header(), w.Body)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	counts := func(covered, open, cantTell, counted float64) map[string]any {
		return map[string]any{"covered": covered, "open": open, "cantTell": cantTell, "counted": counted}
	}
	one := get(t, coveragePath(salesID)+".json")
	t.Run("of one instance", func(t *testing.T) {
		t.Parallel()
		numbers := one["numbers"].(map[string]any)
		rows := numbers["rows"].([]any)
		if diff := cmp.Diff(map[string]any{
			"id": "id-+492", "number": "+492", "country": "DE", "type": "DID", "flow": string(flowID(3)), "name": "Trade", "version": "3",
			"verdict": "wired", "label": "Opens the guide", "group": "cant-tell",
		}, rows[1]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(rows) != 7 || rows[6].(map[string]any)["verdict"] != "" || numbers["noFlow"] != 1.0 || numbers["noAgent"] != 1.0 || numbers["counted"] != 6.0 {
			t.Errorf("numbers: %v", numbers)
		}
		if len(one["verdicts"].([]any)) != 8 || len(one["guides"].([]any)) != 2 || len(one["warnings"].([]any)) != 1 {
			t.Errorf("got %v", one)
		}
		want := map[string]any{
			"instance": map[string]any{"id": string(salesID), "alias": "sales-eu", "arn": sales.ARN, "region": "eu-central-1", "account": "111122223333"},
			"readAt":   "2026-11-22T07:47:00Z", "method": "search", "coverage": counts(2, 2, 2, 6),
			"beside": map[string]any{
				"transfers": counts(1, 1, 1, 3), "outbound": counts(1, 0, 0, 1), "callbacks": 2.0, "tasks": 0.0, "published": 7.0, "unseen": 3.0, "leadsKnown": true,
			},
		}
		rest := map[string]any{}
		for k, v := range one {
			if k != "numbers" && k != "verdicts" && k != "guides" && k != "warnings" {
				rest[k] = v
			}
		}
		if diff := cmp.Diff(want, rest); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("over all", func(t *testing.T) {
		t.Parallel()
		all := get(t, "/coverage.json")
		if diff := cmp.Diff([]any{one}, all["instances"]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(counts(2, 2, 2, 6), all["coverage"]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if all["madeAt"] != "2026-11-22T07:51:00Z" || len(all["notRead"].([]any)) != 1 || len(all["notListed"].([]any)) != 1 {
			t.Errorf("got %v", all)
		}
	})
	t.Run("nothing is null where there is nothing", func(t *testing.T) {
		t.Parallel()
		p := newCoveragePages(&surveyorInMemory{last: &survey.Reading{Instance: sales}})
		for _, path := range []string{coveragePath(salesID) + ".json", "/coverage.json"} {
			if w := p.send(t, http.MethodGet, path); strings.Contains(w.Body.String(), "null") {
				t.Errorf("%s: %s", path, w.Body)
			}
		}
	})
}
