package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// Groups of --fail-on, as the head line counts.
const (
	groupOpen     = "open"      // "do not"
	groupCantTell = "cant-tell" // "can't be told"
)

// failOn is what --fail-on asks about: verdicts and groups, each once, in the order given.
type failOn struct{ ids []string }

// add takes a list with commas between.
func (f *failOn) add(list string) error {
	for _, id := range strings.Split(list, ",") {
		id = strings.TrimSpace(id)
		if id != groupOpen && id != groupCantTell && !slices.Contains(verdictIDs(), id) {
			return fmt.Errorf("%q is no verdict; there are %s, and the groups %s and %s", id, strings.Join(verdictIDs(), ", "), groupOpen, groupCantTell)
		}
		if !slices.Contains(f.ids, id) {
			f.ids = append(f.ids, id)
		}
	}
	return nil
}

func (f failOn) has(id string) bool { return slices.Contains(f.ids, id) }

// found is the answer to what was asked.
type found struct {
	asked    []string
	found    []*survey.FlowRow
	hiding   []*survey.FlowRow // that may have a verdict that was asked about
	untold   []string          // why flows may be missing, or stand for others
	notAsked bool
}

func (f found) exit() int {
	switch {
	case len(f.found) > 0:
		return exitRefused
	case len(f.hiding)+len(f.untold) > 0:
		return exitUntold
	}
	return exitDone
}

// look holds the reading against what is asked. Only what calls can reach is looked at: active, published flows.
func (f failOn) look(ctx context.Context, r *survey.Reading, confirm bool) found {
	out := found{asked: f.ids, notAsked: len(f.ids) == 0}
	unconfirmed := 0
	for i := range r.Flows {
		row := &r.Flows[i]
		if row.Flow.State == instance.StateArchived || row.Flow.Status == instance.StatusSaved {
			continue
		}
		if row.Counted && row.Error == nil && !row.ReadAt.After(r.ReadAt) { // found by the search, at the reading's own time
			unconfirmed++
		}
		switch {
		case f.has(string(row.Report.Verdict)) || f.has(groupOpen) && isOpen(row) || f.has(groupCantTell) && cantTell(row):
			out.found = append(out.found, row)
		case f.hidden(row):
			out.hiding = append(out.hiding, row)
		}
	}
	if out.notAsked {
		return out
	}
	if missingFlows(r) {
		out.untold = append(out.untold, i18n.T(ctx, "cli.audit.untold.list"))
	}
	if confirm && unconfirmed > 0 {
		out.untold = append(out.untold, i18n.T(ctx, "cli.audit.untold.confirm", "Count", unconfirmed))
	}
	return out
}

// hidden says whether a flow's verdict may be another than the one found, one that is asked about: what could not be read or followed, and
// what calls use in another version. For the group of those that do not open the guide it is all that can't be told. Where nobody looked at
// the saved copy, a flow without the guide may have it waiting there.
func (f failOn) hidden(row *survey.FlowRow) bool {
	switch {
	case len(f.ids) == 0 || !row.Counted:
		return false
	case f.has(groupOpen) && cantTell(row):
		return true
	}
	switch row.Report.Verdict {
	case audit.Unreadable, audit.Unknown:
		return true
	case audit.WrongEvent, audit.ViaCallers, audit.NotWired: // the verdicts behind draft
		if f.has(string(audit.Draft)) && cmp.Or(row.Draft, survey.DraftNotChecked) == survey.DraftNotChecked {
			return true
		}
	}
	return row.Pinned() || row.LeadsUnknown && row.Report.Verdict.Covered()
}

// missingFlows says whether the instance may have flows that the reading has not: their list was denied, or failed.
func missingFlows(r *survey.Reading) bool {
	for _, w := range r.Warnings {
		if w.ID == "survey.warning.list" {
			return true
		}
	}
	return false
}

// cantTell and isOpen are the parts of the head line beside those that open the guide.
func cantTell(row *survey.FlowRow) bool { return row.Counted && !row.Covered && row.CannotTell() }

func isOpen(row *survey.FlowRow) bool { return row.Counted && !row.Covered && !cantTell(row) }
