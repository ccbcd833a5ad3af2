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
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/history"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

const entriesPath = "/history/entries"

// entryGroups are what the filter of the entries offers, by name, in its order.
var entryGroups = []struct {
	name  string
	kinds []publish.EntryKind
}{
	{"refused", []publish.EntryKind{publish.EntryRecorded}},
	{"written", []publish.EntryKind{publish.EntryIntent, publish.EntryOutcome, publish.EntryReopened, publish.EntrySettled}},
	{"decided", []publish.EntryKind{publish.EntryPlanned, publish.EntryProposed, publish.EntryApproved, publish.EntryStopped, publish.EntryWithdrawn,
		publish.EntryGivenUp, publish.EntrySettled, publish.EntryAdopted, publish.EntryHalted, publish.EntryLetOn, publish.EntryRuled}},
}

// entriesQuery is what the address of the entries asks for. Whatever it does not understand is left out.
type entriesQuery struct {
	Show, Person, Text string
	From, To           time.Time // calendar days, UTC; both are in
	Before             int64
}

func parseEntriesQuery(v url.Values) entriesQuery {
	q := entriesQuery{From: day(v.Get("from")), To: day(v.Get("to")), Text: strings.TrimSpace(v.Get("text"))}
	if len(q.Text) > maxFilterText {
		q.Text = q.Text[:maxFilterText]
	}
	q.Text = strings.ToValidUTF8(q.Text, "")
	for _, g := range entryGroups {
		if g.name == v.Get("show") {
			q.Show = g.name
		}
	}
	if p := v.Get("person"); len(p) <= maxFilterText {
		q.Person = strings.ToValidUTF8(p, "")
	}
	if n, err := strconv.ParseInt(v.Get("before"), 10, 64); err == nil && n > 0 {
		q.Before = n
	}
	return q
}

// href is the address with this query; what is at its default is left out.
func (q entriesQuery) href() string {
	v := url.Values{}
	for _, f := range [][2]string{{"show", q.Show}, {"person", q.Person}, {"text", q.Text}, {"from", dayText(q.From)}, {"to", dayText(q.To)}} {
		if f[1] != "" {
			v.Set(f[0], f[1])
		}
	}
	if q.Before > 0 {
		v.Set("before", strconv.FormatInt(q.Before, 10))
	}
	if len(v) == 0 {
		return entriesPath
	}
	return entriesPath + "?" + v.Encode()
}

// filtered says whether any filter is set.
func (q entriesQuery) filtered() bool { q.Before = 0; return q.href() != entriesPath }

// filter is what the journal is asked for: one more than a page holds. accounts says whether the person may see what is about accounts.
func (q entriesQuery) filter(accounts bool) publish.LogFilter {
	f := publish.LogFilter{Before: q.Before, Person: q.Person, Text: q.Text, Refused: q.Show == "refused", Accounts: accounts, Limit: historyPage + 1}
	for _, g := range entryGroups {
		if g.name == q.Show {
			f.Kinds = g.kinds
		}
	}
	f.From, f.To = days(q.From, q.To)
	return f
}

// entries lists what happened, entry by entry: decisions, writes with their AWS requests, refusals; and sign-ins to who manages people.
func (h *FlowHistory) entries(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), parseEntriesQuery(r.URL.Query())
	admin := may(r, people.ManagePeople.Needs())
	persons, err := h.People.People(ctx)
	if err != nil {
		return err
	}
	if q.Person != "" && !slices.ContainsFunc(persons, func(p people.Person) bool { return p.ID == q.Person }) {
		q.Person = ""
	}
	v := r.URL.Query()
	wrong := misreadDays(ctx, v)
	wrong.choice(ctx, v, "show", q.Show != "")
	wrong.choice(ctx, v, "person", q.Person != "")
	list, err := h.Publish.Log(ctx, q.filter(admin))
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "entries.title")
	p := history.OutsideProps{Page: h.Page(r, layout.PageProps{Title: title, Active: layout.NavHistory, Description: i18n.T(ctx, "entries.text"),
		Crumbs: []ui.Link{{Text: i18n.T(ctx, "shell.history"), Href: "/history"}, {Text: title}}})}
	p.Table = ui.TableProps{ID: "entries", Title: title, Stack: true, Filter: history.Filter(entriesFilter(ctx, q, persons, wrong)),
		Empty: &ui.EmptyProps{Title: i18n.T(ctx, "history.no-match"), Text: i18n.T(ctx, "entries.no-match.text"), Action: &ui.Link{Text: i18n.T(ctx, "ui.filter.clear"), Href: entriesPath}}}
	columns := []string{"entries.what", "entries.of", "entries.result", "history.who", "history.when", "changes.review.reason", "snapshots.column.request"}
	if admin {
		columns = append(columns, "entries.address")
	}
	for _, c := range columns {
		p.Table.Columns = append(p.Table.Columns, ui.Column{Text: i18n.T(ctx, c), Wide: len(p.Table.Columns) == 0})
	}
	if len(list) > historyPage {
		list = list[:historyPage]
		q.Before = list[historyPage-1].Seq
		p.Table.Pages = &ui.PagesProps{Summary: i18n.T(ctx, "entries.page", "Count", historyPage), Next: q.href()}
	}
	named := h.naming(persons)
	for _, e := range list {
		row := named.row(ctx, e)
		if admin {
			row.Cells = append(row.Cells, textOrNone(ctx, e.By.Address))
		}
		p.Table.Rows = append(p.Table.Rows, row)
	}
	return render(w, r, http.StatusOK, history.Outside(p))
}

func entriesFilter(ctx context.Context, q entriesQuery, list []people.Person, wrong misread) history.FilterProps {
	show := filterSelect(ctx, "show", "flows.filter.show", "entries.show.all", q.Show)
	for _, g := range entryGroups {
		show.add(g.name, i18n.T(ctx, "entries.show."+g.name))
	}
	persons := filterSelect(ctx, "person", "history.who", "history.filter.person.all", q.Person)
	for _, who := range list {
		persons.add(who.ID, who.Name)
	}
	show.Error, persons.Error = wrong["show"], wrong["person"]
	p := history.FilterProps{
		Action: entriesPath, Selects: []ui.SelectProps{show.done(), persons.done()},
		Flow:  history.Field{ID: "filter-text", Name: "text", Label: i18n.T(ctx, "entries.filter.text"), Value: q.Text},
		Dates: wrong.dateFields(ctx, q.From, q.To),
	}
	if q.filtered() {
		p.Clear = entriesPath
	}
	return p
}

// textOrNone is a cell that says so where there is nothing.
func textOrNone(ctx context.Context, text string) ui.Cell {
	return ui.Cell{Text: cmp.Or(text, i18n.T(ctx, "flows.nothing"))}
}

// wordsOr says in words what an entry tells; what another version wrote and this one does not know is shown as it is.
func wordsOr(ctx context.Context, prefix, what string) string {
	if i18n.Has(prefix + what) {
		return i18n.T(ctx, prefix+what)
	}
	return what
}
