package handlers

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/internal/survey"
	"wrapup/views/flows"
	"wrapup/views/ui"
)

// MaxFlows is how many flows one change may name.
const MaxFlows = 500

// doRemove chooses flows to take the guide out of. Without it they get the guide.
const (
	doRemove = "remove"
	doAdd    = "add"
)

// packIDs writes flow ids into an address: 22 characters each, so that some hundreds stay below what proxies let through.
func packIDs(ids []string) string {
	var b strings.Builder
	for _, id := range ids {
		raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
		if err == nil && len(raw) == 16 {
			b.WriteString(base64.RawURLEncoding.EncodeToString(raw))
		}
	}
	return b.String()
}

// unpackIDs reads what packIDs wrote; what is none is left out.
func unpackIDs(text string) []string {
	const size = 22
	var ids []string
	for ; len(text) >= size; text = text[size:] {
		if raw, err := base64.RawURLEncoding.DecodeString(text[:size]); err == nil {
			x := hex.EncodeToString(raw)
			ids = append(ids, x[:8]+"-"+x[8:12]+"-"+x[12:16]+"-"+x[16:20]+"-"+x[20:])
		}
	}
	return ids
}

// picked are the flows that an address carries as chosen: ticked on the page that it was sent from, and on other pages before.
func picked(v url.Values) []string { return unique(append(unpackIDs(v.Get("picked")), v["flow"]...)) }

// choosable are the flows of a match that can be part of a change, and those that can't.
func choosable(rows []*survey.FlowRow, rules publish.Rules) (can, not []*survey.FlowRow) {
	for _, row := range rows {
		if _, unfit := notChoosable(row, rules); unfit {
			not = append(not, row)
		} else {
			can = append(can, row)
		}
	}
	return can, not
}

// notChoosable says why a flow can be no part of a change, as far as the rules and the last reading tell: the guide can neither be added, nor changed,
// nor taken out.
func notChoosable(row *survey.FlowRow, rules publish.Rules) (fault.Message, bool) {
	if rules.Forbids(row.Flow.ID) {
		return fault.Msg(untouchedReason), true
	}
	if row.Flow.Type == instance.TypeOutboundWhisper && row.Error == nil && row.Flow.State != instance.StateArchived && row.Flow.Status != instance.StatusSaved {
		return fault.Message{}, false // it reaches no agent of its own; the plan says what it can
	}
	if m, no := notSelectable(row); no && m.ID != alreadyOpens {
		return m, true
	}
	return fault.Message{}, false
}

// choice is what the table of flows offers to do with the flows that are ticked.
type choice struct {
	r       *http.Request
	reading *survey.Reading
	q       flowsQuery
	match   flowsMatch
	list    string // address of the page, where its order, its filter and its other pages keep what is ticked
}

// maxAddress is how long an address may become, in bytes: proxies refuse one of 8 kB.
const maxAddress = 6000

// props is the form to which the check boxes belong; a role that may not sees why. nil without flows.
func (c choice) props() *flows.AddProps {
	ctx, id := c.r.Context(), c.reading.Instance.ID
	if len(c.reading.Flows) == 0 {
		return nil
	}
	p := &flows.AddProps{FormID: addFormID, Action: addGuidePath(id), Method: "get"}
	add := ui.ButtonProps{Text: i18n.T(ctx, "flows.add"), Kind: ui.Primary}
	switch {
	case !may(c.r, people.PlanChanges.Needs()):
		add.Disabled, add.Reason = true, planRole(ctx)
	case c.reading.Partial != nil:
		add.Disabled, add.Reason = true, i18n.T(ctx, "flows.part.add")
	default:
		p.Hidden, p.List = c.hidden(), c.list
		if c.longest(p.Hidden) > maxAddress {
			p.Method = "post"
		}
		p.Buttons = append([]ui.ButtonProps{add, {Text: i18n.T(ctx, "choose.remove"), Name: "do", Value: doRemove}}, c.all()...)
		return p
	}
	p.Buttons = []ui.ButtonProps{add}
	return p
}

// longest is how long the address becomes at most, when all that the page shows is ticked.
func (c choice) longest(hidden []ui.Pair) int {
	const fixed, row = 300, len("&flow=") + 36
	shown := c.match.Rows
	if c.list != "" { // without, there are no other pages
		shown, _ = c.match.page()
	}
	n := fixed + row*len(shown) + len(url.QueryEscape(c.q.Text))
	for _, h := range hidden {
		n += len(h.Name) + len(url.QueryEscape(h.Value)) + 2
	}
	return n
}

// planRole is why a person may not plan changes.
func planRole(ctx context.Context) string {
	word := func(role string) string { return i18n.T(ctx, "role."+role) }
	return i18n.T(ctx, "flows.add.role", "Role", word(reqctx.PersonOf(ctx).Role), "Needed", word(string(people.PlanChanges.Needs())))
}

// hidden is what goes along to another page, and to the choosing page, beside the controls of the filter.
func (c choice) hidden() []ui.Pair {
	var out []ui.Pair
	add := func(name, value string) {
		if value != "" {
			out = append(out, ui.Pair{Name: name, Value: value})
		}
	}
	add("sort", c.q.sortParam())
	add("guide", c.q.Guide)
	if c.q.Over {
		add("replace", "on")
	}
	shown, _ := c.match.page()
	others := slices.DeleteFunc(slices.Clone(c.q.Picked), func(id string) bool {
		return slices.ContainsFunc(shown, func(r *survey.FlowRow) bool { return string(r.Flow.ID) == id })
	})
	add("picked", packIDs(others))
	return out
}

// all chooses every flow that matches, by the filter and not by ids, beside what is ticked; none where the page shows all that match.
func (c choice) all() []ui.ButtonProps {
	ctx, n, more := c.r.Context(), c.match.Fit, 0
	if c.match.Pages < 2 && !c.q.filtered() || n == 0 {
		return nil
	}
	for _, id := range c.q.Picked {
		if !slices.ContainsFunc(c.match.Rows, func(r *survey.FlowRow) bool { return string(r.Flow.ID) == id }) {
			more++
		}
	}
	b := ui.ButtonProps{Text: i18n.T(ctx, "choose.all", "Count", n), Name: "all", Value: c.q.filter()}
	if more > 0 {
		b.Text = i18n.T(ctx, "choose.all.more", "Count", more, "All", n+more)
	}
	if n+more > MaxFlows {
		b.Disabled, b.Reason = true, tooMany(ctx, n+more, more > 0)
	}
	return []ui.ButtonProps{b}
}

// tooMany says that more flows are chosen than a change may name.
func tooMany(ctx context.Context, n int, ticked bool) string {
	id := "choose.too-many"
	if ticked {
		id = "choose.too-many.ticked"
	}
	return i18n.T(ctx, id, "Count", n, "Max", MaxFlows)
}

// knownPicks keeps those of the ids that the reading has and that can be chosen, at most MaxFlows.
func knownPicks(reading *survey.Reading, ids []string, rules publish.Rules) []string {
	var out []string
	for _, id := range ids {
		if row, ok := rowRead(reading, instance.FlowID(id)); ok && len(out) < MaxFlows {
			if _, no := notChoosable(row, rules); !no {
				out = append(out, id)
			}
		}
	}
	return out
}

// hasGuide says whether there may be a guide to take out of a flow: it opens one, or names one for some contacts.
func hasGuide(row *survey.FlowRow) bool {
	if row.Flow.Type == instance.TypeOutboundWhisper {
		return slices.ContainsFunc(row.AtEnd, func(s audit.Setting) bool { return s.Kind != audit.Unset })
	}
	return len(row.Report.Guides) > 0 || isWired(row.Report.Verdict) || row.Report.Verdict == audit.Broken
}
