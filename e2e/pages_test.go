package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// visit is one page for the script: where it is, how to come to an answer to a form, and what it answers.
type visit struct {
	Name   string            `json:"name"`
	Path   string            `json:"path"`
	Fill   map[string]string `json:"fill,omitempty"`
	Press  string            `json:"press,omitempty"`
	Status int               `json:"status,omitempty"` // 0: 200
	Out    bool              `json:"out,omitempty"`    // nobody is signed in
	Shoot  string            `json:"shoot,omitempty"`  // the picture's name
}

func look(t *testing.T, v *visitor, pages []visit) {
	t.Helper()
	defer takeTurn()()
	lookInTurn(t, v, pages)
}

func lookInTurn(t *testing.T, v *visitor, pages []visit) {
	t.Helper()
	browseInTurn(t, "pages.mjs", map[string]string{"base": v.base, "pages": asJSON(t, pages), "cookies": v.cookies(t)})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// cookies are the visitor's, in the form the browser takes: the person goes on in it.
func (v *visitor) cookies(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(v.base)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, c := range v.client.Jar.Cookies(u) {
		list = append(list, map[string]string{"name": c.Name, "value": c.Value, "url": v.base})
	}
	return asJSON(t, list)
}

func TestEveryPageIsUsableByEverybody(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	s := serveWith(t, "")
	v := s.admin
	in := "/instances/" + s.sim.instance
	flow := func(name string) string { return in + "/flows/" + *s.sim.flow(t, name).Id }
	guide := in + "/guides/" + *s.sim.flow(t, theGuide).Id

	form := v.get(in + "/guides/new")
	v.press(form, "Save draft", url.Values{"name": {"Wrap-up for <everybody> & \"all\""}}).wants(t, http.StatusOK, "Draft saved")
	planned := v.review(s.sim, theGuide, "Sales")
	published := v.publish(v.review(s.sim, theGuide, theFlow))
	published.wants(t, http.StatusOK, "Published")
	leftOut := v.review(s.sim, theGuide, "Billing", "Delivery")
	invitation := v.press(v.get("/people"), "Make invitation link", nil)

	look(t, v, []visit{
		{Name: "Sign in", Path: "/sign-in", Out: true},
		{Name: "Sign in, refused", Path: "/sign-in", Out: true, Fill: map[string]string{"Name": "nobody", "Password": "nothing"}, Press: "Sign in", Status: 422},
		{Name: "An invitation", Path: invitation.word("/link/"), Out: true},
		{Name: "A used link", Path: s.program.find(firstLink), Out: true, Status: 404},
		{Name: "Instances", Path: "/instances"},
		{Name: "Inbound flows", Path: in + "/flows", Shoot: "flows"},
		{Name: "No match", Path: in + "/flows?q=nothing+has+this+name"},
		{Name: "A flow that opens the guide", Path: flow("Main line")},
		{Name: "A flow in part", Path: flow("Billing"), Shoot: "flow"},
		{Name: "A flow with a draft", Path: flow("Subscriptions")},
		{Name: "A flow with a long name", Path: flow(longName(t, s.sim))},
		{Name: "A flow that can't be read", Path: flow("Legacy switchboard")},
		{Name: "Guides", Path: in + "/guides"},
		{Name: "A published guide", Path: guide},
		{Name: "A guide with a mistake", Path: guide, Fill: map[string]string{"Time limit in seconds": "0"}, Press: "Save draft", Status: 422, Shoot: "guide"},
		{Name: "A guide's draft", Path: in + "/guides/new"},
		{Name: "Preview", Path: in + "/guides/new/preview", Shoot: "preview"},
		{Name: "Other flows", Path: in + "/other-flows"},
		{Name: "Choosing flows", Path: in + "/changes/new"},
		{Name: "Choosing all that match", Path: in + "/changes/new?all=1", Shoot: "choose"},
		{Name: "Choosing flows to take the guide out of", Path: in + "/changes/new?do=remove"},
		{Name: "Review", Path: planned.url.Path, Shoot: "review"},
		{Name: "One write in full", Path: planned.url.Path + "/steps/1"},
		{Name: "Review with flows left out", Path: leftOut.url.Path},
		{Name: "Result", Path: published.url.Path},
		{Name: "History", Path: "/history"},
		{Name: "People", Path: "/people"},
		{Name: "People with a link", Path: "/people", Press: "Make invitation link"},
		{Name: "No such page", Path: "/nothing", Status: 404},
		{Name: "No such instance", Path: "/instances/00000000-0000-0000-0000-000000000000/flows", Status: 404},
	})
}

// Practice mode says on every page that it is that; its pages are else those above.
func TestPracticeModesPagesAreUsableByEverybody(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	d := startDemo(t)
	v := newVisitor(t, d.base)
	v.enter(d.link, "Sign in", nil)
	in := "/instances/" + d.sim.instance
	look(t, v, []visit{
		{Name: "Instances", Path: "/instances"},
		{Name: "Inbound flows", Path: in + "/flows"},
		{Name: "A flow with a long name", Path: in + "/flows/" + *d.sim.flow(t, longName(t, d.sim)).Id},
	})
}

func TestAViewersPagesAreUsableByEverybody(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	s := serveWith(t, "")
	review := s.admin.review(s.sim, theGuide, theFlow)
	in := "/instances/" + s.sim.instance
	look(t, s.invited(t, "viewer"), []visit{
		{Name: "Inbound flows", Path: in + "/flows"},
		{Name: "A flow", Path: in + "/flows/" + *s.sim.flow(t, theFlow).Id},
		{Name: "A guide", Path: in + "/guides/" + *s.sim.flow(t, theGuide).Id},
		{Name: "A review", Path: review.url.Path},
		{Name: "What viewers may not", Path: "/people", Status: 403},
	})
}

// longName is the longest name of the practice data.
func longName(t *testing.T, s simulator) string {
	t.Helper()
	longest := ""
	for _, f := range s.list(t) {
		if name := aws.ToString(f.Name); len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}

// word is the first word on the page that contains part.
func (p page) word(part string) string {
	for _, w := range strings.Fields(p.text()) {
		if strings.Contains(w, part) {
			return w
		}
	}
	return ""
}

func TestPagesOfTroubleAreUsableByEverybody(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	t.Run("a change that was cut off", func(t *testing.T) {
		t.Parallel()
		s := serveWith(t, "")
		review := s.admin.review(s.sim, theGuide, theFlow)
		defer takeTurn()() // before the write begins: a write that hangs has its own deadline
		s.wire.withhold = true
		s.publishing(t, review, func() { <-s.wire.withheld })
		lookInTurn(t, s.admin, []visit{{Name: "Being published", Path: review.url.Path}})
		s.program.kill()
		s.sim.overwrite(t, theFlow, "Billing")
		s.again(t)
		s.says(t, review, "Interrupted")()
		lookInTurn(t, s.admin, []visit{{Name: "Interrupted", Path: review.url.Path, Shoot: "interrupted"}})
	})
	t.Run("a write that is refused, then nobody answers", func(t *testing.T) {
		t.Parallel()
		s := serveWith(t, `{"op":"UpdateContactFlowContent","nth":2,"do":"error","code":"AccessDeniedException","status":403,"message":"no"}`)
		partly := s.admin.publish(s.admin.review(s.sim, theGuide, theFlow, "=SUM(1+1) gift cards"))
		partly.wants(t, http.StatusOK, "Partly published (1 of 2)", "AccessDeniedException", "wrapup's role has no permission")
		s.admin.get("/history").wants(t, http.StatusOK, "Partly published")
		look(t, s.admin, []visit{{Name: "Partly published", Path: partly.url.Path, Shoot: "partly"}})
		flow := "/instances/" + s.sim.instance + "/flows/" + *s.sim.flow(t, theFlow).Id
		s.wire.cut()
		s.admin.get(flow).wants(t, http.StatusOK, "Retry")
		look(t, s.admin, []visit{{Name: "Instances", Path: "/instances"}, {Name: "A flow", Path: flow}})
	})
}
