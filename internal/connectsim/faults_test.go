package connectsim_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"wrapup/internal/connectsim"
)

// TestAScriptedErrorSaysWhatItIsTold: that each code of the model reaches the SDK is with the operations.
func TestAScriptedErrorSaysWhatItIsTold(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	w.Faults([]connectsim.FaultRule{
		{Op: "CreateContactFlow", Do: connectsim.DoError, Code: "InvalidContactFlowException", Message: "as asked", Problems: []string{"a problem", "another"}},
		{Op: "ListContactFlows", Do: connectsim.DoError, Code: "ResourceNotFoundException", Message: "as asked"}})
	c := w.client(t, east)
	_, err := c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("New"),
		Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
	var invalid *types.InvalidContactFlowException
	if !errors.As(err, &invalid) || len(invalid.Problems) != 2 || *invalid.Problems[0].Message != "a problem" || *invalid.Problems[1].Message != "another" {
		t.Errorf("%v", err)
	}
	_, err = c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first)})
	var absent *types.ResourceNotFoundException
	if !errors.As(err, &absent) || absent.ErrorMessage() != "as asked" {
		t.Errorf("%v", err)
	}
}

// describe reads one flow of a demo with the rules given.
func describe(t *testing.T, rules ...connectsim.FaultRule) (*world, func() (*types.ContactFlow, error)) {
	w := serve(t, "demo", connectsim.Options{})
	c := w.lenient(east)
	id := named(t, c, first, "Sales")
	w.Faults(rules)
	return w, func() (*types.ContactFlow, error) {
		out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id})
		if err != nil {
			return nil, err
		}
		return out.ContactFlow, nil
	}
}

func status(err error) int {
	var resp *awshttp.ResponseError
	if errors.As(err, &resp) {
		return resp.HTTPStatusCode()
	}
	return 0
}

func TestRulesFireAtTheirNumber(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		rule connectsim.FaultRule
		want string
	}{
		"the second":         {connectsim.FaultRule{Op: "DescribeContactFlow", Nth: 2}, ".x...."},
		"each second":        {connectsim.FaultRule{Op: "*", Every: 2}, ".x.x.x"},
		"each":               {connectsim.FaultRule{Op: "DescribeContactFlow"}, "xxxxxx"},
		"of the flow named":  {connectsim.FaultRule{Op: "*", Flow: "Sales"}, "xxxxxx"},
		"of another flow":    {connectsim.FaultRule{Op: "*", Flow: "Billing"}, "......"},
		"of another request": {connectsim.FaultRule{Op: "ListViews"}, "......"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.rule.Do = connectsim.DoError
			_, get := describe(t, x.rule)
			got := ""
			for range 6 {
				if _, err := get(); err != nil {
					wantCode(t, err, "InternalServiceException")
					got += "x"
				} else {
					got += "."
				}
			}
			if got != x.want {
				t.Errorf("fired %s, want %s", got, x.want)
			}
		})
	}
}

func TestEachFaultIsWhatItSays(t *testing.T) {
	t.Parallel()
	rule := func(do connectsim.FaultDo) connectsim.FaultRule {
		return connectsim.FaultRule{Op: "DescribeContactFlow", Do: do, For: "1ms", Code: "AccessDeniedException", Status: 418}
	}
	for do, check := range map[connectsim.FaultDo]func(*types.ContactFlow, error) bool{
		connectsim.DoError: func(_ *types.ContactFlow, err error) bool {
			return code(err) == "AccessDeniedException" && status(err) == 418
		},
		connectsim.DoThrottle: func(_ *types.ContactFlow, err error) bool {
			return code(err) == "ThrottlingException" && status(err) == 429
		},
		connectsim.DoThrottleNoCode: func(_ *types.ContactFlow, err error) bool { return code(err) == "UnknownError" && status(err) == 429 },
		connectsim.DoEmpty:          func(f *types.ContactFlow, err error) bool { return f == nil && err == nil },
		connectsim.DoUndecodable: func(_ *types.ContactFlow, err error) bool {
			var d *smithy.DeserializationError
			return errors.As(err, &d)
		},
		connectsim.DoWait:       func(f *types.ContactFlow, err error) bool { return err == nil && f != nil },
		connectsim.DoDropBefore: func(_ *types.ContactFlow, err error) bool { return err != nil && status(err) == 0 },
		connectsim.DoDropAfter:  func(_ *types.ContactFlow, err error) bool { return err != nil && status(err) == 0 },
		connectsim.DoCutOff:     func(_ *types.ContactFlow, err error) bool { return err != nil && status(err) == 200 },
		connectsim.DoEdit: func(f *types.ContactFlow, err error) bool {
			return err == nil && strings.Contains(*f.Content, "Switch the log on")
		},
	} {
		t.Run("do "+string(do), func(t *testing.T) {
			t.Parallel()
			_, get := describe(t, rule(do))
			if f, err := get(); !check(f, err) {
				t.Errorf("%+v, %v, status %d", f, err, status(err))
			}
		})
	}
}

func TestADroppedCreateIsAppliedOrNot(t *testing.T) {
	t.Parallel()
	for do, applied := range map[connectsim.FaultDo]bool{connectsim.DoDropBefore: false, connectsim.DoDropAfter: true, connectsim.DoCutOff: true,
		connectsim.DoError: false, connectsim.DoThrottle: false, connectsim.DoEmpty: true} {
		w := serve(t, "empty", connectsim.Options{})
		w.Faults([]connectsim.FaultRule{{Op: "CreateContactFlow", Nth: 1, Flow: "New", Do: do}})
		call := func() error {
			_, err := w.lenient(east).CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("New"),
				Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
			return err
		}
		if err := call(); (err == nil) != (do == connectsim.DoEmpty) {
			t.Errorf("%s: %v", do, err)
		}
		if duplicate := code(call()) == "DuplicateResourceException"; duplicate != applied {
			t.Errorf("%s: applied %v", do, duplicate)
		}
	}
}

func TestAColleagueEditsBetweenReadAndWrite(t *testing.T) {
	t.Parallel()
	w, get := describe(t, connectsim.FaultRule{Op: "DescribeContactFlow", Nth: 2, Do: connectsim.DoEdit},
		connectsim.FaultRule{Op: "DescribeContactFlow", Nth: 3, Do: connectsim.DoEdit, Content: "draft", Copy: "saved"})
	before, _ := get()
	after, err := get()
	if err != nil || *before.Content == *after.Content || *before.FlowContentSha256 == *after.FlowContentSha256 {
		t.Fatal("the edit is not seen", err)
	}
	if third, err := get(); err != nil || *third.Content != *after.Content {
		t.Error("a draft changed the live copy", err)
	}
	if _, draft, _ := w.Contents(first, *before.Id); draft != "draft" {
		t.Errorf("the draft is %.40q", draft)
	}
}

// TestWhatArrivesLateIsDoneLate has a caller who gives up before the wait is over: the call is done all the same.
func TestWhatArrivesLateIsDoneLate(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	w.Faults([]connectsim.FaultRule{{Op: "CreateContactFlow", Do: connectsim.DoWait, For: "50ms"}})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	returned := make(chan struct{})
	door := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer close(returned)
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		leave()
		<-r.Context().Done()
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(door.Close)
	_, err := (&world{url: door.URL}).lenient(east).CreateContactFlow(ctx, &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("Late"),
		Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-returned
	w.Faults(nil)
	named(t, w.client(t, east), first, "Late")
}

func TestAWaitWithoutEndLastsUntilTheCallerLeaves(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	w.Faults([]connectsim.FaultRule{{Op: "CreateContactFlow", Do: connectsim.DoWait}})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	returned := make(chan error, 1)
	door := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() { returned <- r.Context().Err() }()
		body, _ := io.ReadAll(r.Body) // only then does net/http look whether the caller is still there
		r.Body = io.NopCloser(bytes.NewReader(body))
		leave()
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(door.Close)
	_, err := (&world{url: door.URL}).lenient(east).CreateContactFlow(ctx, &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("New"),
		Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if <-returned == nil {
		t.Error("the wait ended before the caller left")
	}
	w.Faults(nil)
	out, err := w.lenient(east).ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first)})
	if err != nil || len(out.ContactFlowSummaryList) != 20 {
		t.Error("a caller who left made a flow", err)
	}
}

func TestFaultsReachSTS(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := sts.New(sts.Options{Region: east, BaseEndpoint: &w.url, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("k", "s", "")})
	for _, x := range []struct {
		rule connectsim.FaultRule
		want string
	}{{connectsim.FaultRule{Do: connectsim.DoError, Code: "AccessDenied"}, "AccessDenied"}, {connectsim.FaultRule{Do: connectsim.DoThrottle}, "Throttling"},
		{connectsim.FaultRule{Do: connectsim.DoError}, "InternalFailure"}, {connectsim.FaultRule{Do: connectsim.DoUndecodable}, ""}} {
		x.rule.Op = "GetCallerIdentity"
		w.Faults([]connectsim.FaultRule{x.rule})
		_, err := c.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err == nil || x.want != "" && code(err) != x.want {
			t.Errorf("%s: %v", x.rule.Do, err)
		}
	}
}

func TestFaultScriptsAreReadLineByLine(t *testing.T) {
	t.Parallel()
	rules, err := connectsim.ReadFaults(strings.NewReader("# the third read fails\n\n" +
		`{"op":"DescribeContactFlow","nth":3,"do":"error","code":"AccessDeniedException"}` + "\n" + `{"op":"*","every":10,"do":"wait","for":"5ms"}`))
	if err != nil || len(rules) != 2 || rules[0].Nth != 3 || rules[1].For != "5ms" {
		t.Fatalf("%+v, %v", rules, err)
	}
	for _, bad := range []string{`{"op":"DescribeFlow","do":"error"}`, `{"op":"*","do":"explode"}`, `{"op":"*","do":"wait","for":"soon"}`, `{"op":"*","nth":1,"every":2,"do":"empty"}`,
		`{"op":"*","nth":-1,"do":"empty"}`, `{"op":"*","do":"error","status":200}`, `{"op":"*","do":"edit","copy":"both"}`, `{"op":"*","do":"empty","flow":"a","view":"b"}`, `{"op":"*","do":"empty","module":"a","view":"b"}`, `{"op":"*","do":""}`, `{"op":"*","do":"error","colour":1}`, `{`, `[]`, `{"op":"*","do":"empty"}{}`} {
		if _, err := connectsim.ReadFaults(strings.NewReader("\n" + bad)); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// thing is a flow, module or view of the demo, with the requests that read and write it.
type thing struct {
	kind, id, name, path, update, create, write string
	throttled                                   string // its operations' code
}

func (w *world) aimable(t *testing.T) []thing {
	const marked = "Written by the test"
	quote := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	content := strings.Replace(valid, `"Metadata":{}`, `"Metadata":{"note":"`+marked+`"}`, 1)
	module := strings.Replace(strings.TrimSuffix(content, "}"), "DisconnectParticipant", "EndFlowModuleExecution", 1) +
		`,"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}`
	view := `"Status":"SAVED","Content":{"Actions":["Next"],"Template":` + quote(`{"Head":{"Title":"`+marked+`"}}`) + `}`
	path := func(list, id string) string { return list + first + "/" + id }
	f := named(t, w.client(t, east), first, "Sales")
	m, v := only(t, w, "/contact-flow-modules-summary/", "Language choice"), only(t, w, "/views/", "Store wrap-up")
	return []thing{
		{"flow", f, "Sales", path("/contact-flows/", f), path("/contact-flows/", f) + "/content", "/contact-flows/" + first,
			`"Type":"CONTACT_FLOW","Content":` + quote(content), "ThrottlingException"},
		{"module", m, "Language choice", path("/contact-flow-modules/", m), path("/contact-flow-modules/", m) + "/content",
			"/contact-flow-modules/" + first, `"Content":` + quote(module), "ThrottlingException"},
		{"view", v, "Store wrap-up", path("/views/", v) + ":$SAVED", path("/views/", v), "/views/" + first, view, "TooManyRequestsException"},
	}
}

// sent gives the status, code and body of an answer; the error of one that was cut off.
func (w *world) sent(t *testing.T, method, path, body string) (status int, code, answer string, cut error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", scope("AKIAANYKEY", east, "connect"))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType"), string(b), err
}

func TestEachFaultOnFlowsModulesAndViews(t *testing.T) {
	t.Parallel()
	const mark = "Written by the test"
	for _, do := range connectsim.FaultDos {
		t.Run("do "+string(do), func(t *testing.T) {
			t.Parallel()
			w := serve(t, "demo", connectsim.Options{})
			for _, x := range w.aimable(t) {
				rule := connectsim.FaultRule{Op: "*", Do: do, Nth: 1, For: "1ms"}
				switch x.kind {
				case "flow":
					rule.Flow = x.name
				case "module":
					rule.Module = x.name
				case "view":
					rule.View = x.name
				}
				for _, write := range []struct{ method, path, body, kept string }{
					{"POST", x.update, "{" + x.write + "}", x.path},
					{"PUT", x.create, `{"Name":"new one",` + x.write + "}", ""},
				} {
					rule := rule
					if write.method == "PUT" {
						rule.Flow, rule.Module, rule.View = replaced(rule.Flow), replaced(rule.Module), replaced(rule.View)
					}
					w.Faults([]connectsim.FaultRule{rule})
					status, code, body, cut := w.sent(t, write.method, write.path, write.body)
					done, ok := true, false
					switch do {
					case connectsim.DoError:
						done, ok = false, status == 500 && code == "InternalServiceException"
					case connectsim.DoThrottle:
						done, ok = false, status == 429 && code == x.throttled
					case connectsim.DoThrottleNoCode:
						done, ok = false, status == 429 && code == ""
					case connectsim.DoEmpty:
						ok = status == 200 && body == "" && cut == nil
					case connectsim.DoUndecodable:
						ok = status == 200 && (body == "{" || !strings.Contains(body, x.id) && strings.Contains(body, "[]") || strings.Contains(body, "not what the model says"))
					case connectsim.DoWait, connectsim.DoEdit:
						ok = status == 200 && len(body) > 1
					case connectsim.DoDropBefore:
						done, ok = false, status == 0 && cut != nil
					case connectsim.DoDropAfter:
						ok = status == 0 && cut != nil
					case connectsim.DoCutOff:
						ok = status == 200 && cut != nil
					}
					if !ok {
						t.Errorf("%s %s: %d %s %q, %v", write.method, write.path, status, code, body, cut)
					}
					applied := false
					if write.kept != "" {
						_, _, kept, _ := w.sent(t, "GET", write.kept, "")
						applied = strings.Contains(kept, mark)
					} else {
						_, again, _, _ := w.sent(t, write.method, write.path, write.body)
						applied = again == "DuplicateResourceException"
					}
					if applied != done {
						t.Errorf("%s %s: done %v, want %v", write.method, write.path, applied, done)
					}
				}
			}
		})
	}
}

func replaced(name string) string {
	if name == "" {
		return ""
	}
	return "new one"
}

func TestAColleagueEditsWhatIsRead(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	for _, x := range w.aimable(t) {
		last := ""
		for _, rule := range []connectsim.FaultRule{{}, {}, {Content: "these words"}, {Content: "a draft", Copy: "saved"}} {
			rule.Op, rule.Do = "*", connectsim.DoEdit
			w.Faults([]connectsim.FaultRule{rule})
			live := strings.TrimSuffix(x.path, ":$SAVED")
			status, _, body, err := w.sent(t, "GET", live, "")
			w.Faults(nil)
			_, _, draft, _ := w.sent(t, "GET", live+":$SAVED", "")
			wrote := body
			if rule.Copy != "" {
				wrote = draft
			}
			if status != 200 || err != nil || (body == last) != (rule.Copy != "") || !strings.Contains(wrote, rule.Content) {
				t.Errorf("%s: %d %v %.300s, draft %.300s", x.kind, status, err, body, draft)
			}
			last = body
		}
	}
}

func TestRulesKnowWhatARequestIsAbout(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x := w.aimable(t)
	f, m, v := x[0], x[1], x[2]
	arn := func(kind, id string) string {
		return "arn:aws:connect:us-east-1:111122223333:instance/" + first + "/" + kind + "/" + id
	}
	form := "/views/" + first + "/" + url.PathEscape("arn:aws:connect:us-east-1:aws:view/form:1")
	for name, c := range map[string]struct {
		rule               connectsim.FaultRule
		method, path, body string
		fires              bool
	}{
		"a flow by id":                      {connectsim.FaultRule{Flow: f.id}, "GET", f.path, "", true},
		"a flow's draft":                    {connectsim.FaultRule{Flow: f.id}, "GET", f.path + ":$SAVED", "", true},
		"a flow's versions":                 {connectsim.FaultRule{Flow: f.name}, "GET", f.path + "/versions", "", true},
		"a flow by ARN":                     {connectsim.FaultRule{Flow: f.name}, "GET", "/contact-flows/" + first + "/" + url.PathEscape(arn("contact-flow", f.id)), "", true},
		"a flow's tags":                     {connectsim.FaultRule{Flow: f.name}, "GET", "/tags/" + url.PathEscape(arn("contact-flow", f.id)), "", true},
		"a module by id":                    {connectsim.FaultRule{Module: m.id}, "GET", m.path, "", true},
		"a module's tags":                   {connectsim.FaultRule{Module: m.name}, "GET", "/tags/" + url.PathEscape(arn("flow-module", m.id)), "", true},
		"a view by id":                      {connectsim.FaultRule{View: v.id}, "GET", v.path, "", true},
		"a view's versions":                 {connectsim.FaultRule{View: v.name}, "GET", v.update + "/versions", "", true},
		"a view's tags":                     {connectsim.FaultRule{View: v.id}, "GET", "/tags/" + url.PathEscape(arn("view", v.id)), "", true},
		"a view of AWS":                     {connectsim.FaultRule{View: "form"}, "GET", form, "", true},
		"another view of AWS":               {connectsim.FaultRule{View: "list"}, "GET", form, "", false},
		"a view that is not there, by id":   {connectsim.FaultRule{View: f.id}, "GET", "/views/" + first + "/" + f.id, "", true},
		"a module for a flow's rule":        {connectsim.FaultRule{Flow: m.id}, "GET", m.path, "", false},
		"a view of the name of a flow":      {connectsim.FaultRule{Flow: "n"}, "PUT", v.create, `{"Name":"n","Status":"SAVED"}`, false},
		"a new flow of another name":        {connectsim.FaultRule{Flow: f.name}, "PUT", f.create, `{"Name":"n",` + f.write + `}`, false},
		"a list for a rule of one":          {connectsim.FaultRule{Flow: f.name}, "GET", "/contact-flows-summary/" + first, "", false},
		"a list of what has nothing to do":  {connectsim.FaultRule{View: v.name}, "GET", "/queues-summary/" + first, "", false},
		"a list for a rule of all":          {connectsim.FaultRule{}, "GET", "/queues-summary/" + first, "", true},
		"an operation that does not matter": {connectsim.FaultRule{Op: "DescribeView"}, "GET", v.path, "", true},
	} {
		c.rule.Op, c.rule.Do, c.rule.Code = cmp.Or(c.rule.Op, "*"), connectsim.DoError, "IAmHere"
		w.Faults([]connectsim.FaultRule{c.rule})
		if _, code, body, err := w.sent(t, c.method, c.path, c.body); (code == "IAmHere") != c.fires || err != nil {
			t.Errorf("%s: %s %.100s %v", name, code, body, err)
		}
	}
	w.Faults(nil)
}

func TestAnEditThatCannotBeKeptIsNone(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x := w.aimable(t)[0]
	_, _, before, _ := w.sent(t, "GET", x.path, "")
	if _, err := w.Keep(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil { // from now on nothing can be written
		t.Fatal(err)
	}
	w.Faults([]connectsim.FaultRule{{Op: "*", Do: connectsim.DoEdit}})
	if status, _, after, err := w.sent(t, "GET", x.path, ""); status != 200 || after != before || err != nil {
		t.Errorf("%d %v %.200s", status, err, after)
	}
	if status, body := control(t, w.Sim, "POST", "/edit", `{"instance":"harbor-retail","flow":"Sales"}`); status != 500 || !strings.Contains(body, "closed") {
		t.Error(status, body)
	}
}
