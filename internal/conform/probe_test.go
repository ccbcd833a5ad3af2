package conform

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const arn = "arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-bbbb-cccc-dddd-111111111111"

// inMemory answers a client's requests without a network.
type inMemory func(x Exchange, r *http.Request) (status int, code, body string)

func (h inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	x := Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Sent: sent}
	status, code, body := h(x, r)
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewBufferString(body))}
	resp.Header.Set("x-amzn-RequestId", "1")
	resp.Header.Set("Content-Type", "application/json")
	if code != "" {
		resp.Header.Set("X-Amzn-ErrorType", code)
	}
	return resp, nil
}

// strict refuses what a model refuses, and accepts all else with the answer given.
func strict(m *Model, answer string) inMemory {
	return func(x Exchange, _ *http.Request) (int, string, string) {
		op, labels := m.Find(x.Method, x.Path)
		if op == nil {
			return 501, "UnknownOperationException", "{}"
		}
		if faults := m.request(op, labels, x); len(faults) > 0 {
			if op.models("InvalidParameterException") {
				return 400, "InvalidParameterException", "{}"
			}
			return 400, "InvalidRequestException", "{}"
		}
		return 200, "", answer
	}
}

func probe(t *testing.T, m *Model, h inMemory) *Result {
	t.Helper()
	r, err := (&Probe{Model: m, Endpoint: "http://memory", Instance: arn, Client: &http.Client{Transport: h}, Good: map[string]any{"Choice": map[string]any{"One": "1"}}}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lacking is the things model without one of its constraints.
func lacking(t *testing.T, without func(*Model)) *Model {
	m := thingsModel(t)
	without(m)
	return m
}

const goodThing = `{"Thing":{"Name":"probe"}}`

func thingsServer(m *Model) inMemory {
	s := strict(m, goodThing)
	return func(x Exchange, r *http.Request) (int, string, string) {
		status, code, body := s(x, r)
		if op, _ := m.Find(x.Method, x.Path); status == 200 && op.Name != "GetThing" {
			body = "{}"
		}
		if prose := m.prose["PutThingRequest.Content"]; status == 200 && x.Method == "PUT" {
			sent, _ := decode(x.Sent)
			content, given := sent.(map[string]any)["Content"].(string)
			s := Shape{Min: prose.Min, Max: prose.Max}
			if given && s.outside(int64(len(content))) {
				return 400, "InvalidContactFlowException", "{}"
			}
		}
		return status, code, body
	}
}

func TestAProbeOfWhatEnforcesTheModelFindsNothing(t *testing.T) {
	t.Parallel()
	r := probe(t, thingsModel(t), thingsServer(thingsModel(t)))
	if len(r.Accepted)+len(r.Other)+len(r.Invalid)+len(r.Missing) > 0 || r.Refused < 100 || r.Valid < 40 {
		t.Errorf("%d refused, %d valid, accepted %v, other %v, invalid %v, missing %v", r.Refused, r.Valid, r.Accepted, r.Other, r.Invalid, r.Missing)
	}
	for _, want := range []string{"DropThing.ThingId min: an empty member of a path cannot be sent", "GetThing.Kinds min: an empty list in a query is none",
		"pattern of PhoneNumber: " + bugs[0].Reason} {
		if !slices.Contains(r.Left, want) {
			t.Errorf("%q does not say %s", r.Left, want)
		}
	}
}

func TestAProbeFindsEachConstraintThatIsNotEnforced(t *testing.T) {
	t.Parallel()
	shape := func(name string, change func(*Shape)) func(*Model) {
		return func(m *Model) { change(m.Shapes[name]) }
	}
	noRequired := func(s *Shape) { s.Required = nil }
	for name, x := range map[string]struct {
		without func(*Model)
		want    []string
	}{
		"a required member of the body":  {shape("PutThingRequest", noRequired), []string{"PutThing Name, required", "PutThing Name, required: null"}},
		"a required member of the query": {shape("GetThingRequest", noRequired), []string{"GetThing Kinds, required"}},
		"a required member deeper":       {shape("Thing", noRequired), []string{"PutThing Thing.Name, required", "PutThing Thing.Inner.Name, required"}},
		"a shortest text":                {shape("Name", func(s *Shape) { s.Min = nil }), []string{"PutThing Name, min", "PutThing Thing.Name, min", "PutThing Thing.Inner.Name, min"}},
		"a longest text":                 {shape("ThingId", func(s *Shape) { s.Max = nil }), []string{"DropThing ThingId, max", "GetThing ThingId, max", "PutThing ThingId, max"}},
		"a pattern":                      {shape("Name", func(s *Shape) { s.pattern = nil }), []string{"PutThing Name, pattern", "PutThing Thing.Name, pattern"}},
		"a look-ahead": {shape("TagKey", func(s *Shape) { s.pattern.not = "" }), []string{"PutThing Thing.Tags key, pattern: begins with aws:",
			"PutThing Thing.Inner.Tags key, pattern: begins with aws:"}},
		"an enum":               {shape("Kind", func(s *Shape) { s.Enum = nil }), []string{"GetThing Kinds[0], enum", "GetThing Kinds[0], enum: lower case", "PutThing Thing.Kinds[0], enum"}},
		"a least number":        {shape("Count", func(s *Shape) { s.Min = nil }), []string{"DropThing PartNumber, min", "PutThing Thing.Count, min"}},
		"a greatest number":     {shape("Size", func(s *Shape) { s.Max = nil }), []string{"GetThing Size, max", "ListThings MaxResults, max", "PutThing Thing.Small, max"}},
		"a shortest list":       {shape("Kinds", func(s *Shape) { s.Min = nil }), []string{"PutThing Thing.Kinds, min"}},
		"a longest list":        {shape("Parts", func(s *Shape) { s.Max = nil }), []string{"PutThing Thing.Parts, max"}},
		"a greatest map":        {shape("Tags", func(s *Shape) { s.Max = nil }), []string{"PutThing Thing.Tags, max"}},
		"a least map":           {shape("Tags", func(s *Shape) { s.Min = nil }), []string{"PutThing Thing.Tags, min"}},
		"a longest value":       {shape("TagValue", func(s *Shape) { s.Max = nil }), []string{"PutThing Thing.Tags.probe, max"}},
		"what the prose bounds": {func(m *Model) { delete(m.prose, "PutThingRequest.Content") }, []string{"PutThing Content, min", "PutThing Content, max"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := probe(t, thingsModel(t), thingsServer(lacking(t, x.without)))
			var found []string
			for _, f := range r.Accepted {
				found = append(found, f.Operation+" "+f.At+", "+f.Broken)
			}
			for _, want := range x.want {
				if !slices.Contains(found, want) {
					t.Errorf("found %q, not %s", found, want)
				}
			}
			if len(r.Other)+len(r.Invalid) > 0 {
				t.Errorf("other %v, invalid %v", r.Other, r.Invalid)
			}
		})
	}
}

func TestAProbeFindsTypesThatAreNotLookedAt(t *testing.T) {
	t.Parallel()
	accepting := inMemory(func(x Exchange, _ *http.Request) (int, string, string) {
		if x.Method == "GET" {
			return 200, "", goodThing
		}
		return 200, "", "{}"
	})
	r := probe(t, thingsModel(t), accepting)
	var found []string
	for _, f := range r.Accepted {
		found = append(found, f.Operation+" "+f.At+", "+f.Broken)
	}
	for _, want := range []string{"PutThing Name, type", "PutThing Thing, type", "PutThing Thing.Tags, type", "PutThing Thing.Parts, type", "PutThing Thing.Parts[0], type",
		"PutThing Thing.On, type", "PutThing Thing.When, type", "PutThing Thing.Count, type", "PutThing Thing.Count, type: no whole number", "GetThing Size, type",
		"GetThing Deep, type", "DropThing PartNumber, type: no whole number", "PutThing the body, not JSON", "PutThing the body, no object", "PutThing the body, more than one object"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not sent", want)
		}
	}
	if r.Refused > 0 || len(r.Other) > 0 {
		t.Error(r.Refused, r.Other)
	}
}

func TestAProbeTellsAnswersApart(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	list := func(r *Result) []int {
		return []int{r.Refused, len(r.Other), len(r.Accepted), len(r.Invalid), r.Valid, len(r.Missing)}
	}
	every := func(status int, code, body string) *Result {
		return probe(t, m, func(Exchange, *http.Request) (int, string, string) { return status, code, body })
	}
	for name, x := range map[string]struct {
		*Result
		field int // of list: the only one besides the valid requests' that is not empty
	}{
		"not found":                      {every(404, "ResourceNotFoundException", "{}"), 1},
		"an error nobody models":         {every(400, "ValidationException", "{}"), 2},
		"a fault of the endpoint":        {every(500, "InvalidParameterException", "{}"), 2},
		"an error with a broken body":    {every(400, "InvalidParameterException", `{"Colour":1}`), 2},
		"an operation that is not there": {every(501, "UnknownOperationException", "{}"), 5},
	} {
		n := list(x.Result)
		if n[x.field] == 0 || n[0] > 0 || n[4] > 0 {
			t.Errorf("%s: %v", name, n)
		}
		if x.field == 5 && (len(x.Missing) != 5 || n[1]+n[2]+n[3] > 0) {
			t.Errorf("%s: %v", name, x.Missing)
		}
	}
	r := probe(t, m, func(x Exchange, r *http.Request) (int, string, string) {
		if s := r.Header.Get("Authorization"); !strings.HasPrefix(s, "AWS4-HMAC-SHA256 Credential=AKIAPROBE/20261122/us-east-1/connect/aws4_request, ") {
			t.Errorf("signed %q", s)
		}
		if typed := r.Header.Get("Content-Type") == "application/json"; typed != (len(x.Sent) > 0) {
			t.Errorf("%s %s: a content type %v", x.Method, x.Path, typed)
		}
		return 200, "", "{"
	})
	if len(r.Invalid) == 0 || r.Valid > 0 || !strings.Contains(r.Invalid[0].String(), "DropThing required members only, valid: 200") {
		t.Error(r.Valid, r.Invalid)
	}
}

func TestAnEndpointThatDoesNotAnswerEndsTheProbe(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	p := &Probe{Model: thingsModel(t), Endpoint: "http://memory", Instance: arn, Client: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		return nil, gone
	})}}
	if _, err := p.Run(t.Context()); !errors.Is(err, gone) {
		t.Error(err)
	}
}

// TestEveryConstraintOfTheServiceIsBroken walks the service's model on its own way: each constraint of each shape that a
// request reaches is among what the probe sends, or is named as left out.
func TestEveryConstraintOfTheServiceIsBroken(t *testing.T) {
	t.Parallel()
	m := service(t)
	r := probe(t, m, func(Exchange, *http.Request) (int, string, string) { return 200, "", "{}" })
	sent := map[string]bool{}
	for _, f := range r.Accepted {
		if s := shapeAt(m, f.Operation, f.At); s != nil {
			broken, _, _ := strings.Cut(f.Broken, ":")
			sent[f.Operation+" "+s.Name+" "+broken] = true
		}
	}
	constraints := 0
	for name, op := range m.Operations {
		for _, s := range m.reach(op.Input.Shape) {
			for _, c := range s.constraints() {
				constraints++
				left := func(l string) bool { return strings.HasPrefix(l, name+".") && strings.Contains(l, " "+c+": ") }
				if !sent[name+" "+s.Name+" "+c] && !slices.ContainsFunc(r.Left, left) {
					t.Errorf("%s: %s of %s is not broken", name, c, s.Name)
				}
			}
		}
		for _, required := range m.Shapes[op.Input.Shape].Required {
			f := Finding{Operation: name, At: required, Broken: "required"}
			same := func(g Finding) bool { return g.Operation == f.Operation && g.At == f.At && g.Broken == f.Broken }
			if m.Shapes[op.Input.Shape].Members[required].Location != "uri" && !slices.ContainsFunc(r.Accepted, same) {
				t.Errorf("%s: %s is never left out", name, required)
			}
		}
	}
	if constraints < 150 || len(r.Accepted) < 450 || len(r.Missing) > 0 {
		t.Errorf("%d constraints, %d violations sent, missing %v", constraints, len(r.Accepted), r.Missing)
	}
	t.Logf("%d violations, %d valid requests of %d operations", len(r.Accepted), r.Valid+len(r.Invalid), len(m.Operations))
}

// reach lists the shapes that a structure's members lead to.
func (m *Model) reach(from string) (out []*Shape) {
	seen, next := map[string]bool{from: true}, []string{from}
	for len(next) > 0 {
		s := m.Shapes[next[0]]
		next = next[1:]
		refs := []string{s.Member.Shape, s.Key.Shape, s.Value.Shape}
		for _, d := range s.Members {
			refs = append(refs, d.Shape)
		}
		for _, name := range refs {
			if name != "" && !seen[name] {
				seen[name] = true
				out, next = append(out, m.Shapes[name]), append(next, name)
			}
		}
	}
	return out
}

func (s *Shape) constraints() (out []string) {
	if s.Min != nil && *s.Min > 0 {
		out = append(out, "min")
	}
	if s.Max != nil {
		out = append(out, "max")
	}
	if s.Enum != nil {
		out = append(out, "enum")
	}
	if s.Pattern != "" {
		out = append(out, "pattern")
	}
	return out
}

// shapeAt follows "Content.Actions[0]" or "Tags key" from an operation's input.
func shapeAt(m *Model, op, at string) *Shape {
	s := m.Shapes[m.Operations[op].Input.Shape]
	for part := range strings.SplitSeq(at, ".") {
		part, key := strings.CutSuffix(part, " key")
		items := strings.Count(part, "[0]")
		name := strings.ReplaceAll(part, "[0]", "")
		next := s.Value.Shape
		if s.Type == "structure" {
			next = s.Members[name].Shape
		}
		for s = m.Shapes[next]; items > 0 && s != nil; items-- {
			s = m.Shapes[s.Member.Shape]
		}
		if key && s != nil {
			s = m.Shapes[s.Key.Shape]
		}
		if s == nil {
			return nil
		}
	}
	return s
}

func TestAProbeOfTheServicesModelEnforcedFindsOnlyWhatTheDocumentationAdds(t *testing.T) {
	t.Parallel()
	m := service(t)
	r := probe(t, m, strict(m, "{}"))
	for _, f := range r.Accepted {
		op := m.Operations[f.Operation]
		if _, bounded := m.prose[op.Input.Shape+"."+f.At]; !bounded && !slices.Contains([]string{"not JSON", "400 kB", "neither"}, f.Broken) {
			t.Error(f)
		}
	}
	if len(r.Accepted) != 9+4 || len(r.Other)+len(r.Invalid)+len(r.Missing) > 0 {
		t.Errorf("%d accepted, other %v, invalid %v, missing %v", len(r.Accepted), r.Other, r.Invalid, r.Missing)
	}
}
