package handlers

import (
	"bytes"
	"context"
	"net/http"
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/history"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// side is one of two versions that are compared.
type side struct {
	hash    string // that of the content, also of the live one
	live    bool
	version version // of a kept one
	seen    bool    // a kept one was live in the flow, which is what can be put back
	content []byte
	problem *fault.Error // it can't be shown
}

// compare shows two versions of a flow. One that can't be read is said on the page, and the other one stays.
func (h *FlowHistory) compare(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	p, err := h.pastOf(r, 1)
	if err != nil {
		return err
	}
	from, err := h.side(ctx, p, q.Get("from"))
	if err != nil {
		return err
	}
	to, err := h.side(ctx, p, q.Get("to"))
	if err != nil {
		return err
	}
	versions := p.versions()
	for _, s := range []side{from, to} {
		if !s.live && !slices.ContainsFunc(versions, func(v version) bool { return v.Hash == s.hash }) {
			versions = append(versions, s.version) // of another page
		}
	}
	title := i18n.T(ctx, "snapshots.compare")
	v := history.CompareProps{
		Page: h.frame(r, p, layout.PageProps{Title: title, Description: p.name},
			ui.Link{Text: i18n.T(ctx, "snapshots.title"), Href: flowHistoryPath(p.in.ID, p.flow)}, ui.Link{Text: title}),
		Form: *compareForm(ctx, p, versions, q.Get("from"), q.Get("to")),
		From: h.sideProps(r, p, from, to, "from"), To: h.sideProps(r, p, to, from, "to"),
	}
	if from.problem == nil && to.problem == nil {
		difference(ctx, &v, from.content, to.content)
		if v.Blocks != nil {
			namesAlone(h.Survey.Last(p.in.ID), v.Blocks)
		}
	}
	return render(w, r, http.StatusOK, history.Compare(v))
}

// side reads a version: by its hash, or what is live. fault.NotFound for a hash of no content of this flow.
func (h *FlowHistory) side(ctx context.Context, p past, name string) (side, error) {
	if name == live {
		return h.liveSide(ctx, p), nil
	}
	s := side{hash: name}
	b, _, err := h.Publish.Snapshot(ctx, p.in.ID, p.flow, name)
	if fault.Is(err, fault.NotFound) && fault.From(err).Message.ID == "publish.no-snapshot" {
		return s, err
	}
	if s.content = b; err != nil {
		h.Log.ErrorContext(ctx, "a kept content can't be shown", "instance", p.in.ID, "flow", p.flow, "hash", name, "err", err)
		s.problem = fault.From(err)
	}
	if s.version, err = h.versionOf(ctx, p, name); err != nil {
		return s, err
	}
	s.seen, err = h.Publish.SeenLive(ctx, p.in.ID, p.flow, name)
	return s, err
}

// versionOf says what a content was.
func (h *FlowHistory) versionOf(ctx context.Context, p past, hash string) (version, error) {
	traces, _, err := h.Publish.Traces(ctx, publish.PastFilter{Instance: p.in.ID, Flow: p.flow, Hash: hash})
	p.traces = traces
	all := p.versions()
	if i := slices.IndexFunc(all, func(v version) bool { return v.Hash == hash }); i >= 0 {
		return all[i], err
	}
	return version{}, err
}

func (h *FlowHistory) liveSide(ctx context.Context, p past) side {
	s := side{live: true}
	d, err := h.surveyor.Flow(ctx, p.in.ID, p.flow)
	switch {
	case err != nil:
		s.problem = fault.From(err)
	case d.Late != nil:
		s.problem = d.Late
	case d.Row.Error != nil:
		s.problem = d.Row.Error
	default:
		s.content = []byte(d.Row.Flow.Content)
		s.hash = flow.Hash(s.content)
	}
	return s
}

func (h *FlowHistory) sideProps(r *http.Request, p past, s, other side, id string) history.VersionProps {
	ctx := r.Context()
	v := history.VersionProps{ID: id, Title: i18n.T(ctx, "snapshots.kind.live")}
	if s.problem != nil {
		v.Problem = &ui.AlertProps{Kind: ui.Error, Title: i18n.T(ctx, "snapshots.unread"), Text: i18n.Text(ctx, s.problem.Message),
			Code: s.problem.Code, RequestID: s.problem.RequestID}
		if mayPass(s.problem) && s.live {
			v.Problem.Action = &ui.Link{Text: i18n.T(ctx, "shell.retry"), Href: r.URL.RequestURI()}
		}
	}
	if s.live {
		if s.problem == nil {
			v.Download = &ui.LinkButtonProps{Text: i18n.T(ctx, "snapshots.download"), Href: flowPath(p.in.ID, p.flow) + "/content.json", Icon: ui.IconDownload, Download: true}
		}
		return v
	}
	v.Title = i18n.T(ctx, "snapshots.kind."+string(s.version.Kind))
	v.Facts.Items = append(v.Facts.Items, ui.KeyValue{Key: i18n.T(ctx, "history.when"), Content: ui.Time(timeProps(ctx, s.version.At, h.Now()))})
	if s.version.Change != "" {
		v.Facts.Items = append(v.Facts.Items, ui.KeyValue{Key: i18n.T(ctx, "snapshots.column.change"), Text: i18n.Text(ctx, s.version.Title), Href: changePath(s.version.Change)})
	}
	v.Facts.Items = append(v.Facts.Items, ui.KeyValue{Key: i18n.T(ctx, "flows.one.hash"),
		Content: ui.Copy(ui.CopyProps{Text: s.hash, Label: i18n.T(ctx, "flows.one.copy.hash")})})
	if s.problem == nil {
		v.Download = &ui.LinkButtonProps{Text: i18n.T(ctx, "snapshots.download"), Href: flowHistoryPath(p.in.ID, p.flow) + "/" + s.hash + ".json", Icon: ui.IconDownload, Download: true}
		v.Restore = restoreProps(r, p, s, other, id)
	}
	return v
}

// restoreProps plans to put a version back, or says why that can't be.
func restoreProps(r *http.Request, p past, s, other side, id string) *history.RestoreProps {
	ctx := r.Context()
	out := &history.RestoreProps{
		Action: restorePath(p.in.ID, p.flow), Hash: s.hash, Text: i18n.T(ctx, "snapshots.restore.text"),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "snapshots.restore"), ID: "restore-" + id, Described: "restore-" + id + "-text", Reason: needs(ctx, r, people.Publish.Needs())},
	}
	switch {
	case out.Button.Reason != "":
	case !s.seen && s.version.Kind == publish.SnapshotReviewed:
		out.Button.Reason = i18n.T(ctx, "snapshots.restore.reviewed")
	case !s.seen:
		out.Button.Reason = i18n.T(ctx, "snapshots.restore.unseen")
	case other.live && other.hash == s.hash:
		out.Button.Reason = i18n.T(ctx, "snapshots.restore.same")
	}
	out.Button.Disabled = out.Button.Reason != ""
	return out
}

// difference fills in what differs, by block and by line.
func difference(ctx context.Context, v *history.CompareProps, from, to []byte) {
	hunks := diffLines(from, to, 3)
	switch {
	case bytes.Equal(from, to):
		v.Same = &ui.AlertProps{Kind: ui.Info, Text: i18n.T(ctx, "snapshots.compare.same")}
		return
	case len(hunks) == 0:
		v.Same = &ui.AlertProps{Kind: ui.Info, Text: i18n.T(ctx, "snapshots.compare.bytes")}
		return
	}
	was, err := flow.Parse(from)
	is, err2 := flow.Parse(to)
	if err == nil && err2 == nil {
		t := blockDifference(ctx, "blocks", i18n.T(ctx, "snapshots.compare.blocks"), was, is, diffBlocks(was, is))
		t.Level = 0
		v.Blocks = &t
	} else {
		v.NoBlocks = i18n.T(ctx, "snapshots.compare.no-blocks")
	}
	added, removed := countChanges(hunks)
	lines := lineDifference(ctx, ui.DiffProps{Label: i18n.T(ctx, "diff.label"), Empty: i18n.T(ctx, "diff.none")}, hunks)
	v.Lines, v.LineTitle = &lines, i18n.T(ctx, "snapshots.compare.lines")
	v.LineCount = i18n.T(ctx, "flows.one.draft.count", "Added", added, "Removed", removed)
}
