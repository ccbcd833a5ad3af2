package handlers

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// lineChange is what happened to a line.
type lineChange string

const (
	lineSame    lineChange = ""
	lineAdded   lineChange = "added"
	lineRemoved lineChange = "removed"
)

// diffHunk is a run of changed lines with a few unchanged ones around them.
type diffHunk struct{ Lines []hunkLine }

// hunkLine is one line of a hunk. Old and New are line numbers from 1; 0 where the line is not in that text.
type hunkLine struct {
	Change   lineChange
	Old, New int
	Text     string
}

// diffLines compares two documents line by line in the canonical form, with context unchanged lines around each
// run. No hunks means that they are the same JSON, whatever their bytes.
func diffLines(before, after []byte, context int) []diffHunk {
	a, okA := canonicalJSON(before)
	b, okB := canonicalJSON(after)
	if !okA || !okB {
		a, b = before, after // one is no JSON: the other's bytes are compared too
	}
	return diffText(string(a), string(b), context)
}

// diffText compares two texts line by line.
func diffText(a, b string, context int) []diffHunk {
	u, err := udiff.ToUnifiedDiff("", "", a, udiff.Lines(a, b), context)
	if err != nil {
		// Lines gives edits in order and inside a, so this means they are not comparable: show both whole.
		return []diffHunk{{Lines: append(wholeText(a, lineRemoved), wholeText(b, lineAdded)...)}}
	}
	hunks, shift := make([]diffHunk, 0, len(u.Hunks)), 0
	for _, h := range u.Hunks {
		var out diffHunk
		old := h.FromLine
		for _, l := range h.Lines {
			hl := hunkLine{Text: strings.TrimRight(l.Content, "\r\n")}
			switch l.Kind {
			case udiff.Delete:
				hl.Change, hl.Old = lineRemoved, old
				old, shift = old+1, shift-1
			case udiff.Insert:
				shift++
				hl.Change, hl.New = lineAdded, old+shift-1
			default:
				hl.Old, hl.New = old, old+shift
				old++
			}
			out.Lines = append(out.Lines, hl)
		}
		hunks = append(hunks, out)
	}
	return hunks
}

func wholeText(s string, c lineChange) []hunkLine {
	var out []hunkLine
	for i, t := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		l := hunkLine{Change: c, Text: t}
		if c == lineAdded {
			l.New = i + 1
		} else {
			l.Old = i + 1
		}
		out = append(out, l)
	}
	return out
}

// countChanges counts the added and removed lines.
func countChanges(hunks []diffHunk) (added, removed int) {
	for _, h := range hunks {
		for _, l := range h.Lines {
			switch l.Change {
			case lineAdded:
				added++
			case lineRemoved:
				removed++
			}
		}
	}
	return added, removed
}
