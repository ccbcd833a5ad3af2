package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/reqctx"
	"wrapup/internal/survey"
)

// What the tests of the reading pages share: a surveyor in memory, and a router with a person signed in.

const (
	salesID = instance.ID("11111111-1111-4111-8111-111111111111")
	guideID = instance.FlowID("22222222-2222-4222-8222-222222222222")
)

var (
	readingTime = time.Date(2026, 11, 22, 7, 47, 0, 0, time.UTC)
	pageTime    = readingTime.Add(4 * time.Minute)
	sales       = instance.Instance{
		ID: salesID, ARN: "arn:aws:connect:eu-central-1:111122223333:instance/" + string(salesID), Alias: "sales-eu",
		Region: "eu-central-1", Account: "111122223333", Status: "ACTIVE",
	}
)

type surveyorInMemory struct {
	listings []survey.Listing
	last     *survey.Reading
	readErr  error
	details  map[instance.FlowID]*survey.FlowDetail
	flowErr  error
	reads    int
	refreshs int
}

func (s *surveyorInMemory) Instances(context.Context) []survey.Listing { return s.listings }

func (s *surveyorInMemory) Find(_ context.Context, id instance.ID) (instance.Instance, error) {
	if id != salesID {
		return instance.Instance{}, fault.New(fault.NotFound, "error.page-not-found")
	}
	return sales, nil
}

func (s *surveyorInMemory) Last(id instance.ID) *survey.Reading {
	if id != salesID {
		return nil
	}
	return s.last
}

func (s *surveyorInMemory) Kept(_ context.Context, id instance.ID) *survey.Reading { return s.Last(id) }

func (s *surveyorInMemory) Partial(instance.ID) *survey.Reading { return nil }

func (s *surveyorInMemory) Ask(context.Context, instance.ID, survey.Order, string) (operation.Operation, error) {
	return operation.Operation{}, fault.New(fault.Internal, "fault.internal")
}

func (s *surveyorInMemory) Read(ctx context.Context, id instance.ID, refresh bool) (*survey.Reading, error) {
	if _, err := s.Find(ctx, id); err != nil {
		return nil, err
	}
	s.reads++
	if refresh {
		s.refreshs++
	}
	if s.readErr != nil {
		return nil, s.readErr
	}
	return s.last, nil
}

func (s *surveyorInMemory) Flow(_ context.Context, _ instance.ID, f instance.FlowID) (*survey.FlowDetail, error) {
	if s.flowErr != nil {
		return nil, s.flowErr
	}
	if d, ok := s.details[f]; ok {
		return d, nil
	}
	return nil, fault.New(fault.NotFound, "error.page-not-found")
}

// readingSession keeps flashes in memory.
type readingSession struct{ flashes []Flash }

func (s *readingSession) Person(context.Context) string        { return "p1" }
func (s *readingSession) SignIn(context.Context, string) error { return nil }
func (s *readingSession) SignOut(context.Context) error        { return nil }
func (s *readingSession) Alive(context.Context) bool           { return true }
func (s *readingSession) PutFlash(_ context.Context, f Flash)  { s.flashes = append(s.flashes, f) }
func (s *readingSession) TakeFlashes(context.Context) (f []Flash) {
	f, s.flashes = s.flashes, nil
	return f
}

// readingPages is the router of the reading pages, seen by a person of the role.
type readingPages struct {
	http.Handler
	surveyor *surveyorInMemory
	session  *readingSession
}

func newReadingPages(s *surveyorInMemory, role people.Role) readingPages {
	session := &readingSession{}
	shell := &Shell{Deps{Log: slog.New(slog.DiscardHandler), Session: session, Now: func() time.Time { return pageTime }}}
	r := chi.NewRouter()
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who := reqctx.Person{ID: "p1", Name: "mei", Role: string(role)}
			next.ServeHTTP(w, r.WithContext(reqctx.WithPerson(r.Context(), who)))
		})
	})
	for _, f := range []feature{&Instances{Shell: shell, surveyor: s}, &Flows{Shell: shell, surveyor: s}, &Flow{Shell: shell, surveyor: s}} {
		f.Mount(r)
	}
	return readingPages{r, s, session}
}

func (p readingPages) send(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w
}

// unknownText finds an id that the catalogue does not know, as i18n.T shows it, or a template's missing argument.
var unknownText = regexp.MustCompile(`\[(?:[a-z]+\.)[A-Za-z0-9_.-]+\]|&lt;no value&gt;`)

// page gets a page, and holds what is true of every page against it.
func (p readingPages) page(t *testing.T, path string, status int) *goquery.Document {
	t.Helper()
	w := p.send(t, http.MethodGet, path)
	if w.Code != status {
		t.Fatalf("GET %s gives %d, want %d", path, w.Code, status)
	}
	if m := unknownText.FindString(w.Body.String()); m != "" {
		t.Errorf("GET %s shows %s", path, m)
	}
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("GET %s has %d h1", path, n)
	}
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("id", ""); seen[id] {
			t.Errorf("GET %s has the id %q twice", path, id)
		} else {
			seen[id] = true
		}
	})
	if strings.Contains(strings.ToLower(doc.Find("main").Text()), "unused") {
		t.Errorf("GET %s says unused", path)
	}
	return doc
}

// text is a selection's text, its pieces with single spaces between them.
func text(s *goquery.Selection) string {
	var words []string
	s.Contents().Each(func(_ int, e *goquery.Selection) {
		if goquery.NodeName(e) == "#text" {
			words = append(words, strings.Fields(e.Text())...)
		} else if t := text(e); t != "" {
			words = append(words, t)
		}
	})
	return strings.Join(words, " ")
}

// texts are the texts of each element of a selection.
func texts(s *goquery.Selection) []string {
	var out []string
	s.Each(func(_ int, e *goquery.Selection) { out = append(out, text(e)) })
	return out
}

// menuFlow is a flow that reaches an agent at two points: press 1 with the guide, press 2 without one.
const menuFlow = `{"Version":"2019-10-30","StartAction":"Welcome","Metadata":{"entryPointPosition":{"x":0,"y":0},"ActionMetadata":{"Set guide":{"position":{"x":1,"y":2},"parameters":{"EventHooks":{"DisconnectAgentUI":{"displayName":"ACW guide"}}}}}},"Actions":[
{"Identifier":"Welcome","Type":"MessageParticipant","Parameters":{"Text":"Welcome to <b>Example</b>"},"Transitions":{"NextAction":"Main menu","Errors":[{"NextAction":"End","ErrorType":"NoMatchingError"}],"Conditions":[]}},
{"Identifier":"Main menu","Type":"GetParticipantInput","Parameters":{"Text":"Press 1 or 2","StoreInput":"False","InputTimeLimitSeconds":"5"},"Transitions":{"NextAction":"End","Errors":[{"NextAction":"End","ErrorType":"InputTimeLimitExceeded"},{"NextAction":"End","ErrorType":"NoMatchingCondition"},{"NextAction":"End","ErrorType":"NoMatchingError"}],"Conditions":[{"NextAction":"Set guide","Condition":{"Operator":"Equals","Operands":["1"]}},{"NextAction":"Billing queue","Condition":{"Operator":"Equals","Operands":["2"]}}]}},
{"Identifier":"Set guide","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"22222222-2222-4222-8222-222222222222"}},"Transitions":{"NextAction":"Sales queue","Errors":[{"NextAction":"Sales queue","ErrorType":"NoMatchingError"}],"Conditions":[]}},
{"Identifier":"Sales queue","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"End","Errors":[{"NextAction":"End","ErrorType":"QueueAtCapacity"},{"NextAction":"End","ErrorType":"NoMatchingError"}],"Conditions":[]}},
{"Identifier":"Billing queue","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"End","Errors":[{"NextAction":"End","ErrorType":"QueueAtCapacity"},{"NextAction":"End","ErrorType":"NoMatchingError"}],"Conditions":[]}},
{"Identifier":"Left over","Type":"Some Future Type","Parameters":{},"Transitions":{"NextAction":"Gone"}},
{"Identifier":"End","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

func healthyGuide(id instance.FlowID) audit.Health {
	return audit.Health{State: audit.Healthy, Name: "ACW guide", ACW: true}
}

// flowID is the id of the nth flow of a fixture.
func flowID(n int) instance.FlowID {
	return instance.FlowID(fmt.Sprintf("33333333-3333-4333-8333-%012d", n))
}

// rowOf judges content as the survey does.
func rowOf(n int, name, content string) survey.FlowRow {
	f := instance.Flow{
		ID: flowID(n), ARN: sales.ARN + "/contact-flow/" + string(flowID(n)), Name: name, Type: instance.TypeInbound,
		State: instance.StateActive, Status: instance.StatusPublished, Content: content, Modified: readingTime.Add(-48 * time.Hour),
	}
	rep := audit.Analyze([]byte(content), audit.Options{Guides: healthyGuide})
	row := survey.FlowRow{Flow: f, Hash: flow.Hash([]byte(content)), Report: rep, Draft: survey.DraftNone, ReadAt: readingTime}
	switch rep.Verdict {
	case audit.Guide, audit.NoAgent, audit.CallbackOnly:
	default:
		row.Counted, row.Covered = true, isWired(rep.Verdict)
	}
	return row
}

// verdictRow is a row with a verdict and nothing else.
func verdictRow(n int, name string, v audit.Verdict) survey.FlowRow {
	r := rowOf(n, name, "")
	r.Report = audit.Report{Verdict: v}
	r.Counted = v != audit.Guide && v != audit.NoAgent && v != audit.CallbackOnly
	r.Covered = isWired(v)
	return r
}

func readingOf(rows ...survey.FlowRow) *survey.Reading {
	r := &survey.Reading{Instance: sales, ReadAt: readingTime, Method: survey.BySearch, Flows: rows}
	for i := range rows {
		switch groupOf(&rows[i]) {
		case opensGuide:
			r.Coverage.Covered++
		case opensInPart, doesNotOpen:
			r.Coverage.Open++
		case cannotTell:
			r.Coverage.CantTell++
		}
	}
	r.Coverage.Counted = r.Coverage.Covered + r.Coverage.Open + r.Coverage.CantTell
	return r
}
