package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

// readmePolicies are those that README.md prints, in its order: to read, to publish, optional.
func readmePolicies(t *testing.T) []readmePolicy {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "### Least privilege\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var out []readmePolicy
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(section, -1) {
		var p readmePolicy
		if err := json.Unmarshal([]byte(m[1]), &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	if len(out) != 3 {
		t.Fatalf("%d policies in README.md", len(out))
	}
	return out
}

type readmePolicy struct{ Statement []readmeStatement }

type readmeStatement struct {
	Effect           string
	Action, Resource oneOrMore
}

type oneOrMore []string

func (w *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

func (p readmePolicy) actions() (all []string) {
	for _, s := range p.Statement {
		all = append(all, s.Action...)
	}
	return all
}

// allow joins policies without one action or one resource, on the demo's first instance.
func allow(t *testing.T, without string, policies ...readmePolicy) *policy.Policy {
	t.Helper()
	var all []readmeStatement
	for _, p := range policies {
		for _, s := range p.Statement {
			is := func(x string) bool { return x == without }
			s.Action, s.Resource = slices.DeleteFunc(slices.Clone(s.Action), is), slices.DeleteFunc(slices.Clone(s.Resource), is)
			if len(s.Action) > 0 && len(s.Resource) > 0 {
				all = append(all, s)
			}
		}
	}
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": all})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("REGION", "us-east-1", "ACCOUNT", "111122223333", "INSTANCE", "aaaaaaaa-bbbb-cccc-dddd-111111111111").Replace(string(b))
	p, err := policy.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDoctorKnowsTheReadmesPolicies(t *testing.T) {
	t.Parallel()
	policies := readmePolicies(t)
	s := simulate(t, "demo", connectsim.Options{Policy: allow(t, "", policies...)})
	code, d := s.diagnose(t)
	if bad := d.with(missing, wrong, notChecked, notNeeded); code != exitDone || len(bad) > 0 {
		t.Errorf("exit %d: %q", code, bad)
	}
	for i, name := range []string{toRead, toWrite, optional} {
		var got []string
		for _, c := range d.Checks {
			if c.Policy == name && !slices.Contains(got, c.Subject) {
				got = append(got, c.Subject)
			}
		}
		want := policies[i].actions()
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-README, +doctor): %s", name, diff)
		}
	}
	if got := d.of("credentials"); got.Text != "arn:aws:iam::111122223333:user/practice, account 111122223333" || got.State != fine {
		t.Errorf("%+v", got)
	}
}
