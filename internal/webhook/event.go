// Package webhook tells one HTTPS endpoint what readings found: what happened to which flow, and never what a flow holds. An event is
// an operation of its own, so that an endpoint that hangs delays no reading, and a restart goes on where it was. docs/webhooks.md is
// written for those who receive.
package webhook

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/operation"
)

// Kind is the kind of operation that delivers an event.
const Kind = "webhook"

// TypeChanges is the type of an event that tells what a reading found changed.
const TypeChanges = "reading.changes"

// Event is what is told; its JSON is the body that is sent.
type Event struct {
	ID       string    `json:"id"` // the same at every attempt; a receiver drops what it has seen
	Type     string    `json:"type"`
	At       time.Time `json:"at"` // of the reading
	Instance Instance  `json:"instance"`
	URL      string    `json:"url,omitempty"` // of the instance's page, where it is known how people reach wrapup
	Changes  []Change  `json:"changes"`
}

// Instance names an instance.
type Instance struct {
	ID      instance.ID `json:"id"`
	Alias   string      `json:"alias"`
	Region  string      `json:"region"`
	Account string      `json:"account"`
}

// Change is what happened to one flow, as survey.Change has it. From and To are verdicts; empty where there was none before, or is
// none now.
type Change struct {
	Kind string          `json:"kind"`
	Flow instance.FlowID `json:"flow"`
	Name string          `json:"name"`
	From string          `json:"from,omitempty"`
	To   string          `json:"to,omitempty"`
}

// Changes makes the event of a reading. id is one that no other event has, and that the same reading gives again, such as its operation's.
// base is how people reach wrapup; "" is not known.
func Changes(id string, at time.Time, in instance.Instance, base string, list []Change) Event {
	e := Event{
		ID: id, Type: TypeChanges, At: at.UTC(), Changes: list,
		Instance: Instance{ID: in.ID, Alias: in.Alias, Region: in.Region, Account: in.Account},
	}
	if e.Changes == nil {
		e.Changes = []Change{}
	}
	if base != "" {
		e.URL = strings.TrimRight(base, "/") + "/instances/" + url.PathEscape(string(in.ID))
	}
	return e
}

// Request asks for the delivery of an event; while it is under way, asking again changes nothing.
func Request(e Event) operation.Request {
	return operation.Request{Kind: Kind, Subject: string(e.Instance.ID), Key: Kind + " " + e.ID, Input: e}
}

// Masked is an endpoint as logs and pages may show it: path and query are often what lets somebody in.
func Masked(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return cmp.Or(strings.Repeat("x", min(len(endpoint), 5)), "none")
	}
	shown := u.Scheme + "://" + u.Host
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		shown += "/xxxxx"
	}
	return shown
}

// body is what is sent and signed: the same bytes at every attempt.
func (e Event) body() ([]byte, error) { return json.Marshal(e) }
