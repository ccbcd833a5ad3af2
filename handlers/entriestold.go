package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// naming puts the names of changes, flows, instances and people in the place of the ids that entries hold. Each is looked for once.
type naming struct {
	h         *FlowHistory
	people    []people.Person
	changes   map[string]*publish.Change // nil: there is none
	instances map[instance.ID]string
	ruled     map[instance.ID][]publish.Entry // that set the rules of an instance, the newest first, as far as they were asked for
}

func (h *FlowHistory) naming(list []people.Person) *naming {
	return &naming{h: h, people: list, changes: map[string]*publish.Change{}, ruled: map[instance.ID][]publish.Entry{}}
}

// change gives a change by its id; nil where there is none.
func (n *naming) change(ctx context.Context, id string) *publish.Change {
	if c, known := n.changes[id]; known {
		return c
	}
	n.changes[id] = nil
	c, err := n.h.Publish.Change(ctx, id)
	switch {
	case err == nil:
		n.changes[id] = &c
	case !fault.Is(err, fault.NotFound):
		n.h.Log.ErrorContext(ctx, "name the change of an entry", "change", id, "err", err)
	}
	return n.changes[id]
}

// instance is the alias of an instance; its id where nobody knows it by now.
func (n *naming) instance(ctx context.Context, id instance.ID) string {
	if n.instances == nil {
		n.instances = map[instance.ID]string{}
		within, end := context.WithTimeout(ctx, listPatience)
		defer end()
		for _, l := range n.h.surveyor.Instances(within) {
			for _, in := range l.Instances {
				n.instances[in.ID] = in.Title()
			}
		}
	}
	if name := n.instances[id]; name != "" {
		return name
	}
	if reading := n.h.surveyor.Kept(ctx, id); reading != nil {
		return reading.Instance.Title()
	}
	return string(id)
}

// flow is the name of a flow in the last reading; of an instance that is not said, in that of any. Its id where none has it.
func (n *naming) flow(ctx context.Context, in instance.ID, id instance.FlowID) (instance.ID, string) {
	named := func(in instance.ID) string {
		if reading := n.h.surveyor.Kept(ctx, in); reading != nil {
			return flowNameIn(reading, id)
		}
		return ""
	}
	if in != "" {
		return in, cmp.Or(named(in), string(id))
	}
	n.instance(ctx, "")
	for other := range n.instances {
		if name := named(other); name != "" {
			return other, name
		}
	}
	return "", string(id)
}

// flowNameIn is the name of a flow of any type in a reading; empty where it is not there.
func flowNameIn(reading *survey.Reading, id instance.FlowID) string {
	for _, list := range [][]survey.FlowRow{reading.Flows, reading.Others} {
		if i := slices.IndexFunc(list, func(row survey.FlowRow) bool { return row.Flow.ID == id }); i >= 0 {
			return flowTitle(list[i].Flow)
		}
	}
	if i := slices.IndexFunc(reading.Guides, func(g survey.GuideRow) bool { return g.Flow.ID == id }); i >= 0 {
		return flowTitle(reading.Guides[i].Flow)
	}
	return ""
}

// row tells an entry: what was done, to what, with which result, by whom, when and why.
func (n *naming) row(ctx context.Context, e publish.Entry) ui.Row {
	t := e.Told()
	what, result := wordsOr(ctx, "entries.kind.", string(e.Kind)), ui.Cell{}
	reason, request := "", ""
	if t.Change != nil {
		switch e.Kind {
		case publish.EntryApproved:
			reason = t.Change.Reason
		case publish.EntryProposed:
			reason = t.Change.Proposal.Reason
		}
	}
	switch {
	case t.Record != nil:
		what, reason = wordsOr(ctx, "entries.action.", t.Record.Action), t.Record.Reason
		if result = recordResult(ctx, t.Record.Result, t.Record.Args); t.Record.Result == people.Refused && i18n.Has(reason) {
			result.Small, reason = whole(ctx, fault.Message{ID: reason, Args: t.Record.Args}), ""
		}
	case t.Adopted != nil:
		reason = t.Adopted.Reason
	case t.Halt != nil:
		reason = t.Halt.Reason
	case t.Why != nil:
		result.Text = i18n.Text(ctx, *t.Why)
	}
	if len(t.Steps) == 1 && (e.Kind == publish.EntryOutcome || e.Kind == publish.EntrySettled) {
		o := t.Steps[0].Outcome
		request = o.RequestID
		result.Content = ui.Status(stepStatus(ctx, publish.Change{}, publish.Step{State: t.Steps[0].State}))
		if o.Message.ID != "" {
			result.Small = i18n.Text(ctx, o.Message)
		}
	}
	if result.Content == nil && result.Text == "" {
		result = textOrNone(ctx, "")
	}
	return ui.Row{Cells: []ui.Cell{{Text: what}, n.of(ctx, e, t), result, {Text: cmp.Or(e.By.Name, i18n.T(ctx, "entries.nobody"))},
		{Content: ui.Time(timeProps(ctx, e.At, n.h.Now()))}, textOrNone(ctx, reason), textOrNone(ctx, request)}}
}

// of is what an entry was done to: a change, with the flow; a flow, a guide or the rules of an instance; all of them; a person.
func (n *naming) of(ctx context.Context, e publish.Entry, t publish.Told) ui.Cell {
	switch {
	case t.Record != nil:
		return n.subject(ctx, t.Record.Action, t.Record.Subject)
	case t.Adopted != nil:
		in := instance.ID(t.Adopted.Instance)
		return ui.Cell{Text: t.Adopted.Name, Href: flowHistoryPath(in, instance.FlowID(t.Adopted.Flow)), Small: n.instance(ctx, in)}
	case t.Rules != nil:
		in := t.Rules.Instance
		return ui.Cell{Text: n.instance(ctx, in), Href: rulesPath(in), Small: n.rules(ctx, e, t)}
	case e.Kind == publish.EntryHalted || e.Kind == publish.EntryLetOn:
		return ui.Cell{Text: i18n.T(ctx, "history.filter.instance.all")}
	case e.Change != "":
		return n.changeCell(ctx, e.Change, e.Step)
	}
	return textOrNone(ctx, "")
}

// changeCell names a change, the flow of its step, if it is about one, and the instance.
func (n *naming) changeCell(ctx context.Context, id, step string) ui.Cell {
	c := n.change(ctx, id)
	if c == nil {
		return textOrNone(ctx, "")
	}
	out := ui.Cell{Text: i18n.Text(ctx, c.Title), Href: changePath(id), Small: c.Instance.Title()}
	i := slices.IndexFunc(c.Steps, func(st publish.Step) bool { return st.Key == step })
	if i >= 0 && c.Steps[i].Name != "" {
		out.Small = i18n.T(ctx, "entries.flow", "Flow", c.Steps[i].Name, "Instance", out.Small)
	}
	return out
}

// subject is what an entry of the record is about: a change and one of its steps, an instance, a guide or a flow of one, or a person.
func (n *naming) subject(ctx context.Context, action, subject string) ui.Cell {
	first, rest, _ := strings.Cut(subject, "/")
	group, _, _ := strings.Cut(action, ".")
	switch {
	case subject == "" && group == "publishing":
		return ui.Cell{Text: i18n.T(ctx, "history.filter.instance.all")}
	case group == "rules" && instance.IsUUID(first):
		return ui.Cell{Text: n.instance(ctx, instance.ID(first)), Href: rulesPath(instance.ID(first))}
	case group == "draft" && instance.IsUUID(first):
		return n.guideCell(ctx, instance.ID(first), rest)
	case group == "flow" && instance.IsUUID(first):
		in, id := instance.ID(first), instance.FlowID(rest)
		if rest == "" { // as it was written before the instance was
			in, id = "", instance.FlowID(first)
		}
		in, name := n.flow(ctx, in, id)
		if in == "" {
			return ui.Cell{Text: name}
		}
		return ui.Cell{Text: name, Href: flowPath(in, id), Small: n.instance(ctx, in)}
	case group == "change" || group == "flow" || group == "guide":
		return n.changeCell(ctx, first, rest)
	}
	i := slices.IndexFunc(n.people, func(p people.Person) bool { return p.ID == subject })
	if i < 0 || subject == "" {
		return textOrNone(ctx, "")
	}
	return ui.Cell{Text: n.people[i].Name}
}

// guideCell names the guide of a draft.
func (n *naming) guideCell(ctx context.Context, in instance.ID, guide string) ui.Cell {
	out := ui.Cell{Text: i18n.T(ctx, "entries.new-guide"), Href: guidesPath(in), Small: n.instance(ctx, in)}
	if instance.IsUUID(guide) {
		_, out.Text = n.flow(ctx, in, instance.FlowID(guide))
		out.Href = guidePath(in, instance.FlowID(guide))
	}
	return out
}

// rulesBefore are the rules of an instance before an entry set them. Those of a whole page of entries are asked for at once.
func (n *naming) rulesBefore(ctx context.Context, in instance.ID, e publish.Entry) publish.Rules {
	before := func(f publish.Entry) bool { return f.Seq < e.Seq }
	known, asked := n.ruled[in]
	i := slices.IndexFunc(known, before)
	if i < 0 && (!asked || len(known) == historyPage) { // else these are all
		list, err := n.h.Publish.Log(ctx, publish.LogFilter{
			Kinds: []publish.EntryKind{publish.EntryRuled}, Text: string(in), Before: e.Seq, Limit: historyPage,
		})
		if err != nil {
			n.h.Log.ErrorContext(ctx, "look for the rules before", "entry", e.Seq, "err", err)
		}
		n.ruled[in], i = list, slices.IndexFunc(list, before)
	}
	if i >= 0 {
		if told := n.ruled[in][i].Told(); told.Rules != nil {
			return told.Rules.Rules
		}
	}
	return publish.Rules{}
}

// rules says in words which rules of an instance were set otherwise than they were.
func (n *naming) rules(ctx context.Context, e publish.Entry, t publish.Told) string {
	was, is := n.rulesBefore(ctx, t.Rules.Instance, e), t.Rules.Rules
	before, now := rulesFacts(ctx, was).Items, rulesFacts(ctx, is).Items
	var out []string
	say := func(key, value string) { out = append(out, i18n.T(ctx, "entries.rule", "Rule", key, "Value", value)) }
	for i, item := range now {
		if i >= len(before) || before[i].Text != item.Text {
			say(item.Key, item.Text)
		}
	}
	for _, item := range before[min(len(now), len(before)):] {
		say(item.Key, i18n.T(ctx, "entries.rule.none"))
	}
	untouched := func(key string, list, other []instance.FlowID) {
		var names []string
		for _, id := range list {
			if !slices.Contains(other, id) {
				_, name := n.flow(ctx, t.Rules.Instance, id)
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			say(i18n.T(ctx, key), strings.Join(names, ", "))
		}
	}
	untouched("entries.untouched.on", is.DoNotTouch, was.DoNotTouch)
	untouched("entries.untouched.off", was.DoNotTouch, is.DoNotTouch)
	if len(out) == 0 {
		return i18n.T(ctx, "entries.rule.same")
	}
	return strings.Join(out, " ")
}

// recordResult is "Done", or that it was refused, and why.
func recordResult(ctx context.Context, result string, args map[string]string) ui.Cell {
	if result == people.OK {
		return ui.Cell{Content: ui.Status(ui.StatusProps{Kind: ui.Success, Text: i18n.T(ctx, "entries.done")})}
	}
	c := ui.Cell{Content: ui.Status(ui.StatusProps{Kind: ui.Error, Text: i18n.T(ctx, "entries.refused")})}
	if i18n.Has(result) {
		c.Small = whole(ctx, fault.Message{ID: result, Args: args})
	}
	return c
}

// whole is a sentence; empty where its values are not known, as in what was recorded before they were kept.
func whole(ctx context.Context, m fault.Message) string {
	if text := i18n.Text(ctx, m); !strings.Contains(text, "<no value>") {
		return text
	}
	return ""
}
