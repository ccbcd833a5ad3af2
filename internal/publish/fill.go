package publish

import (
	"bytes"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// PlaceholderID stands for the flow that the change's first step creates. Ids are UUIDs, so the reviewed bytes are
// exactly as long as the final ones, and limits checked on them hold.
const PlaceholderID instance.FlowID = "00000000-0000-0000-0000-000000000000"

// placeholder is the ARN that reviewed bytes carry in each place of the guide still to be created.
func placeholder(in instance.Instance) string { return flowARN(in, PlaceholderID) }

// flowARN is a flow's ARN; the partition is the instance's own.
func flowARN(in instance.Instance, id instance.FlowID) string {
	partition := "aws"
	if p := strings.SplitN(in.ARN, ":", 3); len(p) == 3 && p[1] != "" {
		partition = p[1]
	}
	r := instance.Ref{Partition: partition, Region: in.Region, Account: in.Account, Instance: in.ID, Kind: instance.KindFlow, ID: string(id)}
	return r.ARN()
}

// spansOf finds every place of the placeholder.
func spansOf(content []byte, text string) []Span {
	var spans []Span
	for from := 0; ; {
		i := bytes.Index(content[from:], []byte(text))
		if i < 0 {
			return spans
		}
		spans = append(spans, Span{Offset: from + i, Len: len(text)})
		from += i + len(text)
	}
}

// fill writes arn into exactly the spans, from the last to the first, so that offsets stay true.
func fill(content []byte, spans []Span, arn string) []byte {
	out := bytes.Clone(content)
	for i := len(spans) - 1; i >= 0; i-- {
		s := spans[i]
		out = append(out[:s.Offset], append([]byte(arn), out[s.Offset+s.Len:]...)...)
	}
	return out
}

// fillEdits states the same edits with the guide's real ARN, for the proof on the final bytes.
func fillEdits(edits []flow.Edit, text, arn string) []flow.Edit {
	out := make([]flow.Edit, len(edits))
	for i, e := range edits {
		if e.Guide == text {
			e.Guide = arn
		}
		out[i] = e
	}
	return out
}

// known wraps the reading's knowledge of guides with one guide that this change is about: it is checked or
// created by the change itself, and so counts as healthy.
func known(o audit.Options, id instance.FlowID, name string) audit.Options {
	before := o.Guides
	o.Guides = func(f instance.FlowID) audit.Health {
		switch {
		case f == id:
			return audit.Health{State: audit.Healthy, Name: name, ACW: true}
		case before == nil:
			return audit.Health{}
		default:
			return before(f)
		}
	}
	return o
}
