package handlers

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// inPart is a surveyor that has a part of a first reading.
type inPart struct {
	Surveyor
	part *survey.Reading
}

func (s inPart) Partial(instance.ID) *survey.Reading { return s.part }

// newInPart is an instance that is read for the first time, held up in the search, of which a part can be shown.
func newInPart(t *testing.T) *background {
	t.Helper()
	b := newBackground(t, -1)
	b.gate.hold(searchPath)
	b.get(b.path("flows"))
	b.waits()
	in, err := b.survey.Find(t.Context(), instance.ID(b.in.ID))
	if err != nil {
		t.Fatal(err)
	}
	waiting := verdictRow(2, "Billing", audit.Unreadable)
	waiting.Error = fault.New(fault.Unavailable, "survey.not-read")
	waiting.Report.Reason = &waiting.Error.Message
	archived := waiting
	archived.Flow.ID, archived.Flow.Name, archived.Flow.State, archived.Counted = flowID(3), "Christmas", instance.StateArchived, false
	part := readingOf(verdictRow(1, "Accounts", audit.Wired), waiting, archived, verdictRow(4, "Damaged", audit.Unreadable))
	part.Instance, part.Partial, part.Method = in, &survey.Partial{Read: 2, Of: 4}, survey.ByDescribe

	s := &Shell{Deps{
		Log: b.log(), Session: b.session, Now: time.Now, People: people.New(b.store, time.Now), Operations: b.work, ReadingWait: -1, Rate: 2,
	}}
	surveyor := inPart{b.survey, part}
	readings := &Readings{Shell: s, surveyor: surveyor, beat: func() (<-chan time.Time, func()) { return b.beats, func() {} }}
	r := chi.NewRouter()
	r.With(s.Guard).Get("/instances/{instance}/readings/{operation}/events", s.Adapt(readings.events))
	r.Mount("/", chi.NewRouter().Group(func(r chi.Router) {
		r.Use(s.Guard, readings.First)
		for _, f := range []feature{&Flows{Shell: s, surveyor: surveyor}, &Coverage{Shell: s, surveyor: surveyor}, &Flow{Shell: s, surveyor: surveyor}} {
			f.Mount(r)
		}
	}))
	b.router = r
	return b
}

func TestAPartOfAFirstReadingIsShown(t *testing.T) {
	t.Parallel()
	b := newInPart(t)
	names := func(query string) []string { return texts(b.get(b.path("flows") + query).Find("#flows tbody th")) }

	doc := b.get(b.path("flows") + "?sort=verdict")
	if got := text(doc.Find("#so-far")); !strings.Contains(got, "2 of 4 flows read so far") || !strings.Contains(got, "So far 1 inbound flow opens the guide. This is no final figure") {
		t.Errorf("it says %q", got)
	}
	want := []string{"Damaged Couldn't be read", "Accounts Opens the guide", "Billing Not read yet", "Christmas Not read yet"}
	var got []string
	for _, row := range doc.Find("#flows tbody tr").EachIter() {
		got = append(got, text(row.Find("th"))+" "+text(row.Find(".status").First()))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the rows are %q", got)
	}
	if n := doc.Find("#coverage, #news, #flows input[type=checkbox], #flows a[download], #flows form[method=post], #flows tbody th a").Length(); n != 0 {
		t.Errorf("%d things are there that are of a whole reading", n)
	}
	if doc.Find(".tabs .count").Length() != 0 {
		t.Error("the tabs count what is not known")
	}
	for role, why := range map[people.Role]string{people.Viewer: "Viewer", people.Editor: "Changes can be planned once the whole instance is read."} {
		if err := b.store.SavePerson(t.Context(), people.Person{ID: "p1", Name: "mei", Role: role, Created: time.Now()}); err != nil {
			t.Fatal(err)
		}
		doc := b.get(b.path("flows"))
		add := doc.Find("#" + addFormID)
		if _, disabled := add.Find("button").Attr("disabled"); !disabled && add.Find("button").AttrOr("aria-disabled", "") != "true" || !strings.Contains(text(add), why) {
			t.Errorf("%s can plan a change: %q", role, text(add))
		}
		if doc.Find("#flows input[type=checkbox]").Length() != 0 {
			t.Errorf("%s can choose flows", role)
		}
	}
	// Without script: the page stays as it is until somebody asks for more.
	if doc.Find("head noscript").Length() != 0 || text(doc.Find("#reading a.button")) != "Show what was found so far" {
		t.Errorf("the strip says %q", text(doc.Find("#reading")))
	}
	for query, want := range map[string][]string{
		"?show=unreadable": {"Damaged"}, "?show=cant-tell": {"Billing", "Damaged"}, "?show=opens": {"Accounts"}, "?q=bil": {"Billing"},
	} {
		if got := names(query); !slices.Equal(got, want) {
			t.Errorf("%s gives %q", query, got)
		}
	}
	for _, path := range []string{b.path("coverage"), b.path("report"), b.path("flows", string(flowID(1)))} {
		if doc := b.get(path); doc.Find("#reading progress").Length() != 1 || strings.Contains(text(doc.Find("main")), "Accounts") {
			t.Errorf("%s shows %s", path, text(doc.Find("main")))
		}
	}
}

// With script: the strip goes on, and the table stays until somebody asks for the whole.
func TestAPartIsNotReplacedUnasked(t *testing.T) {
	t.Parallel()
	b := newInPart(t)
	s := b.streamOf(b.get(b.path("flows") + "?q=a"))
	s.until("Show what was found so far")
	csv := make(chan string)
	go func() {
		res := b.send(b.path("flows.csv"), nil)
		body, _ := io.ReadAll(res.Body)
		csv <- string(body)
	}()
	b.gate.letGo()
	if got := <-csv; strings.Contains(got, "Damaged") || strings.Count(got, "\n") < 5 {
		t.Errorf("the download is of a part: %s", got)
	}
	for e := range s.events {
		if strings.Contains(e.data, "hx-get") {
			t.Errorf("it is replaced: %s", e.data)
		}
		if strings.Contains(e.text(), "The instance was read anew") {
			if strings.Contains(e.text(), "since the reading before") || !strings.Contains(e.data, `href="`+b.path("flows")+`?q=a"`) {
				t.Errorf("at the end it says %s", e.data)
			}
			break
		}
	}
	if doc := b.get(b.path("flows")); doc.Find("#so-far").Length() != 0 || doc.Find("#coverage").Length() != 1 {
		t.Error("the part is shown instead of the whole")
	}
}
