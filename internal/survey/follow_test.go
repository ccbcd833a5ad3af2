package survey_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

const moduleID = "cccccccc-1111-4111-8111-111111111111"

func moduleThat(actions ...string) instance.Module {
	return instance.Module{ID: moduleID, Name: "Set the guide", State: instance.StateActive, Status: instance.StatusPublished, Content: doc("set", actions...)}
}

// after is a flow that goes through the module and then to a queue.
func afterModule() string {
	return doc("mod", block("mod", "InvokeFlowModule", `{"FlowModuleId":"`+moduleID+`"}`, "queue"), queue, end)
}

const back = `{"Identifier":"back","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}`

// whisper is a whisper flow that sets the guide.
func whisper(guide instance.FlowID) string {
	return doc("set", hooks("DisconnectAgentUI", guide, "done"), `{"Identifier":"done","Type":"EndFlowExecution","Parameters":{},"Transitions":{}}`)
}

func TestWhatContactsComeToIsFollowed(t *testing.T) {
	t.Parallel()
	sets := moduleThat(hooks("DisconnectAgentUI", fid(0), "back"), back)
	tests := []struct {
		name  string
		mend  func(*fake)
		flow  string
		want  audit.Verdict
		calls map[string]int // besides the lists, the search and the sample
	}{
		{"a flow that the contact is transferred to", func(f *fake) { f.put(2, wired(fid(0))) }, leaving(fid(2)), audit.Wired, nil},
		{"one that is archived is not", func(f *fake) { f.put(2, wired(fid(0)), archived) }, leaving(fid(2)), audit.Unknown, nil},
		{"one that was never published is not", func(f *fake) { f.put(2, wired(fid(0)), neverPublished) }, leaving(fid(2)), audit.Unknown, nil},
		{"one that could not be read is not", func(f *fake) {
			f.put(2, wired(fid(0)), neverPublished)
			f.fail["DescribeFlow "+string(fid(2))] = denied
		}, leaving(fid(2)), audit.Unknown, nil},
		{"one that is gone is not", func(*fake) {}, leaving(fid(2)), audit.Unknown, nil},
		{"nor a version of it", func(f *fake) { f.put(2, wired(fid(0))) }, leaving(fid(2) + ":3"), audit.Unknown, nil},
		{"a transfer flow", func(f *fake) { f.put(2, wired(fid(0)), ofType(instance.TypeQueueTransfer)) }, leaving(fid(2)), audit.Wired, nil},
		{"a module", func(f *fake) { f.modules[moduleID] = sets }, afterModule(), audit.Wired, map[string]int{"DescribeModule": 1}},
		{"one that is archived is no better than one that is gone", func(f *fake) {
			m := sets
			m.State = instance.StateArchived
			f.modules[moduleID] = m
		}, afterModule(), audit.Unknown, nil},
		{"one that is gone", func(*fake) {}, afterModule(), audit.Unknown, map[string]int{"DescribeModule": 1}},
		{"one that may not be read", func(f *fake) { f.modules[moduleID] = sets; f.fail["DescribeModule"] = denied }, afterModule(), audit.Unknown, nil},
		{"a whisper that the flow names", func(f *fake) { f.put(2, whisper(fid(0)), ofType(instance.TypeAgentWhisper)) },
			doc("set", hooks("AgentWhisper", fid(2), "queue"), queue, end), audit.WiredLater, nil},
		{"the instance's default whisper", func(f *fake) {
			f.put(2, whisper(fid(0)), ofType(instance.TypeAgentWhisper), named("Default agent whisper"))
		}, unwired(), audit.WiredLater, nil},
		{"another whisper is not", func(f *fake) { f.put(2, whisper(fid(0)), ofType(instance.TypeAgentWhisper), named("Greeting")) }, unwired(), audit.NotWired, nil},
	}
	for _, byDescribe := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, one by one: %t", tt.name, byDescribe), func(t *testing.T) {
				t.Parallel()
				f := newFake()
				f.put(0, acwGuide())
				f.put(1, tt.flow)
				tt.mend(f)
				if byDescribe {
					f.fail["SearchFlows"] = denied
				}
				r := read(t, serve(f))
				if got := row(t, r, fid(1)).Report; got.Verdict != tt.want {
					t.Errorf("%s, want %s (%v)", got.Verdict, tt.want, got.Exits)
				}
				for method, n := range tt.calls {
					if f.count(method) != n {
						t.Errorf("%d of %s, want %d", f.count(method), method, n)
					}
				}
			})
		}
	}
}

// One by one, what nobody names and no line counts is not asked for.
func TestFlowsOfOtherTypesAreDescribedOnlyWhereTheyAreNamed(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(1, unwired())
	for n := 10; n < 30; n++ {
		f.put(n, noAgent(), ofType(instance.TypeCustomerQueue))
	}
	f.fail["SearchFlows"] = denied
	read(t, serve(f))
	if n := f.count("DescribeFlow"); n != 1 {
		t.Errorf("%d descriptions", n)
	}
}

// making is a flow that makes a contact which begins in another.
func making(kind string, to instance.FlowID) string {
	return doc("make", block("make", kind, `{"ContactFlowId":"`+string(to)+`"}`, "end"), end)
}

func TestCallersDecideTogether(t *testing.T) {
	t.Parallel()
	bring := func(to instance.FlowID) string {
		return doc("set", hooks("DisconnectAgentUI", fid(0), "go"), block("go", "TransferToFlow", `{"ContactFlowId":"`+string(to)+`"}`, "end"), end)
	}
	number := func(f *fake, n int) {
		f.links = append(f.links, instance.Association{Resource: fmt.Sprint("n-", n), Flow: string(fid(n)), Type: "VOICE_PHONE_NUMBER"})
	}
	for name, tt := range map[string]struct {
		mend func(*fake)
		want audit.Verdict
	}{
		"all bring the guide":                      {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, bring(fid(1))) }, audit.ViaCallers},
		"one does not":                             {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, leaving(fid(1))) }, audit.NotWired},
		"nobody calls":                             {func(*fake) {}, audit.NotWired},
		"a number leads here too":                  {func(f *fake) { f.put(2, bring(fid(1))); number(f, 1) }, audit.NotWired},
		"by way of another flow":                   {func(f *fake) { f.put(2, bring(fid(3))); f.put(3, leaving(fid(1))) }, audit.ViaCallers},
		"that other flow has a number of its own":  {func(f *fake) { f.put(2, bring(fid(3))); f.put(3, leaving(fid(1))); number(f, 3) }, audit.NotWired},
		"a caller that is archived counts for nil": {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, leaving(fid(1)), archived) }, audit.ViaCallers},
		"a transfer flow calls without":            {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, leaving(fid(1)), ofType(instance.TypeAgentTransfer)) }, audit.NotWired},
		"a guide that is not usable is none":       {func(f *fake) { f.put(2, bring(fid(1))); f.put(0, noAgent()) }, audit.NotWired},
		"a task begins here":                       {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, making("CreateTask", fid(1))) }, audit.NotWired},
		"a callback begins here":                   {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, making("CreateCallbackContact", fid(1))) }, audit.NotWired},
		"a task begins in the flow that leads here": {func(f *fake) {
			f.put(2, bring(fid(3)))
			f.put(3, leaving(fid(1)))
			f.put(4, making("CreateTask", fid(3)))
		}, audit.NotWired},
		"it runs when an agent has hung up": {func(f *fake) {
			f.put(2, bring(fid(1)))
			f.put(3, doc("set", hooks("CustomerRemaining", fid(1), "end"), end))
		}, audit.NotWired},
		"it is what an agent sees at the start": {func(f *fake) {
			f.put(2, bring(fid(1)))
			f.put(3, doc("set", hooks("DefaultAgentUI", fid(1), "end"), end))
		}, audit.NotWired},
		"it runs when an agent has hung up on an archived flow": {func(f *fake) {
			f.put(2, bring(fid(1)))
			f.put(3, doc("set", hooks("CustomerRemaining", fid(1), "end"), end), archived)
		}, audit.ViaCallers},
		"an attribute of that name is no hook": {func(f *fake) {
			f.put(2, bring(fid(1)))
			f.put(3, doc("set", block("set", "UpdateContactAttributes", `{"Attributes":{"CustomerRemaining":"`+string(fid(1))+`"}}`, "end"), end))
		}, audit.ViaCallers},
		"a task of an archived flow": {func(f *fake) { f.put(2, bring(fid(1))); f.put(3, making("CreateTask", fid(1)), archived) }, audit.ViaCallers},
		"a task of a module": {func(f *fake) {
			f.put(2, bring(fid(1)))
			f.put(3, afterModule())
			f.modules[moduleID] = moduleThat(block("set", "CreateTask", `{"ContactFlowId":"`+string(fid(1))+`"}`, "back"), back)
		}, audit.NotWired},
		"what else leads here is not known": {func(f *fake) { f.put(2, bring(fid(1))); f.fail["Associations"] = denied }, audit.ViaCallers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.put(0, acwGuide())
			f.put(1, unwired())
			tt.mend(f)
			got := row(t, read(t, serve(f)), fid(1))
			if got.Report.Verdict != tt.want || got.Covered {
				t.Errorf("%s, covered %t, want %s", got.Report.Verdict, got.Covered, tt.want)
			}
		})
	}
}

func TestTwoFlowsThatOnlyLeadToEachOtherAreJudgedAsTheyAre(t *testing.T) {
	t.Parallel()
	f := newFake()
	menu := func(to instance.FlowID) string {
		return doc("m", `{"Identifier":"m","Type":"Compare","Parameters":{},"Transitions":{"NextAction":"queue","Errors":[{"ErrorType":"NoMatchingCondition","NextAction":"go"}]}}`,
			block("go", "TransferToFlow", `{"ContactFlowId":"`+string(to)+`"}`, "end"), queue, end)
	}
	f.put(1, menu(fid(2)))
	f.put(2, menu(fid(1)))
	r := read(t, serve(f))
	for _, n := range []int{1, 2} {
		if got := row(t, r, fid(n)); got.Report.Verdict != audit.NotWired || got.Report.Of != 2 {
			t.Errorf("flow %d: %s, %d points", n, got.Report.Verdict, got.Report.Of)
		}
	}
}

func TestADraftDecidesOnceItWasLookedAt(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(0, acwGuide())
	f.put(1, unwired(), drafted(wired(fid(0))))
	f.put(2, wired(fid(0)), drafted(unwired()))
	f.put(3, unwired())
	s := serve(f)
	if got := row(t, read(t, s), fid(1)); got.Report.Verdict != audit.NotWired || got.Draft == survey.DraftYes {
		t.Errorf("before: %s, draft %s", got.Report.Verdict, got.Draft)
	}
	for n := 1; n <= 3; n++ {
		if _, err := s.Flow(t.Context(), inst.ID, fid(n)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(r *survey.Reading) {
		t.Helper()
		if got := row(t, r, fid(1)); got.Report.Verdict != audit.Draft || got.Draft != survey.DraftYes || got.Covered || !got.Counted {
			t.Errorf("would be wired: %s, draft %s", got.Report.Verdict, got.Draft)
		}
		if got := row(t, r, fid(2)); got.Report.Verdict != audit.Wired || !got.DraftUndoes() {
			t.Errorf("would undo: %s, undoes %t", got.Report.Verdict, got.DraftUndoes())
		}
		if got := row(t, r, fid(3)); got.Draft != survey.DraftNone {
			t.Errorf("no draft: %s", got.Draft)
		}
	}
	check(s.Last(inst.ID))
	check(read(t, s)) // a new reading keeps what is known while the published copy is the same
	f.publish(fid(1), noAgent())
	if got := row(t, read(t, s), fid(1)); got.Draft == survey.DraftYes {
		t.Error("what is known of the draft outlives the copy that it was held against")
	}
}

func TestWhatTheHeadLineDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, how := range []survey.Method{survey.BySearch, survey.ByDescribe} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			f := newFake()
			if how == survey.ByDescribe {
				f.fail["SearchFlows"] = denied
			}
			besideTheHeadLine(t, f)
		})
	}
}

func besideTheHeadLine(t *testing.T, f *fake) {
	t.Helper()
	f.put(0, acwGuide())
	f.put(1, wired(fid(0)))
	f.put(2, unwired())
	f.put(3, doc("a", block("a", "CreateCallbackContact", `{}`, "b"), block("b", "CreateTask", `{}`, "queue"), queue, end))
	f.put(10, wired(fid(0)), ofType(instance.TypeQueueTransfer))
	f.put(11, unwired(), ofType(instance.TypeAgentTransfer))
	f.put(12, noAgent(), ofType(instance.TypeAgentTransfer))
	f.put(20, whisper(fid(0)), ofType(instance.TypeOutboundWhisper))
	f.put(21, noAgent(), ofType(instance.TypeOutboundWhisper))
	f.put(22, noAgent(), ofType(instance.TypeOutboundWhisper), archived)
	f.numbers = []instance.Number{{ID: "n-1", Number: "+12025550100"}, {ID: "n-2", Number: "+12025550101"}, {ID: "n-3", Number: "+12025550102"}}
	f.links = []instance.Association{
		{Resource: "n-1", Flow: string(fid(1)), Type: "VOICE_PHONE_NUMBER"},
		{Resource: "N-2", Flow: inst.ARN + "/contact-flow/" + string(fid(2)) + ":3", Type: "VOICE_PHONE_NUMBER"},
	}
	r := read(t, serve(f))
	want := survey.Beside{Transfers: survey.Coverage{Covered: 1, Open: 1, Counted: 2}, Outbound: survey.Coverage{Covered: 1, Open: 1, Counted: 2}, Callbacks: 1, Tasks: 1, Unseen: 1}
	if diff := cmp.Diff(want, r.Beside); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, n := range r.Numbers {
		got = append(got, fmt.Sprint(n.Number.Number, " ", n.Name, " ", n.Version))
	}
	if diff := cmp.Diff([]string{"+12025550100 Flow 01 ", "+12025550101 Flow 02 3", "+12025550102  "}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAModuleThatIsThrottledIsThatModules(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(0, acwGuide())
	f.put(1, afterModule())
	f.put(2, wired(fid(0)))
	f.fail["DescribeModule"] = refuse(fault.Throttled, "aws.throttled", "TooManyRequestsException")
	r := read(t, serve(f))
	if got := row(t, r, fid(1)).Report.Verdict; got != audit.Unknown {
		t.Errorf("%s", got)
	}
	if got := row(t, r, fid(2)).Report.Verdict; got != audit.Wired {
		t.Errorf("%s", got)
	}
}
