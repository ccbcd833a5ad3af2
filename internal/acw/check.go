package acw

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// Severity of a check.
type Severity string

// The severities.
const (
	MustFix   Severity = "must-fix"
	ShouldFix Severity = "should-fix"
	Note      Severity = "note"
)

// Finding is one result of Check. Mend, where not nil, is the value a one-click mend writes ("" deletes the member).
type Finding struct {
	Severity Severity
	Key      string // the ViewData member, KeyTimeLimit, or "" for the whole
	Message  fault.Message
	Mend     *string
}

// Check holds a guide against the view and the limits. content is the compiled or edited flow's bytes; without it, what
// it records and its length are not checked. v may be nil: then the known view, where the guide shows AWS's own.
// Findings come in the order in which an agent meets the values, then the time limit, then the whole.
func Check(g Guide, v *view.View, content []byte) []Finding {
	v = viewOf(g.ViewARN, v)
	c := checker{guide: g, view: v, demo: demoValues(), filler: fillerValues()}
	c.lift(content)
	if g.ViewARN == "" {
		c.add(MustFix, "", "acw.check.no-view")
	}
	for _, key := range ordered(c.withRequired(), v) {
		c.value(key, g.Values[key])
	}
	c.timeLimit()
	c.limits(content)
	c.recorded()
	return c.found
}

// lift reads the content; nothing is read where there is none, or none that can be read.
func (c *checker) lift(content []byte) {
	d, err := flow.Parse(content)
	if err != nil {
		return
	}
	if c.flow, c.read = Lift(d); c.read {
		b, _ := d.Find(c.flow.Block)
		c.limit = text(b, "InvocationTimeLimitSeconds")
	}
}

type checker struct {
	guide        Guide
	view         *view.View
	flow         Lifted // of the content
	read         bool
	limit        string            // the content's time limit as written
	demo, filler map[string]string // text -> the sample's key
	found        []Finding
}

func (c *checker) add(s Severity, key, id string, args ...any) {
	name := key
	if in, ok := c.find(key); ok && in.Label != "" {
		name = in.Label
	}
	args = append(args, "Key", key, "Name", name)
	c.found = append(c.found, Finding{Severity: s, Key: key, Message: fault.Msg(id, args...)})
}

// mend gives the last finding its one-click value; a required member cannot be deleted.
func (c *checker) mend(value string) {
	f := &c.found[len(c.found)-1]
	if value != "" || !required(c.view, f.Key) {
		f.Mend = &value
	}
}

// withRequired adds the required inputs that have no value, neither a text nor, in the flow, a list or an object.
func (c *checker) withRequired() map[string]string {
	all := map[string]string{}
	maps.Copy(all, c.guide.Values)
	for _, name := range inputNames(c.view) {
		_, text := all[name]
		_, nested := c.flow.Nested[name]
		if !text && !nested && required(c.view, name) {
			all[name] = ""
		}
	}
	return all
}

// value makes at most one finding: the gravest.
func (c *checker) value(key, value string) {
	switch {
	case value == "":
		c.empty(key)
	case runes(value) > MaxValue:
		c.add(MustFix, key, "acw.check.too-long", "Max", MaxValue)
	case c.demo[value] != "":
		c.demoData(key, value)
	case c.filler[value] != "" || strings.Contains(strings.ToLower(value), "lorem ipsum"):
		c.add(MustFix, key, "acw.check.filler", "Value", value)
		c.mend("")
	case strings.Contains(value, "$.CustomerEndpoint."):
		c.add(ShouldFix, key, "acw.check.endpoint")
		if to := bindings()[key]; to != "" {
			c.mend(to)
		}
	case c.view != nil:
		c.input(key, value)
	}
}

// empty: the service refuses "" anywhere in a flow.
func (c *checker) empty(key string) {
	if required(c.view, key) {
		c.add(MustFix, key, "acw.check.required")
	} else {
		c.add(MustFix, key, "acw.check.empty")
	}
	c.mend(c.replacement(key))
}

// demoData: a made-up caller in front of every agent must go; a made-up link should.
func (c *checker) demoData(key, value string) {
	severity := ShouldFix
	if bindings()[c.demo[value]] != "" {
		severity = MustFix
	}
	c.add(severity, key, "acw.check.demo", "Value", value)
	c.mend(c.replacement(key))
}

// replacement is what stands in for a value that has to go: a contact attribute, "-" where a required label would
// otherwise be missing, else nothing.
func (c *checker) replacement(key string) string {
	if to := bindings()[key]; to != "" {
		return to
	}
	if in, ok := c.find(key); ok && in.Required && in.Use == view.UseBarValue {
		return "-"
	}
	return ""
}

func (c *checker) find(key string) (view.Input, bool) {
	if c.view == nil {
		return view.Input{}, false
	}
	return c.view.Input(key)
}

// input holds a value against the input it fills.
func (c *checker) input(key, value string) {
	in, ok := c.find(key)
	switch {
	case !ok:
		c.add(Note, key, "acw.check.unused")
		c.mend("")
	case in.Use != view.UseAnswer:
	case flow.IsPath(value):
		c.add(Note, key, "acw.check.answer-dynamic", "Value", value)
	case len(in.Options) > 0 && !slices.ContainsFunc(in.Options, func(o view.Option) bool { return o.Value == value }):
		c.add(MustFix, key, "acw.check.not-an-option", "Value", value, "Options", optionList(in.Options))
		c.mend("")
	case key == "Satisfaction_DefaultValue" || key == "Resolved_DefaultValue":
		c.add(ShouldFix, key, "acw.check.pre-answered", "Value", value)
		c.mend("")
	}
}

func optionList(options []view.Option) string {
	var names []string
	for _, o := range options {
		names = append(names, o.Value)
	}
	return strings.Join(names, ", ")
}

// timeLimit: 0 stands for a limit that is no number. Where the flow has a JSONPath, leaving it as it is is fine.
func (c *checker) timeLimit() {
	switch limit := c.guide.TimeLimit; {
	case limit == 0 && flow.IsPath(c.limit):
		c.add(Note, KeyTimeLimit, "acw.check.time-limit-dynamic", "Value", c.limit)
	case checkTime(limit) != nil:
		c.add(MustFix, KeyTimeLimit, "acw.check.time-limit", "Min", MinTime, "Max", MaxTime)
		c.mend(strconv.Itoa(loadSample().TimeLimit))
	case limit < ShortTime:
		c.add(Note, KeyTimeLimit, "acw.check.short-time", "Count", limit)
	}
}
