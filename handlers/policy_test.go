package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/readiness"
	"wrapup/internal/survey"
)

// claimsNoMore says whether a verdict may stand in the place of the one that all there is to read gives: it is the same, or that
// it cannot be told.
func claimsNoMore(got, full survey.FlowRow) bool {
	switch got.Report.Verdict {
	case full.Report.Verdict, audit.Unreadable, audit.Unknown, audit.ViaCallers: // none of these is told
		return !got.Covered || full.Covered
	}
	return false
}

func TestPolicyToReadIsEnough(t *testing.T) {
	t.Parallel()
	read, _ := printed(t)
	d := newDemo(t)
	free := newPermitted(t, nil)
	want := free.look(d)
	j := newPermitted(t, read.on(t, free.in))
	got := j.look(d)
	for page, text := range want.text {
		if got.text[page] != text || got.status[page] != want.status[page] {
			t.Errorf("%s differs (status %d, %d): %s", page, got.status[page], want.status[page], cmp.Diff(text, got.text[page]))
		}
	}
	for name, r := range want.rows {
		if g := got.rows[name]; g.Report.Verdict != r.Report.Verdict || g.Covered != r.Covered || len(g.Leads) != len(r.Leads) {
			t.Errorf("%s: %s, want %s", name, g.Report.Verdict, r.Report.Verdict)
		}
	}
	if len(j.denied.ops) > 0 || len(want.rows) < 20 {
		t.Errorf("denied: %v; %d flows", j.denied.ops, len(want.rows))
	}
}

// loss is what a page says when an action, or a resource, is not allowed.
type loss struct{ page, says string }

// losses are what is lost with each action of the policy to read, and with each resource of the actions that have two.
var losses = map[string]loss{
	"connect:ListInstances":             {"instances", "wrapup's role has no permission for connect:ListInstances."},
	"ds:DescribeDirectories":            {"instances", "wrapup's role has no permission for ds:DescribeDirectories."},
	"connect:ListContactFlows":          {"flows", "The list of flows could not be read (AccessDeniedException)."},
	"connect:DescribeContactFlow":       {"Main line", "wrapup's role has no permission for connect:DescribeContactFlow."},
	"connect:SearchContactFlows":        {"flows", "The search for flows failed (AccessDeniedException), so each flow is read by itself."},
	"connect:ListFlowAssociations":      {"flows", "The permission is connect:ListFlowAssociations."},
	"connect:ListPhoneNumbersV2":        {"flows", "The permission is connect:ListPhoneNumbersV2."},
	"connect:DescribeView":              {"guide new", "The instance's own view can't be read."},
	"connect:DescribeContactFlowModule": {"flows", "wrapup's role has no permission for connect:DescribeContactFlowModule."},

	"arn:aws:connect:REGION:aws:view/*":                       {"guide new", "The instance's own view can't be read."},
	"arn:aws:connect:REGION:ACCOUNT:instance/INSTANCE/view/*": {"guide After contact work: technical", "The instance's own view can't be read."},
}

// uncalled are actions that the README grants and no job calls. One that is called some day belongs into losses.
var uncalled = []string{"connect:UpdateContactFlowMetadata"}

// TestPolicyToReadWithOneActionLess: the pages still answer, say what is lost, and claim nothing that they did not claim
// with it. An action without which nothing is lost is granted for nothing.
func TestPolicyToReadWithOneActionLess(t *testing.T) {
	t.Parallel()
	read, _ := printed(t)
	d := newDemo(t)
	free := newPermitted(t, nil)
	full := free.look(d)
	less := map[string]printout{}
	for _, s := range read.Statement {
		for _, a := range s.Action {
			less[a] = read.without(a)
		}
		for _, r := range s.Resource {
			if len(s.Resource) > 1 {
				less[r] = read.withoutResource(r)
			}
		}
	}
	delete(less, "connect:DescribeInstance") // a test of its own
	for _, what := range uncalled {
		delete(less, what)
	}
	for what, p := range less {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			l, ok := losses[what]
			if !ok {
				t.Fatal("what is lost without it is not in the table")
			}
			got := newPermitted(t, p.on(t, free.in)).look(d)
			if x := got.text[l.page]; !strings.Contains(x, l.says) || strings.Contains(full.text[l.page], l.says) {
				t.Errorf("%s does not say what is lost: %s", l.page, x)
			}
			if x := got.text["guides"]; strings.Contains(x, "No guide in this instance yet") {
				t.Errorf("there are guides: %s", x)
			}
			var better []string
			for name, r := range got.rows {
				if !claimsNoMore(r, full.rows[name]) {
					better = append(better, name)
				}
			}
			if len(better) > 0 {
				t.Errorf("verdicts are better: %q", better)
			}
		})
	}
	for what := range losses {
		if _, ok := less[what]; !ok {
			t.Errorf("the README does not grant %s", what)
		}
	}
}

// failedInstance makes the service say that making the instance has failed.
func failedInstance(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/instance") {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		text := strings.Replace(answer.Body.String(), `"InstanceStatus":"ACTIVE"`,
			`"InstanceStatus":"CREATION_FAILED","StatusReason":{"Message":"No room."}`, 1)
		w.Header().Set("X-Amzn-ErrorType", answer.Header().Get("X-Amzn-ErrorType"))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, text)
	})
}

// TestPolicyToDescribeInstances: why making an instance has failed is all that the action is for.
func TestPolicyToDescribeInstances(t *testing.T) {
	t.Parallel()
	read, _ := printed(t)
	for action, told := range map[string]bool{"": true, "connect:DescribeInstance": false} {
		j := newPermitted(t, read.without(action).on(t, places(t)[0]), failedInstance)
		row := text(j.get("/instances").Find("#instances tbody tr"))
		if !strings.Contains(row, "harbor-retail") || !strings.Contains(row, "Creation failed") || strings.Contains(row, "No room.") != told {
			t.Errorf("without %q: %s", action, row)
		}
		if j.sim.Calls()["DescribeInstance"] != 1 {
			t.Error("the instance was not described")
		}
	}
}

// TestPolicyOfARole: with a role, the process needs to assume it.
func TestPolicyOfARole(t *testing.T) {
	t.Parallel()
	read, _ := printed(t)
	theirs := places(t)[2]
	role := printout{"2012-10-17", []statement{{"Role", "Allow", words{"sts:AssumeRole"}, words{connectsim.DemoRole}}}}
	for _, p := range []printout{read.and(role), read} {
		j := newPermitted(t, p.on(t, theirs))
		j.reads(theirs.Region, connectsim.DemoRole)
		j.in = theirs
		main := j.get("/instances").Find("main")
		if len(p.Statement) == len(read.Statement) {
			if got := text(main); !strings.Contains(got, "wrapup may not use the configured role.") || !strings.Contains(got, "sts:AssumeRole") {
				t.Errorf("without the role: %s", got)
			}
			continue
		}
		if got := text(main.Find("#instances tbody")); !strings.Contains(got, theirs.Alias) || strings.Contains(got, "harbor-retail") {
			t.Errorf("with the role: %s", got)
		}
		if rows := j.get(j.path("flows")).Find("#flows tbody tr").Length(); rows == 0 || len(j.denied.ops) > 0 {
			t.Errorf("%d flows, denied: %v", rows, j.denied.ops)
		}
	}
}

// attempt plans what a form says, approves all of it, and gives the change with its page.
func (j *permitted) attempt(form url.Values) (publish.Change, *goquery.Document) {
	j.t.Helper()
	path := j.follow(j.path("changes"), form)
	page := j.get(j.follow(path+"/publish", j.approval(path)))
	return j.change(path), page
}

// attempts are the three kinds of writes, as forms that plan them.
func (j *permitted) attempts(d demo) map[string]url.Values {
	j.t.Helper()
	guide := d.id(j.t, "After contact work")
	return map[string]url.Values{
		"connect:CreateContactFlow":        {"guide": {j.draftGuide(newGuide, map[string]string{"name": "After call"})}},
		"connect:UpdateContactFlowContent": {"guide": {"as:" + guide}, "flow": {string(j.flowWith(audit.NotWired).Flow.ID)}},
		"guide":                            {"guide": {j.draftGuide(guide, map[string]string{"v.Disposition_Header_Title": "My title"})}},
	}
}

// TestPolicyToReadPublishesNothing: what is refused is said, in the journal, and not done.
func TestPolicyToReadPublishesNothing(t *testing.T) {
	t.Parallel()
	read, _ := printed(t)
	d := newDemo(t)
	j := newPermitted(t, read.on(t, places(t)[0]))
	for action, form := range j.attempts(d) {
		if action == "guide" {
			action = "connect:UpdateContactFlowContent"
		}
		c, page := j.attempt(form)
		got := text(page.Find("main"))
		for _, want := range []string{"Not published Nothing was written. Every flow is as it was.",
			"wrapup's role has no permission for " + action + ". Add it to the role's policy.", "Code AccessDeniedException Request "} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the page does not say %q: %s", action, want, got)
			}
		}
		st := c.Steps[0]
		o := st.Outcome
		if c.State != publish.Failed || len(c.Steps) != 1 || st.State != publish.StepFailed || st.Intent.Final == "" ||
			o.Code != "AccessDeniedException" || o.RequestID == "" {
			t.Errorf("%s: the journal has %s, %+v", action, c.State, st)
		}
		if line := text(j.get("/history").Find("tbody tr").First()); !strings.Contains(line, "Not published") {
			t.Errorf("%s: the history has %s", action, line)
		}
	}
	slices.Sort(j.denied.ops)
	if want := []string{"CreateContactFlow", "UpdateContactFlowContent", "UpdateContactFlowContent"}; !slices.Equal(j.denied.ops, want) {
		t.Errorf("denied: %v", j.denied.ops)
	}
	j.holds(d)
	for id := range map[string]bool{newGuide: true, d.id(t, "After contact work"): true} {
		if _, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), id); err != nil || !has {
			t.Errorf("the draft of %s is lost: %v", id, err)
		}
	}
}

// holds fails unless the service holds the demo as it was.
func (j *permitted) holds(d demo) {
	j.t.Helper()
	fresh := connectsim.New(connectsim.Options{})
	if err := fresh.Seed("demo"); err != nil {
		j.t.Fatal(err)
	}
	for name, r := range d {
		live, saved, ok := j.sim.Contents(j.in.ID, string(r.Flow.ID))
		wantLive, wantSaved, _ := fresh.Contents(j.in.ID, string(r.Flow.ID))
		if !ok || live != wantLive || saved != wantSaved {
			j.t.Errorf("%s was changed", name)
		}
	}
	if n := len(j.reading().Flows); n != len(d) {
		j.t.Errorf("%d flows, want %d", n, len(d))
	}
}

// TestPolicyToPublishIsEnough runs every job under the README's two policies. They grant all that is called, and besides
// only what is known not to be called.
func TestPolicyToPublishIsEnough(t *testing.T) {
	t.Parallel()
	read, pub := printed(t)
	all := read.and(pub)
	j := newPermitted(t, all.on(t, places(t)[0]), failedInstance)
	j.get("/instances")
	j.look(newDemo(t))
	j.wiresAndRemoves()
	j.publishesOverADraft()
	j.createsAGuide("After call")
	j.changesAGuideTwice()
	j.standsLostAnswers()
	j.settlesAnInterruptedChange()
	j.recovers()
	if len(j.denied.ops) > 0 {
		t.Errorf("denied: %v", j.denied.ops)
	}
	granted := append(slices.Clone(uncalled), "ds:DescribeDirectories") // no call of its own
	for op := range j.sim.Calls() {
		if op != "GetCallerIdentity" {
			granted = append(granted, "connect:"+op)
		}
	}
	want := all.actions()
	slices.Sort(want)
	slices.Sort(granted)
	if diff := cmp.Diff(granted, want); diff != "" {
		t.Errorf("(-called or known not to be, +granted):\n%s", diff)
	}
}

// recovers leaves a change as a process that died before its write does. The next process finds by reading that nothing was written, and
// goes on.
func (j *permitted) recovers() {
	j.t.Helper()
	ctx, then := j.t.Context(), time.Now().Add(-time.Hour)
	if _, err := j.survey.Read(ctx, instance.ID(j.in.ID), true); err != nil { // what was settled before is not in the last one
		j.t.Fatal(err)
	}
	f := j.flowWith(audit.NotWired)
	path := j.plan(f)
	j.idle()
	j.dies(j.change(path), then)
	j.begins()
	if err := j.publish.TakeUp(ctx); err != nil {
		j.t.Fatal(err)
	}
	j.ends(path)
	if c := j.change(path); c.State != publish.Published || c.Runs != 2 {
		j.t.Errorf("after %d runs it is %s", c.Runs, c.State)
	}
	j.wantCovered(f.Flow.ID, true)
}

// TestPolicyToPublishWithOneActionLess: one kind of write fails, and says of what; the other is done.
func TestPolicyToPublishWithOneActionLess(t *testing.T) {
	t.Parallel()
	read, pub := printed(t)
	d := newDemo(t)
	for _, action := range pub.actions() {
		if slices.Contains(uncalled, action) {
			continue
		}
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			j := newPermitted(t, read.and(pub).without(action).on(t, places(t)[0]))
			failed := 0
			for kind, form := range j.attempts(d) {
				c, page := j.attempt(form)
				done := c.State == publish.Published
				if needs := kind == action || kind == "guide" && action == "connect:UpdateContactFlowContent"; needs == done {
					t.Errorf("%s: %s", kind, c.State)
				} else if needs {
					failed++
				}
				if said := strings.Contains(text(page.Find("main")), "wrapup's role has no permission for "+action+"."); said == done {
					t.Errorf("%s: the page says %s", kind, text(page.Find("main")))
				}
			}
			if failed == 0 {
				t.Error("nothing fails without it")
			}
		})
	}
}

// TestPolicyToPublishWithLessToRead: what cannot be read is not written over, and no page fails of it.
func TestPolicyToPublishWithLessToRead(t *testing.T) {
	t.Parallel()
	read, pub := printed(t)
	d := newDemo(t)
	done := [3]string{"published", "published", "published"}
	for action, want := range map[string][3]string{ // a new guide, a flow that gets a guide, a changed guide
		"connect:ListInstances":        {"403", "403", "403"},
		"ds:DescribeDirectories":       {"403", "403", "403"},
		"connect:ListContactFlows":     {"failed", "published", "published"}, // a name that may be taken is not used
		"connect:DescribeContactFlow":  {"partly", "403", "403"},             // what was created cannot be read back
		"connect:SearchContactFlows":   done,
		"connect:ListFlowAssociations": done,
		"connect:ListPhoneNumbersV2":   done,
		"connect:DescribeView":         done,
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			j := newPermitted(t, read.and(pub).without(action).on(t, places(t)[0]))
			guide, flow := d.id(t, "After contact work"), d.id(t, "Sales")
			got := [3]string{
				j.try(newGuide, map[string]string{"name": "After call"}, url.Values{"guide": {"draft:new"}}),
				j.try("", nil, url.Values{"guide": {"as:" + guide}, "flow": {flow}}),
				j.try(guide, map[string]string{"v.Disposition_Header_Title": "My title"}, url.Values{"guide": {"draft:" + guide}}),
			}
			if got != want {
				t.Errorf("%v, want %v", got, want)
			}
			live, _, _ := j.sim.Contents(j.in.ID, flow)
			if wired := live != d["Sales"].Flow.Content; wired != (want[1] == "published") {
				t.Errorf("the flow was written: %t", wired)
			}
			live, _, _ = j.sim.Contents(j.in.ID, guide)
			if changed := live != d["After contact work"].Flow.Content; changed != (want[2] == "published") {
				t.Errorf("the guide was written: %t", changed)
			}
		})
	}
}

// try saves a draft of a guide, if one is named, then plans and publishes a form. It gives the state of the change, or the
// status of the page that goes no further, which is never a fault of wrapup.
func (j *permitted) try(guide string, set map[string]string, form url.Values) string {
	j.t.Helper()
	if guide != "" {
		res := j.send(j.path("guides", guide), nil)
		if res.StatusCode != http.StatusOK {
			return j.refusal(res)
		}
		j.draftGuide(guide, set)
	}
	res := j.send(j.path("changes"), form)
	if res.StatusCode != http.StatusSeeOther {
		return j.refusal(res)
	}
	path := res.Header.Get("Location")
	j.get(j.follow(path+"/publish", j.approval(path)))
	return string(j.change(path).State)
}

func (j *permitted) refusal(res *http.Response) string {
	j.t.Helper()
	if res.StatusCode >= http.StatusInternalServerError {
		j.t.Errorf("status %d", res.StatusCode)
	}
	j.page(res, res.StatusCode)
	return strconv.Itoa(res.StatusCode)
}

// TestPolicyToReadPublishedCopiesOnly: whether a policy for a flow covers its draft is not documented. Where it does not,
// drafts are not known, and no flow that may have one is written.
func TestPolicyToReadPublishedCopiesOnly(t *testing.T) {
	t.Parallel()
	read, pub := printed(t)
	d := newDemo(t)
	drafts := words{"arn:aws:connect:REGION:ACCOUNT:instance/INSTANCE/contact-flow/*:$SAVED"}
	no := printout{Statement: []statement{{"Drafts", "Deny", words{"connect:DescribeContactFlow"}, drafts}}}
	j := newPermitted(t, read.and(pub).and(no).on(t, places(t)[0]))
	got := j.look(d)
	for name, r := range got.rows {
		if !claimsNoMore(r, d[name]) {
			t.Errorf("%s: %s instead of %s", name, r.Report.Verdict, d[name].Report.Verdict)
		}
	}
	if x := got.text["Delivery"]; !strings.Contains(x, "Unpublished draft Not checked") {
		t.Errorf("a flow with a draft: %s", x)
	}
	form := url.Values{"guide": {"as:" + d.id(t, "After contact work")}, "flow": {d.id(t, "Sales"), d.id(t, "Delivery")}}
	page := j.get(j.follow(j.path("changes"), form))
	out := page.Find("#left-out tbody tr")
	if out.Length() != 2 || !strings.Contains(text(out), "wrapup's role has no permission for connect:DescribeContactFlow.") {
		t.Errorf("the review leaves out %s", text(out))
	}
	if page.Find("form.publish-form").Length() != 0 {
		t.Error("there is something to publish")
	}
	j.holds(d)
}

// ready reads what tells of agents under a policy. It gives the gaps by the action that is missing; "" stands for others.
func ready(t *testing.T, p printout) (r *readiness.Result, gaps map[string]int, calls map[string]int) {
	t.Helper()
	in := places(t)[0]
	sim := connectsim.New(connectsim.Options{Policy: p.on(t, in)})
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(sim)
	t.Cleanup(service.Close)
	gateway, err := connect.New(t.Context(), connect.Options{
		Regions: []string{in.Region}, Endpoint: service.URL, STSEndpoint: service.URL, Rate: -1,
		Credentials: &connect.Credentials{AccessKey: "test", SecretKey: "test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	of := instance.Instance{ID: instance.ID(in.ID), Region: in.Region, Account: in.Account}
	r = readiness.Read(t.Context(), gateway, of, time.Now()).Judge([]readiness.Guide{{Name: "After contact work", Seconds: 480}})
	gaps = map[string]int{}
	for _, g := range slices.Concat(r.Views.Gaps, r.Time.Gaps) {
		gaps[g.Action]++
	}
	if r.Unnamed != nil {
		gaps[r.Unnamed.Action]++
	}
	return r, gaps, sim.Calls()
}

// TestPolicyToCheckAgents: the optional policy alone is enough, and all of it is called.
func TestPolicyToCheckAgents(t *testing.T) {
	t.Parallel()
	optional := printedOptional(t)
	r, gaps, calls := ready(t, optional)
	if r.Agents == 0 || r.Views.State != readiness.Found || r.Time.State != readiness.Found || len(gaps) > 0 {
		t.Errorf("%d agents, permission %s, time %s, gaps %v", r.Agents, r.Views.State, r.Time.State, gaps)
	}
	called := map[string]bool{}
	for op := range calls {
		called["connect:"+op] = true
	}
	for _, action := range optional.actions() {
		if !called[action] {
			t.Errorf("%s is not called", action)
		}
		delete(called, action)
	}
	if len(called) > 0 {
		t.Errorf("called besides: %v", called)
	}
	read, pub := printed(t)
	for _, action := range read.and(pub).actions() {
		if slices.Contains(optional.actions(), action) {
			t.Errorf("%s is not optional", action)
		}
	}
}

// TestPolicyToCheckAgentsWithOneActionLess: what is denied is named, and nothing is taken for fine.
func TestPolicyToCheckAgentsWithOneActionLess(t *testing.T) {
	t.Parallel()
	optional := printedOptional(t)
	full, _, _ := ready(t, optional)
	for _, action := range optional.actions() {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			r, gaps, _ := ready(t, optional.without(action))
			if gaps[action] == 0 || r.Views.State == readiness.OK || r.Time.State == readiness.OK {
				t.Errorf("permission %s, time %s, gaps %v", r.Views.State, r.Time.State, gaps)
			}
			delete(gaps, action)
			if len(gaps) > 0 {
				t.Errorf("other gaps: %v", gaps)
			}
			if len(r.Views.Findings) > len(full.Views.Findings) || len(r.Time.Findings) > len(full.Time.Findings) {
				t.Error("more is found than with it")
			}
		})
	}
}
