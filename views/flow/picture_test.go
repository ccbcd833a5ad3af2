package flow

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/picture"
	"wrapup/views/ui"
)

// onePicture has one box of each shape, with s wherever a flow may have written it.
func onePicture(s string) PictureProps {
	line := picture.Line{Text: s, X: 12, Y: 20}
	box := picture.Node{
		Shape: picture.Box, X: 10, Y: 20, W: 200, H: 90, Title: []picture.Line{line, line}, Type: line, Rows: []picture.Line{line}, Reached: true, Step: 2,
		Tags: []picture.TagLine{{Tag: picture.Tag{Kind: "guide", Text: s}}, {Tag: picture.Tag{Kind: "warning", Text: s}}, {Tag: picture.Tag{Kind: s, Text: s}}},
	}
	entry := picture.Node{Shape: picture.Entry, W: 60, H: 32, Title: []picture.Line{line}}
	missing := picture.Node{Shape: picture.Missing, W: 200, H: 52, Title: []picture.Line{line}, Type: line}
	return PictureProps{
		Title: s, Description: s, Notes: []string{s}, Name: s, Text: s, Frame: s, Skip: s, Keys: s, Never: s, Width: 300, Height: 200, Fit: true,
		Zoom:    ZoomProps{Label: s, Links: []ui.Link{{Text: s, Href: s, Count: "50"}, {Text: s, Href: "/b", Current: true, Count: "fit"}}, Larger: s, Smaller: s},
		Example: &ExampleProps{Number: s, Text: s, Previous: ui.Link{Text: s, Href: s}},
		Legend:  []LegendItem{{"route", s}, {"error", s}, {"missing", s}, {"point", s}}, LegendName: s,
		Drawing: &picture.Picture{Width: 600, Height: 400, Plain: "M0 0H9", Errors: "M0 1H9", Heads: "M9 0l-8-4v8z", Apart: 300, Edges: []picture.Edge{
			{Route: true, Path: "M1 1H5", Head: "M9 1l-8-4v8z"}, {},
		}},
		Nodes: []PictureNode{
			{Node: entry, Kind: "entry"}, {Node: box, ID: "node-1", Href: "#block-1", Kind: "point", Name: s}, {Node: missing, Kind: "missing"},
		},
	}
}

func drawn(t *testing.T, p PictureProps) (*goquery.Document, string) {
	t.Helper()
	var b strings.Builder
	if err := flowPicture(p).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc, b.String()
}

func TestPicture(t *testing.T) {
	t.Parallel()
	doc, html := drawn(t, onePicture("Main menu"))
	for selector, want := range map[string]int{
		"svg.drawing[role=group][width='300'][height='200'][aria-labelledby=picture-name][aria-describedby=picture-text]": 1,
		"svg.drawing > title#picture-name, svg.drawing > desc#picture-text":                                               2,
		"svg.drawing > a.node#node-1[href='#block-1'][transform='translate(10 20)'] > title":                              1,
		"a.node.node-point.node-route g[aria-hidden=true] .node-box":                                                      1,
		"a.node .node-title": 2, "a.node .node-type": 1, "a.node .row": 1, "a.node .tag": 3, "a.node .step": 1, "a.node .node-bar": 1,
		"a.node use[href='#picture-guide'], svg.drawing symbol#picture-guide": 2,
		"g.node-entry a, g.node-missing a":                                    0,
		"g.node-missing .node-title":                                          1,
		".drawing .line-route[d='M1 1H5']":                                    1,
		".drawing .apart text":                                                1,
		".picture-frame.picture-fit[role=region][tabindex='0']":               1,
		".picture-zoom a[aria-current=true]":                                  1,
		".picture-zoom button[hidden][aria-label]":                            2,
		".picture-example a":                                                  1,
		".picture-legend li":                                                  4,
		"[style], [onclick], style, script":                                   0,
	} {
		if got := doc.Find(selector).Length(); got != want {
			t.Errorf("%s: %d, want %d", selector, got, want)
		}
	}
	if !strings.Contains(html, `viewBox="0 0 600 400"`) {
		t.Error("the picture is cut, or stretched")
	}
}

func TestAPictureThatCannotBeDrawnIsASentence(t *testing.T) {
	t.Parallel()
	doc, _ := drawn(t, PictureProps{Title: "Picture", Notes: []string{"Too many blocks."}})
	if doc.Find("svg, .picture-frame, .picture-zoom").Length() != 0 || !strings.Contains(doc.Text(), "Too many blocks.") {
		t.Error(doc.Text())
	}
}

func TestHostileTextStaysTextInAPicture(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		`"><script>alert(1)</script>`, `</text></svg><b>out</b>`, `<![CDATA[<b>x</b>]]>`, "</title><b>x</b>", "javascript:alert(1)", `' onload='x`, "]]>&lt;b&gt;", "\u202eabc",
	} {
		doc, html := drawn(t, onePicture(s))
		if strings.Contains(html, "<script") || doc.Find("b, [onload], [href^=javascript]").Length() != 0 {
			t.Errorf("%q became markup", s)
		}
		if doc.Find("svg.drawing a.node .node-title").Length() != 2 || !strings.Contains(doc.Find("a.node .row").Text(), s) {
			t.Errorf("%q broke the picture", s)
		}
	}
}
