package acw

import (
	"strconv"

	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// Compile writes the guide as the content that CreateContactFlow takes: readable, deterministic, without the export's
// own name, type, status and hash, which belong to the flow and not to its content. Values that are "" are left out, for
// the service refuses them; a time limit below 1 becomes the sample's.
func Compile(g Guide) []byte { return compile(g, loadSample(), nil) }

// CompileFor compiles to the console's export form: Metadata also holds the flow's name, description, type, status and
// hash. With Sample("aws", "eu-central-1"), SampleName and SampleDescription it equals the documentation's
// sample as a JSON value.
func CompileFor(g Guide, name, description string) []byte {
	return compile(g, loadSample(), func(m *metadata) {
		m.Name, m.Description, m.Type, m.Status, m.Hash = name, description, "contactFlow", "PUBLISHED", map[string]any{}
	})
}

func compile(g Guide, s sample, export func(*metadata)) []byte {
	c := compiler{guide: g, sample: s, view: KnownView()}
	c.show()
	c.save(s.Current, "Current", s.Related.ID)
	c.save(s.Related, "Related", s.End.ID)
	c.say(s.SaveError)
	c.say(s.ShowError)
	if g.Silent {
		for _, r := range silentResults(s) {
			c.record(r)
		}
	}
	c.add(s.End, "DisconnectParticipant", members{}, transitions{}, nil)
	doc := document{Version: "2019-10-30", StartAction: s.Show.ID, Actions: c.actions, Metadata: metadata{
		EntryPoint: position{40, 40}, Actions: c.meta, Annotations: []annotation{c.note()},
	}}
	if export != nil {
		export(&doc.Metadata)
	}
	out, err := plain(doc, "  ")
	if err != nil {
		panic("acw: compile: " + err.Error()) // strings, numbers and our own types always encode
	}
	return out
}

// compiler collects the actions and what the designer keeps of each.
type compiler struct {
	guide   Guide
	sample  sample
	view    *view.View // what the answers are called, and the order of values
	actions []action
	meta    members
}

func (c *compiler) add(at spot, kind string, parameters members, next transitions, extra members) {
	c.actions = append(c.actions, action{parameters, at.ID, kind, next})
	c.meta = append(c.meta, member{at.ID, append(members{{"position", position{at.X, at.Y}}}, extra...)})
}

func (c *compiler) show() {
	s, limit := c.sample, c.guide.TimeLimit
	if limit < MinTime {
		limit = s.TimeLimit
	}
	cancel, timeout, failed := s.End.ID, s.End.ID, s.ShowError.ID
	if c.guide.Silent {
		r := silentResults(s)
		cancel, timeout, failed = r[0].at.ID, r[1].at.ID, r[2].at.ID
	}
	parameters := members{
		{"ViewResource", members{{"Id", c.guide.ViewARN}}},
		{"InvocationTimeLimitSeconds", strconv.Itoa(limit)},
		{"ViewData", c.viewData()},
	}
	next := transitions{
		NextAction: failed,
		Conditions: []condition{when(OutcomeCancel, cancel), when(OutcomeSubmit, s.Current.ID)},
		Errors:     []branch{{failed, "NoMatchingCondition"}, {failed, "NoMatchingError"}, {timeout, OutcomeTimeout}},
	}
	// No useDynamic member for values that are JSONPaths: the designer does without, and an edit in place
	// need not keep it true.
	shown := members{{"InvocationTimeLimitSeconds", members{{"unit", 1}}}}
	if c.guide.ViewName != "" {
		shown = append(members{{"ViewResource", members{{"Id", members{{"displayName", c.guide.ViewName}}}}}}, shown...)
	}
	c.add(s.Show, flow.TypeShowView, parameters, next, members{{"parameters", shown}})
}

func (c *compiler) viewData() members {
	data := members{}
	for _, key := range ordered(c.guide.Values, c.view) {
		if value := c.guide.Values[key]; value != "" {
			data = append(data, member{key, value})
		}
	}
	return data
}

func when(outcome, next string) condition {
	c := condition{NextAction: next}
	c.Condition.Operator, c.Condition.Operands = "Equals", []string{outcome}
	return c
}

// save writes every answer of the view to one contact.
func (c *compiler) save(at spot, contact, next string) {
	answers := members{}
	for _, f := range c.view.Results {
		answers = append(answers, member{f.Name, f.Result()})
	}
	c.write(at, contact, answers, next, c.sample.SaveError.ID)
}

func (c *compiler) write(at spot, contact string, attributes members, next, failed string) {
	c.add(at, flow.TypeAttributes, members{{"Attributes", attributes}, {"TargetContact", contact}},
		transitions{NextAction: next, Errors: []branch{{failed, "NoMatchingError"}}},
		members{{"isFriendlyName", true}, {"dynamicParams", []string{}}})
}

func (c *compiler) say(at spot) {
	end := c.sample.End.ID
	c.add(at, "MessageParticipant", members{{"SkipWhenDTMFBufferEnabled", "false"}, {"Text", at.Text}},
		transitions{NextAction: end, Errors: []branch{{end, "NoMatchingError"}}}, nil)
}

func (c *compiler) note() annotation {
	n := c.sample.Note
	return annotation{
		Type: "default", ID: n.ID, Content: n.Text, ActionID: c.sample.Show.ID, Folded: true,
		Position: position{n.X, n.Y}, Size: members{{"height", n.Height}, {"width", n.Width}},
	}
}

// result is what Guide.Silent records for an outcome that would otherwise leave nothing.
type result struct {
	outcome, value string
	at             spot
	next           string
}

// silentResults are Cancel, time-out and error, in this order; each block stands between the branch and its old target.
func silentResults(s sample) []result {
	return []result{
		{OutcomeCancel, "Cancelled", spot{ID: "Record that the agent cancelled", X: 492, Y: 232}, s.End.ID},
		{OutcomeTimeout, "TimedOut", spot{ID: "Record that time ran out", X: 1000, Y: 240}, s.End.ID},
		{OutcomeError, "Error", spot{ID: "Record that the guide failed", X: 473.6, Y: 545}, s.ShowError.ID},
	}
}

// record goes on the same way when it fails: the result is an extra, the guide's end is not.
func (c *compiler) record(r result) {
	c.write(r.at, "Related", members{{ResultAttribute, r.value}}, r.next, r.next)
}
