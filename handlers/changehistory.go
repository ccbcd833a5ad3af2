package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/changes"
	"wrapup/views/history"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// historyPage is how many changes one page lists.
const historyPage = 50

// allStates in the order in which the filter offers them.
var allStates = []publish.State{
	publish.Planned, publish.Proposed, publish.Approved, publish.Running, publish.Paused, publish.Interrupted, publish.Published, publish.Partly,
	publish.Failed, publish.Discarded,
}

// historyQuery is what the address of the history asks for. Whatever it does not understand is left out.
type historyQuery struct {
	Instance instance.ID
	Person   string
	State    publish.State
	Flow     string    // a name or an id
	From, To time.Time // calendar days, UTC; both are in
	Page     int       // from 1
}

func parseHistoryQuery(v url.Values) historyQuery {
	q := historyQuery{Flow: strings.TrimSpace(v.Get("flow")), From: day(v.Get("from")), To: day(v.Get("to")), Page: 1}
	if len(q.Flow) > maxFilterText {
		q.Flow = q.Flow[:maxFilterText]
	}
	q.Flow = strings.ToValidUTF8(q.Flow, "")
	if id := strings.ToLower(v.Get("instance")); instance.IsUUID(id) {
		q.Instance = instance.ID(id)
	}
	if s := publish.State(v.Get("state")); slices.Contains(allStates, s) {
		q.State = s
	}
	if p := v.Get("person"); len(p) <= maxFilterText {
		q.Person = strings.ToValidUTF8(p, "")
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n <= 1_000_000 {
		q.Page = n
	}
	return q
}

// day reads "2026-11-22"; zero for anything else, and for years of which no change can be.
func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 2000 || t.Year() > 2999 {
		return time.Time{}
	}
	return t
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// href is the address with this query; what is at its default is left out.
func (q historyQuery) href() string {
	v := url.Values{}
	for _, f := range [][2]string{
		{"instance", string(q.Instance)}, {"person", q.Person}, {"state", string(q.State)}, {"flow", q.Flow}, {"from", dayText(q.From)}, {"to", dayText(q.To)},
	} {
		if f[1] != "" {
			v.Set(f[0], f[1])
		}
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if len(v) == 0 {
		return "/history"
	}
	return "/history?" + v.Encode()
}

func (q historyQuery) onPage(n int) historyQuery { q.Page = n; return q }

// filtered says whether any filter is set.
func (q historyQuery) filtered() bool { return q.onPage(1).href() != "/history" }

// filter is what the journal is asked for. To is a day that is in.
func (q historyQuery) filter(flows ...instance.FlowID) publish.Filter {
	f := publish.Filter{Instance: q.Instance, Flows: flows, Person: q.Person, State: q.State, Writing: q.State == "", Limit: historyPage, Offset: (q.Page - 1) * historyPage}
	f.From, f.To = days(q.From, q.To)
	return f
}

// days are the bounds of two calendar days that are both in; none where they are turned round.
func days(from, to time.Time) (since, before time.Time) {
	switch {
	case to.IsZero():
		return from, to
	case from.After(to):
		return time.Time{}, time.Time{}
	}
	return from, to.AddDate(0, 0, 1)
}

// misread are the sentences about what a filter's address holds and nobody can mean, by the name of the field. It filters nothing.
type misread map[string]string

// misreadDays says what is wrong with the days of an address.
func misreadDays(ctx context.Context, v url.Values) misread {
	out := misread{}
	for _, name := range []string{"from", "to"} {
		if v.Get(name) != "" && day(v.Get(name)).IsZero() {
			out[name] = i18n.T(ctx, "history.filter.unknown.date")
		}
	}
	if from, to := day(v.Get("from")), day(v.Get("to")); !to.IsZero() && from.After(to) {
		out["to"] = i18n.T(ctx, "history.filter.turned")
	}
	return out
}

// choice says that what the address names is not one of those that can be chosen.
func (m misread) choice(ctx context.Context, v url.Values, name string, read bool) {
	if v.Get(name) != "" && !read {
		m[name] = i18n.T(ctx, "history.filter.unknown."+name)
	}
}

// dateFields are the days of a filter.
func (m misread) dateFields(ctx context.Context, from, to time.Time) []history.Field {
	return []history.Field{
		{ID: "filter-from", Name: "from", Label: i18n.T(ctx, "history.filter.from"), Value: dayText(from), Error: m["from"]},
		{ID: "filter-to", Name: "to", Label: i18n.T(ctx, "history.filter.to"), Value: dayText(to), Error: m["to"]},
	}
}

// known is what the filter offers: instances and people.
type known struct {
	instances []instance.Instance
	people    []people.Person
}

// listPatience is how long the history waits for the list of instances, which only its filter needs.
const listPatience = time.Second

func (h *Changes) known(ctx context.Context) (known, error) {
	var k known
	if h.Survey != nil {
		within, end := context.WithTimeout(ctx, listPatience)
		defer end()
		for _, l := range h.Survey.Instances(within) {
			k.instances = append(k.instances, l.Instances...)
		}
		ordered.By(k.instances, func(a, b instance.Instance) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a.Title()), strings.ToLower(b.Title())), cmp.Compare(a.ID, b.ID))
		})
	}
	var err error
	k.people, err = h.People.People(ctx)
	return k, err
}

// mostNamed is how many flows a part of a name may mean.
const mostNamed = 200

// flowsNamed finds the flows that a person means: by the id, or by part of the name in the last readings. problem says why none is looked for.
func (h *Changes) flowsNamed(ctx context.Context, q historyQuery, k known) (ids []instance.FlowID, problem string) {
	if q.Flow == "" {
		return nil, ""
	}
	part := strings.ToLower(q.Flow)
	if instance.IsUUID(part) {
		return []instance.FlowID{instance.FlowID(part)}, ""
	}
	for _, in := range k.instances {
		if q.Instance != "" && in.ID != q.Instance {
			continue
		}
		if r := h.Survey.Kept(ctx, in.ID); r != nil {
			for _, list := range [][]survey.FlowRow{r.Flows, r.Others} {
				for i := range list {
					if f := list[i].Flow; strings.Contains(strings.ToLower(f.Name), part) {
						ids = append(ids, f.ID)
					}
				}
			}
			for i := range r.Guides {
				if f := r.Guides[i].Flow; strings.Contains(strings.ToLower(f.Name), part) {
					ids = append(ids, f.ID)
				}
			}
		}
	}
	switch n := len(ids); {
	case n == 0:
		return nil, i18n.T(ctx, "history.filter.unknown.flow")
	case n > mostNamed:
		return nil, i18n.T(ctx, "history.filter.flows", "Count", n)
	}
	return ids, ""
}

func (h *Changes) history(w http.ResponseWriter, r *http.Request) error {
	return h.list(w, r, http.StatusOK, "", FieldErrors{})
}

// list is the history. typed is the reason of a stop of all publishing that was refused with errs.
func (h *Changes) list(w http.ResponseWriter, r *http.Request, status int, typed string, errs FieldErrors) error {
	ctx, q := r.Context(), parseHistoryQuery(r.URL.Query())
	k, err := h.known(ctx)
	if err != nil {
		return err
	}
	if q.Person != "" && !slices.ContainsFunc(k.people, func(p people.Person) bool { return p.ID == q.Person }) {
		q.Person = ""
	}
	v := r.URL.Query()
	wrong := misreadDays(ctx, v)
	wrong.choice(ctx, v, "state", q.State != "")
	wrong.choice(ctx, v, "instance", q.Instance != "")
	wrong.choice(ctx, v, "person", q.Person != "")
	t, err := h.historyTable(ctx, q, k, wrong)
	if err != nil {
		return err
	}
	p := history.ListProps{Table: t, Page: h.Page(r, layout.PageProps{
		Title: i18n.T(ctx, "shell.history"), Active: layout.NavHistory, Description: i18n.T(ctx, "history.text"),
		Actions: ui.LinkButton(ui.LinkButtonProps{Text: i18n.T(ctx, "entries.link"), Href: entriesPath})})}
	h.haltProps(r, &p, typed, errs)
	return render(w, r, status, history.List(p))
}

func (h *Changes) historyTable(ctx context.Context, q historyQuery, k known, wrong misread) (ui.TableProps, error) {
	t := ui.TableProps{
		ID: "changes", Title: i18n.T(ctx, "history.table"), Stack: true,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "history.change"), Wide: true}, {Text: i18n.T(ctx, "history.state")}, {Text: i18n.T(ctx, "changes.fact.instance")},
			{Text: i18n.T(ctx, "history.who")}, {Text: i18n.T(ctx, "history.planned")}, {Text: i18n.T(ctx, "changes.review.reason")},
		},
		Empty: &ui.EmptyProps{Title: i18n.T(ctx, "history.empty"), Text: i18n.T(ctx, "history.empty.text"), Action: &ui.Link{Text: i18n.T(ctx, "shell.instances"), Href: "/instances"}},
	}
	flows, problem := h.flowsNamed(ctx, q, k)
	total := 0
	if problem == "" {
		list, n, page, err := h.changesOn(ctx, q, flows)
		if err != nil {
			return t, err
		}
		total = n
		t.Pages = historyPages(ctx, q.onPage(page), total)
		known := &pageKnown{Shell: h.Shell, readings: map[instance.ID]*survey.Reading{}, rules: map[instance.ID]publish.Rules{}}
		for _, c := range list {
			t.Rows = append(t.Rows, known.row(ctx, c))
		}
	}
	t.Count = countIn(total)
	if q.filtered() {
		t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "history.no-match"), Text: cmp.Or(problem, i18n.T(ctx, "history.no-match.text")), Action: &ui.Link{Text: i18n.T(ctx, "ui.filter.clear"), Href: "/history"}}
	}
	if total > 0 || q.filtered() || len(wrong) > 0 {
		t.Filter = history.Filter(historyFilter(ctx, q, k, total, wrong))
	}
	return t, nil
}

// changesOn gives the changes of a page; one past the end becomes the last.
func (h *Changes) changesOn(ctx context.Context, q historyQuery, flows []instance.FlowID) (list []publish.Change, total, page int, err error) {
	list, total, err = h.Publish.Changes(ctx, q.filter(flows...))
	if last := (total + historyPage - 1) / historyPage; err == nil && q.Page > 1 && q.Page > last {
		q.Page = max(1, last)
		list, total, err = h.Publish.Changes(ctx, q.filter(flows...))
	}
	return list, total, q.Page, err
}

// pageKnown are the last readings and the rules that the rows of one page go by; those of an instance are asked for once.
type pageKnown struct {
	*Shell
	readings map[instance.ID]*survey.Reading
	rules    map[instance.ID]publish.Rules
}

// lastOf is the last reading of a change's instance, where it tells of flows still to be written.
func (h *pageKnown) lastOf(ctx context.Context, c publish.Change) *survey.Reading {
	if h.Survey == nil || c.State.Ended() {
		return nil
	}
	reading, known := h.readings[c.Instance.ID]
	if !known {
		reading = h.Survey.Kept(ctx, c.Instance.ID)
		h.readings[c.Instance.ID] = reading
	}
	return reading
}

// timeOf is a time by the clock of a change's instance, and UTC.
func (h *pageKnown) timeOf(ctx context.Context, c publish.Change, at time.Time) string {
	rules, known := h.rules[c.Instance.ID]
	if !known {
		rules = h.knownRules(ctx, c)
		h.rules[c.Instance.ID] = rules
	}
	return byBothClocks(rules, at)
}

func (h *pageKnown) row(ctx context.Context, c publish.Change) ui.Row {
	who, approved := whoAndWhen(c)
	when := ui.Cell{Content: ui.Time(timeProps(ctx, c.Created, h.Now()))} // by which the list is in order, and filtered
	if !approved.Equal(c.Created) {
		when.Small = i18n.T(ctx, "history.approved", "Time", absoluteTime(approved))
	}
	status, small := waitStatus(ctx, c, h.lastOf(ctx, c))
	if at := c.Word.NotBefore; c.State == publish.Approved && at.After(h.Now()) {
		small = strings.TrimSpace(sentences(ctx, small, i18n.T(ctx, "changes.waits.until", "Time", h.timeOf(ctx, c, at))))
	}
	by := ui.Cell{Text: who}
	if c.Word.BreakGlass {
		by.Small = i18n.T(ctx, "rules.glass.history")
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: i18n.Text(ctx, c.Title), Href: changePath(c.ID)},
		{Content: changes.StateOf(status, small)},
		{Text: c.Instance.Title(), Small: c.Instance.Region},
		by, when, {Text: reasonOf(c)},
	}}
}

// reasonOf is why a change was approved, or proposed.
func reasonOf(c publish.Change) string {
	if c.Word.Reason == "" && c.Proposal != nil {
		return c.Proposal.Reason
	}
	return c.Word.Reason
}

func historyFilter(ctx context.Context, q historyQuery, k known, total int, wrong misread) history.FilterProps {
	p := history.FilterProps{
		Action: "/history", Dates: wrong.dateFields(ctx, q.From, q.To),
		Flow: history.Field{ID: "filter-flow", Name: "flow", Label: i18n.T(ctx, "history.filter.flow"), Value: q.Flow},
	}
	instances := filterSelect(ctx, "instance", "history.filter.instance", "history.filter.instance.all", string(q.Instance))
	for _, in := range k.instances {
		instances.add(string(in.ID), in.Title())
	}
	persons := filterSelect(ctx, "person", "history.who", "history.filter.person.all", q.Person)
	for _, who := range k.people {
		persons.add(who.ID, who.Name)
	}
	states := filterSelect(ctx, "state", "history.state", "history.filter.state.all", string(q.State))
	for _, s := range allStates {
		states.add(string(s), i18n.T(ctx, "changes.state."+string(s)))
	}
	states.Error, instances.Error, persons.Error = wrong["state"], wrong["instance"], wrong["person"]
	p.Selects = []ui.SelectProps{states.done(), instances.done(), persons.done()}
	if q.filtered() {
		p.Clear, p.Matches = "/history", i18n.T(ctx, "history.matches", "Count", total)
	}
	return p
}

// filtering is a list of the filter, with what is chosen.
type filtering struct {
	ui.SelectProps
	chosen string
}

func filterSelect(ctx context.Context, name, label, all, chosen string) *filtering {
	s := &filtering{chosen: chosen}
	s.ID, s.Name, s.Label = "filter-"+name, name, i18n.T(ctx, label)
	s.Options = []ui.Option{{Text: i18n.T(ctx, all)}}
	return s
}

func (s *filtering) add(value, text string) {
	s.Options = append(s.Options, ui.Option{Value: value, Text: text, Selected: value == s.chosen})
}

// done offers what is chosen, too, where nobody knows its name.
func (s *filtering) done() ui.SelectProps {
	if s.chosen != "" && !slices.ContainsFunc(s.Options, func(o ui.Option) bool { return o.Selected }) {
		s.add(s.chosen, s.chosen)
	}
	return s.SelectProps
}

// historyPages leads through the history; nil where one page holds it all.
func historyPages(ctx context.Context, q historyQuery, total int) *ui.PagesProps {
	last := (total + historyPage - 1) / historyPage
	if last <= 1 {
		return nil
	}
	p := &ui.PagesProps{Summary: i18n.T(ctx, "history.pages", "Page", q.Page, "Of", last)}
	if q.Page > 1 {
		p.Previous = q.onPage(q.Page - 1).href()
	}
	if q.Page < last {
		p.Next = q.onPage(q.Page + 1).href()
	}
	return p
}
