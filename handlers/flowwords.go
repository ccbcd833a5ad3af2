package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// verdictStatus is the icon and the words of a flow's verdict.
func verdictStatus(ctx context.Context, row *survey.FlowRow) ui.StatusProps {
	if row.Awaited() {
		return ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "flows.not-read")}
	}
	if row.Flow.Type == instance.TypeOutboundWhisper {
		return whisperStatus(ctx, row)
	}
	return ui.StatusProps{Kind: verdictKind(row), Text: i18n.T(ctx, "verdict."+string(row.Report.Verdict))}
}

// auditWord is what the audit says of a flow before and after a write, with what the list of flows says of it: that it goes by more than the
// flow's own published copy, which is all that a step tells of. Of other bytes than the step was planned on the list says nothing.
func auditWord(ctx context.Context, st publish.Step, reading *survey.Reading) string {
	text := verdictChange(ctx, st)
	if reading == nil || !st.WritesFlow() || st.Verdict[0] != audit.NotWired && st.Verdict[0] != audit.WrongEvent {
		return text
	}
	row, ok := reading.Row(st.Flow)
	if !ok || row.Hash != st.Before || row.Report.Verdict != audit.ViaCallers && row.Report.Verdict != audit.Draft {
		return text
	}
	v := string(row.Report.Verdict)
	return i18n.T(ctx, "choose.fact.listed."+v, "Verdict", i18n.T(ctx, "verdict."+v), "Change", text)
}

func verdictKind(row *survey.FlowRow) ui.StatusKind {
	switch row.Report.Verdict {
	case audit.Wired, audit.WiredAttr, audit.WiredLater, audit.WiredMixed:
		if row.Counted && !row.Covered {
			return ui.Warning // pinned: calls still use another version
		}
		return ui.Success
	case audit.Partial, audit.NotWired, audit.Draft:
		return ui.Warning
	case audit.Broken, audit.Conflict, audit.WrongEvent, audit.Unreadable:
		return ui.Error
	case audit.Guide:
		return ui.Info
	case audit.NoAgent, audit.CallbackOnly:
		return ui.Stopped
	}
	return ui.Pending
}

// FlowFlags say what else a person must know to read the verdict: which copy was judged, and which calls it is about.
func FlowFlags(ctx context.Context, row *survey.FlowRow) []string {
	var flags []string
	if row.Flow.State == instance.StateArchived {
		flags = append(flags, i18n.T(ctx, "flows.flag.archived"))
	}
	switch {
	case row.MaybePublished():
		flags = append(flags, i18n.T(ctx, "flows.flag.maybe-published"))
	case row.Flow.Status == instance.StatusSaved:
		flags = append(flags, i18n.T(ctx, "flows.flag.never-published"))
	}
	var versions []string
	for _, l := range row.Leads {
		if l.Version != "" && !slices.Contains(versions, l.Version) {
			versions = append(versions, l.Version)
			id := "flows.flag.pinned"
			if _, err := strconv.Atoi(l.Version); err != nil {
				id = "flows.flag.pinned-alias"
			}
			flags = append(flags, i18n.T(ctx, id, "Version", l.Version))
		}
	}
	return flags
}

// pointsText is "3 of 5" points where an agent is reached; a dash where the flow reaches none.
func pointsText(ctx context.Context, r audit.Report) string {
	if r.Of == 0 {
		return i18n.T(ctx, "flows.nothing")
	}
	return i18n.T(ctx, "flows.points", "Set", r.Set, "Of", r.Of)
}

// leadsShown is how many of what leads to a flow a table row names.
const leadsShown = 2

// SortedLeads puts telephone numbers first, then other resources, then flows; each by text.
func SortedLeads(leads []survey.Lead) []survey.Lead {
	kinds := []string{"number", "resource", "flow"}
	out := slices.Clone(leads)
	slices.SortStableFunc(out, func(a, b survey.Lead) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// leadsText is what leads to a flow in a few words. It never says that nothing does: quick connects, chat widgets,
// tasks and API starts cannot be seen.
func leadsText(ctx context.Context, row *survey.FlowRow) (text, small string) {
	leads := SortedLeads(row.Leads)
	var names []string
	for _, l := range leads[:min(len(leads), leadsShown)] {
		names = append(names, LeadText(ctx, l))
	}
	text = strings.Join(names, i18n.T(ctx, "flows.list-separator"))
	if more := len(leads) - leadsShown; more > 0 {
		text = i18n.T(ctx, "flows.leads.more", "Shown", text, "More", more)
	}
	switch {
	case row.LeadsUnknown && text == "":
		return i18n.T(ctx, "flows.leads.unknown"), ""
	case row.LeadsUnknown:
		return text, i18n.T(ctx, "flows.leads.unknown-more")
	case text == "":
		return i18n.T(ctx, "flows.leads.none"), ""
	}
	return text, ""
}

// LeadText is what leads to a flow in words.
func LeadText(ctx context.Context, l survey.Lead) string {
	if l.Kind == "resource" {
		return i18n.T(ctx, "flows.leads.resource", "Type", resourceWord(ctx, l.Type), "Name", l.Text)
	}
	return l.Text
}

// resourceWord is an association's resource type in words; an unknown one as the service spells it.
func resourceWord(ctx context.Context, t string) string {
	if id := "flows.resource." + t; i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	return t
}

func draftText(ctx context.Context, d survey.Draft) string {
	return i18n.T(ctx, "flows.draft."+string(cmp.Or(d, survey.DraftNotChecked)))
}

// alreadyOpens is why the guide is not added to a flow that can have it changed, or taken out.
const alreadyOpens = "flows.not-selectable.open"

// notSelectable says why the guide cannot be added to a flow from the table. It is false where adding may be tried:
// what only the plan can know (a refused block, a colleague's draft) is said in the review.
func notSelectable(row *survey.FlowRow) (fault.Message, bool) {
	switch {
	case row.Report.Verdict == audit.Guide:
		return fault.Msg("flows.not-selectable.guide"), true
	case row.Flow.State == instance.StateArchived:
		return fault.Msg("flows.not-selectable.archived"), true
	case row.Report.Verdict == audit.Unreadable && row.Report.Reason != nil:
		return *row.Report.Reason, true
	case row.Report.Verdict == audit.Unreadable && row.Error != nil:
		return row.Error.Message, true
	case row.Flow.Status == instance.StatusSaved:
		return fault.Msg("flows.not-selectable.never-published"), true
	case opensOneGuide(row.Report):
		return fault.Msg(alreadyOpens), true
	}
	switch row.Report.Verdict {
	case audit.Unreadable, audit.NoAgent, audit.CallbackOnly:
		return fault.Msg("flows.not-selectable." + string(row.Report.Verdict)), true
	}
	return fault.Message{}, false
}

// opensOneGuide is false where the points open different guides, or one that is no after-contact-work guide: there
// the chosen guide may replace what stands.
func opensOneGuide(r audit.Report) bool {
	if !isWired(r.Verdict) || r.Verdict == audit.WiredMixed {
		return false
	}
	return !slices.ContainsFunc(r.Guides, func(g audit.GuideUse) bool { return g.Health.State == audit.Healthy && !g.Health.ACW })
}

func isWired(v audit.Verdict) bool {
	switch v {
	case audit.Wired, audit.WiredAttr, audit.WiredLater, audit.WiredMixed:
		return true
	}
	return false
}

// CoverageLine is the head line with its denominator, in at most two sentences: what opens the guide, and the rest.
func CoverageLine(ctx context.Context, c survey.Coverage) string {
	switch {
	case c.Counted == 0:
		return i18n.T(ctx, "flows.coverage.none")
	case c.Counted == 1:
		id := "flows.coverage.only.cant-tell"
		if c.Covered == 1 {
			id = "flows.coverage.only.opens"
		} else if c.Open == 1 {
			id = "flows.coverage.only.does-not"
		}
		return i18n.T(ctx, id)
	}
	line := i18n.T(ctx, "flows.coverage", "Count", c.Covered, "Counted", c.Counted)
	if rest := coverageRest(ctx, c); rest != "" {
		line = sentences(ctx, line, rest)
	}
	return line
}

// sentences sets two sentences one after the other, as the language does.
func sentences(ctx context.Context, first, second string) string {
	return i18n.T(ctx, "flows.sentences", "First", first, "Second", second)
}

func coverageRest(ctx context.Context, c survey.Coverage) string {
	switch {
	case c.Open > 0 && c.CantTell > 0:
		return i18n.T(ctx, "flows.coverage.rest", "Count", c.Open, "CantTell", c.CantTell)
	case c.Open > 0:
		return i18n.T(ctx, "flows.coverage.rest-open", "Count", c.Open)
	case c.CantTell > 0:
		return i18n.T(ctx, "flows.coverage.rest-cant-tell", "CantTell", c.CantTell)
	}
	return ""
}

// flowsPath, flowPath and guidePath are addresses that stay.
func flowsPath(id instance.ID) string { return "/instances/" + string(id) + "/flows" }

func flowPath(id instance.ID, f instance.FlowID) string { return flowsPath(id) + "/" + string(f) }

func guidesPath(id instance.ID) string { return "/instances/" + string(id) + "/guides" }

func guidePath(id instance.ID, f instance.FlowID) string { return guidesPath(id) + "/" + string(f) }

// addGuidePath begins the publish journey; the flows follow as the parameter "flow".
func addGuidePath(id instance.ID) string { return "/instances/" + string(id) + "/changes/new" }

func countIn(n int) string { return "(" + strconv.Itoa(n) + ")" }
