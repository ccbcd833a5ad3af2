package connectsim

import (
	"bytes"
	"slices"
	"strings"
)

// searchContactFlows answers full records, 100 to a page.
func (c *call) searchContactFlows() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	seen := in.searchable(c.now)
	all, fault := search(c, seen.list, (*flowRecord).searched, "name", "description")
	if fault != nil {
		return nil, fault
	}
	flows, next, fault := sortedPage(c, all, 100, seen.since)
	list := make([]wireFlow, len(flows))
	for i, f := range flows {
		list[i] = in.wire(f, f.status(), c.sim.found(f))
		if c.sim.o.SearchContent == SearchNone {
			list[i].content = nil
		}
	}
	return foundFlows{list, searchPage{next, len(all)}}, fault
}

// searchPage is what a search answers besides what it found.
type searchPage struct {
	NextToken             string `json:",omitempty"`
	ApproximateTotalCount int
}

type foundFlows struct {
	flows []wireFlow
	searchPage
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
	rest := encodeJSON(f.searchPage)
	b.Write(rest[1:])
}

// found is the copy that search answers with. Which one the service takes is not documented; the option chooses.
func (s *Sim) found(f *flowRecord) *copied {
	if s.o.SearchContent == SearchSaved || f.Published == nil {
		return f.Saved
	}
	return f.Published
}

// searched is a resource as search criteria and filters see it.
type searched struct {
	id, name, description, kind, state, status string
	tags                                       map[string]string
	fields                                     map[string][]string // what else a string condition may be on, by its name in lower case
}

func (f *flowRecord) searched() searched {
	return searched{f.ID, f.Name, f.Description, f.Kind, f.State, f.status(), f.Tags, nil}
}

// search gives those of all that meet the call's criteria and pass its filter; fields are what a string condition may be on.
func search[T any](c *call, all []T, as func(T) searched, fields ...string) (found []T, fault *apiError) {
	criteria, filter := c.in.object("SearchCriteria"), c.in.object("SearchFilter")
	if n := conditions(criteria) + conditions(filter); n > maxConditions {
		return nil, c.op.invalid("%d conditions are more than %d", n, maxConditions)
	}
	if fault := c.checkCriteria(criteria, fields); fault != nil {
		return nil, fault
	}
	for _, x := range all {
		if r := as(x); r.meets(criteria) && r.passes(filter) {
			found = append(found, x)
		}
	}
	return found, nil
}

// maxConditions is a choice: every flow is held against every condition while the others wait.
const maxConditions = 250

// conditions counts the nodes of criteria or a filter, at any depth.
func conditions(v any) (n int) {
	switch v := v.(type) {
	case values:
		n = min(len(v), 1) // an empty node costs nothing
		for _, x := range v {
			n += conditions(x)
		}
	case []any:
		for _, x := range v {
			n += conditions(x)
		}
	}
	return n
}

// checkCriteria refuses a string condition on a field that cannot be searched, at any depth.
func (c *call) checkCriteria(v values, fields []string) *apiError {
	if s := v.object("StringCondition"); s != nil {
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, s.text("FieldName")) }) {
			return c.op.invalid("StringCondition.FieldName must be %s", strings.Join(fields, " or "))
		}
	}
	for _, nested := range append(v.objects("OrConditions"), v.objects("AndConditions")...) {
		if fault := c.checkCriteria(nested, fields); fault != nil {
			return fault
		}
	}
	return nil
}

// meets evaluates search criteria; several conditions in one node must all hold, and no condition always does.
func (r searched) meets(v values) bool {
	if s := v.object("StringCondition"); s != nil && !r.matches(s) {
		return false
	}
	if differs(v, "TypeCondition", r.kind) || differs(v, "ViewTypeCondition", r.kind) || differs(v, "QueueTypeCondition", r.kind) ||
		differs(v, "StateCondition", r.state) || differs(v, "StatusCondition", r.status) || differs(v, "ViewStatusCondition", r.status) {
		return false
	}
	for _, and := range v.objects("AndConditions") {
		if !r.meets(and) {
			return false
		}
	}
	or := v.objects("OrConditions")
	for _, o := range or {
		if r.meets(o) {
			return true
		}
	}
	return len(or) == 0
}

func differs(v values, name, is string) bool { return v.has(name) && v.text(name) != is }

func (r searched) matches(s values) bool {
	have := []string{r.name}
	switch field := strings.ToLower(s.text("FieldName")); field {
	case "description":
		have[0] = r.description
	case "resourceid":
		have[0] = r.id
	default:
		if more, ok := r.fields[field]; ok {
			have = more
		}
	}
	return slices.ContainsFunc(have, func(h string) bool { return compares(h, s.text("Value"), s.text("ComparisonType")) })
}

// compares disregards case, as the service's searches do.
func compares(have, want, how string) bool {
	have, want = strings.ToLower(have), strings.ToLower(want)
	switch how {
	case "STARTS_WITH":
		return strings.HasPrefix(have, want)
	case "CONTAINS":
		return strings.Contains(have, want)
	}
	return have == want
}

// passes evaluates a search filter: tags, and a type beside them.
func (r searched) passes(v values) bool {
	return r.passesTags(v.object("TagFilter")) && r.passesAttributes(v.object("FlowAttributeFilter")) &&
		r.passesAttributes(v.object("AttributeFilter")) && r.passesAttributes(v.object("UserAttributeFilter"))
}

func (r searched) passesTags(v values) bool {
	if t := v.object("TagCondition"); t != nil && !r.tagged(t) {
		return false
	}
	if !r.allTagged(v.objects("AndConditions")) {
		return false
	}
	lists, _ := v["OrConditions"].([]any)
	for _, l := range lists {
		if and, _ := l.([]any); r.allTagged(objectsOf(and)) {
			return true
		}
	}
	return len(lists) == 0
}

func (r searched) passesAttributes(v values) bool {
	if t := v.object("TagCondition"); t != nil && !r.tagged(t) || !r.typed(v) {
		return false
	}
	if and := v.object("AndCondition"); and != nil && !(r.allTagged(and.objects("TagConditions")) && r.typed(and)) {
		return false
	}
	or := v.objects("OrConditions")
	for _, o := range or {
		if r.allTagged(o.objects("TagConditions")) && r.typed(o) {
			return true
		}
	}
	return len(or) == 0
}

func (r searched) typed(v values) bool {
	t := v.object("ContactFlowTypeCondition")
	return t == nil || !differs(t, "ContactFlowType", r.kind)
}

func (r searched) allTagged(conditions []values) bool {
	for _, t := range conditions {
		if !r.tagged(t) {
			return false
		}
	}
	return true
}

// tagged says whether the resource has the tag; without a value any value does.
func (r searched) tagged(t values) bool {
	v, ok := r.tags[t.text("TagKey")]
	return ok && !differs(t, "TagValue", v)
}
