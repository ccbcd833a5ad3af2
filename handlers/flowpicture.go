package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/picture"
	flowview "wrapup/views/flow"
	"wrapup/views/ui"
)

// pictureLook is what the address says of the picture: which gap's route is shown, from 1, and how large.
type pictureLook struct {
	gap  int
	zoom string
}

// zoomFit shows the whole picture; the other sizes are percent.
const zoomFit = "fit"

var zooms = []string{"50", "75", "100", "150", zoomFit}

// lookOf reads the address. What it does not know is as if it were not there.
func lookOf(r *http.Request, gaps int) pictureLook {
	q := r.URL.Query()
	l := pictureLook{gap: 1, zoom: q.Get("zoom")}
	if n, err := strconv.Atoi(q.Get("gap")); err == nil && n >= 1 && n <= gaps {
		l.gap = n
	}
	if !slices.Contains(zooms, l.zoom) {
		l.zoom = ""
	}
	return l
}

// lookPath is the page's address with another look, at the picture.
func (v flowPage) lookPath(l pictureLook) string {
	q := url.Values{}
	if l.gap > 1 {
		q.Set("gap", strconv.Itoa(l.gap))
	}
	if l.zoom != "" {
		q.Set("zoom", l.zoom)
	}
	path := flowPath(v.in.ID, v.d.Row.Flow.ID)
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path + "#picture"
}

// nodeAnchor is the id of a block in the picture.
func nodeAnchor(index int) string { return "node-" + strconv.Itoa(index+1) }

// picturePage draws the flow.
type picturePage struct {
	flowPage
	marks map[int]blockMarks // by the blocks' indexes
}

// blockMarks are what a block is marked with: a kind, which decides the look of its box, and tags.
type blockMarks struct {
	kind string
	tags []picture.Tag
}

func (v picturePage) props() *flowview.PictureProps {
	d := v.d.Document
	p := &flowview.PictureProps{Title: v.t("picture.title")}
	drawn := picture.Draw(d, picture.Options{
		Block: v.words, Branches: v.branches, Start: v.t("picture.start"), Route: v.route(),
		Missing: func(id string) picture.Words { return picture.Words{Title: v.t("picture.missing"), Type: id} },
		More:    func(n int) string { return v.t("picture.more", "Count", n) },
	})
	if drawn == nil {
		p.Notes = []string{v.t("picture.too-many", "Count", len(d.Blocks()))}
		return p
	}
	p.Drawing, p.Never = drawn, v.t("picture.never")
	p.Description = v.t("picture.layered")
	if drawn.Designed {
		p.Description = v.t("picture.designed")
	}
	if drawn.Left > 0 {
		p.Notes = []string{v.t("picture.left", "Count", drawn.Left)}
	}
	p.Name = v.t("picture.name", "Flow", flowTitle(v.d.Row.Flow))
	p.Text = v.t("picture.text", "Count", len(d.Blocks()))
	p.Frame, p.Skip, p.Keys = v.t("picture.frame"), v.t("picture.skip"), v.t("picture.zoom.keys")
	p.Example = v.example()
	for i := range drawn.Nodes {
		p.Nodes = append(p.Nodes, v.node(&drawn.Nodes[i]))
	}
	p.Legend, p.LegendName = v.legend(drawn, p.Nodes), v.t("picture.legend")
	v.size(p)
	return p
}

// size sets the picture's size and the links to others.
func (v picturePage) size(p *flowview.PictureProps) {
	zoom := cmp.Or(v.look.zoom, "100")
	percent, err := strconv.Atoi(zoom)
	if err != nil {
		percent, p.Fit = 100, true
	}
	p.Width, p.Height = p.Drawing.Width*percent/100, p.Drawing.Height*percent/100
	p.Zoom = flowview.ZoomProps{Label: v.t("picture.zoom"), Larger: v.t("picture.zoom.in"), Smaller: v.t("picture.zoom.out")}
	for _, z := range zooms {
		text := v.t("picture.zoom.fit")
		if z != zoomFit {
			text = v.t("picture.zoom.percent", "Percent", z)
		}
		p.Zoom.Links = append(p.Zoom.Links, ui.Link{Text: text, Href: v.lookPath(pictureLook{v.look.gap, z}), Current: z == zoom, Count: z})
	}
}

// route are the blocks of the chosen gap's route in this flow.
func (v picturePage) route() []string {
	if gaps := v.d.Row.Report.Gaps; v.look.gap <= len(gaps) {
		return ownRoute(gaps[v.look.gap-1])
	}
	return nil
}

// example names the route that is shown, and leads to those before and after it.
func (v picturePage) example() *flowview.ExampleProps {
	gaps, n := v.d.Row.Report.Gaps, v.look.gap
	if n > len(gaps) {
		return nil
	}
	e := &flowview.ExampleProps{Number: v.t("picture.example", "Number", n, "Count", len(gaps)), Text: v.gap(n - 1).Text}
	if n > 1 {
		e.Previous = ui.Link{Text: v.t("picture.example.previous"), Href: v.lookPath(pictureLook{n - 1, v.look.zoom})}
	}
	if n < len(gaps) {
		e.Next = ui.Link{Text: v.t("picture.example.next"), Href: v.lookPath(pictureLook{n + 1, v.look.zoom})}
	}
	return e
}

func (v picturePage) words(b *flow.Block) picture.Words {
	w := picture.Words{Title: blockTitle(v.ctx, b), Type: TypeWords(v.ctx, b.Type), Tags: v.marks[b.Index].tags}
	if w.Title == w.Type {
		w.Type = ""
	}
	return w
}

// expected are branches that the flow language counts as errors and people do not: what the caller did fits no condition.
var expected = map[string]bool{"NoMatchingCondition": true, "InputTimeLimitExceeded": true, "TimeLimitExceeded": true}

func (v picturePage) branches(b *flow.Block) []picture.Branch {
	var out []picture.Branch
	for _, w := range waysOut(b) {
		out = append(out, picture.Branch{Label: BranchWords(v.ctx, b.Type, w.branch), To: w.to.ID, Error: w.error && !expected[w.branch]})
	}
	return out
}

// node is one box with where it leads and what it is called.
func (v picturePage) node(n *picture.Node) flowview.PictureNode {
	out := flowview.PictureNode{Node: *n, Kind: string(n.Shape)}
	if n.Shape != picture.Box {
		return out
	}
	b, m := v.d.Document.Blocks()[n.Block], v.marks[n.Block]
	out.ID, out.Href = nodeAnchor(n.Block), "#"+blockAnchor(b)
	w := v.words(b)
	out.Name, out.Kind = w.Title, cmp.Or(m.kind, "plain")
	add := func(more string) { out.Name = v.t("picture.node", "Block", out.Name, "More", more) }
	if w.Type != "" {
		add(w.Type)
	}
	for _, t := range m.tags {
		add(t.Text)
	}
	if !n.Reached {
		add(v.t("picture.tag.unreached"))
		out.Kind = "unreached"
	}
	if n.Step > 0 {
		add(v.t("picture.node.step", "Step", n.Step))
	}
	return out
}

// legend explains the marks that the picture has.
func (v picturePage) legend(drawn *picture.Picture, nodes []flowview.PictureNode) []flowview.LegendItem {
	has := map[string]bool{"error": drawn.Errors != ""}
	for _, n := range nodes {
		has[n.Kind] = true
		has["route"] = has["route"] || n.Step > 0
	}
	var out []flowview.LegendItem
	for _, kind := range []string{"route", "guide", "point", "exit", "error", "missing", "unreached"} {
		if has[kind] {
			out = append(out, flowview.LegendItem{Kind: kind, Text: v.t("picture.legend." + kind)})
		}
	}
	return out
}

// blockMarks are the marks of the blocks that the audit names.
func (v flowPage) blockMarks() map[int]blockMarks {
	out, d := map[int]blockMarks{}, v.d.Document
	mark := func(id, kind string, tags ...picture.Tag) {
		if b, ok := d.Find(id); ok {
			out[b.Index] = blockMarks{kind, append(out[b.Index].tags, tags...)}
		}
	}
	for _, w := range audit.Writes(d, audit.Options{Event: v.event}) {
		tag := writeTag(w.Kind)
		mark(w.Block, "guide", picture.Tag{Kind: tag, Text: v.t("picture.tag." + tag)})
	}
	for _, e := range v.d.Row.Report.Exits {
		if e.Flow != "" {
			continue
		}
		mark(e.Block, "exit", append([]picture.Tag{{Kind: "exit", Text: v.t("picture.tag.exit")}}, v.settingTag(e.Settings)...)...)
	}
	for _, h := range v.d.Row.Report.Handoffs {
		if h.Flow == "" {
			mark(h.Block, "point", append([]picture.Tag{{Kind: "point", Text: v.t("picture.tag.point")}}, v.settingTag(h.Settings)...)...)
		}
	}
	return out
}

// writeTag is what a block does to the guide, as a kind of tag.
func writeTag(k audit.Kind) string {
	switch k {
	case audit.ByBlock, audit.ByAttribute:
		return "guide"
	case audit.DynamicValue:
		return "dynamic"
	case audit.BrokenValue:
		return "broken"
	}
	return "off"
}

// settingTag is what contacts carry at a block: the setting that needs a person most, and whether there are others.
func (v flowPage) settingTag(list []audit.Setting) []picture.Tag {
	if len(list) == 0 {
		return nil
	}
	need := func(s audit.Setting) int {
		return slices.Index([]ui.StatusKind{ui.Error, ui.Warning, ui.Pending, ui.Success}, settingStatus(s.Kind))
	}
	worst := slices.MinFunc(list, func(a, b audit.Setting) int { return cmp.Compare(need(a), need(b)) })
	s := v.setting(worst)
	if len(list) > 1 {
		s.Text = v.t("picture.tag.several", "Setting", s.Text)
	}
	return []picture.Tag{{Kind: string(s.Kind), Text: s.Text}}
}
