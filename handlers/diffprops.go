package handlers

import (
	"context"
	"strconv"
	"strings"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// lineDifference fills p with hunks, each line highlighted as JSON.
func lineDifference(ctx context.Context, p ui.DiffProps, hunks []diffHunk) ui.DiffProps {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	for _, h := range hunks {
		var out ui.DiffHunk
		for _, l := range h.Lines {
			out.Lines = append(out.Lines, ui.DiffLine{
				Op: ui.DiffOp(l.Change), Old: number(l.Old), New: number(l.New), Spans: lineSpans(l.Text),
			})
		}
		if n := len(out.Lines); n > 0 {
			out.Title = i18n.T(ctx, "changes.diff.lines", "From", max(h.Lines[0].New, h.Lines[0].Old), "To", max(h.Lines[n-1].New, h.Lines[n-1].Old))
		}
		p.Hunks = append(p.Hunks, out)
	}
	return p
}

// lineSpans highlights one line of canonical JSON: an indent, then at most one member or element. A member is read as
// the first of an object, so that its name is told from a value.
func lineSpans(text string) []ui.Span {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	rest := text[len(indent):]
	if !strings.HasPrefix(rest, `"`) {
		return []ui.Span{{Text: text}}
	}
	open := ""
	if strings.Contains(rest, `": `) {
		open = "{"
	}
	lines := highlightJSON([]byte(open + rest))
	if len(lines) != 1 || len(lines[0].Spans) == 0 {
		return []ui.Span{{Text: text}}
	}
	spans := lines[0].Spans
	if open != "" {
		if spans[0].Text = strings.TrimPrefix(spans[0].Text, open); spans[0].Text == "" {
			spans = spans[1:]
		}
	}
	return append([]ui.Span{{Text: indent}}, spans...)
}

// flowNameOf is the name of the flow that a reference names; empty where the reading does not know it.
func flowNameOf(reading *survey.Reading, ref string) string {
	r, ok := instance.ParseRef(ref, instance.KindFlow)
	if !ok || reading == nil {
		return ""
	}
	if row, ok := reading.Row(r.FlowID()); ok {
		return row.Flow.Name
	}
	for i := range reading.Others {
		if f := &reading.Others[i].Flow; f.ID == r.FlowID() {
			return f.Name
		}
	}
	return ""
}
