package handlers

import (
	"encoding/csv"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func TestCSVDownload(t *testing.T) {
	t.Parallel()
	main := rowOf(1, `=1+1 "quoted", and more`, menuFlow)
	main.Leads = []survey.Lead{{Kind: "number", Text: "+49 30 1234"}, {Kind: "flow", Text: "Night"}}
	main.Managed = "@Terraform"
	broken := verdictRow(2, "客服\nline", audit.Unreadable)
	broken.Error = fault.New(fault.Denied, "flows.leads.unknown")
	broken.LeadsUnknown = true
	p := newReadingPages(&surveyorInMemory{last: readingOf(main, broken)}, people.Viewer)
	t.Run("it is a file that Excel opens as UTF-8", func(t *testing.T) {
		t.Parallel()
		w := p.send(t, http.MethodGet, flowsAt+".csv")
		if got := w.Header().Get("Content-Type"); got != "text/csv; charset=utf-8" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", w.Header())
		}
		if _, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition")); err != nil || params["filename"] != "inbound flows sales-eu 2026-11-22.csv" {
			t.Errorf("file name %q, %v", params["filename"], err)
		}
		body, ok := strings.CutPrefix(w.Body.String(), "\ufeff")
		if !ok {
			t.Error("the byte-order mark is missing")
		}
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want := [][]string{
			{"Flow", "Status", "Points with the guide", "Points in all", "Guide", "What leads here", "Unpublished draft", "Last modified", "State", "Counted", "Managed by", "Remarks", "Flow id", "Read at"},
			{`'=1+1 "quoted", and more`, "In part", "1", "2", "ACW guide", "'+49 30 1234; Night", "No", "2026-11-20T07:47:00Z", "ACTIVE", "Yes", "'@Terraform", "", string(flowID(1)), "2026-11-22T07:47:00Z"},
			{"客服\nline", "Couldn't be read", "0", "0", "", "Can't see what leads here", "No", "2026-11-20T07:47:00Z", "ACTIVE", "Yes", "", "Can't see what leads here", string(flowID(2)), "2026-11-22T07:47:00Z"},
		}
		for i := range rows {
			if i > 0 {
				rows[i][11] = strings.SplitN(rows[i][11], `; "`, 2)[0] // the audit's notes have tests of their own
			}
		}
		rows[1][11] = ""
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("it follows the filter", func(t *testing.T) {
		t.Parallel()
		body := p.send(t, http.MethodGet, flowsAt+".csv?show=unreadable").Body.String()
		if strings.Contains(body, "quoted") || !strings.Contains(body, "客服") {
			t.Errorf("got %s", body)
		}
	})
	t.Run("an instance that can't be read is an error, not an empty file", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{readErr: fault.New(fault.Throttled, "fault.internal")}, people.Viewer)
		for _, ext := range []string{".csv", ".json"} {
			if w := p.send(t, http.MethodGet, flowsAt+ext); w.Code != http.StatusTooManyRequests || w.Header().Get("Content-Disposition") != "" {
				t.Errorf("%s: %d %v", ext, w.Code, w.Header())
			}
		}
	})
}

func TestCSVCell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "'=1": "'=1", "–": "–",
	} {
		if got := csvCell(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestJSONDownload(t *testing.T) {
	t.Parallel()
	main := rowOf(1, "Main", menuFlow)
	main.Leads = []survey.Lead{{Kind: "number", Text: "+49 30 1234", Version: "3"}}
	empty := verdictRow(2, "Empty", audit.NoAgent)
	empty.LeadsUnknown, empty.Draft = true, ""
	p := newReadingPages(&surveyorInMemory{last: readingOf(main, empty)}, people.Viewer)
	w := p.send(t, http.MethodGet, flowsAt+".json?sort=-name")
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("type %q", got)
	}
	if strings.Contains(w.Body.String(), "null") {
		t.Errorf("a list is null:\n%s", w.Body)
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	rows := got["rows"].([]any)
	if len(rows) != 2 || rows[0].(map[string]any)["name"] != "Main" {
		t.Fatalf("rows %v", rows)
	}
	row := rows[0].(map[string]any)
	delete(row, "notes")
	delete(got, "rows")
	wantHead := map[string]any{
		"instance": map[string]any{"id": string(salesID), "alias": "sales-eu", "arn": sales.ARN, "region": "eu-central-1", "account": "111122223333"},
		"readAt":   "2026-11-22T07:47:00Z", "method": "search",
		"coverage": map[string]any{"covered": 0.0, "open": 0.0, "cantTell": 1.0, "counted": 1.0},
	}
	if diff := cmp.Diff(wantHead, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantRow := map[string]any{
		"flow": string(flowID(1)), "arn": main.Flow.ARN, "name": "Main", "state": "ACTIVE", "status": "PUBLISHED", "modified": "2026-11-20T07:47:00Z",
		"hash": main.Hash, "verdict": "partial", "label": "In part",
		"handoffs": []any{
			map[string]any{"block": "Sales queue", "type": "TransferContactToQueue", "settings": []any{map[string]any{"kind": "block", "flow": string(guideID)}}},
			map[string]any{"block": "Billing queue", "type": "TransferContactToQueue", "settings": []any{map[string]any{"kind": "unset"}}},
		},
		"exits": []any{},
		"gaps":  []any{map[string]any{"block": "Billing queue", "kind": "unset", "route": []any{"Welcome", "Main menu", "Billing queue"}}},
		"set":   1.0, "of": 2.0,
		"guides":     []any{map[string]any{"ref": string(guideID), "flow": string(guideID), "name": "ACW guide", "health": "healthy", "acw": true}},
		"leads":      []any{map[string]any{"kind": "number", "text": "+49 30 1234", "version": "3"}},
		"leadsKnown": true, "draft": "none", "managed": "", "counted": true, "covered": false, "readAt": "2026-11-22T07:47:00Z",
	}
	if diff := cmp.Diff(wantRow, row); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := rows[1].(map[string]any)["draft"]; d != "not-checked" {
		t.Errorf("the draft that nobody checked is %v", d)
	}
}

func TestSafeFileName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Main.json":                        "Main.json",
		"../../etc/passwd.json":            "-..-etc-passwd.json",
		`a"b\c:d*e?f<g>h|i%j.json`:         "a-b-c-d-e-f-g-h-i-j.json",
		"客服 😀.json":                        "客服 😀.json",
		"line\r\nSet-Cookie: x.json":       "line--Set-Cookie- x.json",
		"\u202egnp.exe.json":               "-gnp.exe.json",
		"   .json":                         "flow.json",
		strings.Repeat("W", 300) + ".json": strings.Repeat("W", maxFileName) + ".json",
		"bad \xff bytes.json":              "bad - bytes.json",
	} {
		if got := safeFileName(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
