package connectsim_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"wrapup/internal/connectsim"
)

func answer(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const update = "/contact-flows/" + first + "/x/content"

func TestGarbageIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	const create = "/contact-flows/" + first
	for name, x := range map[string]struct {
		method, path, body, code string
		status                   int
		header                   []string
	}{
		"no JSON":                  {"PUT", create, "{", "InvalidRequestException", 400, nil},
		"an array":                 {"PUT", create, "[]", "InvalidRequestException", 400, nil},
		"two objects":              {"PUT", create, "{}{}", "InvalidRequestException", 400, nil},
		"bad UTF-8":                {"PUT", create, "{\"Name\":\"\xff\"}", "InvalidRequestException", 400, nil},
		"nothing":                  {"PUT", create, "", "InvalidParameterException", 400, nil},
		"null members":             {"PUT", create, `{"Name":null,"Type":"CONTACT_FLOW","Content":"x"}`, "InvalidParameterException", 400, nil},
		"a number for a string":    {"PUT", create, `{"Name":1,"Type":"CONTACT_FLOW","Content":"x"}`, "InvalidParameterException", 400, nil},
		"a type outside the enum":  {"PUT", create, `{"Name":"n","Type":"FLOW","Content":"x"}`, "InvalidParameterException", 400, nil},
		"a reserved tag":           {"PUT", create, `{"Name":"n","Type":"CONTACT_FLOW","Content":"x","Tags":{"aws:x":"1"}}`, "InvalidParameterException", 400, nil},
		"no tags in a map of them": {"PUT", create, `{"Name":"n","Type":"CONTACT_FLOW","Content":"x","Tags":{}}`, "InvalidParameterException", 400, nil},
		"too long a body":          {"PUT", create, strings.Repeat(" ", 5<<20), "InvalidRequestException", 400, nil},
		"too long a content":       {"PUT", create, `{"Name":"n","Status":"SAVED","Type":"CONTACT_FLOW","Content":"` + strings.Repeat("x", 256_001) + `"}`, "InvalidParameterException", 400, nil},
		"an empty content":         {"POST", update, `{"Content":""}`, "InvalidParameterException", 400, nil},
		"another content type":     {"PUT", create, "{}", "UnsupportedMediaTypeException", 415, []string{"Content-Type", "text/plain"}},
		"no signature":             {"GET", "/instance", "", "MissingAuthenticationTokenException", 403, []string{"Authorization", ""}},
		"a broken signature":       {"GET", "/instance", "", "MissingAuthenticationTokenException", 403, []string{"Authorization", "AWS4-HMAC-SHA256 Credential=x"}},
		"an unknown operation":     {"GET", "/quick-connections/" + first, "", "UnknownOperationException", 501, nil},
		"an unknown method":        {"DELETE", "/instance", "", "UnknownOperationException", 501, nil},
		"too deep a path":          {"GET", "/contact-flows/" + first + "/a/b", "", "UnknownOperationException", 501, nil},
		"a page of none":           {"GET", "/instance?maxResults=0", "", "InvalidRequestException", 400, nil},
		"a page of words":          {"GET", "/instance?maxResults=ten", "", "InvalidRequestException", 400, nil},
		"a broken query":           {"GET", "/contact-flows-summary/" + first + "?nextToken=%zz", "", "InvalidRequestException", 400, nil},
		"eleven types":             {"GET", "/contact-flows-summary/" + first + "?" + strings.Repeat("contactFlowTypes=CAMPAIGN&", 11), "", "InvalidParameterException", 400, nil},
		"too long an id":           {"GET", "/instance/" + strings.Repeat("a", 101), "", "InvalidRequestException", 400, nil},
		"an empty id":              {"GET", "/contact-flows/" + first + "/", "", "InvalidParameterException", 400, nil},
		"an encoded climb":         {"GET", "/contact-flows/" + first + "/%2E%2E%2F%2E%2E", "", "ResourceNotFoundException", 404, nil},
		"a NUL":                    {"GET", "/contact-flows/" + first + "/%00", "", "ResourceNotFoundException", 404, nil},
		"an encoded slash":         {"GET", "/contact-flows/" + first + "%2Fx", "", "UnknownOperationException", 501, nil},
		"a view with a bad id":     {"GET", "/views/" + first + "/a%20b", "", "InvalidParameterException", 400, nil},
	} {
		t.Run("with "+name, func(t *testing.T) {
			r := w.raw(t, x.method, x.path, x.body, x.header...)
			if got := r.Header.Get("X-Amzn-ErrorType"); r.StatusCode != x.status || got != x.code || r.Header.Get("x-amzn-RequestId") == "" {
				t.Errorf("%d %s: %.200s", r.StatusCode, got, answer(t, r))
			}
		})
	}
	if r := w.raw(t, "GET", "/contact-flows-summary/"+first+"?maxResults=1000", ""); strings.Count(answer(t, r), `"Id"`) != 20 {
		t.Error("the instance has changed")
	}
}

func TestATruncatedBodyChangesNothing(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"Name":"n","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`
	_, err = io.WriteString(c, "PUT /contact-flows/"+first+" HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 900\r\nAuthorization: "+
		scope("A", east, "connect")+"\r\n\r\n"+body)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(c)
	c.Close()
	if r := w.raw(t, "GET", "/contact-flows-summary/"+first, ""); strings.Contains(answer(t, r), `"Name":"n"`) {
		t.Error("half a request made a flow")
	}
}

func TestContentTravelsUnescaped(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	r := w.raw(t, "GET", "/contact-flows-summary/"+first+"?maxResults=1000", "")
	if b := answer(t, r); !strings.Contains(b, `<b>Sales</b> & \"quotes\"`) || strings.Contains(b, `\u003c`) {
		t.Error("names are escaped for HTML")
	}
	if r.Header.Get("Content-Type") != "application/json" {
		t.Error("content type is", r.Header.Get("Content-Type"))
	}
}

func TestUnknownMembersAreIgnored(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	if r := w.raw(t, "GET", "/instance?color=red", ""); r.StatusCode != 200 {
		t.Error(r.Status)
	}
	if r := w.raw(t, "POST", "/search-contact-flows", `{"InstanceId":"`+first+`","Color":[1],"NextToken":null}`, "Content-Type", "application/json; charset=utf-8"); r.StatusCode != 200 {
		t.Error(answer(t, r))
	}
}

func TestSTSAnswersXML(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	const formType = "application/x-www-form-urlencoded"
	for name, x := range map[string]struct {
		body, want string
		status     int
	}{
		"an identity":              {"Action=GetCallerIdentity&Version=2011-06-15", "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/practice</Arn>", 200},
		"a role":                   {"Action=AssumeRole&Version=2011-06-15&RoleArn=" + connectsim.DemoRole + "&RoleSessionName=me", "<AssumedRoleUser><AssumedRoleId>AROA", 200},
		"an unknown action":        {"Action=GetSessionToken&Version=2011-06-15", "<Code>InvalidAction</Code>", 400},
		"no action":                {"%zz", "<Code>InvalidAction</Code>", 400},
		"a role without a session": {"Action=AssumeRole&Version=2011-06-15&RoleArn=" + connectsim.DemoRole, "<Type>Sender</Type><Code>ValidationError</Code>", 400},
		"too short a session":      {"Action=AssumeRole&Version=2011-06-15&RoleArn=" + connectsim.DemoRole + "&RoleSessionName=me&DurationSeconds=60", "ValidationError", 400},
	} {
		t.Run("for "+name, func(t *testing.T) {
			t.Parallel()
			r := w.raw(t, "POST", "/", x.body, "Content-Type", formType)
			if b := answer(t, r); r.StatusCode != x.status || !strings.Contains(b, x.want) || r.Header.Get("Content-Type") != "text/xml" {
				t.Errorf("%d %s", r.StatusCode, b)
			}
		})
	}
}

func TestLatencyIsWaitedBeforeEachAnswer(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{Latency: 20 * time.Millisecond})
	began := time.Now()
	if r := w.raw(t, "GET", "/instance", ""); r.StatusCode != 200 || time.Since(began) < 20*time.Millisecond {
		t.Error(r.Status, time.Since(began))
	}
}
