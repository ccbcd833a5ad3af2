package connectsim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wrapup/internal/connectsim"
)

// control sends a request to the simulator's control; header sets headers, Host, and by "from" where it comes from.
func control(t *testing.T, s *connectsim.Sim, method, path, body string, header ...string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1:9911", "127.0.0.1:50000"
	for i := 0; i+1 < len(header); i += 2 {
		switch header[i] {
		case "Host":
			r.Host = header[i+1]
		case "from":
			r.RemoteAddr = header[i+1]
		default:
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	s.Control().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestFaultsAreLoadedShownAndClearedWhileRunning(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	const rules = `{"op":"ListViews","nth":2,"do":"error","code":"AccessDeniedException"}` + "\n\n# a comment\n" + `{"op":"*","every":2,"do":"throttle"}`
	if status, body := control(t, w.Sim, "PUT", "/faults", rules); status != 204 || body != "" {
		t.Fatal(status, body)
	}
	var got []int
	for range 3 {
		got = append(got, w.raw(t, "GET", "/views/"+first, "").StatusCode)
	}
	if got[0] != 200 || got[1] != 403 || got[2] != 200 {
		t.Error("the rules do not act:", got)
	}
	want := `{"op":"ListViews","nth":2,"do":"error","code":"AccessDeniedException","seen":3,"fired":1}` + "\n" +
		`{"op":"*","every":2,"do":"throttle","seen":3,"fired":0}` + "\n"
	_, shown := control(t, w.Sim, "GET", "/faults", "")
	if shown != want {
		t.Errorf("shown as\n%s", shown)
	}
	if status, body := control(t, w.Sim, "PUT", "/faults", shown); status != 204 {
		t.Error("what is shown cannot be loaded:", body)
	}
	if _, body := control(t, w.Sim, "GET", "/faults", ""); strings.Count(body, `"seen":0,"fired":0`) != 2 {
		t.Error("the counts go on:", body)
	}
	for _, bad := range []string{"{}", "\n" + `{"op":"*","do":"explode"}`, rules + "\n{", strings.Repeat(" ", 5<<20)} {
		status, body := control(t, w.Sim, "PUT", "/faults", bad)
		if _, now := control(t, w.Sim, "GET", "/faults", ""); status != 400 || body == "" || strings.Count(now, "\n") != 2 {
			t.Errorf("%.40q: %d %s, now %s", bad, status, body, now)
		}
	}
	if _, body := control(t, w.Sim, "PUT", "/faults", "\n"+`{"op":"*","do":"explode"}`); !strings.HasPrefix(body, `line 2: do: "explode"`) {
		t.Error("the line is not named:", body)
	}
	if status, _ := control(t, w.Sim, "DELETE", "/faults", ""); status != 204 {
		t.Error(status)
	}
	if status, body := control(t, w.Sim, "GET", "/faults", ""); status != 200 || body != "" {
		t.Error("not cleared:", body)
	}
}

func TestCallsAreShown(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	if _, body := control(t, w.Sim, "GET", "/calls", ""); body != "{}\n" {
		t.Error(body)
	}
	w.raw(t, "GET", "/views/"+first, "")
	w.raw(t, "GET", "/views/"+first, "")
	w.raw(t, "GET", "/instance", "")
	_, body := control(t, w.Sim, "GET", "/calls", "")
	var calls map[string]int
	if err := json.Unmarshal([]byte(body), &calls); err != nil || len(calls) != 2 || calls["ListViews"] != 2 {
		t.Error(body, err)
	}
}

func TestAColleagueCanBeSentAtAnyTime(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	read := func(path string) string {
		return answer(t, w.raw(t, "GET", strings.ReplaceAll(path, "{in}", first), ""))
	}
	flow := named(t, w.client(t, east), first, "Sales")
	module, view := only(t, w, "/contact-flow-modules-summary/", "Language choice"), only(t, w, "/views/", "Store wrap-up")
	for name, x := range map[string]struct{ body, live, want string }{
		"a flow by name":           {`{"instance":"harbor-retail","flow":"Returns"}`, "/contact-flows/{in}/" + named(t, w.client(t, east), first, "Returns"), "Switch the log on"},
		"a flow by id, with words": {`{"instance":"` + first + `","flow":"` + flow + `","content":"new words"}`, "/contact-flows/{in}/" + flow, "new words"},
		"a module":                 {`{"instance":"harbor-retail","module":"Language choice"}`, "/contact-flow-modules/{in}/" + module, "Switch the log on"},
		"a view":                   {`{"instance":"harbor-retail","view":"` + view + `"}`, "/views/{in}/" + view, `!\"`},
	} {
		if status, body := control(t, w.Sim, "POST", "/edit", x.body); status != 204 {
			t.Errorf("%s: %d %s", name, status, body)
		}
		for _, copied := range []string{x.live, x.live + ":$SAVED"} {
			if got := read(copied); !strings.Contains(got, x.want) {
				t.Errorf("%s: %s is %.300s", name, copied, got)
			}
		}
	}
	before := read("/contact-flows/{in}/" + flow)
	if status, body := control(t, w.Sim, "POST", "/edit", `{"instance":"harbor-retail","flow":"Sales","content":"a draft","copy":"saved"}`); status != 204 {
		t.Error(status, body)
	}
	if got := read("/contact-flows/{in}/" + flow + ":$SAVED"); !strings.Contains(got, "a draft") {
		t.Error("the draft is", got)
	}
	for body, want := range map[string]int{
		`{"instance":"harbor-retail","flow":"gone"}`:                 404,
		`{"instance":"gone","flow":"Sales"}`:                         404,
		`{"flow":"Sales"}`:                                           404,
		`{"instance":"harbor-retail","view":"form"}`:                 404, // AWS's own are nobody's to edit
		`{"instance":"harbor-europe","flow":"` + flow + `"}`:         404,
		`{"instance":"harbor-retail"}`:                               400,
		`{"instance":"harbor-retail","flow":"Sales","view":"x"}`:     400,
		`{"instance":"harbor-retail","flow":"Sales","copy":"both"}`:  400,
		`{"instance":"harbor-retail","flow":"Sales","colour":"red"}`: 400,
		`{"instance":"harbor-retail","flow":"Sales"}}}garbage`:       400,
		`{"instance":"harbor-retail","flow":"Sales"}{}`:              400,
		`{`: 400,
		``:  400,
	} {
		if status, said := control(t, w.Sim, "POST", "/edit", body); status != want || said == "" {
			t.Errorf("%s: %d %s", body, status, said)
		}
	}
	if read("/contact-flows/{in}/"+flow) != before {
		t.Error("a draft or a refused edit has changed what is live")
	}
}

// only finds the id of what a list has under a name.
func only(t *testing.T, w *world, list, name string) string {
	t.Helper()
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(answer(t, w.raw(t, "GET", list+first, ""))), &doc); err != nil {
		t.Fatal(err)
	}
	for _, raw := range doc {
		var all []struct{ ID, Name string }
		if json.Unmarshal(raw, &all) != nil {
			continue
		}
		for _, x := range all {
			if x.Name == name {
				return x.ID
			}
		}
	}
	t.Fatalf("%s has no %s", list, name)
	return ""
}

func TestWebPagesAndOtherMachinesCannotControl(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	for _, x := range []struct {
		header []string
		want   int
	}{
		{[]string{"Host", "127.0.0.1:9911"}, 204},
		{[]string{"Host", "127.8.9.1"}, 204},
		{[]string{"Host", "localhost:9911"}, 204},
		{[]string{"Host", "localhost"}, 204},
		{[]string{"Host", "[::1]:9911"}, 204},
		{[]string{"Host", "[::1]"}, 204},
		{[]string{"Host", "evil.example:9911"}, 403},
		{[]string{"Host", "localhost.evil.example"}, 403},
		{[]string{"Host", "127.0.0.1.evil.example"}, 403},
		{[]string{"Host", "192.168.1.2:9911"}, 403},
		{[]string{"Host", "0.0.0.0:9911"}, 403},
		{[]string{"Host", ""}, 403},
		{[]string{"Host", "[]"}, 403},
		{[]string{"Origin", "https://evil.example"}, 403},
		{[]string{"Origin", "http://localhost:9911"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"from", "[::1]:50000"}, 204},
		{[]string{"from", "[::ffff:127.0.0.1]:50000"}, 204},
		{[]string{"from", "192.168.1.2:50000"}, 403}, // whoever sends it chooses the Host
		{[]string{"from", "[fe80::1%eth0]:50000"}, 403},
		{[]string{"from", ""}, 403},
	} {
		w.Faults([]connectsim.FaultRule{{Op: "*", Do: connectsim.DoError}})
		status, body := control(t, w.Sim, "DELETE", "/faults", "", x.header...)
		left := w.raw(t, "GET", "/instance", "").StatusCode != 200
		if status != x.want || left != (x.want == 403) {
			t.Errorf("%v: %d %s, rules left: %v", x.header, status, body, left)
		}
	}
}

func TestOtherPathsAndMethodsOfTheControlAreRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	for path, methods := range map[string]map[string]int{"/faults": {"POST": 405, "PATCH": 405}, "/calls": {"DELETE": 405}, "/edit": {"GET": 405},
		"/": {"GET": 404}, "/instance": {"GET": 404}} {
		for method, want := range methods {
			if status, _ := control(t, w.Sim, method, path, ""); status != want {
				t.Errorf("%s %s: %d", method, path, status)
			}
		}
	}
	if r := w.raw(t, "GET", "/faults", ""); r.StatusCode != http.StatusNotImplemented {
		t.Error("the control is on a path of AWS:", r.Status)
	}
}
