package handlers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// codeText joins lines back to text.
func codeText(lines []codeLine) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, s := range l {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestHighlightJSON(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		want     []codeLine
	}{
		{"names, strings, numbers and literals are told apart", "{\"a\": \"b\",\n \"c\": [1, true, null]}\n", []codeLine{
			{{"", "{"}, {"name", `"a"`}, {"", ": "}, {"string", `"b"`}, {"", ","}},
			{{"", " "}, {"name", `"c"`}, {"", ": ["}, {"number", "1"}, {"", ", "}, {"literal", "true"}, {"", ", "}, {"literal", "null"}, {"", "]}"}},
		}},
		{"a name that looks like markup is text", `{"<b>":1}`, []codeLine{{{"", "{"}, {"name", `"<b>"`}, {"", ":"}, {"number", "1"}, {"", "}"}}}},
		{"the rest is plain from the first byte that is no JSON", "[1, oops\n2]", []codeLine{
			{{"", "["}, {"number", "1"}, {"", ", oops"}}, {{"", "2]"}}}},
		{"empty text is one empty line", "", []codeLine{nil}},
		{"line ends of Windows are no part of a line", "[\r\n]\r\n", []codeLine{{{"", "["}}, {{"", "]"}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, highlightJSON([]byte(c.in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
