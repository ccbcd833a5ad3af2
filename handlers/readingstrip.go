package handlers

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/survey"
	"wrapup/views/flows"
	"wrapup/views/ui"
)

// strip tells of one reading, for a page that shows the reading before it, its own, or none yet.
type strip struct {
	ctx    context.Context
	op     operation.Operation
	order  survey.Order
	kept   *survey.Reading // the last, which may be newer than what the page shows; nil where there is none
	shown  time.Time       // when what the page shows was read; zero: it shows nothing
	page   string          // its address
	part   bool            // a part of a first reading can be shown
	table  bool            // the page shows one: a person may be at work on it
	live   bool            // in an event: the page is older than what is told
	now    time.Time
	person func(id string) string // what a person is called
}

func (s *Shell) strip(ctx context.Context, op operation.Operation, kept *survey.Reading, page string) strip {
	v := strip{ctx: ctx, op: op, order: orderOf(op), kept: kept, page: page, now: s.Now(), person: func(id string) string { return s.called(ctx, id) }}
	if kept != nil {
		v.shown = kept.ReadAt
	}
	return v
}

// called is what a person is called who asked for something.
func (s *Shell) called(ctx context.Context, id string) string {
	if id == "" {
		return i18n.T(ctx, "flows.reading.wrapup")
	}
	p, err := s.People.Person(ctx, id)
	if err != nil {
		return i18n.T(ctx, "flows.reading.somebody")
	}
	return p.Name
}

func (v strip) t(id string, args ...any) string { return i18n.T(v.ctx, id, args...) }

// at is a time in words.
func (v strip) at(t time.Time) string {
	words := absoluteTime(t)
	if ago := relativeTime(v.ctx, t, v.now); ago != "" {
		words = v.t("flows.reading.at", "Absolute", words, "Relative", ago)
	}
	return words
}

func (v strip) base() string { return "/instances/" + v.op.Subject }

func (v strip) props() flows.ReadingProps {
	p := flows.ReadingProps{Now: v.tell()}
	if v.op.Active() {
		q := url.Values{"page": {v.page}}
		if !v.shown.IsZero() {
			q.Set("shown", strconv.FormatInt(v.shown.UnixMicro(), 10))
		}
		if v.table {
			q.Set("part", "1")
		}
		p.Stream = v.base() + "/readings/" + string(v.op.ID) + "/events?" + q.Encode()
	}
	return p
}

// tell is what there is to say now.
func (v strip) tell() flows.ReadingNowProps {
	if v.live && v.shown.IsZero() && v.kept != nil && !v.table {
		return flows.ReadingNowProps{Run: v.runOf(), Replace: v.page}
	}
	switch v.op.State {
	case operation.Failed:
		return flows.ReadingNowProps{Ended: []flows.EndedProps{v.failed()}}
	case operation.Cancelled:
		return flows.ReadingNowProps{Ended: []flows.EndedProps{v.cancelled()}}
	case operation.Done:
		return flows.ReadingNowProps{Ended: v.done()}
	}
	return flows.ReadingNowProps{Run: v.runOf()}
}

// newer says whether there is a newer reading than the one that the page shows. Not every database keeps more than microseconds.
func (v strip) newer() bool {
	return v.kept != nil && v.kept.ReadAt.UnixMicro() > v.shown.UnixMicro()
}

// shows says whether the page shows what this reading read.
func (v strip) shows() bool { return !v.shown.IsZero() && !v.shown.Before(v.op.Asked) }

// runOf is a reading under way; nil where it has ended.
func (v strip) runOf() *flows.RunProps {
	if !v.op.Active() {
		return nil
	}
	p := &flows.RunProps{
		Title: v.t("flows.reading.title"), Step: v.step(), Said: v.said(), Trouble: v.trouble(),
		Done: v.op.Progress.Done, Total: v.op.Progress.Total,
		Asked:  v.t("flows.reading.asked", "Name", v.person(v.op.By), "Time", v.at(v.op.Asked)),
		Leave:  v.t("flows.reading.leave"),
		Reload: ui.LinkButtonProps{Text: v.t("flows.reading.reload"), Href: v.page, Icon: ui.IconRefresh},
	}
	switch {
	case v.order.Confirm:
		p.Title = v.t("flows.reading.title.confirm")
	case v.order.Scheduled:
		p.Title = v.t("flows.reading.title.daily")
	}
	switch {
	case v.newer():
		p.Shown, p.Reload.Text = v.t("flows.reading.newer"), v.t("flows.reading.show")
	case v.shows():
		p.Shown, p.Reload.Text = v.t("flows.reading.partly"), v.t("flows.reading.show-more")
	case !v.shown.IsZero():
		p.Shown = v.t("flows.reading.former", "Time", v.at(v.shown))
	case v.part:
		p.Reload.Text = v.t("flows.reading.show-more")
	}
	if v.op.CancelAsked.IsZero() {
		p.Cancel = &flows.PostProps{
			Action: v.base() + "/readings/" + string(v.op.ID) + "/cancel",
			Button: ui.ButtonProps{Text: v.t("flows.reading.cancel"), ID: "reading-cancel"},
		}
		if !mayCancel(v.ctx, v.op) {
			p.Cancel.Button.Disabled, p.Cancel.Button.Reason = true, v.t("flows.reading.cancel.denied")
		}
	}
	return p
}

// step is what is being done, with how far.
func (v strip) step() string {
	switch {
	case v.op.Progress.Message.ID != "":
		return i18n.Text(v.ctx, v.op.Progress.Message)
	case v.op.State == operation.Queued:
		return v.t("flows.reading.queued")
	}
	return v.t("flows.reading.begins")
}

// said is what is announced: a step when it begins, and each quarter of it. Every count would be noise.
func (v strip) said() string {
	m := v.op.Progress.Message
	_, step, ok := strings.Cut(m.ID, "survey.progress.")
	if !ok {
		return v.step()
	}
	said := v.t("flows.reading.step." + step)
	if p := v.op.Progress; p.Total > 0 && 4*p.Done >= p.Total {
		return v.t("flows.reading.said", "Step", said, "Percent", 25*(4*p.Done/p.Total))
	}
	return said
}

// trouble says why it does not simply go on.
func (v strip) trouble() string {
	switch {
	case !v.op.CancelAsked.IsZero():
		return v.t("flows.reading.cancelling", "Name", v.person(v.op.CancelBy))
	case v.op.State == operation.Running && v.op.LeaseUntil.Before(v.now), v.op.State == operation.Queued && v.op.Attempt > 0:
		return v.t("flows.reading.interrupted")
	case v.op.Attempt > 1:
		return v.t("flows.reading.resumed")
	}
	return ""
}

// again is a button that asks for the same once more.
func (v strip) again(text string) *flows.PostProps {
	p := &flows.PostProps{Action: v.base() + "/refresh", Button: ui.ButtonProps{Text: v.t(text), Icon: ui.IconRefresh}}
	if v.order.Confirm {
		p.Action = v.base() + "/confirm"
	}
	return p
}

// remains says what the page shows after a reading that did not come to its end.
func (v strip) remains() string {
	switch {
	case v.kept == nil:
		return v.t("flows.reading.none")
	case v.kept.ReadAt.Before(v.op.Asked):
		return v.t("flows.reading.remains", "Time", v.at(v.kept.ReadAt))
	}
	return v.t("flows.reading.remains-part")
}

func (v strip) failed() flows.EndedProps {
	f := v.op.Failure
	e := &fault.Error{Kind: f.Kind, Message: f.Message}
	a := ui.AlertProps{
		Kind: ui.Error, ID: "reading-failed", Title: v.t("flows.reading.failed"), List: f.Problems, Code: f.Code, RequestID: f.RequestID, Live: v.live,
		Text: sentences(v.ctx, sentences(v.ctx, advised(v.ctx, e, "flows.todo."), v.remains()), v.t("flows.reading.ended-at", "Time", v.at(v.op.Ended))),
	}
	if v.kept != nil && !v.kept.ReadAt.Before(v.op.Asked) {
		a.Title = v.t("flows.reading.failed-part")
	}
	return v.ended(a, "instances.retry")
}

func (v strip) cancelled() flows.EndedProps {
	return v.ended(ui.AlertProps{
		Kind: ui.Info, ID: "reading-cancelled", Title: v.t("flows.reading.cancelled"), Live: v.live,
		Text: sentences(v.ctx, v.t("flows.reading.cancelled-by", "Name", v.person(v.op.CancelBy), "Time", v.at(v.op.CancelAsked)), v.remains()),
	}, "flows.reading.again")
}

// ended is a message with its button, and with a link to what was read since.
func (v strip) ended(a ui.AlertProps, again string) flows.EndedProps {
	if v.live && (v.newer() || v.shows()) {
		a.Action = &ui.Link{Text: v.t("flows.reading.show"), Href: v.page}
	}
	return flows.EndedProps{Alert: a, Button: v.again(again)}
}

// done is what a reading that came to its end leaves to say. What it read speaks for itself; a page that is open learns that it is there.
func (v strip) done() []flows.EndedProps {
	var out survey.Outcome
	if json.Unmarshal(v.op.Result, &out) != nil {
		out = survey.Outcome{}
	}
	if v.live {
		news := v.t("flows.reading.done.none")
		switch n := len(byFlow(out.News)); {
		case v.table:
			news = ""
		case n > 0:
			news = v.t("flows.reading.done.news", "Count", n)
		}
		return []flows.EndedProps{{Alert: ui.AlertProps{
			Kind: ui.Success, ID: "reading-done", Title: v.t("flows.reading.done"), Text: news, Live: true,
			Action: &ui.Link{Text: v.t("flows.reading.show"), Href: v.page},
		}}}
	}
	if v.kept == nil || v.kept.ReadAt.Before(v.op.Asked) { // another process's, and not kept
		return nil
	}
	var list []flows.EndedProps
	if v.order.Confirm {
		list = append(list, v.confirmed(out))
	}
	if out.Undrafted != nil {
		list = append(list, flows.EndedProps{Alert: ui.AlertProps{Kind: ui.Warning, Title: v.t("flows.reading.undrafted"), Text: i18n.Text(v.ctx, *out.Undrafted)}})
	}
	return list
}

// confirmed is the result of having every counted flow read by itself.
func (v strip) confirmed(out survey.Outcome) flows.EndedProps {
	n, of, differed := out.Confirmed, out.Counted, out.Differed
	a := ui.AlertProps{Kind: ui.Success, ID: "confirmed", Title: v.t("flows.confirmed", "Count", of), Text: v.t("flows.confirmed.same")}
	if differed > 0 {
		a.Kind, a.Text = ui.Info, v.t("flows.confirmed.differed", "Count", differed)
	}
	p := flows.EndedProps{Alert: a}
	if n < of {
		p.Alert.Kind, p.Alert.Title = ui.Warning, v.t("flows.confirmed.part", "Number", n, "Count", of)
		p.Alert.Text = v.t("flows.confirmed.part.text")
		if out.Unconfirmed != nil {
			p.Alert.Text = sentences(v.ctx, v.t("flows.confirmed.part.why"), i18n.Text(v.ctx, *out.Unconfirmed))
		}
		if differed > 0 {
			p.Alert.Text = sentences(v.ctx, p.Alert.Text, v.t("flows.confirmed.differed", "Count", differed))
		}
		p.Button = v.again("instances.retry")
	}
	p.Alert.Text = sentences(v.ctx, p.Alert.Text, v.t("flows.reading.ended-at", "Time", v.at(v.op.Ended)))
	return p
}

// newsShown is how many changes a page shows at first.
const newsShown = 10

// newsProps is what changed since the reading before; nil on the first. all shows all of it.
func newsProps(ctx context.Context, reading *survey.Reading, now time.Time, all bool) *flows.NewsProps {
	if reading.Since.IsZero() {
		return nil
	}
	since, id := absoluteTime(reading.Since), reading.Instance.ID
	p := &flows.NewsProps{
		Title: i18n.T(ctx, "flows.news"), Description: i18n.T(ctx, "flows.news.since", "Time", since),
		Empty: i18n.T(ctx, "flows.news.none", "Time", since),
	}
	if len(reading.Changes) == 0 {
		p.Description = ""
		return p
	}
	list := byFlow(reading.Changes)
	p.Count = countIn(len(list))
	for _, changes := range list {
		if len(p.Items) == newsShown && !all {
			p.All = &ui.Link{Text: i18n.T(ctx, "flows.news.all", "Count", len(list)), Href: flowsPath(id) + "?news=all#news"}
			break
		}
		p.Items = append(p.Items, newsItem(ctx, reading, changes, now))
	}
	return p
}

// byFlow puts the changes of one flow together, where the most urgent of them stood. A flow comes to no longer open the guide because somebody
// changed it: that is one thing to look at.
func byFlow(list []survey.Change) (out [][]survey.Change) {
	at := map[instance.FlowID]int{}
	for _, c := range list {
		i, ok := at[c.Flow]
		if !ok {
			i = len(out)
			at[c.Flow], out = i, append(out, nil)
		}
		out[i] = append(out[i], c)
	}
	return out
}

// newsKinds are how urgent each kind of change looks.
var newsKinds = map[survey.ChangeKind]struct {
	kind ui.StatusKind
	icon ui.Icon
}{
	survey.NewlyBroken:    {ui.Error, ui.IconError},
	survey.NewlyUncovered: {ui.Warning, ui.IconWarning},
	survey.NewlyUndone:    {ui.Warning, ui.IconWarning},
	survey.NewlyCovered:   {ui.Success, ui.IconSuccess},
	survey.Outside:        {ui.Info, ui.IconInfo},
	survey.Appeared:       {ui.Info, ui.IconInfo},
	survey.Gone:           {ui.Stopped, ui.IconStopped},
}

// newsItem is what happened to one flow, the most urgent first.
func newsItem(ctx context.Context, reading *survey.Reading, changes []survey.Change, now time.Time) flows.NewsItem {
	c := changes[0]
	look := newsKinds[c.Kind]
	name := flowTitle(instance.Flow{ID: c.Flow, Name: c.Name})
	n := flows.NewsItem{Kind: look.kind, Icon: look.icon, Text: i18n.T(ctx, "flows.news."+string(c.Kind), "Name", name), Href: flowPath(reading.Instance.ID, c.Flow)}
	switch {
	case c.Kind == survey.Gone:
		n.Href = ""
		n.Detail = i18n.T(ctx, "flows.news.was", "From", i18n.T(ctx, "verdict."+string(c.From)))
	case c.From != "" && c.From != c.To:
		n.Detail = i18n.T(ctx, "flows.news.verdict", "From", i18n.T(ctx, "verdict."+string(c.From)), "To", i18n.T(ctx, "verdict."+string(c.To)))
	case c.Kind == survey.Appeared:
		n.Detail = i18n.T(ctx, "flows.news.is", "To", i18n.T(ctx, "verdict."+string(c.To)))
	}
	also := ""
	for _, c := range changes[1:] {
		also = sentences(ctx, also, i18n.T(ctx, "flows.news.also."+string(c.Kind)))
	}
	n.Detail = strings.TrimSpace(sentences(ctx, also, n.Detail))
	if c.At.Before(reading.ReadAt) {
		n.Detail = strings.TrimSpace(sentences(ctx, n.Detail, i18n.T(ctx, "flows.news.found", "Time", relativeTime(ctx, c.At, now))))
	}
	return n
}
