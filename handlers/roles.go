package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/reqctx"
)

// open marks routes for which nobody need be signed in.
const open people.Permission = "open"

// permissions is the one table of who may do what: method and pattern, and what the person's role must permit. A route
// that is not here is refused to everybody.
var permissions = map[string]people.Permission{
	"GET /sign-in":       open,
	"POST /sign-in":      open,
	"POST /sign-out":     open,
	"GET /link/{token}":  open,
	"POST /link/{token}": open,

	"GET /":                                               people.See,
	"GET /instances":                                      people.See,
	"GET /instances/{instance}":                           people.See,
	"POST /instances/{instance}/refresh":                  people.See,
	"POST /instances/{instance}/confirm":                  people.See,
	"GET /instances/{instance}/rules":                     people.See,
	"POST /instances/{instance}/rules":                    people.SetRules,
	"GET /instances/{instance}/flows":                     people.See,
	"POST /instances/{instance}/flows":                    people.PlanChanges,
	"GET /instances/{instance}/other-flows":               people.See,
	"GET /instances/{instance}/flows.csv":                 people.See,
	"GET /instances/{instance}/flows.json":                people.See,
	"GET /instances/{instance}/flows/{flow}":              people.See,
	"GET /instances/{instance}/flows/{flow}/content.json": people.See,
	"POST /instances/{instance}/flows/{flow}/untouched":   people.Publish,

	"GET /instances/{instance}/flows/{flow}/history":             people.See,
	"GET /instances/{instance}/flows/{flow}/history/compare":     people.See,
	"GET /instances/{instance}/flows/{flow}/history/{hash}.json": people.See,
	"GET /instances/{instance}/outside":                          people.See,
	"GET /instances/{instance}/flows/{flow}/adopt":               people.See,
	"POST /instances/{instance}/flows/{flow}/adopt":              people.Publish,

	"GET /coverage":                                people.See,
	"GET /coverage.csv":                            people.See,
	"GET /coverage.json":                           people.See,
	"GET /instances/{instance}/coverage":           people.See,
	"GET /instances/{instance}/coverage.csv":       people.See,
	"GET /instances/{instance}/coverage.json":      people.See,
	"GET /instances/{instance}/numbers.csv":        people.See,
	"GET /instances/{instance}/report":             people.See,
	"GET /instances/{instance}/readiness":          people.See,
	"POST /instances/{instance}/readiness/refresh": people.See,

	"GET /instances/{instance}/readings/{operation}/events":  people.See,
	"POST /instances/{instance}/readings/{operation}/cancel": people.See, // the own; of another's mayCancel asks for more
	"GET /instances/{instance}/plans/{operation}":            people.See,
	"POST /instances/{instance}/plans/{operation}/cancel":    people.PlanChanges, // the own; of another's cancelPlan asks for more

	"GET /instances/{instance}/guides":                    people.See,
	"GET /instances/{instance}/guides/{flow}":             people.See,
	"POST /instances/{instance}/guides/{flow}":            people.EditDrafts,
	"GET /instances/{instance}/guides/{flow}/preview":     people.See,
	"GET /instances/{instance}/guides/{flow}/export.json": people.See,

	"POST /instances/{instance}/flows/{flow}/restore":  people.Publish,
	"POST /instances/{instance}/guides/{flow}/archive": people.Publish,

	"GET /instances/{instance}/changes/new":  people.PlanChanges,
	"POST /instances/{instance}/changes/new": people.PlanChanges,
	"GET /instances/{instance}/changes":      people.PlanChanges,
	"POST /instances/{instance}/changes":     people.PlanChanges,
	"GET /changes/{change}":                  people.See,
	"GET /changes/{change}/publish":          people.See,
	"POST /changes/{change}/publish":         people.Publish,
	"GET /changes/{change}/propose":          people.See,
	"POST /changes/{change}/propose":         people.Publish,
	"GET /changes/{change}/approve":          people.See,
	"POST /changes/{change}/approve":         people.Publish,
	"GET /changes/{change}/refuse":           people.See,
	"POST /changes/{change}/refuse":          people.Publish,
	"GET /changes/{change}/events":           people.See,
	"GET /changes/{change}/continue":         people.See,
	"POST /changes/{change}/continue":        people.Publish,
	"GET /changes/{change}/put-back":         people.Publish,
	"POST /changes/{change}/put-back":        people.Publish,
	"POST /changes/{change}/stop":            people.Publish,
	"POST /changes/{change}/withdraw":        people.Publish,
	"POST /changes/{change}/give-up":         people.PlanChanges, // of another's plan, or of the rest of a change: giveUp asks for more
	"POST /changes/{change}/settle":          people.Settle,
	"GET /changes/{change}/content/{hash}":   people.See,
	"GET /changes/{change}/steps/{step}":     people.See,
	"GET /history":                           people.See,
	"GET /history/entries":                   people.See, // sign-ins and accounts to who manages people only
	"GET /publishing/halt":                   people.See,
	"POST /publishing/halt":                  people.Halt,
	"POST /publishing/resume":                people.Halt,

	"GET /changes/{change}/steps/{step}/conflict": people.See,
	"GET /changes/{change}/again":                 people.See,
	"POST /changes/{change}/again":                people.PlanChanges,

	"GET /people":                        people.ManagePeople,
	"POST /people":                       people.ManagePeople,
	"POST /people/{person}/role":         people.ManagePeople,
	"POST /people/{person}/disabled":     people.ManagePeople,
	"POST /people/{person}/new-password": people.ManagePeople,
	"POST /people/{person}/sign-out":     people.ManagePeople,
	"POST /people/links/{link}/revoke":   people.ManagePeople,
}

// Guard lets a request through to the people whom the table names, and carries the person in the context. It stands
// behind the router, where the pattern is known. The account is read anew each time: a disabled one is out at once.
func (s *Shell) Guard(next http.Handler) http.Handler {
	return s.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		need, known := permissions[method(r)+" "+route(r)]
		if !known {
			return fmt.Errorf("route %s %s has no permission", r.Method, route(r))
		}
		who, err := s.who(r)
		if err != nil {
			return err
		}
		r = as(r, who)
		switch {
		case need == open:
		case who == nil:
			return seeOther(w, r, signInPath(r))
		case !who.Role.May(need):
			s.Fail(w, r, denied(r, who.Role, need.Needs())) // r knows the person: the page keeps its frame
			return nil
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// as carries the person in the request, for pages, logs and the record.
func as(r *http.Request, who *people.Person) *http.Request {
	if who == nil {
		return r
	}
	p := reqctx.Person{ID: who.ID, Name: who.Name, Role: string(who.Role)}
	return r.WithContext(reqctx.WithPerson(r.Context(), p))
}

// refuse answers every request with err, in the frame of who is signed in.
func (s *Shell) refuse(err error) http.HandlerFunc {
	return s.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		who, werr := s.who(r)
		if werr != nil {
			return werr
		}
		s.Fail(w, as(r, who), err)
		return nil
	})
}

// who is the person of the session; nil when nobody is signed in, or whose account is gone or disabled.
func (s *Shell) who(r *http.Request) (*people.Person, error) {
	id := s.Session.Person(r.Context())
	if id == "" {
		return nil, nil
	}
	p, err := s.People.Person(r.Context(), id)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Denied) {
		return nil, s.Session.SignOut(r.Context())
	}
	if err != nil {
		return nil, fmt.Errorf("load the signed-in person: %w", err)
	}
	return &p, nil
}

func denied(r *http.Request, has, need people.Role) error {
	word := func(role people.Role) string { return i18n.T(r.Context(), "role."+string(role)) }
	return fault.New(fault.Denied, "error.role", "Role", word(has), "Needed", word(need))
}

// signInPath leads to sign-in, and back afterwards where that is a page.
func signInPath(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" || strings.HasSuffix(route(r), "/events") {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
}

func method(r *http.Request) string {
	if r.Method == http.MethodHead {
		return http.MethodGet
	}
	return r.Method
}
