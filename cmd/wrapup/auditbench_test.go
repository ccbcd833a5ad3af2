package main

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/connectsim"
)

// service is a simulator on an address of its own.
type service struct {
	*connectsim.Sim
	url string
	in  connectsim.InstanceInfo // its first instance
}

var ownPlace = connectsim.InstanceInfo{Alias: "own", ID: "0000000a-0000-4000-8000-000000000000", Region: "us-east-1", Account: "111122223333"}

// simulate starts one; without a seed it has ownPlace with a guide. A front may change what it answers.
func simulate(t *testing.T, seed string, o connectsim.Options, fronts ...func(http.Handler) http.Handler) *service {
	t.Helper()
	s := &service{Sim: connectsim.New(o)}
	if seed == "" {
		s.PutFlow(ownPlace, connectsim.SeedFlow{Name: "The guide", Published: guideFlow})
	} else if err := s.Seed(seed); err != nil {
		t.Fatal(err)
	}
	handler := http.Handler(s.Sim)
	for _, front := range fronts {
		handler = front(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url, s.in = server.URL, s.Instances()[0]
	return s
}

// run runs a command on the simulator, in the Region of its first instance.
func (s *service) run(t *testing.T, args ...string) (code int, out, messages string) {
	t.Helper()
	return runIn(t.Context(), nil, append(args, "--endpoint", s.url, "--region", s.in.Region)...)
}

func runIn(ctx context.Context, env []string, args ...string) (code int, out, messages string) {
	var stdout, stderr bytes.Buffer
	code = run(ctx, args, process{env, strings.NewReader(""), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

// put adds flows to the first instance, by name.
func (s *service) put(flows map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		s.PutFlow(s.in, connectsim.SeedFlow{Name: name, Published: flows[name]})
	}
}

// guided is an instance with a guide, and these flows. Where they name otherGuide it is that one.
func guided(t *testing.T, flows map[string]string, o connectsim.Options, fronts ...func(http.Handler) http.Handler) *service {
	t.Helper()
	s := simulate(t, "", o, fronts...)
	guide := s.PutFlow(s.in, connectsim.SeedFlow{Name: "The guide", Published: guideFlow}) // once more: it gives the id
	filled := map[string]string{}
	for name, content := range flows {
		filled[name] = strings.ReplaceAll(content, otherGuide, guide)
	}
	s.put(filled)
	return s
}

var guideFlow = document("", `{"Identifier":"Show","Type":"ShowView","Parameters":{"ViewResource":{"Id":"arn:aws:connect:us-east-1:aws:view/after-contact-work:1"},`+
	`"InvocationTimeLimitSeconds":"480","ViewData":{}},"Transitions":{"NextAction":"End","Errors":[{"NextAction":"End","ErrorType":"NoMatchingError"}]}}`, end)

var (
	dynamicFlow = strings.ReplaceAll(wiredFlow, otherGuide, "$.External.guide")
	unknownFlow = document("", replaced(setGuide, "Go"), goTo("$.External.flow"), end)
)
