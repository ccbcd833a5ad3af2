package survey_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/survey"
)

// slow is an instance whose flows are read one by one, each worker one a second: four a second. The one named last leads on
// from the first, sets the guide of the second, and runs a module in the third.
func slow(b *bench, flows int) {
	b.f.fail["SearchFlows"] = denied
	for n := range flows {
		b.f.put(n, unwired())
	}
	last := flows - 1
	b.f.put(last, acwGuide(), named("Last"))
	b.f.put(0, leaving(fid(last)), named("A leads on"))
	b.f.put(1, wired(fid(last)), named("A sets the guide"))
	b.f.put(2, intoModule(), named("A runs a module"))
	b.f.put(3, unwired(), neverPublished, named("A was never published"))
	b.f.put(last-1, unwired(), archived, named("Kept in the archive"))
	b.f.put(flows, doc("end", end), ofType(instance.TypeAgentWhisper), named("Default agent whisper"))
	b.f.modules[moduleID] = moduleThat(hooks("DisconnectAgentUI", fid(last), "back"), back)
	b.f.before = func(method, _ string) {
		if method == "DescribeFlow" {
			time.Sleep(time.Second)
		}
	}
}

func TestAFirstReadingComesInParts(t *testing.T) {
	inTime(t, func(b *bench) {
		const flows = 200
		slow(b, flows)
		p := b.process("one", nil)
		id := p.ask(survey.Order{}).ID
		at := func(s int) *survey.Reading {
			time.Sleep(time.Duration(s)*time.Second + time.Millisecond)
			synctest.Wait()
			return p.Partial(inst.ID)
		}
		if r := at(11); r != nil {
			b.Fatalf("after 11 s there is a part: %+v", r.Partial)
		}
		r := at(4)
		if r == nil || r.Partial == nil || r.Partial.Read < 50 || r.Partial.Read > 56 || r.Partial.Of != flows+1 {
			b.Fatalf("after 15 s there is %+v", r)
		}
		awaited := 0
		for i := range r.Flows {
			row := &r.Flows[i]
			switch {
			case row.Awaited():
				awaited++
				if row.Covered || row.Report.Verdict != audit.Unreadable || row.Counted == (row.Flow.State == instance.StateArchived) {
					b.Errorf("%s is not read yet, and %s, counted %t", row.Flow.Name, row.Report.Verdict, row.Counted)
				}
				sentence(b.T, *row.Report.Reason)
			case strings.HasPrefix(row.Flow.Name, "Flow") && row.Report.Verdict != audit.NotWired:
				b.Errorf("%s is read, and %s", row.Flow.Name, row.Report.Verdict)
			}
		}
		if len(r.Flows) != flows || awaited != r.Partial.Of-r.Partial.Read || r.Coverage.Covered != 0 || r.Coverage.Counted != flows-2 {
			b.Errorf("%d flows, of which %d are not read yet: %+v, %+v", len(r.Flows), awaited, r.Partial, r.Coverage)
		}
		for _, n := range []int{0, 1, 2} { // what they rest on is not read yet: nobody knows, and nothing is said to be missing
			row := row(b.T, r, fid(n))
			if row.Awaited() || !row.Counted || row.Covered || !row.CannotTell() {
				b.Errorf("%s is %s, covered %t", row.Flow.Name, row.Report.Verdict, row.Covered)
			}
		}
		if p.Last(inst.ID) != nil || p.Kept(b.Context(), inst.ID) != nil || b.process("two", nil).Kept(b.Context(), inst.ID) != nil || len(b.told) > 0 || b.memory().count("save") > 0 {
			b.Error("a part is taken for a reading")
		}
		if later := at(13); later == nil || later.Partial.Read < r.Partial.Read+50 {
			b.Errorf("13 s later there is %+v", later)
		}
		if whole, err := p.Read(b.Context(), inst.ID, false); err != nil || whole.Partial != nil { // exports and the audit command wait
			b.Errorf("who waits for the reading gets %+v, %v", whole, err)
		}
		p.outcome(id)
		if whole := p.kept(); p.Partial(inst.ID) != nil || whole.Partial != nil || whole.Coverage.Covered == 0 || len(whole.Flows) != flows {
			b.Errorf("at the end: %+v", whole.Coverage)
		}
		id = p.ask(survey.Order{}).ID
		if r := at(30); r != nil || p.Last(inst.ID).Partial != nil {
			b.Error("a part of a reading that is not the first")
		}
		p.outcome(id)
	})
}

func TestAPartEndsWithItsReading(t *testing.T) {
	inTime(t, func(b *bench) {
		slow(b, 200)
		p := b.process("one", nil)
		id := p.ask(survey.Order{}).ID
		time.Sleep(20 * time.Second)
		if p.Partial(inst.ID) == nil {
			b.Fatal("no part")
		}
		if _, err := p.work.Cancel(b.Context(), id, "p2"); err != nil {
			b.Fatal(err)
		}
		if op := p.ended(id); op.State != operation.Cancelled || p.Partial(inst.ID) != nil || p.Kept(b.Context(), inst.ID) != nil {
			b.Errorf("it is %s, %v", op.State, p.Partial(inst.ID))
		}
	})
}

// Flows of other types are described after a search: all inbound flows are read then, and the reading is not whole.
func TestAPartOfWhatIsFollowed(t *testing.T) {
	inTime(t, func(b *bench) {
		for n := range 4 {
			b.f.put(n, unwired())
		}
		for n := range 100 {
			b.f.put(100+n, wired(fid(0)), ofType(instance.TypeQueueTransfer))
			b.f.hidden[fid(100+n)] = true
		}
		b.f.before = func(method, _ string) {
			if method == "DescribeFlow" {
				time.Sleep(time.Second)
			}
		}
		p := b.process("one", nil)
		id := p.ask(survey.Order{}).ID
		time.Sleep(20 * time.Second)
		if r := p.Partial(inst.ID); r == nil || r.Partial.Read >= r.Partial.Of || r.Partial.Of != 104 || len(r.Flows) != 4 || r.Flows[1].Awaited() {
			b.Errorf("there is %+v", r)
		}
		p.outcome(id)
	})
}
