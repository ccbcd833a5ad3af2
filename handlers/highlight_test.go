package handlers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/views/ui"
)

// codeText joins lines back to text.
func codeText(lines []ui.CodeLine) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, s := range l.Spans {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// marked writes lines with each token's kind before it.
func marked(lines []ui.CodeLine) []string {
	var out []string
	for _, l := range lines {
		var b strings.Builder
		for _, s := range l.Spans {
			if s.Kind != ui.Plain {
				b.WriteString(string(s.Kind) + ":")
			}
			b.WriteString(s.Text)
		}
		out = append(out, b.String())
	}
	return out
}

func TestHighlightJSON(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		want     []string
	}{
		{"names, strings, numbers and literals are told apart", "{\"a\": \"b\",\n \"c\": [1, true, null]}\n", []string{
			`{key:"a": string:"b",`, ` key:"c": [number:1, literal:true, literal:null]}`,
		}},
		{"a name that looks like markup is text", `{"<b>":1}`, []string{`{key:"<b>":number:1}`}},
		{"the rest is plain from the first byte that is no JSON", "[1, oops\n2]", []string{"[number:1, oops", "2]"}},
		{"a line of an object alone is read as such", `  "a": {`, []string{`  key:"a": {`}},
		{"an element alone is a string", `  "a",`, []string{`  string:"a",`}},
		{"empty text is one empty line", "", []string{""}},
		{"line ends of Windows are no part of a line", "[\r\n]\r\n", []string{"[", "]"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, marked(highlightJSON([]byte(c.in)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
