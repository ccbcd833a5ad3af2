package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/layout"
	rulesview "wrapup/views/rules"
	"wrapup/views/ui"
)

// Rules is the page of an instance's rules. Everybody sees them, administrators change them.
type Rules struct {
	*Shell
	surveyor Surveyor
}

// Mount registers the routes.
func (h *Rules) Mount(r chi.Router) {
	r.Get("/instances/{instance}/rules", h.Adapt(h.show))
	r.Post("/instances/{instance}/rules", h.Adapt(h.set))
}

func rulesPath(id instance.ID) string { return "/instances/" + string(id) + "/rules" }

// weekdays in the order in which people read them.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func dayID(d time.Weekday) string { return "rules.day." + strconv.Itoa(int(d)) }

// rulesForm is what was typed, or what holds.
type rulesForm struct {
	Production, Two bool
	Zone            string
	Windows         []windowForm
}

type windowForm struct {
	Days     []string
	From, To string
}

func (f windowForm) empty() bool { return len(f.Days) == 0 && f.From == "" && f.To == "" }

func (h *Rules) show(w http.ResponseWriter, r *http.Request) error {
	rules, err := h.Publish.Rules(r.Context(), instanceParam(r))
	if err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, rules, formOf(rules), FieldErrors{})
}

// set replaces the rules by what was typed. The do-not-touch list is kept on the pages of the flows.
func (h *Rules) set(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, in := r.Context(), instanceParam(r)
	if _, err := h.surveyor.Read(ctx, in, false); err != nil { // rules of an instance that is not there would bind nobody
		return err
	}
	rules, err := h.Publish.Rules(ctx, in)
	if err != nil {
		return err
	}
	typed := readRules(r)
	var errs FieldErrors
	next := typed.rules(&errs)
	next.DoNotTouch = rules.DoNotTouch
	if next.Rev, err = strconv.ParseInt(posted(r, "rev"), 10, 64); err != nil {
		next.Rev = -1 // which no rules have
	}
	if !errs.Any() {
		_, err := h.Publish.SetRules(ctx, in, next, actor(r))
		switch {
		case fault.Is(err, fault.Conflict):
			h.recordAnswer(r, "rules.set", string(in), "", fault.From(err).Message)
			if rules, err = h.Publish.Rules(ctx, in); err != nil {
				return err
			}
			errs.Add("", "rules.changed.typed")
			return h.page(w, r, http.StatusConflict, rules, typed, errs)
		case fault.Is(err, fault.Invalid):
			errs.add(err, windowID(0))
		case err != nil:
			return err
		}
	}
	if errs.Any() {
		return h.page(w, r, http.StatusUnprocessableEntity, rules, typed, errs)
	}
	h.record(r, "rules.set", string(in), "", "ok")
	h.success(r, fault.Msg("rules.saved"), nil)
	return seeOther(w, r, rulesPath(in))
}

// maxZone is how long a time zone's name may be, in characters.
const maxZone = 64

func windowID(i int) string { return "window-" + strconv.Itoa(i) }

func readRules(r *http.Request) rulesForm {
	f := rulesForm{Production: posted(r, "production") != "", Two: posted(r, "two") != "", Zone: posted(r, "zone")}
	for i := range publish.MostWindows {
		id := windowID(i)
		w := windowForm{Days: r.PostForm[id+"-day"], From: posted(r, id+"-from"), To: posted(r, id+"-to")}
		if !w.empty() {
			f.Windows = append(f.Windows, w)
		}
	}
	return f
}

// rules is what was typed, as far as it can be read.
func (f rulesForm) rules(errs *FieldErrors) publish.Rules {
	r := publish.Rules{Production: f.Production, TwoPersons: f.Two, Zone: f.Zone}
	if r.Zone == "UTC" {
		r.Zone = ""
	}
	if errs.limit("zone", r.Zone, maxZone); !errs.Has("zone") {
		_, err := r.Location()
		errs.add(err, "zone")
	}
	for i, w := range f.Windows {
		var out publish.Window
		for _, d := range weekdays {
			if slices.Contains(w.Days, strconv.Itoa(int(d))) {
				out.Days = append(out.Days, d)
			}
		}
		var ok, ok2 bool
		out.From, ok = minuteOf(w.From)
		if out.To, ok2 = minuteOf(w.To); out.To == 0 {
			out.To = 24 * 60
		}
		if !ok || !ok2 {
			errs.Add(windowID(i), "rules.window-times")
			continue
		}
		errs.add(out.Check(), windowID(i))
		r.Windows = append(r.Windows, out)
	}
	return r
}

// minuteOf reads "22:30" as a minute of the day.
func minuteOf(text string) (int, bool) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

func clockOf(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60) }

func formOf(r publish.Rules) rulesForm {
	f := rulesForm{Production: r.Production, Two: r.Two(), Zone: r.ZoneName()}
	for _, w := range r.Windows {
		typed := windowForm{From: clockOf(w.From), To: clockOf(w.To)}
		for _, d := range w.Days {
			typed.Days = append(typed.Days, strconv.Itoa(int(d)))
		}
		f.Windows = append(f.Windows, typed)
	}
	return f
}

func (h *Rules) page(w http.ResponseWriter, r *http.Request, status int, rules publish.Rules, typed rulesForm, errs FieldErrors) error {
	ctx := r.Context()
	reading, err := h.surveyor.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	p := rulesview.ShowProps{
		Page: h.instancePage(r, reading.Instance, layout.PageProps{
			Title: reading.Instance.Title(), Description: instanceWhere(ctx, reading.Instance), Tabs: instanceTabs(ctx, reading.Instance.ID, reading, "rules"),
		}),
		Now: h.openNow(ctx, rules), Left: leftAlone(reading, rules),
	}
	if errs.Any() {
		p.Errors = errs.Summary(ctx, nil)
	}
	if status == http.StatusConflict { // what is typed replaces what somebody else set: both are seen
		p.Facts = rulesFacts(ctx, rules)
	}
	if may(r, people.SetRules.Needs()) {
		p.Form = rulesFormProps(ctx, reading.Instance.ID, rules.Rev, typed, errs)
	} else {
		p.Facts = rulesFacts(ctx, rules)
	}
	return render(w, r, status, rulesview.Show(p))
}

// openNow says whether publishing is open, as far as it goes by the time.
func (h *Rules) openNow(ctx context.Context, rules publish.Rules) ui.StatusProps {
	now := h.Now().UTC()
	next, err := rules.Next(now)
	switch {
	case err != nil:
		return ui.StatusProps{Kind: ui.Error, Text: i18n.Text(ctx, fault.From(err).Message)}
	case next.After(now):
		return ui.StatusProps{Kind: ui.Stopped, Text: i18n.T(ctx, "publish.window-closed", "Next", rules.Local(next))}
	case len(rules.Windows) == 0 && rules.Two():
		return ui.StatusProps{Kind: ui.Info, Text: i18n.T(ctx, "rules.always.two")}
	case len(rules.Windows) == 0:
		return ui.StatusProps{Kind: ui.Info, Text: i18n.T(ctx, "rules.always")}
	}
	return ui.StatusProps{Kind: ui.Success, Text: i18n.T(ctx, "rules.open")}
}

// leftAlone are the flows on the do-not-touch list, by the names of the last reading.
func leftAlone(reading *survey.Reading, rules publish.Rules) (out []ui.Link) {
	for _, id := range rules.DoNotTouch {
		out = append(out, ui.Link{Text: cmp.Or(flowNameIn(reading, id), string(id)), Href: flowPath(reading.Instance.ID, id)})
	}
	return out
}

func rulesFacts(ctx context.Context, r publish.Rules) ui.KeyValueProps {
	yes := func(on bool) string {
		if on {
			return i18n.T(ctx, "rules.yes")
		}
		return i18n.T(ctx, "rules.no")
	}
	p := ui.KeyValueProps{Items: []ui.KeyValue{
		{Key: i18n.T(ctx, "rules.production"), Text: yes(r.Production)}, {Key: i18n.T(ctx, "rules.two-label"), Text: yes(r.Two())},
		{Key: i18n.T(ctx, "rules.zone-label"), Text: r.ZoneName()},
	}}
	for i, w := range r.Windows {
		p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, "rules.window", "Number", i+1), Text: windowText(ctx, w)})
	}
	return p
}

// windowText is "Sat, Sun, 22:00 to 04:00".
func windowText(ctx context.Context, w publish.Window) string {
	var days []string
	for _, d := range weekdays {
		if slices.Contains(w.Days, d) {
			days = append(days, i18n.T(ctx, dayID(d)))
		}
	}
	return i18n.T(ctx, "rules.window.text", "Days", strings.Join(days, i18n.T(ctx, "flows.list-separator")), "From", clockOf(w.From), "To", clockOf(w.To))
}

func rulesFormProps(ctx context.Context, in instance.ID, rev int64, typed rulesForm, errs FieldErrors) *rulesview.FormProps {
	p := &rulesview.FormProps{
		Action: rulesPath(in), Rev: strconv.FormatInt(rev, 10),
		Production: ui.CheckboxProps{Name: "production", Checked: typed.Production, FieldProps: ui.FieldProps{ID: "production",
			Label: i18n.T(ctx, "rules.production"), Description: i18n.T(ctx, "rules.production.text")}},
		Two: ui.CheckboxProps{Name: "two", Checked: typed.Two, FieldProps: ui.FieldProps{ID: "two",
			Label: i18n.T(ctx, "rules.two-label"), Description: i18n.T(ctx, "rules.two-label.text")}},
		Zone: ui.TextInputProps{Name: "zone", Value: typed.Zone, MaxLength: maxZone, FieldProps: ui.FieldProps{ID: "zone",
			Label: i18n.T(ctx, "rules.zone-label"), Constraint: i18n.T(ctx, "rules.zone.constraint"), Error: errs.Text(ctx, "zone")}},
		Save: ui.ButtonProps{Text: i18n.T(ctx, "rules.save"), Kind: ui.Primary, ID: "save-rules"},
	}
	rows := typed.Windows
	for len(rows) < publish.MostWindows && (len(rows) < 2 || !rows[len(rows)-1].empty()) {
		rows = append(rows[:len(rows):len(rows)], windowForm{})
	}
	for i, w := range rows {
		p.Windows = append(p.Windows, windowProps(ctx, i, w, errs.Text(ctx, windowID(i))))
	}
	return p
}

func windowProps(ctx context.Context, i int, w windowForm, problem string) rulesview.WindowProps {
	id := windowID(i)
	field := func(what, value string) ui.TextInputProps {
		return ui.TextInputProps{FieldProps: ui.FieldProps{ID: id + "-" + what, Label: i18n.T(ctx, "rules.window."+what)}, Name: id + "-" + what, Type: "time", Value: value}
	}
	p := rulesview.WindowProps{ID: id, Title: i18n.T(ctx, "rules.window", "Number", i+1), Error: problem, From: field("from", w.From), To: field("to", w.To)}
	for _, d := range weekdays {
		n := strconv.Itoa(int(d))
		p.Days = append(p.Days, ui.CheckboxProps{FieldProps: ui.FieldProps{ID: id + "-day-" + n, Label: i18n.T(ctx, dayID(d))},
			Name: id + "-day", Value: n, Checked: slices.Contains(w.Days, n)})
	}
	return p
}
