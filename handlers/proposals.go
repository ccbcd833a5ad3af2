package handlers

import (
	"net/http"

	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/views/ui"
)

// proposalsLooked is how many proposals are looked at for whose they are.
const proposalsLooked = 20

// proposals tells a publisher, above the instances and on the pages of one, what other publishers proposed and nobody approved yet; empty
// where there is nothing.
func (s *Shell) proposals(r *http.Request) []ui.AlertProps {
	ctx, in := r.Context(), instanceParam(r)
	if s.Publish == nil || in == "" && r.URL.Path != "/instances" || !may(r, people.Publish.Needs()) {
		return nil
	}
	list, total, err := s.Publish.Changes(ctx, publish.Filter{Instance: in, State: publish.Proposed, Limit: proposalsLooked})
	if err != nil {
		s.Log.ErrorContext(ctx, "look for proposals", "err", err)
		return nil
	}
	me := reqctx.PersonOf(ctx).ID
	var first *publish.Change
	for i, c := range list {
		switch {
		case c.Proposal != nil && c.Proposal.By.ID == me:
			total--
		case first == nil:
			first = &list[i]
		}
	}
	if first == nil {
		return nil
	}
	a := ui.AlertProps{Kind: ui.Info, ID: "proposals", Text: i18n.T(ctx, "shell.proposals", "Count", total),
		Action: &ui.Link{Text: i18n.T(ctx, "shell.proposals.show", "Count", total), Href: historyQuery{Instance: in, State: publish.Proposed}.href()}}
	if total == 1 {
		a.Action.Href = changePath(first.ID)
	}
	return []ui.AlertProps{a}
}
