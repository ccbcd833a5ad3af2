package survey_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/survey"
)

// searching is an instance whose search does something of its own. page gives what the search would.
type searching struct {
	*fake
	search func(pages func(func([]instance.Flow) bool) error, yield func([]instance.Flow) bool) error
}

func (s searching) SearchFlows(ctx context.Context, in instance.Instance, types []instance.FlowType, yield func([]instance.Flow) bool) error {
	return s.search(func(y func([]instance.Flow) bool) error { return s.fake.SearchFlows(ctx, in, types, y) }, yield)
}

var expired = refuse(fault.Denied, "aws.denied", "ExpiredTokenException")

func TestASearchThatDoesNotComeToItsEnd(t *testing.T) {
	type pages = func(func([]instance.Flow) bool) error
	type yield = func([]instance.Flow) bool
	invalid := refuse(fault.Invalid, "aws.invalid", "InvalidRequestException")
	for name, tt := range map[string]struct {
		search func(pages, yield) error
		method survey.Method
	}{
		"its page token expires": {func(p pages, y yield) error {
			first := true
			if err := p(func(page []instance.Flow) bool { y(page); first = false; return first }); err != nil {
				return err
			}
			return invalid
		}, survey.ByDescribe},
		"a page ends in the middle of a flow": {func(p pages, y yield) error {
			cut := func(page []instance.Flow) bool { return y(page[:len(page)/2]) }
			if err := p(cut); err != nil {
				return err
			}
			return refuse(fault.Unavailable, "aws.undecodable", "")
		}, survey.ByDescribe},
		"it ends early and says nothing of it": {func(p pages, y yield) error {
			return p(func(page []instance.Flow) bool { y(page[:len(page)/2]); return false })
		}, survey.BySearch},
		"it gives nothing at all": {func(pages, yield) error { return nil }, survey.BySearch},
		"it gives empty pages in between": {func(p pages, y yield) error {
			return p(func(page []instance.Flow) bool { return y(nil) && y(page) && y([]instance.Flow{}) })
		}, survey.BySearch},
		"it gives every page twice": {func(p pages, y yield) error {
			twice := func(page []instance.Flow) bool { return y(slices.Clone(page)) && y(page) }
			return p(twice)
		}, survey.BySearch},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				for n := range 150 {
					b.f.put(n, unwired())
				}
				b.f.put(0, acwGuide())
				b.f.put(1, wired(fid(0)))
				p := b.process("one", searching{b.f, func(p func(func([]instance.Flow) bool) error, y func([]instance.Flow) bool) error {
					return tt.search(p, y)
				}})
				p.done(survey.Order{})
				want := survey.Coverage{Covered: 1, Open: 148, Counted: 149}
				if r := p.kept(); r.Coverage != want || r.Method != tt.method || len(r.Flows) != 150 {
					b.Errorf("%d flows by %s: %+v", len(r.Flows), r.Method, r.Coverage)
				}
			})
		})
	}
	t.Run("and the list is denied, too: there is no reading", func(t *testing.T) {
		inTime(t, func(b *bench) {
			for n := range 150 {
				b.f.put(n, unwired())
			}
			b.f.fail["ListFlows"] = denied
			p := b.process("one", searching{b.f, func(p func(func([]instance.Flow) bool) error, y func([]instance.Flow) bool) error {
				if err := p(func(page []instance.Flow) bool { y(page); return false }); err != nil {
					return err
				}
				return expired
			}})
			if op := p.ended(p.ask(survey.Order{}).ID); op.State != operation.Failed || op.Failure.Code != "ExpiredTokenException" {
				b.Errorf("%s: %+v", op.State, op.Failure)
			}
			if p.Kept(b.Context(), inst.ID) != nil {
				b.Error("half an instance is shown")
			}
		})
	})
}

// Credentials that expire while an instance is read take every later call; the reading before stays.
func TestCredentialsThatExpireLeaveTheFormerReading(t *testing.T) {
	inTime(t, func(b *bench) {
		for n := range 60 {
			b.f.put(n, unwired())
		}
		b.f.fail["SearchFlows"] = denied
		p := b.process("one", nil)
		p.done(survey.Order{})
		want := p.kept()
		time.Sleep(time.Hour)
		b.f.mu.Lock()
		for _, method := range []string{"SearchFlows", "ListFlows", "DescribeFlow", "Associations", "Numbers"} {
			b.f.fail[method] = expired
		}
		b.f.mu.Unlock()
		if op := p.ended(p.ask(survey.Order{}).ID); op.State != operation.Failed || op.Failure.Code != "ExpiredTokenException" {
			b.Errorf("%s: %+v", op.State, op.Failure)
		}
		if diff := same(want, p.kept()); diff != "" {
			b.Errorf("the former reading is another:\n%s", diff)
		}
	})
}

func TestContentThatChangesBetweenPages(t *testing.T) {
	for name, contents := range map[string][2]string{
		"to the guide":   {unwired(), wired(fid(0))},
		"from the guide": {wired(fid(0)), unwired()},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				b.f.put(1, contents[0])
				for n := 2; n < 40; n++ {
					b.f.put(n, unwired())
				}
				calibrated := b.process("one", nil)
				calibrated.done(survey.Order{})
				calibrated.stop()
				time.Sleep(time.Hour)
				p := b.process("two", searching{b.f, func(pages func(func([]instance.Flow) bool) error, y func([]instance.Flow) bool) error {
					var again []instance.Flow
					err := pages(func(page []instance.Flow) bool {
						for _, f := range page {
							if f.ID == fid(1) {
								f.Content = contents[1]
								again = append(again, f)
							}
						}
						return y(page)
					})
					b.f.publish(fid(1), contents[1]) // while the search goes on: the flow moves to a later page
					y(again)
					return err
				}})
				p.done(survey.Order{})
				want := survey.Coverage{Covered: 0, Open: 39, Counted: 39}
				if contents[1] != unwired() {
					want = survey.Coverage{Covered: 1, Open: 38, Counted: 39}
				}
				if r := p.kept(); r.Coverage != want || len(r.Flows) != 40 {
					b.Errorf("%d flows: %+v", len(r.Flows), r.Coverage)
				}
			})
		})
	}
}

func TestAFlowThatIsDeletedWhileItIsRead(t *testing.T) {
	for name, tt := range map[string]struct {
		at      string // the call right before which it goes
		byOne   bool
		there   bool // in this reading
		verdict audit.Verdict
	}{
		"before it is described": {"DescribeFlow " + string(fid(1)), true, false, ""},
		"before its draft":       {"DescribeFlow " + savedOf(fid(1)), false, true, audit.Wired},
		"after the search":       {"Numbers ", false, true, audit.Wired},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				b.f.put(1, wired(fid(0)))
				b.f.put(2, leaving(fid(1)))
				b.f.put(3, unwired())
				if tt.byOne {
					b.f.fail["SearchFlows"] = denied
				} else {
					calibrated := b.process("first", nil) // no sample is described later
					calibrated.done(survey.Order{})
					calibrated.stop()
					time.Sleep(time.Hour)
				}
				var once sync.Once
				b.f.before = func(method, id string) {
					if method == "Numbers" {
						time.Sleep(time.Second) // the search and the list are done
					}
					if method+" "+id == tt.at {
						once.Do(func() {
							b.f.mu.Lock()
							defer b.f.mu.Unlock()
							delete(b.f.flows, fid(1))
						})
					}
				}
				p := b.process("one", nil)
				if out := p.done(survey.Order{}); out.Undrafted != nil {
					b.Errorf("%+v", out)
				}
				r := p.kept()
				got, there := r.Row(fid(1))
				if there != tt.there || got.Report.Verdict != tt.verdict || got.Error != nil {
					b.Errorf("it is there: %t, %s, %v", there, got.Report.Verdict, got.Error)
				}
				if v := row(b.T, r, fid(3)).Report.Verdict; v != audit.NotWired {
					b.Errorf("another is %s", v)
				}
				if v := row(b.T, r, fid(2)).Report.Verdict; !there && v != audit.Unknown {
					b.Errorf("who goes on to it is %s", v)
				}
				b.f.before = nil
				time.Sleep(time.Hour)
				out := p.done(survey.Order{})
				if _, there := p.kept().Row(fid(1)); there {
					b.Error("it is there in the next reading")
				}
				if gone := len(kindsOf(out.News)) > 0 && kindsOf(out.News)[len(out.News)-1] == survey.Gone; gone != tt.there {
					b.Errorf("the news are %v", saying(out.News))
				}
			})
		})
	}
}

func TestFlowsThatNameWhatTheyShouldNot(t *testing.T) {
	const foreign = "arn:aws:connect:us-east-1:111122223333:instance/dddddddd-1111-4111-8111-111111111111/contact-flow/"
	self := func(hook string, id instance.FlowID) string { return doc("set", hooks(hook, id, "queue"), queue, end) }
	for name, tt := range map[string]struct {
		put  func(*fake)
		want map[int]audit.Verdict
	}{
		"two flows of one name": {func(f *fake) {
			f.put(1, wired(fid(0)), named("Main"))
			f.put(2, unwired(), named("Main"))
			f.put(3, leaving(fid(2)), named("Main"))
		}, map[int]audit.Verdict{1: audit.Wired, 2: audit.NotWired, 3: audit.NotWired}},
		"two flows of one name and one content": {func(f *fake) {
			f.put(1, unwired(), named("Main"))
			f.put(2, unwired(), named("Main"))
		}, map[int]audit.Verdict{1: audit.NotWired, 2: audit.NotWired}},
		"a guide of another instance":   {func(f *fake) { f.put(1, wired(foreign+fid(0))) }, map[int]audit.Verdict{1: audit.Broken}},
		"a flow of another instance":    {func(f *fake) { f.put(1, leaving(foreign+fid(0))); f.put(2, unwired()) }, map[int]audit.Verdict{1: audit.Unknown, 2: audit.NotWired}},
		"a flow that goes on to itself": {func(f *fake) { f.put(1, leaving(fid(1))) }, nil},
		"a ring of three": {func(f *fake) {
			f.put(1, leaving(fid(2)))
			f.put(2, leaving(fid(3)))
			f.put(3, leaving(fid(1)))
		}, nil},
		"a flow that is its own guide": {func(f *fake) { f.put(1, self("DisconnectAgentUI", fid(1))) }, map[int]audit.Verdict{1: audit.Broken}},
		"a guide that names itself": {func(f *fake) {
			f.put(1, doc("set", hooks("DisconnectAgentUI", fid(1), "show"), block("show", "ShowView", `{"ViewResource":{"Id":"arn:aws:connect:us-east-1:aws:view/after-contact-work:1"},"InvocationTimeLimitSeconds":"60"}`, "end"), end))
			f.put(2, wired(fid(1)))
		}, map[int]audit.Verdict{2: audit.Wired}},
		"a whisper that names itself": {func(f *fake) {
			f.put(5, doc("set", hooks("AgentWhisper", fid(5), "done"), block("done", "EndFlowExecution", "{}", "")), ofType(instance.TypeAgentWhisper))
			f.put(1, self("AgentWhisper", fid(5)))
			f.put(2, wired(fid(0)))
		}, map[int]audit.Verdict{1: audit.NotWired, 2: audit.Wired}},
		"a whisper that names itself and sets the guide": {func(f *fake) {
			f.put(5, doc("again", block("again", "UpdateContactEventHooks", `{"EventHooks":{"AgentWhisper":"`+string(fid(5))+`"}}`, "set"), hooks("DisconnectAgentUI", fid(0), "done"), block("done", "EndFlowExecution", "{}", "")), ofType(instance.TypeAgentWhisper))
			f.put(1, self("AgentWhisper", fid(5)))
		}, map[int]audit.Verdict{1: audit.WiredLater}},
		"two whispers that name each other": {func(f *fake) {
			f.put(5, doc("set", hooks("AgentWhisper", fid(6), "done"), block("done", "EndFlowExecution", "{}", "")), ofType(instance.TypeAgentWhisper))
			f.put(6, doc("set", hooks("CustomerWhisper", fid(5), "done"), block("done", "EndFlowExecution", "{}", "")), ofType(instance.TypeCustomerWhisper))
			f.put(1, self("AgentWhisper", fid(5)))
		}, map[int]audit.Verdict{1: audit.NotWired}},
		"a customer queue flow that names itself": {func(f *fake) {
			f.put(5, doc("set", hooks("CustomerQueue", fid(5), "done"), block("done", "EndFlowExecution", "{}", "")), ofType(instance.TypeCustomerQueue))
			f.put(1, self("CustomerQueue", fid(5)))
		}, map[int]audit.Verdict{1: audit.NotWired}},
		"a module that runs itself": {func(f *fake) {
			f.modules[moduleID] = moduleThat(block("set", "InvokeFlowModule", `{"FlowModuleId":"`+moduleID+`"}`, "back"), back)
			f.put(1, afterModule())
		}, nil},
	} {
		for _, by := range []string{"search", "describe"} {
			t.Run(name+", by "+by, func(t *testing.T) {
				inTime(t, func(b *bench) {
					b.f.put(0, acwGuide())
					tt.put(b.f)
					if by == "describe" {
						b.f.fail["SearchFlows"] = denied
					}
					p := b.process("one", nil)
					p.done(survey.Order{})
					r := p.kept()
					for n, want := range tt.want {
						if got := row(b.T, r, fid(n)).Report.Verdict; got != want {
							b.Errorf("flow %d is %s, want %s", n, got, want)
						}
					}
					if c := r.Coverage; c.Counted != c.Covered+c.Open+c.CantTell {
						b.Errorf("%+v", c)
					}
					for _, row := range r.Flows {
						if strings.Contains(name, "another instance") && row.Flow.ID == fid(0) && len(row.Leads) > 0 {
							b.Errorf("a flow of another instance leads here: %v", row.Leads)
						}
					}
					time.Sleep(time.Minute)
					p.done(survey.Order{})
					if diff := same(p.kept(), b.process("two", nil).kept()); diff != "" {
						b.Errorf("kept, it is another:\n%s", diff)
					}
				})
			})
		}
	}
}
