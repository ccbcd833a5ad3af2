package survey_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

func TestAGuidesHealthDecidesTheVerdict(t *testing.T) {
	t.Parallel()
	const guide = 9
	tests := []struct {
		name    string
		put     func(*fake)
		state   audit.HealthState
		reason  string
		verdict audit.Verdict
	}{
		{"published and shows the view", func(f *fake) { f.put(guide, acwGuide()) }, audit.Healthy, "", audit.Wired},
		{"shows another view", func(f *fake) { f.put(guide, showing("form")) }, audit.Healthy, "", audit.Wired},
		{"archived", func(f *fake) { f.put(guide, acwGuide(), archived) }, audit.NotUsable, "survey.health.archived", audit.Broken},
		{"never published", func(f *fake) { f.put(guide, acwGuide(), neverPublished) }, audit.NotUsable, "survey.health.never-published", audit.Broken},
		{"shows no view", func(f *fake) { f.put(guide, noAgent()) }, audit.NotUsable, "survey.health.no-view", audit.Broken},
		{"of another type", func(f *fake) { f.put(guide, acwGuide(), ofType(instance.TypeCustomerQueue)) }, audit.NotUsable, "survey.health.type", audit.Broken},
		{"missing", func(*fake) {}, audit.NotUsable, "survey.health.missing", audit.Broken},
		{"missing, and the list of all flows is denied", func(f *fake) { f.fail["ListFlows"] = denied }, audit.NotKnown, "survey.health.not-listed", audit.Unknown},
		{"the view may be in a module", func(f *fake) { f.put(guide, intoModule()) }, audit.NotKnown, "survey.health.view-elsewhere", audit.Unknown},
		{"content that is no flow", func(f *fake) { f.put(guide, "{}") }, audit.NotKnown, "survey.health.unreadable", audit.Unknown},
		{"could not be read", func(f *fake) {
			f.put(guide, acwGuide())
			f.fail["SearchFlows"], f.fail["DescribeFlow "+string(fid(guide))] = denied, denied
		}, audit.NotKnown, "survey.health.unread", audit.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.put(1, wired(fid(guide)))
			tt.put(f)
			r := read(t, serve(f))
			got := row(t, r, fid(1)).Report
			if got.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s", got.Verdict, tt.verdict)
			}
			h := r.Options().Guides(fid(guide))
			if h.State != tt.state || h.Reason.ID != tt.reason {
				t.Errorf("health %s because %q, want %s because %q", h.State, h.Reason.ID, tt.state, tt.reason)
			}
			if h.Reason.ID != "" {
				sentence(t, h.Reason)
			}
		})
	}
}

func TestGuides(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(1, wired(fid(5)))
	f.put(2, wired(fid(6)))
	f.put(3, wired(fid(5)))
	f.put(5, acwGuide(), named("Outcome"))
	f.put(6, showing("form"), named("Checklist")) // an after-contact-work guide because a flow sets it for the event
	f.put(7, showing("cards"), named("At the start"))
	f.put(8, doc("set", hooks("DefaultAgentUI", fid(7), "queue"), queue, end))
	r := read(t, serve(f))
	type guide struct {
		Name string
		ACW  bool
		Used []instance.FlowID
	}
	var got []guide
	for _, g := range r.Guides {
		if g.Health.State != audit.Healthy || g.Health.ACW != g.Info.ACW {
			t.Errorf("%s: %+v", g.Flow.Name, g.Health)
		}
		got = append(got, guide{g.Flow.Name, g.Info.ACW, g.UsedBy})
	}
	want := []guide{{"At the start", false, nil}, {"Checklist", true, []instance.FlowID{fid(2)}}, {"Outcome", true, []instance.FlowID{fid(1), fid(3)}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v := row(t, r, fid(8)).Report.Verdict; v != audit.WrongEvent {
		t.Errorf("a guide on another event is %s", v)
	}
}

func TestWhatLeadsToAFlow(t *testing.T) {
	t.Parallel()
	arn := func(id instance.FlowID, q string) string { return inst.ARN + "/contact-flow/" + string(id) + q }
	f := newFake()
	f.put(1, wired(fid(9)))
	f.put(2, leaving(fid(1)), named("Menu"))
	f.put(3, doc("a", block("a", "CreateCallbackContact", `{"ContactFlowId":"`+string(fid(1))+`"}`, "b"), block("b", "CreateTask", `{"ContactFlowId":"`+arn(fid(1), "")+`"}`, "end"), end), named("Call back"))
	f.put(4, leaving(instance.FlowID("arn:aws:connect:us-east-1:111122223333:instance/dddddddd-1111-4111-8111-111111111111/contact-flow/"+string(fid(1)))), named("Elsewhere"))
	f.put(5, unwired())
	f.put(6, leaving(fid(6)), named("Round and round"))
	f.put(9, acwGuide())
	f.numbers = []instance.Number{{ID: "n-1", Number: "+12025550100"}, {ID: "n-2", Number: "+12025550101"}}
	f.links = []instance.Association{
		{Resource: "n-1", Flow: string(fid(1)), Type: "VOICE_PHONE_NUMBER"},
		{Resource: "arn:aws:connect:us-east-1:111122223333:phone-number/n-2", Flow: arn(fid(1), ":$LATEST"), Type: "VOICE_PHONE_NUMBER"},
		{Resource: "n-3", Flow: arn(fid(5), ":3"), Type: "VOICE_PHONE_NUMBER"},
		{Resource: "wa", Flow: arn(fid(1), ""), Type: "WHATSAPP_MESSAGING_PHONE_NUMBER"},
		{Resource: "n-9", Flow: string(fid(77)), Type: "VOICE_PHONE_NUMBER"},
		{Resource: "n-9", Flow: "arn:aws:connect:us-east-1:111122223333:instance/dddddddd-1111-4111-8111-111111111111/contact-flow/" + string(fid(1)), Type: "VOICE_PHONE_NUMBER"},
		{Resource: "n-9", Flow: "nonsense", Type: "VOICE_PHONE_NUMBER"},
	}
	r := read(t, serve(f))
	want := []survey.Lead{
		{Kind: survey.LeadNumber, ID: "n-1", Text: "+12025550100", Type: "VOICE_PHONE_NUMBER"},
		{Kind: survey.LeadNumber, ID: "n-2", Text: "+12025550101", Type: "VOICE_PHONE_NUMBER"},
		{Kind: survey.LeadResource, ID: "wa", Text: "wa", Type: "WHATSAPP_MESSAGING_PHONE_NUMBER"},
		{Kind: survey.LeadFlow, Text: "Call back", Flow: fid(3)},
		{Kind: survey.LeadFlow, Text: "Menu", Flow: fid(2)},
	}
	if diff := cmp.Diff(want, row(t, r, fid(1)).Leads); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]survey.Lead{{Kind: survey.LeadNumber, ID: "n-3", Text: "n-3", Type: "VOICE_PHONE_NUMBER", Version: "3"}}, row(t, r, fid(5)).Leads); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]survey.Lead{{Kind: survey.LeadFlow, Text: "Flow 01", Flow: fid(1)}}, row(t, r, fid(9)).Leads); diff != "" {
		t.Error(diff)
	}
	if l := row(t, r, fid(6)).Leads; len(l) != 0 {
		t.Errorf("a flow leads to itself: %v", l)
	}
}

// Modules lead nowhere by themselves: who runs them does.
func TestFlowsThatLeadHereThroughModules(t *testing.T) {
	t.Parallel()
	const inner = "cccccccc-2222-4222-8222-222222222222"
	f := newFake()
	f.put(1, unwired())
	f.put(2, afterModule())
	runs := func(id string) string { return block("set", "InvokeFlowModule", `{"FlowModuleId":"`+id+`"}`, "back") }
	f.modules[moduleID] = moduleThat(runs(inner), back)
	f.modules[inner] = moduleThat(block("set", "TransferToFlow", `{"ContactFlowId":"`+string(fid(1))+`"}`, "again"),
		block("again", "InvokeFlowModule", `{"FlowModuleId":"`+moduleID+`"}`, "back"), back)
	r := read(t, serve(f))
	if l := row(t, r, fid(1)).Leads; len(l) != 1 || l[0].Kind != survey.LeadFlow || l[0].Flow != fid(2) || r.Beside.Unseen != 1 {
		t.Errorf("%+v, of %d flows nothing is known to lead there", l, r.Beside.Unseen)
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(0, acwGuide())
	f.put(1, wired(fid(0)))
	f.put(2, wired(fid(0))) // pinned
	f.put(3, wired(fid(0)), archived)
	f.put(4, wired(fid(0)), neverPublished)
	f.put(5, unwired())
	f.put(6, unwired()) // pinned: another version may open the guide
	f.put(7, noAgent())
	f.put(8, leaving("${queue-flow}"))
	f.put(9, wired("$.Attributes.guide"))
	f.put(10, "not a flow")
	f.put(11, wired(fid(99)))
	f.put(12, unwired(), archived)
	for _, n := range []int{2, 6} {
		f.links = append(f.links, instance.Association{Resource: "n", Flow: inst.ARN + "/contact-flow/" + string(fid(n)) + ":live", Type: "VOICE_PHONE_NUMBER"})
	}
	r := read(t, serve(f))
	got := map[string][]instance.FlowID{}
	for _, row := range r.Flows {
		switch {
		case row.Covered:
			got["covered"] = append(got["covered"], row.Flow.ID)
		case row.Counted:
			got["counted"] = append(got["counted"], row.Flow.ID)
		}
		if row.Covered && !row.Counted {
			t.Errorf("%s is covered and not counted", row.Flow.Name)
		}
	}
	want := map[string][]instance.FlowID{"covered": {fid(1)}, "counted": {fid(2), fid(5), fid(6), fid(8), fid(9), fid(10), fid(11)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Can't tell: pinned 2 and 6, unknown 8, dynamic 9, unreadable 10. Do not: 5 and 11.
	if diff := cmp.Diff(survey.Coverage{Covered: 1, Open: 2, CantTell: 5, Counted: 8}, r.Coverage); diff != "" {
		t.Error(diff)
	}
}

func TestManagedFlowsAreNamed(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, value, want string }{
		{"aws:cloudformation:stack-name", "contact-centre", "CloudFormation"},
		{"aws:cdk:path", "Stack/Flow", "CDK"},
		{"Terraform", "true", "Terraform"},
		{"terraform:workspace", "prod", "Terraform"},
		{"ManagedBy", "terraform", "Terraform"},
		{"managed-by", "Terraform", "Terraform"},
		{"ManagedBy", "Operations team", ""},
		{"owner", "terraform", ""},
		{"ours:pipeline", "7", "Pipeline"},
		{"", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.key+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.put(1, unwired(), tagged(tt.key, tt.value))
			s := survey.New(f, survey.ServiceOptions{ManagedTags: map[string]string{"ours:": "Pipeline"}})
			if got := row(t, read(t, s), fid(1)).Managed; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("CDK's flows carry CloudFormation's tags too", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		f.put(1, unwired(), tagged("aws:cloudformation:stack-id", "x"), func(x *fakeFlow) { x.Tags["aws-cdk:id"] = "y" })
		if got := row(t, read(t, serve(f)), fid(1)).Managed; got != "CDK" {
			t.Errorf("got %q", got)
		}
	})
}

func TestRowsAreSortedByName(t *testing.T) {
	t.Parallel()
	f := newFake()
	for n, name := range []string{"sales", "Billing", "帳務", "Sales", "billing"} {
		f.put(n, unwired(), named(name))
	}
	var got []string
	for _, r := range read(t, serve(f)).Flows {
		got = append(got, r.Flow.Name)
	}
	if want := []string{"Billing", "billing", "Sales", "sales", "帳務"}; !slices.Equal(want, got) {
		t.Errorf("got %v", got)
	}
}

func TestOptionsOfAReadingOfOneself(t *testing.T) {
	t.Parallel()
	r := &survey.Reading{Instance: inst, Flows: []survey.FlowRow{{Flow: instance.Flow{ID: fid(1)}}}}
	if _, ok := r.Row(fid(1)); !ok {
		t.Error("the row is not found")
	}
	if _, ok := r.Row(fid(2)); ok {
		t.Error("a row is found that is not there")
	}
	if h := r.Options().Guides(fid(2)); h.State != audit.NotKnown {
		t.Errorf("nothing is known, and the guide is %s", h.State)
	}
}
