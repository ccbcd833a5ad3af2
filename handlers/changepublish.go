package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/publish"
	"wrapup/views/history"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// publishPatience is how long a person waits on the page before it shows progress instead.
const publishPatience = 5 * time.Second

// publish takes the person's word and applies the change. The apply goes on to its end whatever becomes of this request;
// pressing twice leads to the same result page.
func (h *Changes) publish(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id := r.Context(), chi.URLParam(r, "change")
	typed := approvalForm{Reason: posted(r, "reason"), Confirmed: r.PostForm["confirm"]}
	done, err := h.Publish.Begin(ctx, id, publish.Approval{Hash: posted(r, "hash"), Confirmed: typed.Confirmed, Reason: typed.Reason, By: actor(r)})
	if err != nil {
		return h.refused(w, r, id, err, typed)
	}
	h.record(r, "change.publish", id, typed.Reason, "ok")
	patience := time.NewTimer(publishPatience)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
	case <-ctx.Done():
	}
	return seeOther(w, r, changePath(id))
}

// refused shows the review again with the reason; a change that was started already is shown as it is.
func (h *Changes) refused(w http.ResponseWriter, r *http.Request, id string, err error, typed approvalForm) error {
	f := fault.From(err)
	if f.Kind != fault.Invalid && f.Kind != fault.Conflict {
		return err
	}
	reason := []rune(typed.Reason)
	h.record(r, "change.publish", id, string(reason[:min(len(reason), publish.MaxReason)]), f.Message.ID)
	c, lerr := h.Publish.Change(r.Context(), id)
	if lerr != nil {
		return lerr
	}
	if c.State != publish.Planned {
		return seeOther(w, r, changePath(id))
	}
	status := http.StatusUnprocessableEntity
	if f.Kind == fault.Conflict {
		status = http.StatusConflict
	}
	return h.review(w, r, c, status, f, typed)
}

// historyPage is how many changes one page lists.
const historyPage = 50

func (h *Changes) history(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := pageNumber(r)
	list, total, err := h.Publish.Changes(ctx, publish.Filter{Limit: historyPage, Offset: (page - 1) * historyPage})
	if err != nil {
		return err
	}
	t := ui.TableProps{
		ID: "changes", Title: i18n.T(ctx, "history.table"), Count: countIn(total), Stack: true,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "history.change"), Wide: true}, {Text: i18n.T(ctx, "history.state")}, {Text: i18n.T(ctx, "changes.fact.instance")},
			{Text: i18n.T(ctx, "history.who")}, {Text: i18n.T(ctx, "history.when")}, {Text: i18n.T(ctx, "changes.review.reason")},
		},
		Empty: &ui.EmptyProps{Title: i18n.T(ctx, "history.empty"), Text: i18n.T(ctx, "history.empty.text"), Action: &ui.Link{Text: i18n.T(ctx, "shell.instances"), Href: "/instances"}},
		Pages: historyPages(r, page, total),
	}
	for _, c := range list {
		who, when := c.By.Name, c.Created
		if !c.Started.IsZero() {
			who, when = c.Approved.Name, c.Started
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: i18n.Text(ctx, c.Title), Href: changePath(c.ID)},
			{Content: ui.Status(stateStatus(ctx, c.State))},
			{Text: c.Instance.Title(), Small: c.Instance.Region},
			{Text: who}, {Content: ui.Time(timeProps(ctx, when, h.Now()))}, {Text: c.Reason},
		}})
	}
	p := history.ListProps{Table: t, Page: h.Page(r, layout.PageProps{
		Title: i18n.T(ctx, "shell.history"), Active: layout.NavHistory, Description: i18n.T(ctx, "history.text")})}
	return render(w, r, http.StatusOK, history.List(p))
}

func pageNumber(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 1 || n > 1_000_000 {
		return 1
	}
	return n
}

// historyPages leads through the history; nil where one page holds it all.
func historyPages(r *http.Request, page, total int) *ui.PagesProps {
	last := (total + historyPage - 1) / historyPage
	if last <= 1 {
		return nil
	}
	href := func(n int) string { return "/history?page=" + strconv.Itoa(n) }
	p := &ui.PagesProps{Summary: i18n.T(r.Context(), "history.pages", "Page", page, "Of", last)}
	if page > 1 {
		p.Previous = href(page - 1)
	}
	if page < last {
		p.Next = href(page + 1)
	}
	return p
}
