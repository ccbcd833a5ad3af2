package connectsim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"wrapup/internal/connectsim"
)

// FuzzRequests sends any method, path, query and body: the answer is always one of the protocol, and never a fault of
// the simulator's own.
func FuzzRequests(f *testing.F) {
	f.Add("GET", "/instance", "maxResults=1", "", "application/json")
	f.Add("PUT", "/contact-flows/"+first, "", `{"Name":"n","Type":"CONTACT_FLOW","Content":"{\"Actions\":[{}]}"}`, "application/json")
	f.Add("POST", "/search-contact-flows", "", `{"InstanceId":"`+first+`","SearchCriteria":{"OrConditions":[{"AndConditions":[]}]},"SearchFilter":{"TagFilter":{"OrConditions":[[{}]]}}}`, "application/json")
	f.Add("GET", "/contact-flows/"+first+"/..%2F%00", "", "", "")
	f.Add("GET", "/views/"+first+"/arn%3Aaws%3Aconnect%3Aus-east-1%3Aaws%3Aview%2Fx%3A1", "nextToken=%zz", "", "")
	f.Add("POST", "/phone-number/list", "", `{"PhoneNumberTypes":[null],"MaxResults":1e3}`, "application/json")
	f.Add("POST", "/", "", "Action=AssumeRole&Version=2011-06-15&RoleArn="+connectsim.DemoRole+"&RoleSessionName=me", "application/x-www-form-urlencoded")
	sim := connectsim.New(connectsim.Options{FlowQuota: 200})
	if err := sim.Seed("demo"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body, contentType string) {
		u := &url.URL{RawQuery: query}
		decoded, err := url.PathUnescape(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			t.Skip("no path that a server would hand on")
		}
		u.Path, u.RawPath = decoded, path
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Authorization", scope("AKIAANYKEY", east, "connect"))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError || w.Header().Get("x-amzn-RequestId") == "" {
			t.Errorf("%d %v: %s", w.Code, w.Header(), w.Body)
		}
		if xml := w.Header().Get("Content-Type") == "text/xml"; !xml && w.Code != 200 && w.Header().Get("X-Amzn-ErrorType") == "" {
			t.Errorf("%d without a code: %s", w.Code, w.Body)
		}
	})
}
