package connectsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// model is the part of the service model that answers are held against. It lies beside the repository; without it
// answers are only decoded by the SDK.
type model struct {
	Operations map[string]struct {
		HTTP   struct{ Method, RequestURI string }
		Output *struct{ Shape string }
		Errors []struct{ Shape string }
	}
	Shapes map[string]modelShape
}

type modelShape struct {
	Type    string
	Members map[string]struct{ Shape, Location, LocationName string }
	Member  struct{ Shape string }
	Key     struct{ Shape string }
	Value   struct{ Shape string }
	Enum    []string
	Pattern string
	Min     *float64
	Max     *float64
	Error   struct{ HTTPStatusCode int }
}

const modelFile = "../../../shared/tools/connect-model.json"

var readModel = sync.OnceValues(func() (*model, error) {
	b, err := os.ReadFile(modelFile)
	if err != nil {
		return nil, err
	}
	m := new(model)
	return m, json.Unmarshal(b, m)
})

func TestTheServiceModelIsAtHand(t *testing.T) {
	t.Parallel()
	if _, err := readModel(); os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("answers are not held against the service model: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// conforming is a transport that holds every answer against the model.
func conforming(t testing.TB) http.RoundTripper {
	m, err := readModel()
	if err != nil {
		return http.DefaultTransport
	}
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
		for _, fault := range m.judge(r, resp, body) {
			t.Errorf("%s %s: %d: %s", r.Method, r.URL.EscapedPath(), resp.StatusCode, fault)
		}
		return resp, err
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (m *model) judge(r *http.Request, resp *http.Response, body []byte) []string {
	name := m.operation(r.Method, r.URL)
	if name == "" {
		return []string{"no operation of the model"}
	}
	if resp.Header.Get("x-amzn-RequestId") == "" || resp.Header.Get("Content-Type") != "application/json" {
		return []string{"request id or content type is missing"}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{err.Error()}
	}
	op, j := m.Operations[name], &judgement{m: m}
	if resp.StatusCode == http.StatusOK {
		if op.Output != nil {
			j.check(v, op.Output.Shape, "$")
		} else if !bytes.Equal(body, []byte("{}")) {
			j.say("$", "an operation without output answered %s", body)
		}
		return j.faults
	}
	code := resp.Header.Get("X-Amzn-ErrorType")
	for _, e := range op.Errors {
		if e.Shape == code {
			j.check(v, code, "$")
			if want := m.Shapes[code].Error.HTTPStatusCode; want != resp.StatusCode {
				j.say("$", "%s is %d in the model", code, want)
			}
			return j.faults
		}
	}
	return []string{name + " does not model " + code}
}

func (m *model) operation(method string, u *url.URL) string {
	parts, found, labels := strings.Split(u.EscapedPath(), "/"), "", 99
	for name, op := range m.Operations {
		want := strings.Split(op.HTTP.RequestURI, "/")
		ok, n := op.HTTP.Method == method && len(want) == len(parts), 0
		for i := 0; ok && i < len(want); i++ {
			if strings.HasPrefix(want[i], "{") {
				n++
			} else {
				ok = want[i] == parts[i]
			}
		}
		if ok && n < labels {
			found, labels = name, n
		}
	}
	return found
}

type judgement struct {
	m      *model
	faults []string
}

func (j *judgement) say(at, format string, args ...any) {
	j.faults = append(j.faults, at+": "+fmt.Sprintf(format, args...))
}

func (j *judgement) check(v any, shape, at string) {
	s := j.m.Shapes[shape]
	switch s.Type {
	case "structure":
		j.structure(v, s, at)
	case "list":
		l, ok := v.([]any)
		if !ok {
			j.say(at, "no list")
		}
		for i, x := range l {
			j.check(x, s.Member.Shape, fmt.Sprintf("%s[%d]", at, i))
		}
	case "map":
		o, ok := v.(map[string]any)
		if !ok {
			j.say(at, "no map")
		}
		for k, x := range o {
			// The service's own tags begin with aws:, which the pattern for callers' keys refuses.
			j.check(strings.TrimPrefix(k, "aws:"), s.Key.Shape, at+" key")
			j.check(x, s.Value.Shape, at+"."+k)
		}
	case "string":
		j.text(v, s, shape, at)
	case "boolean":
		if _, ok := v.(bool); !ok {
			j.say(at, "no boolean")
		}
	case "integer", "long", "timestamp":
		n, ok := v.(float64)
		if !ok || s.Type != "timestamp" && n != float64(int64(n)) || s.Min != nil && n < *s.Min || s.Max != nil && n > *s.Max {
			j.say(at, "%v is not a %s of %s", v, s.Type, shape)
		}
	default:
		j.say(at, "type %q", s.Type)
	}
}

func (j *judgement) structure(v any, s modelShape, at string) {
	o, ok := v.(map[string]any)
	if !ok {
		j.say(at, "no object")
	}
	names := map[string]string{}
	for name, d := range s.Members {
		if d.LocationName != "" {
			name = d.LocationName
		}
		names[name] = d.Shape
	}
	for k, x := range o {
		if shape, known := names[k]; !known {
			j.say(at, "%s is no member", k)
		} else if x == nil {
			j.say(at, "%s is null", k)
		} else {
			j.check(x, shape, at+"."+k)
		}
	}
}

func (j *judgement) text(v any, s modelShape, shape, at string) {
	t, ok := v.(string)
	n := float64(utf8.RuneCountInString(t))
	if !ok || s.Enum != nil && !slices.Contains(s.Enum, t) || s.Min != nil && n < *s.Min || s.Max != nil && n > *s.Max {
		j.say(at, "%.60q is no %s", t, shape)
	}
	// The model's pattern of PhoneNumber asks for back-slashes that no number has; look-aheads are beyond Go's regexp.
	if s.Pattern == "" || shape == "PhoneNumber" {
		return
	}
	pattern := strings.NewReplacer("(?!aws:)", "", "(?!d-)", "", `\_`, "_", `\-`, "-", `\/`, "/").Replace(s.Pattern)
	if re, err := regexp.Compile(strings.ReplaceAll(pattern, `_-:/$]`, `_:/$-]`)); err != nil {
		j.say(at, "pattern %s: %v", s.Pattern, err)
	} else if !re.MatchString(t) {
		j.say(at, "%.60q breaks %s", t, s.Pattern)
	}
}

func TestTheModelCheckFindsFaults(t *testing.T) {
	t.Parallel()
	m, err := readModel()
	if err != nil {
		t.Skip("the service model is not at hand: ", err)
	}
	for name, body := range map[string]string{
		"a wrong type":      `{"ContactFlow":{"LastModifiedTime":"now"}}`,
		"an unknown member": `{"ContactFlow":{"Colour":"red"}}`,
		"null":              `{"ContactFlow":null}`,
		"outside an enum":   `{"ContactFlow":{"State":"GONE"}}`,
		"a broken pattern":  `{"ContactFlow":{"FlowContentSha256":"-"}}`,
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/contact-flows/I/F", nil)
		resp := &http.Response{StatusCode: 200, Header: http.Header{}}
		resp.Header.Set("x-amzn-RequestId", "1")
		resp.Header.Set("Content-Type", "application/json")
		if len(m.judge(r, resp, []byte(body))) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}
