package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	flowview "wrapup/views/flow"
	"wrapup/views/flows"
	"wrapup/views/history"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

func outsidePath(in instance.ID) string { return "/instances/" + string(in) + "/outside" }

// whoAndWhen is who answers for a change, and since when: who approved it, or planned it.
func whoAndWhen(c publish.Change) (who string, when time.Time) {
	if c.Word.By.Name != "" {
		return c.Word.By.Name, c.Word.At
	}
	return c.By.Name, c.Created
}

// leftWith is what the flows of an instance were left with. Where the journal can't be read nothing is marked, and the log says why: the
// page is about other things.
func (s *Shell) leftWith(ctx context.Context, in instance.ID) map[instance.FlowID]publish.Left {
	if s.Publish == nil {
		return nil
	}
	left, err := s.Publish.Left(ctx, in)
	if err != nil {
		s.Log.ErrorContext(ctx, "look for outside changes", "instance", in, "err", err)
	}
	return left
}

// changedOutside says whether somebody changed a flow of a reading since wrapup wrote it. What could not be read is not said to be changed.
func changedOutside(left map[instance.FlowID]publish.Left, row *survey.FlowRow) bool {
	return row.Error == nil && left[row.Flow.ID].ChangedOutside(row.Hash, row.ReadAt)
}

// outsideRows are the flows of a reading that were changed outside wrapup.
func outsideRows(left map[instance.FlowID]publish.Left, reading *survey.Reading) []*survey.FlowRow {
	if len(left) == 0 {
		return nil
	}
	var out []*survey.FlowRow
	for _, list := range [][]survey.FlowRow{reading.Flows, reading.Others} {
		for i := range list {
			if changedOutside(left, &list[i]) {
				out = append(out, &list[i])
			}
		}
	}
	return out
}

// markOutside marks, in the list of flows, those that were changed outside wrapup.
func (s *Shell) markOutside(ctx context.Context, reading *survey.Reading, p *flows.ListProps) {
	left := s.leftWith(ctx, reading.Instance.ID)
	rows := outsideRows(left, reading)
	p.Notices = append(p.Notices, outsideNotice(ctx, reading.Instance.ID, rows)...)
	lines := map[instance.FlowID]ui.Row{}
	for _, line := range p.Table.Rows {
		lines[instance.FlowID(line.Value)] = line
	}
	rows = slices.DeleteFunc(rows, func(row *survey.FlowRow) bool { return len(lines[row.Flow.ID].Cells) < 2 })
	layout := s.onlyLayout(ctx, reading.Instance.ID, left, rows)
	for _, row := range rows {
		status := &lines[row.Flow.ID].Cells[1]
		status.Content = flows.Marked(status.Content, outsideStatus(ctx, layout[row.Flow.ID]))
	}
}

// outsideStatus marks a flow that was changed outside wrapup; layout says that nothing but the designer's layout was.
func outsideStatus(ctx context.Context, layout bool) ui.StatusProps {
	if layout {
		return ui.StatusProps{Kind: ui.Info, Text: i18n.T(ctx, "outside.badge.layout")}
	}
	return ui.StatusProps{Kind: ui.Warning, Text: i18n.T(ctx, "outside.badge")}
}

// onlyLayout are those of the flows in which nothing but the designer's layout differs from what they were left with. Of what is not kept, or
// can't be read, nothing is said: it counts as changed.
func (s *Shell) onlyLayout(ctx context.Context, in instance.ID, left map[instance.FlowID]publish.Left, rows []*survey.FlowRow) map[instance.FlowID]bool {
	if s.Survey == nil || len(rows) == 0 {
		return nil
	}
	var hashes []string
	for _, row := range rows {
		hashes = append(hashes, row.Hash)
	}
	now, err := s.Survey.Contents(ctx, in, hashes)
	if err != nil {
		s.Log.ErrorContext(ctx, "load what was changed outside", "instance", in, "err", err)
	}
	out := map[instance.FlowID]bool{}
	for _, row := range rows {
		is, kept := now[row.Hash]
		if !kept {
			continue
		}
		was, err := s.Publish.Content(ctx, left[row.Flow.ID].Hash)
		out[row.Flow.ID] = err == nil && publish.OnlyLayout(was, []byte(is))
	}
	return out
}

// outsideNotice leads from the list of flows to those that were changed outside wrapup; nil where there are none.
func outsideNotice(ctx context.Context, in instance.ID, rows []*survey.FlowRow) []ui.AlertProps {
	if len(rows) == 0 {
		return nil
	}
	return []ui.AlertProps{{Kind: ui.Warning, Text: i18n.T(ctx, "outside.notice", "Count", len(rows)),
		Action: &ui.Link{Text: i18n.T(ctx, "outside.notice.show", "Count", len(rows)), Href: outsidePath(in)}}}
}

// outside lists the flows of an instance that were changed outside wrapup, as last read.
func (h *FlowHistory) outside(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reading, err := h.surveyor.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	left, err := h.Publish.Left(ctx, reading.Instance.ID)
	if err != nil {
		return err
	}
	in, title := reading.Instance, i18n.T(ctx, "outside.list")
	p := history.OutsideProps{
		Page: h.instancePage(r, in, layout.PageProps{Title: title, Description: i18n.T(ctx, "outside.list.text")},
			ui.Link{Text: i18n.T(ctx, "flows.title"), Href: flowsPath(in.ID)}, ui.Link{Text: title}),
		Table: ui.TableProps{ID: "outside", Title: title, Stack: true, Description: readAt(ctx, reading.ReadAt, h.Now()),
			Columns: []ui.Column{{Text: i18n.T(ctx, "outside.column.flow"), Wide: true}, {Text: i18n.T(ctx, "outside.column.status")},
				{Text: i18n.T(ctx, "outside.column.known")}, {Text: i18n.T(ctx, "outside.column.read")}},
			Empty: &ui.EmptyProps{Title: i18n.T(ctx, "outside.list.empty"), Text: i18n.T(ctx, "outside.list.empty.text"),
				Action: &ui.Link{Text: i18n.T(ctx, "outside.list.empty.flows"), Href: flowsPath(in.ID)}}},
	}
	for _, l := range left {
		if l.Adopted {
			p.Table.Empty.Text = i18n.T(ctx, "outside.list.empty.adopted")
		}
	}
	rows := outsideRows(left, reading)
	p.Table.Count = countIn(len(rows))
	layout := h.onlyLayout(ctx, in.ID, left, rows)
	for _, row := range rows {
		p.Table.Rows = append(p.Table.Rows, ui.Row{Cells: []ui.Cell{
			{Text: flowTitle(row.Flow), Href: flowPath(in.ID, row.Flow.ID) + "#outside"},
			{Content: ui.Status(outsideStatus(ctx, layout[row.Flow.ID]))},
			{Content: ui.Time(timeProps(ctx, left[row.Flow.ID].At, h.Now()))}, {Content: ui.Time(timeProps(ctx, row.ReadAt, h.Now()))},
		}})
	}
	return render(w, r, http.StatusOK, history.Outside(p))
}

// adopting is what was typed to accept an outside change, and why it was refused.
type adopting struct {
	reason  string
	problem *fault.Error
}

// notice says on top of the flow's page why nothing was accepted, and leads to the form where there is one.
func (a adopting) notice(ctx context.Context, form bool) []ui.AlertProps {
	if a.problem == nil {
		return nil
	}
	n := ui.AlertProps{Kind: ui.Error, ID: "not-adopted", Title: i18n.T(ctx, "outside.not-adopted"), Text: i18n.Text(ctx, a.problem.Message)}
	if form {
		n.Action = &ui.Link{Text: i18n.T(ctx, "outside.not-adopted.show"), Href: "#outside"}
	}
	return []ui.AlertProps{n}
}

// outsideOf is what was changed outside wrapup of a flow that was just described; nil where nothing was.
func (s *Shell) outsideOf(r *http.Request, in instance.Instance, d *survey.FlowDetail, typed adopting) *flowview.OutsideProps {
	ctx, l := r.Context(), s.leftWith(r.Context(), in.ID)[d.Row.Flow.ID]
	if d.Row.Error != nil || d.Row.Flow.Content == "" || !l.ChangedOutside(flow.Hash([]byte(d.Row.Flow.Content)), d.Row.ReadAt) {
		return nil
	}
	id, seen := d.Row.Flow.ID, flow.Hash([]byte(d.Row.Flow.Content))
	p := &flowview.OutsideProps{Title: i18n.T(ctx, "outside.title"), Text: i18n.T(ctx, "outside.text"), Facts: s.outsideFacts(ctx, in.ID, id, l)}
	putBack := "outside.put-back"
	if l.Adopted {
		p.Text, putBack = i18n.T(ctx, "outside.text.adopted"), "outside.put-back.accepted"
	}
	needed := needs(ctx, r, people.Publish.Needs())
	p.Adopt = flowview.AdoptProps{
		Action: flowPath(in.ID, id) + "/adopt", Seen: seen, Text: i18n.T(ctx, "outside.adopt.text"),
		Reason: reasonProps(ctx, typed.reason),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "outside.adopt"), ID: "adopt", Described: "adopt-text", Disabled: needed != "", Reason: needed},
	}
	if f := typed.problem; f != nil && f.Message.ID == "publish.reason-too-long" {
		p.Adopt.Reason.Error = i18n.Text(ctx, f.Message)
	}
	was, err := s.Publish.Content(ctx, l.Hash)
	if err != nil {
		s.Log.ErrorContext(ctx, "what a flow was left with can't be read", "instance", in.ID, "flow", id, "err", err)
		p.Problem = &ui.AlertProps{Kind: ui.Error, Title: i18n.T(ctx, "outside.unread"), Text: i18n.Text(ctx, fault.From(err).Message)}
		return p
	}
	p.PutBack = history.Restore(history.RestoreProps{
		Action: restorePath(in.ID, id), Hash: l.Hash, Text: i18n.T(ctx, "snapshots.restore.text"),
		Button: ui.ButtonProps{Text: i18n.T(ctx, putBack), ID: "outside-put-back", Described: "put-back-text", Disabled: needed != "", Reason: needed},
	})
	outsideDifference(ctx, p, was, []byte(d.Row.Flow.Content))
	if p.ByBlock != nil {
		namesAlone(s.Survey.Last(in.ID), p.ByBlock)
	}
	return p
}

func (s *Shell) outsideFacts(ctx context.Context, in instance.ID, id instance.FlowID, l publish.Left) ui.KeyValueProps {
	known := "outside.wrote"
	if l.Adopted {
		known = "snapshots.kind.adopted"
	}
	return ui.KeyValueProps{Items: []ui.KeyValue{
		{Key: i18n.T(ctx, known), Content: ui.Time(timeProps(ctx, l.At, s.Now()))},
		{Key: i18n.T(ctx, "outside.change"), Text: i18n.T(ctx, "outside.change.show"), Href: changePath(l.Change)},
		{Key: i18n.T(ctx, "snapshots.title"), Text: i18n.T(ctx, "outside.compare"), Href: comparePath(in, id, l.Hash, live)},
	}}
}

func outsideDifference(ctx context.Context, p *flowview.OutsideProps, was, is []byte) {
	if publish.OnlyLayout(was, is) {
		p.Text = sentences(ctx, i18n.T(ctx, "outside.text.layout"), p.Text)
	}
	hunks := diffLines(was, is, 3)
	added, removed := countChanges(hunks)
	lines := lineDifference(ctx, ui.DiffProps{Label: i18n.T(ctx, "diff.label"), Empty: i18n.T(ctx, "snapshots.compare.bytes")}, hunks)
	p.ByLine, p.LineTitle = &lines, i18n.T(ctx, "snapshots.compare.lines")
	p.LineCount = i18n.T(ctx, "flows.one.draft.count", "Added", added, "Removed", removed)
	before, err := flow.Parse(was)
	now, err2 := flow.Parse(is)
	if err == nil && err2 == nil {
		t := blockDifference(ctx, "outside-blocks", i18n.T(ctx, "outside.blocks"), before, now, diffBlocks(before, now))
		p.ByBlock = &t
	}
}

// backToFlow leads from the address of a refused form to the flow.
func (h *FlowHistory) backToFlow(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, flowPath(instanceParam(r), flowParam(r))+"#outside")
}

// adopt records that what a flow holds is accepted as it is.
func (h *FlowHistory) adopt(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id := r.Context(), flowParam(r)
	in, err := h.surveyor.Find(ctx, instanceParam(r))
	if err != nil {
		return err
	}
	if !instance.IsUUID(string(id)) {
		return fault.New(fault.NotFound, "survey.no-flow")
	}
	typed := adopting{reason: posted(r, "reason")}
	a, err := h.Publish.Adopt(ctx, in, id, strings.ToLower(posted(r, "seen")), typed.reason, actor(r))
	if typed.problem = fault.From(err); fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		h.recordAnswer(r, "flow.adopt", string(in.ID)+"/"+string(id), "", typed.problem.Message)
		return (&Flow{h.Shell, h.surveyor}).showAs(w, r, kinds[typed.problem.Kind].status, typed)
	}
	if err != nil {
		return err
	}
	h.success(r, fault.Msg("outside.adopted", "Flow", a.Name), &FlashLink{Message: fault.Msg("outside.adopted.show"), Href: flowHistoryPath(in.ID, id)})
	return seeOther(w, r, flowPath(in.ID, id))
}
