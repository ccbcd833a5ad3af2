package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/readiness"
	"wrapup/internal/survey"
)

// agents tell of users in memory. Profile "full" has all permissions, "none" only the one that makes an agent.
type agents struct {
	users    []instance.User
	searches int
	err      error // of the search
	shut     error // of the permissions
	unnamed  error
	wait     chan struct{} // a search waits for it
}

func (a *agents) SecurityProfiles(context.Context, instance.Instance) ([]instance.SecurityProfile, error) {
	return []instance.SecurityProfile{{ID: "full", Name: "Agent"}, {ID: "none", Name: "<b>Store</b> agent"}}, a.unnamed
}

func (a *agents) SecurityProfilePermissions(_ context.Context, _ instance.Instance, profile string) ([]string, error) {
	if a.shut != nil {
		return nil, a.shut
	}
	return map[string][]string{"full": {readiness.ControlPanel, readiness.CustomViews}, "none": {readiness.ControlPanel}}[profile], nil
}

func (a *agents) SearchUsers(ctx context.Context, _ instance.Instance, yield func([]instance.User) bool) error {
	a.searches++
	if a.wait != nil {
		select {
		case <-a.wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	yield(a.users)
	return a.err
}

func (a *agents) DescribeUser(context.Context, instance.Instance, string) (instance.User, error) {
	return instance.User{}, fault.New(fault.Denied, "aws.denied", "Action", "connect:DescribeUser")
}

func agent(login, profile string, limits ...instance.WorkLimit) instance.User {
	if limits == nil {
		limits = []instance.WorkLimit{{}}
	}
	return instance.User{ID: login, Login: login, First: "First", Last: login, Profiles: []string{profile}, Limits: limits}
}

func refused(action string) error {
	return &fault.Error{Kind: fault.Denied, Message: fault.Msg("aws.denied", "Action", action), Code: "AccessDeniedException", RequestID: "req-1"}
}

// guided is a reading with a usable guide that a flow opens, one that none opens, and one that is not usable.
func guided(s *surveyorInMemory, seconds int) *surveyorInMemory {
	row := verdictRow(1, "ACW guide", audit.Guide)
	row.Flow.ID = guideID
	s.last = readingOf(row)
	guide := func(id instance.FlowID, name string, state audit.HealthState, used ...instance.FlowID) survey.GuideRow {
		return survey.GuideRow{Flow: instance.Flow{ID: id, Name: name}, Info: audit.GuideInfo{ACW: true}, Health: audit.Health{State: state, ACW: true}, UsedBy: used}
	}
	s.last.Guides = []survey.GuideRow{
		guide(guideID, "ACW guide", audit.Healthy, flowID(5)), guide(flowID(8), "Spare", audit.Healthy), guide(flowID(9), "Gone", audit.NotUsable, flowID(6)),
		{Flow: instance.Flow{ID: flowID(7), Name: "Hints"}, Health: audit.Health{State: audit.Healthy}, UsedBy: []instance.FlowID{flowID(5)}}, // no after-contact-work guide
	}
	s.details = map[instance.FlowID]*survey.FlowDetail{guideID: {Row: row, Guide: &acw.Lifted{Guide: acw.Guide{TimeLimit: seconds}}}}
	return s
}

type readyPages struct {
	readingPages
	now time.Time
}

func newReadyPages(s *surveyorInMemory, a readiness.Reader) *readyPages {
	p := &readyPages{now: pageTime}
	shell := &Shell{Deps{Log: slog.New(slog.DiscardHandler), Session: &readingSession{}, Now: func() time.Time { return p.now }, Readiness: a}}
	r := chi.NewRouter()
	(&Readiness{Shell: shell, surveyor: s}).Mount(r)
	p.readingPages = readingPages{Handler: r, surveyor: s}
	return p
}

var readinessAt = readinessPath(salesID)

func TestReadinessPage(t *testing.T) {
	t.Parallel()
	short := func(channel string, seconds int, callback bool) instance.WorkLimit {
		return instance.WorkLimit{Channel: channel, Limit: time.Duration(seconds) * time.Second, Callback: callback}
	}
	for name, x := range map[string]struct {
		agents      agents
		seconds     int
		views, time string // what is said beneath the titles
		tables      []string
	}{
		"all are ready": {
			agents{users: []instance.User{agent("a", "full"), agent("b", "full", short("", 480, false))}}, 480,
			"success All 2 agents have it. Without it the agent workspace shows no guide, whatever the flows say.",
			"success All 2 agents have time enough. Agents may get the guide ACW guide, which runs for up to 8 min 0 s. " +
				"Where after-contact work ends earlier, agents have less time than the guide gives them.", nil,
		},
		"some are not": {
			agents{users: []instance.User{agent("a", "none", short("", 120, false)), agent("b", "full", short("CHAT", 479, false), short("VOICE", 30, true), short("", 480, false)), agent("c", "none")}}, 480,
			"warning 2 of the 3 agents that could be checked lack it. Without it the agent workspace shows no guide, whatever the flows say. " +
				"In Amazon Connect open Users, then Security profiles. In a profile of each of these agents allow Agent applications, Custom views. " +
				"None of these profiles has it: <b>Store</b> agent (2 agents)",
			"warning For 2 of the 3 agents that could be checked, after-contact work can end before the guide does. " +
				"Agents may get the guide ACW guide, which runs for up to 8 min 0 s. Where after-contact work ends earlier, agents have less time than the guide gives them. " +
				"In Amazon Connect open Users, then User management. Set the time for after-contact work of these agents to 8 min 0 s (480 seconds) or more, or to 0 for no limit. " +
				"Or give the guide a shorter time limit.",
			[]string{
				"a First a <b>Store</b> agent", "c First c <b>Store</b> agent",
				"a First a After-contact work ends after 2 min 0 s, the guide runs for 8 min 0 s.",
				"b First b Chats: after-contact work ends after 7 min 59 s, the guide runs for 8 min 0 s. " +
					"Callbacks that reach the agent first: after-contact work ends after 30 s, the guide runs for 8 min 0 s.",
			},
		},
		"users may not be asked for": {
			agents{err: refused("connect:SearchUsers")}, 480,
			"pending Not checked Without it the agent workspace shows no guide, whatever the flows say. Warning: Not all users could be listed " +
				"wrapup's role has no permission for it. Allow connect:SearchUsers, then check again. Code AccessDeniedException Request req-1", "", nil,
		},
		"some users came, then it was denied": {
			agents{users: []instance.User{agent("a", "full")}, err: refused("connect:SearchUsers")}, 480,
			"pending Checked in part: 1 agent has it, the others could not be checked. Without it the agent workspace shows no guide, whatever the flows say. " +
				"Warning: Not all users could be listed wrapup's role has no permission for it. Allow connect:SearchUsers, then check again. " +
				"Code AccessDeniedException Request req-1", "", nil,
		},
		"permissions may not be asked for": {
			agents{users: []instance.User{agent("a", "full")}, shut: refused("connect:ListSecurityProfilePermissions")}, 480,
			"pending Not checked Without it the agent workspace shows no guide, whatever the flows say. Warning: Not checked for 1 user wrapup's role has no permission for it. " +
				"Allow connect:ListSecurityProfilePermissions, then check again. Code AccessDeniedException Request req-1", "", nil,
		},
		"nobody takes contacts": {
			agents{users: []instance.User{agent("a", "other"), agent("b", "other")}}, 480,
			"info There is nobody to check: none of the 2 users of this instance takes contacts. Without it the agent workspace shows no guide, whatever the flows say.",
			"info There is nobody to check: none of the 2 users of this instance takes contacts. Agents may get the guide ACW guide, which runs for up to 8 min 0 s. " +
				"Where after-contact work ends earlier, agents have less time than the guide gives them.", nil,
		},
		"the guide's time is not known": {
			agents{users: []instance.User{agent("a", "full")}}, 0,
			"success The only agent has it. Without it the agent workspace shows no guide, whatever the flows say.",
			"pending Not checked Warning: Not checked for 1 user The time limit of the guide ACW guide could not be read, or is decided during the contact.", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := newReadyPages(guided(&surveyorInMemory{}, x.seconds), &x.agents).page(t, readinessAt, http.StatusOK)
			said := func(id string) string {
				c := doc.Find("#" + id)
				for _, kind := range []string{"success", "warning", "pending", "info", "error"} {
					if c.Find(".headline .status-"+kind).Length() == 1 {
						return kind + " " + text(c.Find(".container-content"))
					}
				}
				return text(c)
			}
			if diff := cmp.Diff(x.views, said("views")); diff != "" {
				t.Errorf("views (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(x.time, said("time")); x.time != "" && diff != "" {
				t.Errorf("time (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(x.tables, texts(doc.Find("#views-agents tbody tr, #time-agents tbody tr"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if doc.Find("main b").Length() != 0 {
				t.Error("a name became markup")
			}
		})
	}
}

// Only guides that agents may get count, and which these are is said.
func TestReadinessGuides(t *testing.T) {
	t.Parallel()
	rows := func(t *testing.T, s *surveyorInMemory) []string {
		t.Helper()
		return texts(newReadyPages(s, &agents{users: []instance.User{agent("a", "full")}}).page(t, readinessAt, http.StatusOK).Find("#against tbody tr"))
	}
	t.Run("those in use", func(t *testing.T) {
		t.Parallel()
		if diff := cmp.Diff([]string{"ACW guide 8 min 0 s"}, rows(t, guided(&surveyorInMemory{}, 480))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("where none is in use all usable ones; one that can't be read is not known", func(t *testing.T) {
		t.Parallel()
		s := guided(&surveyorInMemory{}, 3723)
		s.last.Guides[0].UsedBy = nil
		if diff := cmp.Diff([]string{"ACW guide 1 h 2 min 3 s", "Spare Not known"}, rows(t, s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := guided(&surveyorInMemory{}, 480)
		s.last.Guides = s.last.Guides[2:] // one that is not usable, and another guide
		doc := newReadyPages(s, &agents{users: []instance.User{agent("a", "full")}}).page(t, readinessAt, http.StatusOK)
		if got := text(doc.Find("#time")); !strings.Contains(got, "Not checked") || !strings.Contains(got, "There is no after-contact-work guide to hold the time against.") {
			t.Error(got)
		}
		if doc.Find("#time .status-success").Length() != 0 || !strings.Contains(text(doc.Find("#against .empty")), "No usable after-contact-work guide") {
			t.Error(text(doc.Find("#against")))
		}
	})
}

func TestReadinessOfManyAgents(t *testing.T) {
	t.Parallel()
	a := &agents{unnamed: refused("connect:ListSecurityProfiles")}
	for i := range 70 {
		a.users = append(a.users, agent("agent-"+strconv.Itoa(100+i), "none"))
	}
	p := newReadyPages(guided(&surveyorInMemory{}, 480), a)
	few, all := p.page(t, readinessAt, http.StatusOK), p.page(t, readinessAt+"?all=views", http.StatusOK)
	if few.Find("#views-agents tbody tr").Length() != agentsShown || all.Find("#views-agents tbody tr").Length() != 70 {
		t.Error("not cut, or not all")
	}
	if got := few.Find(`main a[href="` + readinessAt + `?all=views#views-agents"]`); text(got) != "Show all 70" {
		t.Errorf("the way to all: %q", text(got))
	}
	if got := text(few.Find(".alert").First()); !strings.Contains(got, "Security profiles are shown by their ids") || !strings.Contains(got, "Allow connect:ListSecurityProfiles") {
		t.Error(got)
	}
}

func TestReadinessIsAskedSparingly(t *testing.T) {
	t.Parallel()
	a := &agents{users: []instance.User{agent("a", "full")}}
	p := newReadyPages(guided(&surveyorInMemory{}, 480), a)
	get := func() *goquery.Document { t.Helper(); return p.page(t, readinessAt, http.StatusOK) }
	get()
	p.now = p.now.Add(factsFor)
	if got := text(get().Find("main > p").First()); a.searches != 1 || !strings.Contains(got, "Asked 5 minutes ago (22 Nov 2026, 07:51 UTC).") {
		t.Errorf("%d searches, %s", a.searches, got)
	}
	p.now = p.now.Add(time.Second)
	if get(); a.searches != 2 {
		t.Errorf("%d searches after more than five minutes", a.searches)
	}
	p.now = p.now.Add(time.Second)
	w := p.send(t, http.MethodPost, readinessAt+"/refresh")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != readinessAt || a.searches != 3 {
		t.Errorf("pressed: %d to %s, %d searches", w.Code, w.Header().Get("Location"), a.searches)
	}
	if get(); a.searches != 3 {
		t.Errorf("%d searches", a.searches)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, readinessAt, nil)
	r.Header.Set("Sec-Purpose", "prefetch")
	fresh := &agents{}
	rec := httptest.NewRecorder()
	newReadyPages(guided(&surveyorInMemory{}, 480), fresh).ServeHTTP(rec, r)
	if rec.Code != http.StatusServiceUnavailable || fresh.searches != 0 {
		t.Errorf("prefetched: %d, %d searches", rec.Code, fresh.searches)
	}
	for _, path := range []string{readinessPath(taipeiID), readinessPath("x")} {
		if w := p.send(t, http.MethodGet, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestReadinessIsSharedAndNeverKeptInPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &agents{users: []instance.User{agent("a", "full")}, wait: make(chan struct{})}
		h := &Readiness{Shell: &Shell{Deps{Now: time.Now, Readiness: a}}}
		began := time.Now()
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if facts, err := h.ask(ctx, sales, began); facts != nil || err == nil {
				t.Errorf("who went away got %v, %v", facts, err)
			}
		})
		synctest.Wait()
		var both [2]*readiness.Facts
		for i := range both {
			wg.Go(func() {
				facts, err := h.ask(t.Context(), sales, began)
				if err != nil {
					t.Error(err)
				}
				both[i] = facts
			})
		}
		synctest.Wait()
		leave() // one of the others asks
		synctest.Wait()
		close(a.wait)
		wg.Wait()
		if a.searches != 2 || both[0] == nil || both[0] != both[1] || both[0].Rest != nil {
			t.Errorf("%d searches, want the one that was cut off and one for both", a.searches)
		}
	})
}

func TestReadinessIsNotThereWithoutAReader(t *testing.T) {
	t.Parallel()
	p := newReadyPages(guided(&surveyorInMemory{}, 480), nil)
	if w := p.send(t, http.MethodGet, readinessAt); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	if w := p.send(t, http.MethodPost, readinessAt+"/refresh"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

// The practice instance, through the gateway: with all permissions, and with none of the optional ones.
func TestReadinessOfThePracticeInstance(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	server := httptest.NewServer(j.sim)
	t.Cleanup(server.Close)
	gateway, err := connect.New(t.Context(), connect.Options{
		Regions: []string{j.in.Region}, Endpoint: server.URL, STSEndpoint: server.URL, Rate: -1,
		Credentials: &connect.Credentials{AccessKey: "test", SecretKey: "test"}, Backoff: func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	Mount(r, Deps{
		Log: slog.New(slog.DiscardHandler), Session: &oneSession{}, Now: time.Now,
		People: people.New(j.store, time.Now), Survey: j.survey, Publish: j.publish, Drafts: j.store, Readiness: gateway,
	})
	j.router = r
	doc := j.get(j.path("readiness"))
	if got := texts(doc.Find(".headline")); cmp.Diff([]string{
		"4 of the 23 agents that could be checked lack it.", "For 5 of the 23 agents that could be checked, after-contact work can end before the guide does.",
	}, got) != "" {
		t.Errorf("got %q", got)
	}
	if got := texts(doc.Find("#against tbody tr")); len(got) == 0 || !strings.HasSuffix(got[0], "8 min 0 s") {
		t.Errorf("against %q", got)
	}
	for _, op := range []string{"SearchUsers", "ListSecurityProfiles", "ListSecurityProfilePermissions", "DescribeUser"} {
		j.sim.Faults([]connectsim.FaultRule{{Op: op, Do: connectsim.DoError, Code: "AccessDeniedException", Status: http.StatusForbidden}})
		j.follow(j.path("readiness/refresh"), map[string][]string{})
		doc := j.get(j.path("readiness"))
		if got := text(doc.Find("main")); !strings.Contains(got, "Allow connect:"+op+", then check again.") {
			t.Errorf("%s: %s", op, got)
		}
		if doc.Find(".headline .status-success").Length() != 0 {
			t.Errorf("%s is denied, and something is green", op)
		}
	}
}
