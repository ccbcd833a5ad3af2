package handlers

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/changes"
	"wrapup/views/ui"
)

func stepID(i int) string { return "step-" + strconv.Itoa(i+1) }

// stepsUnfolded is how many steps a page shows in full. Of more it shows a table, and each step folded, up to stepsBoxed; its lines have a page of
// their own.
const stepsUnfolded = 6

func folded(c publish.Change) bool { return len(c.Steps) > stepsUnfolded }

// steps shows each write as a sentence, by block, and as JSON.
func (h *Changes) steps(r *http.Request, c publish.Change) ([]changes.Step, error) {
	var out []changes.Step
	reading := h.Survey.Last(c.Instance.ID)
	boxes, _ := failedBoxes(c)
	for i := range c.Steps {
		if !boxed(c) && !boxes[i] {
			continue
		}
		s, err := h.stepProps(r, c, i, reading, folded(c))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (h *Changes) stepProps(r *http.Request, c publish.Change, i int, reading *survey.Reading, fold bool) (changes.Step, error) {
	ctx, st := r.Context(), c.Steps[i]
	before, after, err := h.stepContents(ctx, st)
	if err != nil {
		return changes.Step{}, err
	}
	s := changes.Step{
		ID: stepID(i), Title: stepText(ctx, st), Facts: stepFacts(ctx, c.Instance.ID, st, reading),
		Blocks: blocksTable(ctx, stepID(i)+"-blocks", before, after), Proofs: proofs(ctx, st),
	}
	s.Blocks.Of = st.Name
	namesAlone(reading, &s.Blocks)
	s.Facts.Items = append(s.Facts.Items, putBackFact(r, c, st)...)
	if fold {
		s.Page = stepPath(c.ID, i)
	} else {
		stepLines(ctx, c, st, before, after, &s)
	}
	if !underReview(c) {
		s.Proofs = nil
		status := stepStatus(ctx, c, st)
		s.Status = &status
		s.Result = stepResult(ctx, st, after)
		h.metOurs(ctx, c, st, s.Result)
		s.Conflict = stepConflict(r, c, i)
	}
	if c.State == publish.Interrupted && st.State == publish.StepIntent {
		s.Settle = h.settleProps(r, c, st)
	}
	return s, nil
}

// stepContents are the bytes before a write, nil where it creates a flow, and after it.
func (h *Changes) stepContents(ctx context.Context, st publish.Step) (before, after []byte, err error) {
	if st.Before != "" {
		if before, err = h.Publish.Content(ctx, st.Before); err != nil {
			return nil, nil, err
		}
	}
	after, err = h.Publish.Content(ctx, sent(st))
	return before, after, err
}

// stepLines shows a step line by line, with its files.
func stepLines(ctx context.Context, c publish.Change, st publish.Step, before, after []byte, s *changes.Step) {
	s.Diff, s.Download = diffProps(ctx, before, after), contentPath(c.ID, sent(st))
	if st.ReplacesDraft {
		s.Draft = contentPath(c.ID, st.Saved)
	}
	if st.Before != "" {
		s.Former = contentPath(c.ID, st.Before)
		return
	}
	readable, _ := prettyJSON(after)
	s.Diff = ui.DiffProps{Label: i18n.T(ctx, "guides.preview.lines"), Empty: i18n.T(ctx, "guides.preview.all-new")}
	s.Code = &ui.CodeProps{Label: i18n.T(ctx, "guides.preview.json"), Lines: highlightJSON(readable)}
}

// sent is the hash of the bytes that were sent, else of those reviewed: they differ in the address of a created guide.
func sent(st publish.Step) string {
	if st.Intent.Final != "" {
		return st.Intent.Final
	}
	return st.After
}

func contentPath(change, hash string) string { return changePath(change) + "/content/" + hash }

// proofs are the sentences of what was shown for a step, and of nothing more.
func proofs(ctx context.Context, st publish.Step) []ui.StatusProps {
	if st.Kind == publish.CreateGuide {
		return []ui.StatusProps{{Kind: ui.Success, Text: i18n.T(ctx, "changes.proof.create")}}
	}
	if kept := formerProofs(ctx, st); kept != nil {
		return kept
	}
	out := []ui.StatusProps{{Kind: ui.Success, Text: i18n.T(ctx, "changes.proof.edit")}}
	if !st.Adds() {
		return out
	}
	if st.Type == instance.TypeOutboundWhisper {
		out = append(out, ui.StatusProps{Kind: ui.Success, Text: i18n.T(ctx, "choose.proof.end")})
	}
	if st.Points > 0 {
		out = append(out, ui.StatusProps{Kind: ui.Success, Text: i18n.T(ctx, "changes.proof.effect", "Count", st.Points)})
	}
	if st.Behind > 0 {
		out = append(out, ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "changes.proof.behind", "Count", st.Behind)})
	}
	return out
}

// stepFlow is the page of the flow or guide that a step writes; empty for one that is not there yet.
func stepFlow(in instance.ID, st publish.Step) string {
	switch {
	case st.WritesFlow(), st.Kind == publish.RestoreDraft:
		return flowPath(in, st.Flow)
	case st.Flow != "":
		return guidePath(in, st.Flow)
	case st.Outcome.Flow != "":
		return guidePath(in, st.Outcome.Flow)
	}
	return ""
}

func stepFacts(ctx context.Context, in instance.ID, st publish.Step, reading *survey.Reading) ui.KeyValueProps {
	var p ui.KeyValueProps
	add := func(key, text string) {
		if text != "" {
			p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, key), Text: text})
		}
	}
	if href := stepFlow(in, st); href != "" {
		p.Items = append(p.Items, ui.KeyValue{Key: i18n.T(ctx, "changes.fact.flow"), Text: st.Name, Href: href})
	}
	p.Items = append(p.Items, historyFact(ctx, in, st)...)
	if st.WritesFlow() {
		if st.Verdict[0] != "" {
			add("changes.fact.verdict", auditWord(ctx, st, reading))
		}
		if reading != nil {
			if row, ok := reading.Row(st.Flow); ok {
				leads, more := leadsText(ctx, &row)
				if more != "" {
					leads = sentences(ctx, leads, more)
				}
				add("changes.fact.leads", leads)
				add("choose.fact.callers", changedCallers(ctx, st, &row, reading))
			}
		}
	}
	if st.Kind != publish.RestoreDraft && !st.WritesFlow() && st.Flow != "" {
		add("changes.fact.opened-by", openedBy(ctx, st, reading))
	}
	for _, e := range st.Exits {
		add("changes.fact.exit", i18n.T(ctx, "changes.fact.exit.text", "Block", e.Block, "Target", exitTarget(ctx, e.Target, reading)))
	}
	add("changes.fact.unset", strings.Join(st.Unset, i18n.T(ctx, "flows.list-separator")))
	add("changes.fact.managed", st.Managed)
	return p
}

// flowsNamed is how many flows a fact names before it counts the rest.
const flowsNamed = 40

// openedBy names the flows whose contacts see the guide: the change reaches all of them at once.
func openedBy(ctx context.Context, st publish.Step, reading *survey.Reading) string {
	if reading == nil {
		return ""
	}
	for _, g := range reading.Guides {
		if g.Flow.ID != st.Flow {
			continue
		}
		var names []string
		for _, id := range g.UsedBy {
			if row, ok := reading.Row(id); ok && len(names) < flowsNamed {
				names = append(names, row.Flow.Name)
			}
		}
		if more := len(g.UsedBy) - len(names); more > 0 {
			names = append(names, i18n.T(ctx, "changes.fact.more", "Count", more))
		}
		return strings.Join(names, i18n.T(ctx, "flows.list-separator"))
	}
	return ""
}

// exitTarget names the flow that an exit goes to, where the reading knows it.
func exitTarget(ctx context.Context, target string, reading *survey.Reading) string {
	if target == "" {
		return i18n.T(ctx, "changes.fact.exit.nowhere")
	}
	if name := flowNameOf(reading, target); name != "" {
		return name
	}
	return target
}

func stepStatus(ctx context.Context, c publish.Change, st publish.Step) ui.StatusProps {
	kinds := map[publish.StepState]ui.StatusKind{
		publish.StepPlanned: ui.Pending, publish.StepIntent: ui.Pending, publish.StepDone: ui.Success,
		publish.StepFailed: ui.Error, publish.StepSkipped: ui.Stopped, publish.StepUnclear: ui.Warning,
	}
	switch {
	case st.State == publish.StepIntent && c.State == publish.Interrupted:
		return ui.StatusProps{Kind: ui.Warning, Text: i18n.T(ctx, "changes.step.open")}
	case st.State == publish.StepPlanned && c.State.Ended():
		return ui.StatusProps{Kind: ui.Stopped, Text: i18n.T(ctx, "changes.step.skipped")}
	}
	return ui.StatusProps{Kind: kinds[st.State], Text: i18n.T(ctx, "changes.step."+string(st.State))}
}

// stepResult says what came of a step, in the catalogue's words with the service's own beside them.
func stepResult(ctx context.Context, st publish.Step, after []byte) *ui.AlertProps {
	o := st.Outcome
	if o.Message.ID == "" {
		return nil
	}
	a := &ui.AlertProps{Kind: ui.Error, Text: i18n.Text(ctx, o.Message), Code: o.Code, RequestID: o.RequestID, List: problemLines(ctx, o.Problems, after)}
	switch st.State {
	case publish.StepDone:
		a.Kind = ui.Success
	case publish.StepSkipped:
		a.Kind = ui.Info
	case publish.StepUnclear:
		a.Kind = ui.Warning
	}
	if st.Intent.Draft != st.Intent.Live {
		a.Text = sentences(ctx, a.Text, i18n.T(ctx, "conflict.draft-kept"))
	}
	if o.By != nil {
		a.Text = sentences(ctx, a.Text, i18n.T(ctx, "changes.settled-by", "Name", o.By.Name, "Time", absoluteTime(o.At)))
	}
	return a
}

// problemIndex finds the action's index in the service's two forms of naming it.
var problemIndex = regexp.MustCompile(`Actions\[(\d+)\]|Path: (\d+)\.`)

// problemLines puts the block's name before each of the service's problems.
func problemLines(ctx context.Context, problems []string, content []byte) []string {
	d, err := flow.Parse(content)
	out := make([]string, 0, len(problems))
	for _, p := range problems {
		m := problemIndex.FindStringSubmatch(p)
		if err == nil && m != nil {
			if n, _ := strconv.Atoi(m[1] + m[2]); n < len(d.Blocks()) {
				p = i18n.T(ctx, "changes.problem", "Block", blockTitle(ctx, d.Blocks()[n]), "Problem", p)
			}
		}
		out = append(out, p)
	}
	return out
}

// content is the exact bytes of a step: reviewed, or former. Only contents of this change are given.
func (h *Changes) content(w http.ResponseWriter, r *http.Request) error {
	ctx, hash := r.Context(), chi.URLParam(r, "hash")
	c, err := h.Publish.Change(ctx, chi.URLParam(r, "change"))
	if err != nil {
		return err
	}
	for _, st := range c.Steps {
		if hash != st.Before && hash != st.After && hash != st.Intent.Final && hash != st.Saved && hash != st.Outcome.ReadBack &&
			hash != st.Outcome.Found.Live && hash != st.Outcome.Found.Saved || hash == "" {
			continue
		}
		b, err := h.Publish.Content(ctx, hash)
		if err != nil {
			return err
		}
		return download(w, "application/json", st.Name+".json", b)
	}
	return fault.New(fault.NotFound, "error.page-not-found")
}
