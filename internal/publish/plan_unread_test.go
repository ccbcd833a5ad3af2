package publish_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// A flow that the service gives no answer about is left out; a service that gives none at all is an error.
func TestAFlowThatCannotBeReadDoesNotEndThePlan(t *testing.T) {
	t.Parallel()
	flowID := func(i int) instance.FlowID {
		return instance.FlowID(fmt.Sprintf("aaaaaaaa-0000-4000-8000-0000000001%02d", i))
	}
	silent := func(ids ...int) func(*fault.Error) func(string) error {
		return func(f *fault.Error) func(string) error {
			return func(call string) error {
				for _, i := range ids {
					if strings.HasPrefix(call, "describe "+string(flowID(i))) {
						return f
					}
				}
				return nil
			}
		}
	}
	service := fault.New(fault.Unavailable, "aws.service")
	for name, tt := range map[string]struct {
		before   func(string) error
		leftOut  []instance.FlowID
		reason   string
		refused  string
		describe int // how many calls may have been made; 0: any
	}{
		"a fault of the service":         {before: silent(2)(service), leftOut: []instance.FlowID{flowID(2)}, reason: "publish.left.unread.service"},
		"no answer in time":              {before: silent(2)(fault.New(fault.Unavailable, "aws.timeout")), leftOut: []instance.FlowID{flowID(2)}, reason: "publish.left.unread.timeout"},
		"an answer that makes no sense":  {before: silent(0)(fault.New(fault.Unavailable, "aws.undecodable", "Status", "200")), leftOut: []instance.FlowID{flowID(0)}, reason: "publish.left.unread.undecodable"},
		"several, none after the other":  {before: silent(0, 2, 4, 6)(service), leftOut: []instance.FlowID{flowID(0), flowID(2), flowID(4), flowID(6)}, reason: "publish.left.unread.service"},
		"three, one after the other":     {before: silent(3, 4, 5)(service), leftOut: []instance.FlowID{flowID(3), flowID(4), flowID(5)}, reason: "publish.left.unread.service"},
		"four, one after the other":      {before: silent(3, 4, 5, 6)(service), refused: "aws.service"},
		"all of them, and no more asked": {before: silent(0, 1, 2, 3, 4, 5, 6, 7)(service), refused: "aws.service", describe: 5},
		"no network":                     {before: silent(2)(fault.New(fault.Unavailable, "aws.unreachable")), refused: "aws.unreachable"},
		"keys that are over":             {before: silent(2)(fault.New(fault.Unavailable, "aws.expired")), refused: "aws.expired"},
		"a fault of ours":                {before: silent(2)(fault.New(fault.Internal, "aws.config")), refused: "aws.config"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var ids []instance.FlowID
			names := map[instance.FlowID]string{}
			for i := range 8 {
				id := flowID(i)
				ids, names[id] = append(ids, id), fmt.Sprintf("Line %d", i)
				w.aws.put(id, names[id], inbound)
			}
			w.aws.before = tt.before
			r := asIs(ids...)
			r.Instance, r.By, r.Names, r.Asked = home, ana, names, publish.Asked{Add: ids}
			c, err := w.Plan(t.Context(), r)
			if tt.refused != "" {
				if f := fault.From(err); f == nil || f.Message.ID != tt.refused {
					t.Fatalf("%v, want %s", err, tt.refused)
				}
				if n := w.aws.count("describe"); tt.describe > 0 && n > tt.describe {
					t.Errorf("%d calls were made of a service that does not answer", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var left []instance.FlowID
			for _, l := range c.LeftOut {
				left = append(left, l.Flow)
				if l.Reason.ID != tt.reason || l.Name != names[l.Flow] {
					t.Errorf("%s was left out as %q for %s", l.Flow, l.Name, l.Reason.ID)
				}
			}
			if !slices.Equal(left, tt.leftOut) || len(c.Steps) != len(ids)-len(left) {
				t.Errorf("left out %v, %d steps", left, len(c.Steps))
			}
			w.aws.before = nil
			again, err := w.Again(t.Context(), c.ID, publish.AgainRequest{By: ana, Names: names})
			if err != nil || len(again.Steps) != len(ids) || len(again.LeftOut) != 0 {
				t.Errorf("planned anew: %v, %d steps, left out %+v", err, len(again.Steps), again.LeftOut)
			}
		})
	}
}

func TestOneFlowThatCannotBeReadIsNoPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.aws.before = silentOf(inboundID)
	r := asIs(inboundID)
	r.Instance, r.By = home, ana
	if _, err := w.Plan(t.Context(), r); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a plan of nothing: %v", err)
	}
}

func TestPuttingBackLeavesOutAFlowThatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	done, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || done.State != publish.Published {
		t.Fatalf("%v: %s", err, done.State)
	}
	w.aws.before = silentOf(secondID)
	q := publish.PutBackRequest{Former: publish.Former{Change: c.ID}, By: ana}
	back, err := w.PutBack(t.Context(), q)
	if err != nil || len(back.Steps) != 1 || len(back.LeftOut) != 1 || back.LeftOut[0].Flow != secondID || back.LeftOut[0].Reason.ID != "publish.left.unread.service" {
		t.Errorf("%v: %+v, left out %+v", err, back.Steps, back.LeftOut)
	}
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "describe ") {
			return fault.New(fault.Unavailable, "aws.service")
		}
		return nil
	}
	if _, err := w.PutBack(t.Context(), q); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a put back of nothing that could be read: %v", err)
	}
}
