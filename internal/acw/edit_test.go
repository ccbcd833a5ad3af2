package acw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/view"
)

func TestEditsAreTheDifference(t *testing.T) {
	t.Parallel()
	d := parse(t, Compile(sampleGuide()))
	g := sampleGuide().With("Satisfaction_DefaultValue", "").With("CustomerName", "$.Attributes.CustomerName")
	g.TimeLimit = 90
	got, err := Edits(d, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	show := loadSample().Show.ID
	want := []flow.Edit{
		{Kind: flow.SetViewData, Block: show, Key: "CustomerName", Value: "$.Attributes.CustomerName"},
		{Kind: flow.DeleteViewData, Block: show, Key: "Satisfaction_DefaultValue"},
		{Kind: flow.SetTimeLimit, Block: show, Value: "90"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAnEditedFlowIsTheGuide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, to := guides().Draw(t, "from"), guides().Draw(t, "to")
		for _, g := range []Guide{from, to} { // what the view has no name for is refused by a test of its own
			for key := range g.Values {
				if !isInput(KnownView(), key) {
					delete(g.Values, key)
				}
			}
			for _, key := range []string{"CustomerName", "PhoneNumber", "Example_Label"} {
				g.Values[key] = key + g.Values[key]
			}
		}
		to.ViewARN, to.ViewName, to.Silent = from.ViewARN, from.ViewName, from.Silent
		before := Compile(from)
		d, err := flow.Parse(before)
		if err != nil {
			t.Fatal(err)
		}
		edits, err := Edits(d, to, KnownView())
		if err != nil {
			t.Fatal(err)
		}
		after, err := d.Edit(edits...)
		if err != nil {
			t.Fatal(err)
		}
		if err := flow.Prove(before, after.Bytes(), edits); err != nil {
			t.Fatal(err)
		}
		l, _ := Lift(after)
		if diff := cmp.Diff(to, l.Guide); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestEditsRefuse(t *testing.T) {
	t.Parallel()
	sample := string(Compile(sampleGuide()))
	custom := hand(`"ViewResource":{"Id":"arn:aws:connect:us-east-1:111122223333:instance/x/view/y"},"InvocationTimeLimitSeconds":"9","ViewData":{"own":"1","list":[1]}`, "")
	empty := hand(`"ViewResource":{"Id":"x"},"InvocationTimeLimitSeconds":"9"`, "")
	dynamic := hand(`"ViewResource":{"Id":"after-contact-work"},"InvocationTimeLimitSeconds":"9","ViewData":"$.External"`, "")
	set := func(key, value string) func(*Guide) { return func(g *Guide) { *g = g.With(key, value) } }
	tests := []struct {
		name, content string
		change        func(*Guide)
		id            string
	}{
		{"a required value cleared", sample, set("PhoneNumber", ""), "acw.required"},
		{"a required value set to nothing", sample, func(g *Guide) { g.Values["PhoneNumber"] = "" }, "acw.required"},
		{"a member the view does not have", sample, set("Nobody", "x"), "acw.unknown"},
		{"a member where no view is known", empty, set("Nobody", "x"), "acw.unknown-none"},
		{"a nested member", custom, set("list", "x"), "acw.nested"},
		{"another view", sample, func(g *Guide) { g.ViewARN = ViewARN("aws", "us-east-1") }, "acw.view-in-place"},
		{"another view's name", sample, func(g *Guide) { g.ViewName = "Mine" }, "acw.view-in-place"},
		{"the silent switch", sample, func(g *Guide) { g.Silent = true }, "acw.silent-in-place"},
		{"values that come from one path", dynamic, set("CustomerName", "x"), "acw.view-data-dynamic"},
		{"no time", sample, func(g *Guide) { g.TimeLimit = 0 }, "acw.time-limit"},
		{"too much time", sample, func(g *Guide) { g.TimeLimit = MaxTime + 1 }, "acw.time-limit"},
		{"a flow that shows nothing", `{"Version":"2019-10-30","StartAction":"e","Actions":[{"Identifier":"e","Type":"DisconnectParticipant"}]}`, func(*Guide) {}, "acw.no-view-block"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, []byte(tt.content))
			l, _ := Lift(d)
			tt.change(&l.Guide)
			edits, err := Edits(d, l.Guide, nil)
			e := fault.From(err)
			if e == nil || e.Kind != fault.Invalid || e.Message.ID != tt.id || edits != nil {
				t.Fatalf("got %v, %v", edits, err)
			}
			sentence(t, e.Message)
		})
	}
}

func TestAnUnknownMemberIsRefusedWithTheList(t *testing.T) {
	t.Parallel()
	d := parse(t, Compile(sampleGuide().With("Own", "1")))
	l, _ := Lift(d)
	_, err := Edits(d, l.Guide.With("Nobody", "x"), nil)
	known := fault.From(err).Message.Args["Known"]
	if !strings.HasPrefix(known, "CustomerName, PhoneNumber, ") || !strings.HasSuffix(known, ", Own") || len(strings.Split(known, ", ")) != 20 {
		t.Errorf("the list: %s", known)
	}
}

func TestMembersOfAViewThatIsNotKnownCanBeChanged(t *testing.T) {
	t.Parallel()
	d := parse(t, []byte(hand(`"ViewResource":{"Id":"x"},"InvocationTimeLimitSeconds":"0480","ViewData":{"own":"1","gone":"2","empty":"","list":[1]}`, "")))
	l, _ := Lift(d)
	got, err := Edits(d, Guide{Values: map[string]string{"own": "3"}, TimeLimit: l.Guide.TimeLimit}, nil)
	want := []flow.Edit{
		{Kind: flow.SetViewData, Block: "s", Key: "own", Value: "3"},
		{Kind: flow.DeleteViewData, Block: "s", Key: "gone"},
		{Kind: flow.DeleteViewData, Block: "s", Key: "empty"},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
}

func TestValidateRefusesANewGuideThatCannotBePublished(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		g    Guide
		v    *view.View
		id   string
	}{
		{"the sample is fine", sampleGuide(), nil, ""},
		{"a view nobody knows is not held against anything", Guide{ViewARN: "x", TimeLimit: 9, Values: map[string]string{"a": "b"}}, nil, ""},
		{"an unknown member", sampleGuide().With("Nobody", "x"), nil, "acw.unknown"},
		{"a required value missing", sampleGuide().With("CustomerName", ""), KnownView(), "acw.required"},
		{"no time limit", Guide{ViewARN: "x"}, nil, "acw.time-limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := Validate(tt.g, tt.v)
			if tt.id == "" && err != nil || tt.id != "" && (err == nil || fault.From(err).Message.ID != tt.id) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAssignMakesSettingsInOrder(t *testing.T) {
	t.Parallel()
	l := Lifted{Guide: Guide{ViewARN: ViewARN("aws", "us-east-1"), TimeLimit: 480, Values: map[string]string{"own": "1", "CustomerName": "a"}}, Nested: map[string]string{"list": "[]"}}
	g, err := l.Assign(nil, Setting{"own", ""}, Setting{"own", "2"}, Setting{"PhoneNumber", "b"}, Setting{"CustomerName", ""}, Setting{KeyTimeLimit, "60"})
	want := Guide{ViewARN: l.Guide.ViewARN, TimeLimit: 60, Values: map[string]string{"own": "2", "PhoneNumber": "b"}}
	if d := cmp.Diff(want, g); err != nil || d != "" {
		t.Error(err, d)
	}
	for s, id := range map[Setting]string{
		{"Nobody", "x"}: "acw.unknown", {"Nobody", ""}: "acw.unknown", {"customername", "x"}: "acw.unknown",
		{"list", "x"}: "acw.nested", {"list", ""}: "acw.nested",
		{KeyTimeLimit, ""}: "acw.time-limit", {KeyTimeLimit, "8m"}: "acw.time-limit", {KeyTimeLimit, "0"}: "acw.time-limit", {KeyTimeLimit, "59941"}: "acw.time-limit",
	} {
		if _, err := l.Assign(nil, s); err == nil || fault.From(err).Message.ID != id {
			t.Errorf("%v: %v", s, err)
		}
	}
}
