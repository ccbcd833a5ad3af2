package handlers

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// words are a JSON string or a list of them.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// printout is a policy as the README prints it.
type printout struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid, Effect      string
	Action, Resource words
}

// printed are the policies of the README: to read, and to publish besides.
func printed(t *testing.T) (read, publish printout) {
	t.Helper()
	all := allPrinted(t)
	return all[0], all[1]
}

// printedOptional is the README's policy to check whether agents are ready.
func printedOptional(t *testing.T) printout {
	t.Helper()
	return allPrinted(t)[2]
}

func allPrinted(t *testing.T) (all [3]printout) {
	t.Helper()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "### Least privilege\n")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(section, -1)
	if !ok || len(blocks) != len(all) {
		t.Fatalf("%d policies in the README", len(blocks))
	}
	for i := range all {
		r := json.NewDecoder(strings.NewReader(blocks[i][1]))
		r.DisallowUnknownFields() // such as a condition, which without would be lost here
		if err := r.Decode(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func (d printout) actions() []string {
	var all []string
	for _, s := range d.Statement {
		all = append(all, s.Action...)
	}
	return all
}

// without is the policy with one action less.
func (d printout) without(action string) printout {
	out := printout{Version: d.Version}
	for _, s := range d.Statement {
		s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == action })
		if len(s.Action) > 0 {
			out.Statement = append(out.Statement, s)
		}
	}
	return out
}

// and joins two policies, as two that are attached to one role.
func (d printout) and(other printout) printout {
	return printout{d.Version, slices.Concat(d.Statement, other.Statement)}
}

// withoutResource is the policy with one resource less in the statements that have others.
func (d printout) withoutResource(resource string) printout {
	out := printout{Version: d.Version}
	for _, s := range d.Statement {
		if rest := slices.DeleteFunc(slices.Clone(s.Resource), func(r string) bool { return r == resource }); len(rest) > 0 {
			s.Resource = rest
		}
		out.Statement = append(out.Statement, s)
	}
	return out
}

// on fills in where the policy holds.
func (d printout) on(t *testing.T, in connectsim.InstanceInfo) *policy.Policy {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("REGION", in.Region, "ACCOUNT", in.Account, "INSTANCE", in.ID).Replace(string(b))
	p, err := policy.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// places are the demo's instances.
func places(t *testing.T) []connectsim.InstanceInfo {
	t.Helper()
	sim := connectsim.New(connectsim.Options{})
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	return sim.Instances()
}

// denials are the operations that a simulator denied, by its log.
type denials struct {
	slog.Handler
	mu  sync.Mutex
	ops []string
}

func (d *denials) Enabled(context.Context, slog.Level) bool { return true }

func (d *denials) Handle(_ context.Context, r slog.Record) error {
	m := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		m[a.Key] = a.Value.String()
		return true
	})
	if strings.HasPrefix(m["code"], "AccessDenied") {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ops = append(d.ops, m["op"])
	}
	return nil
}

// permitted is a journey whose credentials may do what a policy says.
type permitted struct {
	*behaving
	denied  *denials
	address string // of the service
}

// newPermitted makes one; without a policy everything is allowed. Each front may change what the service answers.
func newPermitted(t *testing.T, p *policy.Policy, fronts ...func(http.Handler) http.Handler) *permitted {
	t.Helper()
	j := &permitted{&behaving{journey: newJourney(t, people.Publisher), now: time.Now()}, &denials{Handler: slog.DiscardHandler}, ""}
	j.sim = connectsim.New(connectsim.Options{Policy: p, Log: slog.New(j.denied)})
	if err := j.sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	service := http.Handler(j.sim)
	for _, front := range fronts {
		service = front(service)
	}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	j.address = server.URL
	j.reads(j.in.Region)
	return j
}

// reads makes wrapup read and write a Region, with roles where any are named.
func (j *permitted) reads(region string, roles ...string) {
	j.t.Helper()
	gateway, err := connect.New(j.t.Context(), connect.Options{
		Regions: []string{region}, RoleARNs: roles, Endpoint: j.address, STSEndpoint: j.address, Rate: -1,
		Credentials: &connect.Credentials{AccessKey: "test", SecretKey: "test"},
		Backoff:     func(int) time.Duration { return 0 },
	})
	if err != nil {
		j.t.Fatal(err)
	}
	j.journey.reads(gateway)
}

// demo are the demo's flows by name, read with everything allowed.
type demo map[string]survey.FlowRow

func newDemo(t *testing.T) demo {
	t.Helper()
	d := demo{}
	j := newPermitted(t, nil)
	for _, r := range j.reading().Flows {
		r.Flow.Content, _, _ = j.sim.Contents(j.in.ID, string(r.Flow.ID))
		d[r.Flow.Name] = r
	}
	return d
}

func (d demo) id(t *testing.T, name string) string {
	t.Helper()
	r, ok := d[name]
	if !ok {
		t.Fatalf("the demo has no flow %q", name)
	}
	return string(r.Flow.ID)
}

// sight is what a person sees of an instance.
type sight struct {
	status map[string]int
	text   map[string]string
	rows   demo
}

// passing is what differs from one look to the next: ids of requests, times.
var passing = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}, [0-9:]{5} UTC|` +
	`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|just now|[0-9]+ [a-z]+ ago`)

// look opens every page that reads, in one order.
func (j *permitted) look(d demo) sight {
	j.t.Helper()
	s := sight{map[string]int{}, map[string]string{}, demo{}}
	see := func(name string, res *http.Response) {
		var body strings.Builder
		if _, err := copyBody(&body, res); err != nil {
			j.t.Fatal(err)
		}
		s.status[name], s.text[name] = res.StatusCode, body.String()
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(body.String()))
			if err != nil {
				j.t.Fatal(err)
			}
			s.text[name] = text(doc.Find("main"))
		}
		if res.StatusCode >= http.StatusInternalServerError || unknownText.MatchString(s.text[name]) {
			j.t.Errorf("%s answers %d: %.400s", name, res.StatusCode, s.text[name])
		}
		s.text[name] = passing.ReplaceAllString(s.text[name], "…")
	}
	get := func(name, path string) { see(name, j.send(path, nil)) }
	get("instances", "/instances")
	for _, name := range []string{"flows", "flows.csv", "flows.json", "guides"} {
		get(name, j.path(name))
	}
	if last := j.survey.Last(instance.ID(j.in.ID)); last != nil { // flows' pages bring it up to date
		for _, r := range last.Flows {
			s.rows[r.Flow.Name] = r
		}
	}
	get("choice", j.path("changes", "new"))
	for _, name := range []string{"Main line", "Concierge 🛎️☎️", "Delivery", "Warranty", "Front door", "Legacy switchboard", "New hotline"} {
		id := d.id(j.t, name)
		get(name, j.path("flows", id))
		get(name+", content", j.path("flows", id, "content.json"))
	}
	for _, name := range []string{"new", "After contact work", "After contact work: technical", "Caller details"} {
		id := newGuide
		if name != "new" {
			id = d.id(j.t, name)
		}
		get("guide "+name, j.path("guides", id))
		get("guide "+name+", preview", j.path("guides", id, "preview"))
		get("guide "+name+", export", j.path("guides", id, "export.json"))
	}
	see("refresh", j.send(j.path("refresh"), url.Values{}))
	get("flows again", j.path("flows"))
	return s
}
