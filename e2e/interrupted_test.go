package e2e

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	theGuide = "After contact work"
	theFlow  = "Sales"
)

// served is `wrapup serve` on a simulator of its own, with its first administrator signed in.
type served struct {
	sim      simulator
	wire     *wire
	program  *program
	database string
	base     string
	admin    *visitor
}

const password = "four quiet green hills"

// serveWith has the instance read already.
func serveWith(t *testing.T, faults string) *served {
	t.Helper()
	s := serveUnread(t, faults)
	s.admin.awaits(s.sim)
	return s
}

func serveUnread(t *testing.T, faults string) *served {
	t.Helper()
	s := &served{sim: startSim(t, faults), database: filepath.Join(t.TempDir(), "wrapup.db")}
	s.wire = newWire(t, s.sim)
	s.start(t)
	s.admin.enter(s.program.find(firstLink), "Make the account", account("ann", password))
	return s
}

func (s *served) start(t *testing.T) {
	t.Helper()
	through := s.sim
	through.endpoint = s.wire.endpoint
	s.program = startServe(t, through, s.database)
	s.base = s.program.find(listens)
	s.admin = newVisitor(t, s.base)
}

// again starts wrapup anew on the same database.
func (s *served) again(t *testing.T) {
	t.Helper()
	s.start(t)
	p := s.admin.press(s.admin.get("/sign-in"), "Sign in", account("ann", password))
	p.wants(t, http.StatusOK, "Instances")
}

// content is the flow's published content, as Amazon Connect gives it.
func (s *served) content(t *testing.T, flow string) string {
	t.Helper()
	return aws.ToString(s.sim.flow(t, flow).Content)
}

// publishing sends the word to publish, and leaves once the write is under way.
func (s *served) publishing(t *testing.T, review page, underWay func()) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	r := s.admin.pressing(review, "Add the guide", nil).WithContext(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = s.admin.try(r) // it is left without an answer
	}()
	underWay()
	leave()
	<-gone
}

// says waits until the change's page says text.
func (s *served) says(t *testing.T, review page, text string) func() {
	return func() {
		t.Helper()
		waitFor(t, text, func() bool { return strings.Contains(s.admin.get(review.url.Path).text(), text) })
	}
}

func TestKilledInTheMiddleOfAWrite(t *testing.T) {
	t.Parallel()
	goesOn := func(t *testing.T, s *served, review page, says string, writes int) {
		t.Helper()
		s.program.kill()
		s.again(t)
		s.says(t, review, "Applies to contacts that enter the flow from now on.")()
		s.admin.get(review.url.Path).wants(t, http.StatusOK, "Published", says)
		if documentOf(t, s.sim.flow(t, theFlow)).opens() == "" {
			t.Error("the page says published, and Amazon Connect does not hold the block")
		}
		if w := s.wire.written(); len(w) != writes {
			t.Errorf("writes to Amazon Connect: %q, want %d", w, writes)
		}
	}
	t.Run("before Amazon Connect has written", func(t *testing.T) {
		t.Parallel()
		s := serveWith(t, `{"op":"UpdateContactFlowContent","nth":1,"do":"wait"}`)
		review := s.admin.review(s.sim, theGuide, theFlow)
		s.publishing(t, review, s.says(t, review, "Being written"))
		goesOn(t, s, review, "Published and read back", 2) // the first came to nothing
	})
	t.Run("after Amazon Connect has written", func(t *testing.T) {
		t.Parallel()
		s := serveWith(t, "")
		review := s.admin.review(s.sim, theGuide, theFlow)
		s.wire.withhold = true
		s.publishing(t, review, func() { <-s.wire.withheld })
		goesOn(t, s, review, "Amazon Connect holds what was reviewed", 1)
	})
	t.Run("and somebody changed the flow before wrapup is back", func(t *testing.T) {
		t.Parallel()
		s := serveWith(t, "")
		review := s.cutOff(t)
		s.settled(t, review, "Amazon Connect holds something else", "Close it as it is", "Partly published")
	})
}

// cutOff begins to publish, is killed once Amazon Connect has written, and a colleague changes the flow before wrapup is back.
func (s *served) cutOff(t *testing.T) (review page) {
	t.Helper()
	review = s.admin.review(s.sim, theGuide, theFlow)
	s.wire.withhold = true
	s.publishing(t, review, func() { <-s.wire.withheld })
	s.program.kill()
	s.sim.overwrite(t, theFlow, "Billing")
	s.again(t)
	s.says(t, review, "Interrupted")()
	return review
}

// settled looks at what wrapup says of the change that was cut off, and decides as it proposes.
func (s *served) settled(t *testing.T, review page, says, button, state string) {
	t.Helper()
	held := s.content(t, theFlow)
	p := s.admin.get(review.url.Path)
	p.wants(t, http.StatusOK, "Interrupted", says)
	s.admin.get("/history").wants(t, http.StatusOK, "Interrupted")
	s.othersUsable(t)
	p = s.admin.press(p, button, nil)
	p.wants(t, http.StatusOK, "The decision is recorded", state, "Decided by ann")
	if again, _ := p.button(button); again != nil {
		t.Error("what was decided can be decided again")
	}
	if s.content(t, theFlow) != held {
		t.Error("the restart or the decision changed the flow")
	}
	if w := s.wire.written(); len(w) != 2 {
		t.Errorf("writes to Amazon Connect: %q, want the one that was cut off and that of the other flow", w)
	}
}

// othersUsable publishes another flow while the change that was cut off waits for its decision: it blocks nothing else.
func (s *served) othersUsable(t *testing.T) {
	t.Helper()
	p := s.admin.publish(s.admin.review(s.sim, theGuide, "=SUM(1+1) gift cards"))
	p.wants(t, http.StatusOK, "Applies to contacts that enter the flow from now on.")
}

func TestAClientThatLeavesDoesNotStopTheApply(t *testing.T) {
	t.Parallel()
	s := serveWith(t, `{"op":"UpdateContactFlowContent","nth":1,"do":"wait","for":"1s"}`)
	review := s.admin.review(s.sim, theGuide, theFlow)
	s.publishing(t, review, s.says(t, review, "Being written"))
	s.says(t, review, "Applies to contacts that enter the flow from now on.")()
	if documentOf(t, s.sim.flow(t, theFlow)).opens() == "" {
		t.Error("the page says published, and Amazon Connect does not hold the block")
	}
}

func TestAskedToEndItFinishesTheWrite(t *testing.T) {
	t.Parallel()
	s := serveWith(t, `{"op":"UpdateContactFlowContent","nth":1,"do":"wait","for":"1s"}`)
	review := s.admin.review(s.sim, theGuide, theFlow)
	s.publishing(t, review, s.says(t, review, "Being written"))
	s.program.stop()
	s.again(t)
	s.admin.get(review.url.Path).wants(t, http.StatusOK, "Applies to contacts that enter the flow from now on.")
}
