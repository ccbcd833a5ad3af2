// Package acw is the after-contact-work guide in the manager's words: its labels, pre-selected answers, what is
// recorded and for how long it waits. It compiles to a flow, is read back from any flow with a Show view
// block, and changes an existing guide in place.
package acw

import (
	"maps"
	"regexp"
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/view"
)

// Guide is the model. Its JSON form is what drafts store.
type Guide struct {
	ViewARN   string            `json:"viewArn"`            // e.g. arn:aws:connect:eu-central-1:aws:view/after-contact-work:1
	ViewName  string            `json:"viewName,omitempty"` // the designer's label, "After Contact Work"
	Values    map[string]string `json:"values"`             // ViewData: fixed text or a JSONPath; absent = no value
	TimeLimit int               `json:"timeLimit"`          // seconds; 0 where it could not be read
	Silent    bool              `json:"silent,omitempty"`   // record ACW_Result when Cancel, time-out or an error ends the guide
}

// Lifted is a guide read from a flow.
type Lifted struct {
	Guide  Guide
	Block  string            // the Show view block's identifier
	Saves  []Save            // what gets recorded: result × attribute × contact
	Unread []fault.Message   // what could not be read as part of the model, instead of dropping it
	Nested map[string]string // ViewData members that are not strings, as raw JSON: shown, never edited
}

// Save is one attribute that a block writes.
type Save struct {
	Outcome   string // "Submit", "Cancel", "TimeLimitExceeded", "error": the Show view branch that reaches it
	Attribute string
	Value     string // as written, e.g. $.Views.ViewResultData.Category.0
	Contact   string // "Current" or "Related"
	Block     string
}

// Form field limits, in characters and seconds. MaxValue is the longest value of a contact attribute; a time limit's
// range is not published: these are the values seen in use.
const (
	MaxValue  = 32_767
	MinTime   = 1
	MaxTime   = 59_940
	ShortTime = 30
)

// Names of the outcomes of a guide: the view's actions, and the Show view block's error branches.
const (
	OutcomeSubmit  = "Submit"
	OutcomeCancel  = "Cancel"
	OutcomeTimeout = "TimeLimitExceeded"
	OutcomeError   = "error"
	OutcomeOther   = "other" // a condition that names no single action
)

// KeyTimeLimit stands for the time limit where findings and the command line name ViewData members.
const KeyTimeLimit = "TimeLimit"

// ResultAttribute is what Guide.Silent records on the customer's contact.
const ResultAttribute = "ACW_Result"

const viewID = "after-contact-work"

// With is g with one value set; "" deletes it. g itself stays as it is.
func (g Guide) With(key, value string) Guide {
	g.Values = maps.Clone(g.Values)
	if value == "" {
		delete(g.Values, key)
		return g
	}
	if g.Values == nil {
		g.Values = map[string]string{}
	}
	g.Values[key] = value
	return g
}

var attributePath = regexp.MustCompile(`\$\.Attributes\.(?:\['([^']+)'\]|([A-Za-z0-9_-]+))`)

// Attributes are the contact attributes that the values read, sorted: some flow must set them before the guide opens.
func (g Guide) Attributes() []string {
	found := map[string]bool{}
	for _, value := range g.Values {
		for _, m := range attributePath.FindAllStringSubmatch(value, -1) {
			found[m[1]+m[2]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// ViewARN is the ARN of AWS's own after-contact-work view in a partition and Region.
func ViewARN(partition, region string) string {
	return "arn:" + partition + ":connect:" + region + ":aws:view/" + viewID + ":1"
}

var acwView = regexp.MustCompile(`^(?:arn:aws[a-z-]*:connect:[a-z0-9-]+:aws:view/)?` + viewID + `(?::(?:\$LATEST|\$SAVED|[0-9A-Za-z_.-]+))?$`)

// IsAfterContactWork says whether a Show view block's ViewResource.Id names AWS's own after-contact-work view: as an ARN
// of any partition and Region or, as older exports do, by its short name; in either form with or without a version.
func IsAfterContactWork(id string) bool { return acwView.MatchString(id) }

// viewOf is v, or the known view where the guide shows AWS's own; nil where nothing is known.
func viewOf(arn string, v *view.View) *view.View {
	if v == nil && IsAfterContactWork(arn) {
		return KnownView()
	}
	return v
}

// ordered lists the keys of values: those of the view as the agent meets them, then the others by name.
func ordered[T any](values map[string]T, v *view.View) []string {
	var keys []string
	if v != nil {
		for _, in := range v.Inputs {
			if _, ok := values[in.Name]; ok {
				keys = append(keys, in.Name)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Keys lists the keys of a guide's values in the order an agent meets them.
func (g Guide) Keys(v *view.View) []string { return ordered(g.Values, viewOf(g.ViewARN, v)) }
