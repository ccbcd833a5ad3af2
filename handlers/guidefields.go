package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/acw"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/view"
	"wrapup/views/guides"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// formProps builds the form from the view, grouped as the agent sees it.
func (h *Guides) formProps(r *http.Request, g guideState, errs FieldErrors) guides.FormProps {
	ctx := r.Context()
	p := guides.FormProps{
		Action: g.path(), Preview: g.path() + "/preview", Rev: g.rev(), Base: g.base, ReadOnly: !may(r, people.Editor), NeedRole: needs(ctx, r, people.Editor),
		Errors: errs.Summary(ctx, controlID), Notices: guideNotices(ctx, g), Chips: guideChips(ctx, g),
		Groups: guideGroups(ctx, g, errs), TimeLimit: timeField(ctx, g, errs), Silent: silentField(ctx, g),
		Checks: guideChecks(ctx, h.findings(g, g.model)), Recorded: recordedTable(ctx, g),
		FixedText: i18n.T(ctx, "guides.form.fixed"), Reset: g.has, DiscardText: discardText(ctx, g),
	}
	p.NoReview = g.archived()
	if g.ended != "" {
		needed := needs(ctx, r, people.Publisher)
		p.Activate = &ui.LinkButtonProps{Text: i18n.T(ctx, "guides.activate"), Href: putBackPath(g.ended), Kind: ui.Primary, Disabled: needed != "", Reason: needed}
	}
	if g.created {
		needed := needs(ctx, r, people.Publisher)
		p.Archive = &guides.ArchiveProps{Action: g.path() + "/archive", Text: i18n.T(ctx, "putback.archive.text"),
			Button: ui.ButtonProps{Text: i18n.T(ctx, "putback.archive"), ID: "archive", Kind: ui.Danger, Described: "archive-text", Disabled: needed != "", Reason: needed}}
	}
	if g.has {
		p.Saved = i18n.T(ctx, "guides.draft.saved", "Name", g.draft.By.Name, "Time", absoluteTime(g.draft.At))
	}
	title := g.title(ctx)
	if g.live == nil {
		p.Name = &ui.TextInputProps{
			FieldProps: ui.FieldProps{ID: "name", Label: i18n.T(ctx, "guides.form.name"), Constraint: i18n.T(ctx, "guides.form.name.constraint", "Max", maxGuideName), Error: errs.Text(ctx, "name")},
			Name:       "name", Value: g.name, MaxLength: maxGuideName, Required: true, Autocomplete: "off",
		}
	}
	p.Page = h.instancePage(r, g.in, layout.PageProps{Title: title, Description: i18n.T(ctx, "guides.form.description")},
		ui.Link{Text: i18n.T(ctx, "guides.title"), Href: guidesPath(g.in.ID)}, ui.Link{Text: title, Href: g.path()})
	return p
}

func discardText(ctx context.Context, g guideState) string {
	if g.live == nil {
		return i18n.T(ctx, "guides.form.discard.new")
	}
	return i18n.T(ctx, "guides.form.discard.live")
}

func guideChips(ctx context.Context, g guideState) []ui.BadgeProps {
	var out []ui.BadgeProps
	switch {
	case g.archived():
		out = append(out, ui.BadgeProps{Text: i18n.T(ctx, "flows.flag.archived")})
	case g.live != nil:
		out = append(out, ui.BadgeProps{Text: i18n.T(ctx, "guides.chip.published"), Kind: ui.Green})
	}
	if g.has {
		out = append(out, ui.BadgeProps{Text: i18n.T(ctx, "guides.chip.draft"), Kind: ui.Blue})
	}
	return out
}

// guideNotices say what a person must know before editing.
func guideNotices(ctx context.Context, g guideState) []ui.AlertProps {
	var out []ui.AlertProps
	add := func(kind ui.StatusKind, id string, args ...any) {
		out = append(out, ui.AlertProps{Kind: kind, Text: i18n.T(ctx, id, args...)})
	}
	switch {
	case g.ended != "":
		add(ui.Warning, "guides.notice.archived")
	case g.archived():
		add(ui.Warning, "guides.notice.archived-outside")
	}
	if g.viewNo != nil {
		out = append(out, ui.AlertProps{Kind: ui.Warning, Title: i18n.T(ctx, "guides.notice.view"), Text: i18n.Text(ctx, g.viewNo.Message), Code: g.viewNo.Code, RequestID: g.viewNo.RequestID})
	}
	if g.live != nil && g.live.Saved != nil {
		add(ui.Warning, "guides.notice.unpublished")
	}
	switch {
	case len(g.both) > 0:
		add(ui.Warning, "guides.notice.both", "Names", strings.Join(g.both, ", "))
	case g.moved:
		add(ui.Info, "guides.notice.moved")
	}
	for _, m := range g.lifted.Unread {
		out = append(out, ui.AlertProps{Kind: ui.Info, Text: i18n.Text(ctx, m)})
	}
	if len(g.lifted.Nested) > 0 {
		names := make([]string, 0, len(g.lifted.Nested))
		for k := range g.lifted.Nested {
			names = append(names, k)
		}
		slices.Sort(names)
		add(ui.Info, "guides.notice.nested", "Names", strings.Join(names, ", "))
	}
	return out
}

// guideGroups are the view's inputs in reading order, one group per section of the view.
func guideGroups(ctx context.Context, g guideState, errs FieldErrors) []guides.Group {
	var out []guides.Group
	for _, in := range g.view.Inputs {
		if _, nested := g.lifted.Nested[in.Name]; nested {
			continue
		}
		key := groupKey(in)
		if n := len(out); n == 0 || out[n-1].ID != key {
			out = append(out, guides.Group{ID: key, Title: groupTitle(ctx, g, in), Description: groupHelp(ctx, g, in)})
		}
		last := &out[len(out)-1]
		last.Fields = append(last.Fields, guideField(ctx, g, in, errs))
	}
	return out
}

// groupKey is the section an input stands in; above the sections each component is a group of its own.
func groupKey(in view.Input) string {
	switch {
	case in.Section != "":
		return "g-" + in.Section
	case in.Use == view.UseBarValue || in.Use == view.UseBarURL:
		return "g-bar"
	default:
		return "g-top"
	}
}

// groupHelp is said once for all fields of a group.
func groupHelp(ctx context.Context, g guideState, in view.Input) string {
	if groupKey(in) == "g-bar" {
		return i18n.T(ctx, "guides.help.bar")
	}
	for _, other := range g.view.Inputs {
		if other.Section == "" || other.Section != in.Section {
			continue
		}
		switch other.Use {
		case view.UseAnswer:
			return i18n.T(ctx, "guides.help.answers")
		case view.UseText:
			return i18n.T(ctx, "guides.help.text")
		}
	}
	return ""
}

func groupTitle(ctx context.Context, g guideState, in view.Input) string {
	switch key := groupKey(in); key {
	case "g-bar":
		return i18n.T(ctx, "guides.group.bar")
	case "g-top":
		return i18n.T(ctx, "guides.group.top")
	}
	for _, other := range g.view.Inputs {
		if other.Section == in.Section && other.Use == view.UseTitle {
			if title := g.model.Values[other.Name]; title != "" && !flow.IsPath(title) {
				return title
			}
		}
	}
	return i18n.T(ctx, "guides.group.section", "Name", strings.ReplaceAll(strings.TrimSuffix(in.Section, "_Section"), "_", " "))
}

// guideField is one input as a control, with the published value beside an edited one.
func guideField(ctx context.Context, g guideState, in view.Input, errs FieldErrors) guides.Field {
	name, value := valueField(in.Name), g.model.Values[in.Name]
	live := g.lifted.Guide.Values[in.Name]
	base := ui.FieldProps{
		ID: controlID(name), Label: inputLabel(ctx, in), Error: errs.Text(ctx, name), Constraint: requiredText(ctx, in),
		Modified: g.live != nil && value != live, HasLive: g.live != nil && value != live, Live: live,
	}
	switch {
	case in.Use == view.UseAnswer && len(in.Options) > 0:
		return answerField(ctx, in, base, name, value, errs)
	case in.Use == view.UseText || strings.ContainsAny(value, "\n\r") || len(value) > 150:
		return guides.Field{Area: &ui.TextAreaProps{FieldProps: base, Name: name, Value: value, MaxLength: acw.MaxValue, Required: in.Required}}
	default:
		return guides.Field{Text: &ui.TextInputProps{FieldProps: base, Name: name, Value: value, MaxLength: acw.MaxValue, Required: in.Required, Autocomplete: "off", Spellcheck: in.Use == view.UseTitle || in.Use == view.UseDescription}}
	}
}

// answerField is a dropdown's pre-selected answer: one of the view's options, none, or a contact attribute.
func answerField(ctx context.Context, in view.Input, base ui.FieldProps, name, value string, errs FieldErrors) guides.Field {
	path := ""
	if flow.IsPath(value) || errs.Has(pathField(in.Name)) {
		path, value = value, ""
	}
	s := ui.SelectProps{FieldProps: base, Name: name, Options: []ui.Option{{Value: "", Text: i18n.T(ctx, "guides.form.no-answer"), Selected: value == ""}}}
	known := value == ""
	for _, o := range in.Options {
		known = known || o.Value == value
		s.Options = append(s.Options, ui.Option{Value: o.Value, Text: o.Label, Selected: o.Value == value})
	}
	if !known {
		s.Options = append(s.Options, ui.Option{Value: value, Text: i18n.T(ctx, "guides.form.not-an-option", "Value", value), Selected: true})
	}
	field := pathField(in.Name)
	return guides.Field{Select: &s, Open: path != "" || errs.Has(field), Path: &ui.TextInputProps{
		FieldProps: ui.FieldProps{ID: controlID(field), Label: i18n.T(ctx, "guides.form.path"), Constraint: i18n.T(ctx, "guides.form.path.constraint"), Error: errs.Text(ctx, field), Optional: true},
		Name:       field, Value: path, MaxLength: acw.MaxValue, Autocomplete: "off",
	}}
}

func inputLabel(ctx context.Context, in view.Input) string {
	switch in.Use {
	case view.UseTitle:
		return i18n.T(ctx, "guides.input.title")
	case view.UseDescription:
		return i18n.T(ctx, "guides.input.description")
	case view.UseBarURL:
		return i18n.T(ctx, "guides.input.url", "Label", in.Label)
	case view.UseAnswer:
		return i18n.T(ctx, "guides.input.answer", "Label", in.Label)
	case view.UseText:
		return i18n.T(ctx, "guides.input.text", "Label", in.Label)
	}
	if in.Label == "" {
		return in.Name
	}
	return in.Label
}

func requiredText(ctx context.Context, in view.Input) string {
	if in.Required {
		return i18n.T(ctx, "guides.form.required")
	}
	return ""
}

func timeField(ctx context.Context, g guideState, errs FieldErrors) ui.TextInputProps {
	text := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	live := g.lifted.Guide.TimeLimit
	changed := g.live != nil && live != g.model.TimeLimit
	return ui.TextInputProps{
		FieldProps: ui.FieldProps{
			ID: "time", Label: i18n.T(ctx, "guides.form.time"), Description: i18n.T(ctx, "guides.form.time.text"),
			Constraint: i18n.T(ctx, "guides.form.time.constraint", "Min", acw.MinTime, "Max", acw.MaxTime),
			Error:      errs.Text(ctx, "time"), Modified: changed, HasLive: changed, Live: text(live),
		},
		Name: "time", Value: cmp.Or(g.time, text(g.model.TimeLimit)), Inputmode: "numeric", MaxLength: 5, Required: g.model.TimeLimit != 0, Autocomplete: "off",
	}
}

// silentField is offered for a new guide; in a guide that exists the blocks are there or not.
func silentField(ctx context.Context, g guideState) *ui.CheckboxProps {
	c := &ui.CheckboxProps{
		FieldProps: ui.FieldProps{ID: "silent", Label: i18n.T(ctx, "guides.form.silent"), Description: i18n.T(ctx, "guides.form.silent.text")},
		Name:       "silent", Checked: g.model.Silent,
	}
	if g.live != nil {
		c.Disabled, c.Reason = true, i18n.T(ctx, "guides.form.silent.live")
	}
	return c
}

func guideChecks(ctx context.Context, findings []acw.Finding) []guides.Check {
	kinds := map[acw.Severity]ui.StatusKind{acw.MustFix: ui.Error, acw.ShouldFix: ui.Warning, acw.Note: ui.Info}
	var out []guides.Check
	for _, f := range findings {
		c := guides.Check{
			Status: ui.StatusProps{Kind: kinds[f.Severity], Text: i18n.T(ctx, "guides.severity."+string(f.Severity))},
			Text:   i18n.Text(ctx, f.Message),
		}
		switch f.Key {
		case "":
		case timeKey:
			c.Field = "time"
		default:
			c.Field = controlID(valueField(f.Key))
		}
		if f.Mend != nil {
			c.Mend = f.Key
			c.Label = i18n.T(ctx, "guides.mend.set", "Value", *f.Mend)
			if *f.Mend == "" {
				c.Label = i18n.T(ctx, "guides.mend.clear")
			}
		}
		out = append(out, c)
	}
	return out
}

// recordedTable says what is recorded: result, attribute, contact.
func recordedTable(ctx context.Context, g guideState) ui.TableProps {
	t := ui.TableProps{
		ID: "recorded", Title: i18n.T(ctx, "guides.recorded"), Description: i18n.T(ctx, "guides.recorded.text"), Stack: true,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "guides.recorded.attribute"), Wide: true}, {Text: i18n.T(ctx, "guides.recorded.outcome")},
			{Text: i18n.T(ctx, "guides.recorded.value")}, {Text: i18n.T(ctx, "guides.recorded.contact")},
		},
		Empty: &ui.EmptyProps{Title: i18n.T(ctx, "guides.recorded.none"), Text: i18n.T(ctx, "guides.recorded.none.text")},
	}
	for _, s := range joinSaves(g.saves()) {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: s.Attribute}, {Text: i18n.T(ctx, "guides.outcome."+outcomeKey(s.Outcome), "Outcome", s.Outcome)}, {Text: s.Value},
			{Text: contactWords(ctx, s.contacts)},
		}})
	}
	t.Count = countIn(len(t.Rows))
	return t
}

func outcomeKey(o string) string {
	switch o {
	case "TimeLimitExceeded", "error":
		return o
	}
	return "action"
}

// joined is one attribute with every contact it is written to.
type joined struct {
	acw.Save
	contacts []string
}

// joinSaves makes one row of the writes that differ in their contact only.
func joinSaves(saves []acw.Save) []joined {
	var out []joined
	for _, s := range saves {
		i := slices.IndexFunc(out, func(j joined) bool {
			return j.Outcome == s.Outcome && j.Attribute == s.Attribute && j.Value == s.Value
		})
		if i < 0 {
			out, i = append(out, joined{Save: s}), len(out)
		}
		if !slices.Contains(out[i].contacts, s.Contact) {
			out[i].contacts = append(out[i].contacts, s.Contact)
		}
	}
	return out
}

func contactWords(ctx context.Context, contacts []string) string {
	if len(contacts) > 1 {
		return i18n.T(ctx, "guides.contact.both")
	}
	return i18n.T(ctx, "guides.contact."+contacts[0])
}

// theirsTable lists the fields in which somebody else's draft differs from the typed values.
func theirsTable(ctx context.Context, g guideState, theirs acw.Guide) *ui.TableProps {
	t := &ui.TableProps{
		ID: "theirs", Title: i18n.T(ctx, "guides.theirs", "Name", g.draft.By.Name), Stack: true,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "guides.theirs.field"), Wide: true}, {Text: i18n.T(ctx, "guides.theirs.theirs")}, {Text: i18n.T(ctx, "guides.theirs.yours")},
		},
	}
	add := func(field, theirs, yours string) {
		if theirs != yours {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: field}, {Text: theirs}, {Text: yours}}})
		}
	}
	for _, in := range g.view.Inputs {
		add(inputLabel(ctx, in), theirs.Values[in.Name], g.model.Values[in.Name])
	}
	add(i18n.T(ctx, "guides.form.time"), strconv.Itoa(theirs.TimeLimit), strconv.Itoa(g.model.TimeLimit))
	t.Count = countIn(len(t.Rows))
	return t
}
