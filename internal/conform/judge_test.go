package conform

import (
	"net/http"
	"strings"
	"testing"
)

// exchange is one with the things model.
type exchange struct {
	method, path, query, sent string
	status                    int
	code, body                string
}

func (x exchange) judge(m *Model, header ...string) Verdict {
	h := http.Header{"X-Amzn-Requestid": {"r"}, "Content-Type": {"application/json"}}
	if x.code != "" {
		h.Set("X-Amzn-ErrorType", x.code)
	}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
		if header[i+1] == "" {
			h.Del(header[i])
		}
	}
	return m.Judge(Exchange{x.method, x.path, x.query, []byte(x.sent), x.status, h, []byte(x.body)})
}

// get is a read of a thing that is answered with a body.
func get(body string) exchange {
	return exchange{method: "GET", path: "/things/a", query: "kinds=ROUND", status: 200, body: body}
}

func refused(status int, code, body string) exchange {
	return exchange{method: "GET", path: "/things/a", status: status, code: code, body: body}
}

func put(sent string) exchange {
	return exchange{method: "PUT", path: "/things/a", sent: sent, status: 200, body: "{}"}
}

const thing = `{"Thing":{"Name":"abc","Count":1,"Small":5,"On":true,"When":1.5,"Tags":{"aws:stack":"x","k":""},"Parts":["a"],` +
	`"Kinds":["FLAT"],"Inner":{"Name":"ab"},"Choice":{"One":"1"}},"Parts":[]}`

func TestWhatConformsIsNotFaulted(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	for name, x := range map[string]exchange{
		"an answer with all members":             get(thing),
		"a request with a size":                  {method: "GET", path: "/things/a%2Fb", query: "kinds=ROUND&kinds=FLAT&size=1&deep=true&more=1", status: 200, body: `{"Thing":{"Name":"ab"},"Parts":["a"]}`},
		"an error of the operation":              refused(404, "ResourceNotFoundException", `{"Message":"no"}`),
		"an error with a namespace and a link":   refused(404, "ns#ResourceNotFoundException:http://x/", `{}`),
		"an error named in the body":             refused(404, "", `{"__type":"ns#ResourceNotFoundException","Message":"no"}`),
		"an error named by a code":               refused(404, "", `{"code":"ResourceNotFoundException"}`),
		"a denial, which no operation models":    refused(403, "AccessDeniedException", `{"message":"no"}`),
		"a list of problems":                     {method: "PUT", path: "/things/a", status: 400, code: "InvalidContactFlowException", body: `{"problems":[{"message":"p"}]}`},
		"no output":                              put(`{"Name":"abc"}`),
		"no output and no body":                  {method: "DELETE", path: "/things/a/parts/1", status: 200},
		"members of the request nobody knows":    put(`{"Name":"abc","Colour":1,"Content":null}`),
		"an operation without input":             {method: "GET", path: "/ping", status: 200, body: "{}"},
		"a request that is refused for anything": {method: "PUT", path: "/things/a", sent: "{", status: 400, code: "InvalidParameterException", body: "{}"},
		"a page that is full":                    {method: "POST", path: "/things/list", sent: `{"MaxResults":2}`, status: 200, body: `{"Things":["a","b"]}`},
	} {
		if v := x.judge(m); v.Operation == "" || len(v.Faults) > 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestEachFaultOfAnAnswerIsFound(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	of := func(members string) exchange { return get(`{"Thing":{"Name":"abc",` + members + `}}`) }
	for name, x := range map[string]struct {
		exchange
		want string
	}{
		"no JSON":                      {get("<html>"), "$: the body cannot be read"},
		"an empty body":                {get(""), "$: the body cannot be read"},
		"two values":                   {get(thing + "{}"), "more than one JSON value"},
		"no object":                    {get("[]"), "$: [] is no object"},
		"an unknown member":            {of(`"Colour":1`), "$.Thing: Colour is no member of Thing"},
		"another case":                 {of(`"count":1`), "$.Thing: count is no member"},
		"a member of the header":       {get(`{"Thing":{"Name":"abc"},"Serial":"1"}`), "Serial is no member"},
		"null":                         {of(`"Count":null`), "$.Thing: Count is null"},
		"a required member is absent":  {get(`{}`), "$: Thing is required"},
		"one deeper":                   {of(`"Inner":{}`), "$.Thing.Inner: Name is required"},
		"a number for a string":        {of(`"Parts":[1]`), "$.Thing.Parts[0]: 1 is no string"},
		"a string for a number":        {of(`"Count":"1"`), `$.Thing.Count: "1" is no long`},
		"a fraction":                   {of(`"Count":1.5`), "1.5 is no long"},
		"a whole number as a fraction": {of(`"Count":1.0`), "1.0 is no long"},
		"too small a number":           {of(`"Count":0`), "0 is not 1 or more"},
		"too great a number":           {of(`"Small":6`), "6 is not 1 to 5"},
		"more than an integer holds":   {of(`"Small":4294967297`), "4294967297 is no integer"},
		"a string for a boolean":       {of(`"On":"true"`), `"true" is no boolean`},
		"a time in words":              {of(`"When":"2026-11-22T08:00:00Z"`), "no timestamp"},
		"an object for a list":         {of(`"Parts":{}`), "{} is no list"},
		"too long a list":              {of(`"Parts":["","","","",""]`), "5 items, not 4 or less"},
		"too short a list":             {of(`"Kinds":[]`), "0 items, not 1 to 2"},
		"a list for a map":             {of(`"Tags":[]`), "[] is no map"},
		"too great a map":              {of(`"Tags":{"a":"","b":"","c":"","d":""}`), "4 entries"},
		"a broken key":                 {of(`"Tags":{"A":""}`), "$.Thing.Tags key"},
		"a broken value":               {of(`"Tags":{"a":"123456789"}`), "$.Thing.Tags.a: 9 characters"},
		"outside an enum":              {of(`"Kinds":["SQUARE"]`), `"SQUARE" is none of the values of Kind`},
		"too short a string":           {get(`{"Thing":{"Name":"a"}}`), "1 characters, not 2 to 9"},
		"too long a string":            {get(`{"Thing":{"Name":"aaaaaaaaaa"}}`), "10 characters"},
		"a broken pattern":             {get(`{"Thing":{"Name":"ABC"}}`), `breaks the pattern of Name: ^[a-z]+$`},
		"two members of a union":       {of(`"Choice":{"One":"","Other":""}`), "2 members of the union"},
		"more than the page":           {exchange{method: "GET", path: "/things/a", query: "kinds=FLAT&size=1", status: 200, body: `{"Thing":{"Name":"ab"},"Parts":["a","b"]}`}, "$.Parts: 2 results on a page of 1"},
		"more than the page asked":     {exchange{method: "POST", path: "/things/list", sent: `{"MaxResults":1}`, status: 200, body: `{"Things":["a","b"]}`}, "$.Things: 2 results"},
		"an output nobody models":      {exchange{method: "PUT", path: "/things/a", sent: `{"Name":"abc"}`, status: 200, body: `{"a":1}`}, "without output answered"},
		"another success":              {exchange{method: "GET", path: "/ping", status: 204}, "204 is neither 200 nor an error"},
		"an error that is not its own": {refused(400, "InvalidContactFlowException", "{}"), "which GetThing does not model"},
		"an error nobody models":       {refused(501, "UnknownOperationException", "{}"), "which GetThing does not model"},
		"an error without a name":      {refused(429, "", "{}"), "429 without the error's name"},
		"an error of another status":   {refused(400, "ResourceNotFoundException", "{}"), "ResourceNotFoundException is 404, not 400"},
		"a denial of another status":   {refused(418, "AccessDeniedException", "{}"), "AccessDeniedException is 403, not 418"},
		"an error's unknown member":    {refused(404, "ResourceNotFoundException", `{"message":"no"}`), "message is no member"},
		"an error without JSON":        {refused(404, "ResourceNotFoundException", "no"), "no JSON object"},
		"too many problems":            {exchange{method: "PUT", path: "/things/a", status: 400, code: "InvalidContactFlowException", body: `{"problems":[{},{},{}]}`}, "3 items"},
		"an empty problem":             {exchange{method: "PUT", path: "/things/a", status: 400, code: "InvalidContactFlowException", body: `{"problems":[{"message":""}]}`}, "problems[0].message: 0 characters"},
	} {
		if v := x.judge(m); len(v.Faults) != 1 || !strings.Contains(v.Faults[0], x.want) {
			t.Errorf("%s: %q, want %s", name, v.Faults, x.want)
		}
	}
}

func TestAnAcceptedRequestMustHaveBeenValid(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	ask := func(path, query string) exchange {
		return exchange{method: "GET", path: path, query: query, status: 200, body: `{"Thing":{"Name":"ab"}}`}
	}
	for name, x := range map[string]struct {
		exchange
		want string
	}{
		"no JSON":                    {put("{"), "body:"},
		"no object":                  {put("[]"), "body: [] is no object"},
		"without a required member":  {put("{}"), "Name is required"},
		"with null for one":          {put(`{"Name":null}`), "Name is required"},
		"with too short a name":      {put(`{"Name":"a"}`), "body.Name: 1 characters"},
		"with a reserved key":        {put(`{"Name":"abc","thing":{"Name":"abc","Tags":{"aws:x":""}}}`), "body.thing.Tags key"},
		"with too long an id":        {ask("/things/"+strings.Repeat("a", 21), "kinds=FLAT"), "ThingId: 21 characters"},
		"with an empty id":           {ask("/things/", "kinds=FLAT"), "ThingId: the path has none"},
		"with an unreadable id":      {ask("/things/%zz", "kinds=FLAT"), "ThingId: the path has none, or none that can be read"},
		"with an unreadable query":   {ask("/things/a", "kinds=FLAT&x=%zz"), "query:"},
		"without a required query":   {ask("/things/a", ""), "Kinds: it is required"},
		"with a size in words":       {ask("/things/a", "kinds=FLAT&size=ten"), "Size: ten is no integer"},
		"with too great a size":      {ask("/things/a", "kinds=FLAT&size=6"), "Size: 6 is not 1 to 5"},
		"with a third kind":          {ask("/things/a", "kinds=FLAT&kinds=FLAT&kinds=FLAT"), "Kinds: 3 items"},
		"with an unknown kind":       {ask("/things/a", "kinds=SQUARE"), "Kinds[0]"},
		"with a switch that is none": {ask("/things/a", "kinds=FLAT&deep=maybe"), `Deep: "maybe" is no boolean`},
		"with a number that is none": {exchange{method: "DELETE", path: "/things/a/parts/0", status: 200}, "PartNumber: 0 is not 1 or more"},
	} {
		v := x.judge(m)
		if len(v.Faults) != 1 || !strings.HasPrefix(v.Faults[0], "accepted: a request outside the model: ") || !strings.Contains(v.Faults[0], x.want) {
			t.Errorf("%s: %q, want %s", name, v.Faults, x.want)
		}
	}
}

func TestHeadersOfAnAnswerAreLookedAt(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	for name, header := range map[string][]string{
		"no request id":      {"x-amzn-RequestId", ""},
		"no content type":    {"Content-Type", ""},
		"another type":       {"Content-Type", "text/html"},
		"a type with extras": {"Content-Type", "application/json; charset=utf-8"},
	} {
		if v := get(thing).judge(m, header...); len(v.Faults) != 1 || !strings.HasPrefix(v.Faults[0], header[0]) {
			t.Errorf("%s: %q", name, v.Faults)
		}
	}
}

func TestErrorsOfTheLayersAroundAreToldApart(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	if v := refused(403, "ExpiredTokenException", `{"message":"old"}`).judge(m); !v.Common || v.Code != "ExpiredTokenException" {
		t.Errorf("%+v", v)
	}
	if v := refused(404, "ResourceNotFoundException", "{}").judge(m); v.Common || v.Code != "ResourceNotFoundException" {
		t.Errorf("%+v", v)
	}
}

func TestWhatTheModelDoesNotHaveIsOutside(t *testing.T) {
	t.Parallel()
	if v := (exchange{method: "POST", path: "/", status: 200, body: "<xml/>"}).judge(thingsModel(t)); v.Operation != "" || v.Faults != nil {
		t.Errorf("%+v", v)
	}
}

func TestFaultsAreFoundByTheServicesOwnModel(t *testing.T) {
	t.Parallel()
	m := service(t)
	flow := func(members string) exchange {
		return exchange{method: "GET", path: "/contact-flows/I/F%3A%24SAVED", status: 200, body: `{"ContactFlow":` + members + `}`}
	}
	for name, x := range map[string]struct {
		exchange
		fault bool
	}{
		"nothing":                 {flow(`{"Name":"n","Tags":{"aws:cloudformation:stack":"s","名":"值"}}`), false},
		"a wrong type":            {flow(`{"LastModifiedTime":"now"}`), true},
		"an unknown member":       {flow(`{"Colour":"red"}`), true},
		"null":                    {flow(`null`), true},
		"outside an enum":         {flow(`{"State":"GONE"}`), true},
		"a broken pattern":        {flow(`{"FlowContentSha256":"-"}`), true},
		"no tags in a map":        {flow(`{"Tags":{}}`), true},
		"a number":                {exchange{method: "POST", path: "/phone-number/list", status: 200, body: `{"ListPhoneNumbersSummaryList":[{"PhoneNumber":"+18005550100"}]}`}, false},
		"no number":               {exchange{method: "POST", path: "/phone-number/list", status: 200, body: `{"ListPhoneNumbersSummaryList":[{"PhoneNumber":"1-800"}]}`}, true},
		"an alias of a directory": {exchange{method: "GET", path: "/instance/I", status: 200, body: `{"Instance":{"InstanceAlias":"d-1"}}`}, true},
	} {
		if v := x.judge(m); (len(v.Faults) > 0) != x.fault {
			t.Errorf("%s: %q", name, v.Faults)
		}
	}
}

// FuzzJudge holds any exchange against the model: whatever comes is judged.
func FuzzJudge(f *testing.F) {
	f.Add("GET", "/things/a", "kinds=FLAT&size=1", "", 200, "", thing)
	f.Add("PUT", "/things/%2F", "", `{"Name":"abc","thing":{"Inner":{"Inner":null},"Tags":{"aws:":1}}}`, 200, "", "{}")
	f.Add("POST", "/things/list", "%zz", `{"MaxResults":1e9}`, 400, "#:InvalidParameterException", "[]")
	f.Add("DELETE", "/things/a/parts/-", "", "{", 100, ":", "null")
	m := thingsModel(f)
	f.Fuzz(func(t *testing.T, method, path, query, sent string, status int, code, body string) {
		v := exchange{method, path, query, sent, status, code, body}.judge(m)
		if op, _ := m.Find(method, path); (op != nil) != (v.Operation != "") || op == nil && v.Faults != nil {
			t.Errorf("%+v", v)
		}
	})
}
