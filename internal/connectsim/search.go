package connectsim

import (
	"bytes"
	"strings"
)

// searchContactFlows answers full records, 100 to a page.
func (c *call) searchContactFlows() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	criteria, filter := c.in.object("SearchCriteria"), c.in.object("SearchFilter")
	if fault := c.checkCriteria(criteria); fault != nil {
		return nil, fault
	}
	var all []*flowRecord
	seen := in.searchable(c.now)
	for _, f := range seen.list {
		if f.meets(criteria) && f.passes(filter) {
			all = append(all, f)
		}
	}
	flows, next, fault := sortedPage(c, all, 100, seen.since)
	list := make([]wireFlow, len(flows))
	for i, f := range flows {
		list[i] = in.wire(f, f.status(), c.sim.found(f))
		if c.sim.o.SearchContent == SearchNone {
			list[i].content = nil
		}
	}
	return foundFlows{list, next, len(all)}, fault
}

type foundFlows struct {
	flows []wireFlow
	next  string
	total int
}

func (f foundFlows) writeJSON(b *bytes.Buffer) {
	b.WriteString(`{"ContactFlows":[`)
	for i, w := range f.flows {
		if i > 0 {
			b.WriteByte(',')
		}
		w.writeJSON(b)
	}
	b.WriteString("],")
	rest := encodeJSON(struct {
		NextToken             string `json:",omitempty"`
		ApproximateTotalCount int
	}{f.next, f.total})
	b.Write(rest[1:])
}

// found is the copy that search answers with. Which one the service takes is not documented; the option chooses.
func (s *Sim) found(f *flowRecord) *copied {
	if s.o.SearchContent == SearchSaved || f.Published == nil {
		return f.Saved
	}
	return f.Published
}

// checkCriteria refuses a string condition on a field that cannot be searched, at any depth.
func (c *call) checkCriteria(v values) *apiError {
	if s := v.object("StringCondition"); s != nil {
		switch strings.ToLower(s.text("FieldName")) {
		case "name", "description":
		default:
			return c.op.invalid("StringCondition.FieldName must be name or description")
		}
	}
	for _, nested := range append(v.objects("OrConditions"), v.objects("AndConditions")...) {
		if fault := c.checkCriteria(nested); fault != nil {
			return fault
		}
	}
	return nil
}

// meets evaluates search criteria; several conditions in one node must all hold, and no condition always does.
func (f *flowRecord) meets(v values) bool {
	if s := v.object("StringCondition"); s != nil && !f.matches(s) {
		return false
	}
	if differs(v, "TypeCondition", f.Kind) || differs(v, "StateCondition", f.State) || differs(v, "StatusCondition", f.status()) {
		return false
	}
	for _, and := range v.objects("AndConditions") {
		if !f.meets(and) {
			return false
		}
	}
	or := v.objects("OrConditions")
	for _, o := range or {
		if f.meets(o) {
			return true
		}
	}
	return len(or) == 0
}

func differs(v values, name, is string) bool { return v.has(name) && v.text(name) != is }

// matches compares without regard to case, as the service's searches do.
func (f *flowRecord) matches(s values) bool {
	have, want := strings.ToLower(f.Name), strings.ToLower(s.text("Value"))
	if strings.EqualFold(s.text("FieldName"), "description") {
		have = strings.ToLower(f.Description)
	}
	switch s.text("ComparisonType") {
	case "STARTS_WITH":
		return strings.HasPrefix(have, want)
	case "CONTAINS":
		return strings.Contains(have, want)
	}
	return have == want
}

// passes evaluates a search filter: tags, and a type beside them.
func (f *flowRecord) passes(v values) bool {
	return f.passesTags(v.object("TagFilter")) && f.passesAttributes(v.object("FlowAttributeFilter"))
}

func (f *flowRecord) passesTags(v values) bool {
	if t := v.object("TagCondition"); t != nil && !f.tagged(t) {
		return false
	}
	if !f.allTagged(v.objects("AndConditions")) {
		return false
	}
	lists, _ := v["OrConditions"].([]any)
	for _, l := range lists {
		if and, _ := l.([]any); f.allTagged(objectsOf(and)) {
			return true
		}
	}
	return len(lists) == 0
}

func (f *flowRecord) passesAttributes(v values) bool {
	if t := v.object("TagCondition"); t != nil && !f.tagged(t) || !f.typed(v) {
		return false
	}
	if and := v.object("AndCondition"); and != nil && !(f.allTagged(and.objects("TagConditions")) && f.typed(and)) {
		return false
	}
	or := v.objects("OrConditions")
	for _, o := range or {
		if f.allTagged(o.objects("TagConditions")) && f.typed(o) {
			return true
		}
	}
	return len(or) == 0
}

func (f *flowRecord) typed(v values) bool {
	t := v.object("ContactFlowTypeCondition")
	return t == nil || !differs(t, "ContactFlowType", f.Kind)
}

func (f *flowRecord) allTagged(conditions []values) bool {
	for _, t := range conditions {
		if !f.tagged(t) {
			return false
		}
	}
	return true
}

// tagged says whether the flow has the tag; without a value any value does.
func (f *flowRecord) tagged(t values) bool {
	v, ok := f.Tags[t.text("TagKey")]
	return ok && !differs(t, "TagValue", v)
}
