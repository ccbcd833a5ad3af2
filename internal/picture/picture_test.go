package picture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/flow"
)

// words are those of a flow itself.
func words(route ...string) Options {
	return Options{
		Start: "Start",
		Route: route,
		Block: func(b *flow.Block) Words { return Words{Title: b.ID, Type: b.Type} },
		Branches: func(b *flow.Block) []Branch {
			var out []Branch
			if b.Next.Present {
				out = append(out, Branch{To: b.Next.ID})
			}
			for _, c := range b.Conditions {
				out = append(out, Branch{Label: strings.Join(c.Condition.Operands, " "), To: c.Target.ID})
			}
			for _, e := range b.Errors {
				out = append(out, Branch{Label: e.ErrorType, To: e.Target.ID, Error: true})
			}
			return out
		},
		Missing: func(id string) Words { return Words{Title: "No such block", Type: id} },
		More:    func(n int) string { return fmt.Sprintf("and %d more", n) },
	}
}

type object = map[string]any

// doc writes a flow. Each line is a block: its identifier, then where it leads to; "!x" is an error, "=x" a condition. The
// first block is the start.
func doc(t testing.TB, metadata any, lines ...string) *flow.Document {
	t.Helper()
	var actions []any
	for _, l := range lines {
		parts := strings.Fields(l)
		trans := object{}
		var errs, conds []any
		for i, p := range parts[1:] {
			switch p[0] {
			case '!':
				errs = append(errs, object{"ErrorType": fmt.Sprintf("Error%d", i), "NextAction": p[1:]})
			case '=':
				conds = append(conds, object{"Condition": object{"Operator": "Equals", "Operands": []string{strconv.Itoa(i)}}, "NextAction": p[1:]})
			default:
				trans["NextAction"] = p
			}
		}
		trans["Errors"], trans["Conditions"] = errs, conds
		actions = append(actions, object{"Identifier": parts[0], "Type": "Wait", "Transitions": trans})
	}
	content := object{"Version": "2019-10-30", "StartAction": strings.Fields(lines[0])[0], "Actions": actions}
	if metadata != nil {
		content["Metadata"] = metadata
	}
	return parse(t, content)
}

func parse(t testing.TB, content any) *flow.Document {
	t.Helper()
	b, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	d, err := flow.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at is designer metadata: identifier, x, y, and so on.
func at(list ...any) object {
	meta := object{}
	for i := 0; i+2 < len(list); i += 3 {
		meta[list[i].(string)] = object{"position": object{"x": list[i+1], "y": list[i+2]}}
	}
	return object{"ActionMetadata": meta}
}

// box finds the node of the block with this title.
func (p *Picture) box(t *testing.T, title string) *Node {
	t.Helper()
	for i := range p.Nodes {
		if p.Nodes[i].Title[0].Text == title {
			return &p.Nodes[i]
		}
	}
	t.Fatalf("there is no box %q", title)
	return nil
}

// edge finds the edge between two boxes.
func (p *Picture) edge(from, to string) *Edge {
	for i, e := range p.Edges {
		if p.Nodes[e.From].Title[0].Text == from && p.Nodes[e.To].Title[0].Text == to {
			return &p.Edges[i]
		}
	}
	return nil
}

var number = regexp.MustCompile(`-?\d+`)

// sound holds what is true of every picture against one.
func sound(t *testing.T, p *Picture) {
	t.Helper()
	for i := range p.Nodes {
		a := &p.Nodes[i]
		if a.X < margin || a.Y < margin || a.X+a.W > p.Width-margin || a.Y+a.H > p.Height-margin {
			t.Errorf("%v leaves the picture of %d x %d", *a, p.Width, p.Height)
		}
		for j := range i {
			if b := &p.Nodes[j]; a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%v and %v lie on one another", a.Title, b.Title)
			}
		}
		for _, l := range append(append([]Line{a.Type}, a.Title...), a.Rows...) {
			if l.Y < 0 || l.Y > a.H || l.X < 0 || l.X > a.W {
				t.Errorf("%q is not in its box %v", l.Text, *a)
			}
		}
	}
	for _, e := range p.Edges {
		from, to := &p.Nodes[e.From], &p.Nodes[e.To]
		if at := e.line.at; at.x != from.X+from.W || at.y <= from.Y || at.y >= from.Y+from.H {
			t.Errorf("%v does not begin at %v", e, *from)
		}
		if end := e.line.end(); !to.enteredAt(end) && (e.Route || !p.passes(e, end)) {
			t.Errorf("%v does not end at %v", e, *to)
		}
		if e.Route && (e.Path == "" || e.Head == "") {
			t.Errorf("%v is not drawn", e)
		}
	}
	for _, n := range number.FindAllString(p.Plain+p.Errors+p.Heads, -1) {
		if v, _ := strconv.Atoi(n); v < -head || v > max(p.Width, p.Height) {
			t.Errorf("a line leaves the picture: %d", v)
		}
	}
}

// enteredAt says whether a line that ends here leads to the node.
func (n *Node) enteredAt(at spot) bool { return at.x == n.X-head+2 && at.y > n.Y && at.y < n.Y+n.H }

// passes says whether another line to the same node, which ends there, passes the place.
func (p *Picture) passes(e Edge, at spot) bool {
	for _, other := range p.Edges {
		if other.To != e.To || other.Error != e.Error || other.From == e.From {
			continue
		}
		for i, c := range other.line.curves {
			if c[2] == at && i < len(other.line.curves)-1 {
				return true
			}
		}
	}
	return false
}

// realFlows are flows that other people wrote; the test is skipped where they are not at hand.
func realFlows(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../../shared/flows/valid/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("../shared/flows is missing")
		}
		t.Skip("../shared/flows is not here")
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = b
	}
	return out
}

func TestRealFlowsHaveASoundPicture(t *testing.T) {
	t.Parallel()
	designed := 0
	for name, content := range realFlows(t) {
		d, err := flow.Parse(content)
		if err != nil {
			continue // one has no actions
		}
		p := Draw(d, words())
		if p.Designed {
			designed++
		}
		t.Run(name, func(t *testing.T) { sound(t, p) })
		t.Run(name+" without positions", func(t *testing.T) { sound(t, build(d, words()).layered()) })
		if diff := cmp.Diff(p, Draw(d, words()), cmp.AllowUnexported(Picture{}, Edge{}, line{}, spot{})); diff != "" {
			t.Errorf("%s: another time it is another picture: %s", name, diff)
		}
	}
	if designed < 115 {
		t.Errorf("only %d pictures are as their designers made them", designed)
	}
}

func TestTheDesignersPositionsAreKept(t *testing.T) {
	t.Parallel()
	d := doc(t, at("a", 100, 40, "b", 400, 40, "c", 400.4, 290.6, "d", -200, 700), "a b !c", "b d", "c d", "d")
	p := Draw(d, words())
	sound(t, p)
	if !p.Designed {
		t.Fatal("they are not used")
	}
	a := p.box(t, "a")
	for title, want := range map[string][2]int{"b": {300, 0}, "c": {300, 251}, "d": {-300, 660}} {
		if n := p.box(t, title); n.X-a.X != want[0] || n.Y-a.Y != want[1] {
			t.Errorf("%s is %d, %d from a", title, n.X-a.X, n.Y-a.Y)
		}
	}
	if start := p.box(t, "Start"); start.X+start.W >= a.X || start.Y+pillHeight/2 != a.Y+port {
		t.Error("the entry without a position is not beside the start")
	}
	d = doc(t, object{"entryPointPosition": object{"x": 100, "y": 200}, "ActionMetadata": at("a", 300, 200)["ActionMetadata"]}, "a")
	if p = Draw(d, words()); p.box(t, "a").X-p.box(t, "Start").X != 200 {
		t.Error("the entry's position is not kept")
	}
}

func TestBlocksThatLieOnOneAnotherAreMovedApart(t *testing.T) {
	t.Parallel()
	lines := []string{"a"}
	list := []any{"a", 0, 0}
	for i := range 12 {
		id := fmt.Sprintf("n%d", i)
		lines = append(lines, id)
		list = append(list, id, 300*i, 300)
	}
	p := Draw(doc(t, at(append(list, "over", 10, 310)...), append(lines, "over gone")...), words())
	sound(t, p)
	over, n0 := p.box(t, "over"), p.box(t, "n0")
	if !p.Designed || over.X-n0.X != 10 || over.Y < n0.Y+n0.H {
		t.Errorf("it is at %d, %d", over.X, over.Y)
	}
	close := make([]any, 0, 30)
	for i := range 10 {
		close = append(close, fmt.Sprintf("n%d", i), 150*i, 0)
	}
	p = Draw(doc(t, at(close...), lines[1:11]...), words())
	sound(t, p)
	if d := p.box(t, "n5").X - p.box(t, "n4").X; !p.Designed || d != 225 {
		t.Errorf("positions that are too close are not drawn apart evenly: %d", d)
	}
}

func TestPositionsThatCannotBeUsedGiveALayoutOfOurOwn(t *testing.T) {
	t.Parallel()
	for name, meta := range map[string]any{
		"none":               nil,
		"no object":          "x",
		"one is missing":     at("a", 0, 0, "b", 300, 0),
		"all the same":       at("a", 0, 0, "b", 0, 0, "c", 0, 0),
		"texts":              at("a", "NaN", "1", "b", "2", "3", "c", "4", "5"),
		"null":               at("a", nil, 0, "b", 300, 0, "c", 600, 0),
		"huge":               at("a", 1e300, 0, "b", 300, 0, "c", 600, 0),
		"past every number":  at("a", json.Number("1e999"), 0, "b", 300, 0, "c", 600, 0),
		"very far":           at("a", -1e8, 0, "b", 300, 0, "c", 600, 0),
		"far up":             at("a", 0, 0, "b", 300, -70000, "c", 600, 0),
		"a position of text": object{"ActionMetadata": object{"a": object{"position": "0,0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Draw(doc(t, meta, "a b", "b c", "c"), words())
			sound(t, p)
			if p.Designed {
				t.Error("they are used")
			}
		})
	}
	t.Run("an entry that is far off is set beside the start", func(t *testing.T) {
		t.Parallel()
		meta := at("a", 0, 0, "b", 300, 0)
		meta["entryPointPosition"] = object{"x": -9e7, "y": 0}
		if p := Draw(doc(t, meta, "a b", "b"), words()); !p.Designed || p.Width > 1000 {
			t.Errorf("%v, %d wide", p.Designed, p.Width)
		}
	})
	t.Run("an entry that leads to no block is set beside the blocks", func(t *testing.T) {
		t.Parallel()
		content := object{"Version": "2019-10-30", "StartAction": "none", "Metadata": at("a", 9e7, 9e7, "b", 9e7+300, 9e7), "Actions": []object{
			{"Identifier": "a", "Type": "Wait", "Transitions": object{"NextAction": "b"}}, {"Identifier": "b", "Type": "Wait", "Transitions": object{}},
		}}
		p := Draw(parse(t, content), words())
		if sound(t, p); !p.Designed || p.Width > 2000 || p.Height > 1000 {
			t.Errorf("%v, %d by %d", p.Designed, p.Width, p.Height)
		}
	})
}

func TestLayers(t *testing.T) {
	t.Parallel()
	t.Run("a block stands to the right of those that lead to it", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a b =c", "b d !end", "c d !end", "d end", "end"), words())
		sound(t, p)
		for _, e := range p.Edges {
			if p.Nodes[e.From].X >= p.Nodes[e.To].X {
				t.Errorf("%v leads back", e)
			}
		}
		if p.box(t, "b").X != p.box(t, "c").X || p.box(t, "b").Y == p.box(t, "c").Y {
			t.Error("b and c are not above one another")
		}
	})
	t.Run("a row of blocks is a straight line", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a b !end", "b c !end", "c d !end", "d end", "end"), words())
		for _, title := range []string{"b", "c", "d"} {
			if got, want := p.box(t, title).Y, p.box(t, "a").Y; got != want {
				t.Errorf("%s is at %d, not at %d", title, got, want)
			}
		}
	})
	t.Run("only the lines of loops lead back", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a b", "b c =a", "c d =b =c", "d"), words())
		sound(t, p)
		for _, c := range []struct {
			from, to string
			back     bool
		}{{"a", "b", false}, {"b", "c", false}, {"b", "a", true}, {"c", "b", true}, {"c", "c", true}, {"c", "d", false}} {
			e := p.edge(c.from, c.to)
			if back := p.Nodes[e.From].X >= p.Nodes[e.To].X; back != c.back {
				t.Errorf("%s to %s leads back: %v", c.from, c.to, back)
			}
		}
	})
	t.Run("what is never reached stands below in a part of its own", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a b", "b", "x y", "y z a", "z x"), words())
		sound(t, p)
		for _, title := range []string{"x", "y", "z"} {
			if n := p.box(t, title); n.Reached || n.Y <= p.Apart {
				t.Errorf("%s: reached %v, at %d above %d", title, n.Reached, n.Y, p.Apart)
			}
		}
		if b := p.box(t, "b"); !b.Reached || b.Y+b.H >= p.Apart || p.Nodes[len(p.Nodes)-1].Reached {
			t.Error("what is reached does not come first")
		}
	})
	t.Run("branches come in the order of their names, so their lines need not cross", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "menu =one =two =three", "three", "two", "one"), words())
		if a, b, c := p.box(t, "one").Y, p.box(t, "two").Y, p.box(t, "three").Y; a >= b || b >= c {
			t.Error(a, b, c)
		}
	})
	t.Run("lines to one block run together, and are there once", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a b !end", "b c !end", "c d !end", "d end", "end"), words())
		if n := strings.Count(p.Errors, "M"); n != 3 {
			t.Errorf("%d lines", n)
		}
		if n := strings.Count(p.Errors, "H"); n != 4 {
			t.Errorf("%d pieces pass a column", n)
		}
	})
}

func TestBoxes(t *testing.T) {
	t.Parallel()
	t.Run("all branches to one block are one line with all their names", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a =b !b =c", "b", "c"), words())
		if n := p.box(t, "a"); len(n.Rows) != 2 || n.Rows[0].Text != "0, Error1" || n.Rows[1].Text != "2" {
			t.Errorf("rows %v", n.Rows)
		}
		if len(p.Edges) != 3 || p.edge("a", "b").Error {
			t.Errorf("edges %v", p.Edges)
		}
	})
	t.Run("the plain way on has no name, and leaves beside the title", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a b !b !c", "b", "c"), words())
		if n := p.box(t, "a"); len(n.Rows) != 1 || n.Rows[0].Text != "Error2" {
			t.Errorf("rows %v", n.Rows)
		}
		if a, e := p.box(t, "a"), p.edge("a", "b"); e.Error || e.line.at != (spot{a.X + a.W, a.Y + port}) {
			t.Errorf("edge %v", e)
		}
	})
	t.Run("branches that have no room share a row that says how many", func(t *testing.T) {
		t.Parallel()
		lines := []string{"menu"}
		for i := range 30 {
			lines[0] += fmt.Sprintf(" =n%d", i)
			lines = append(lines, fmt.Sprintf("n%d", i))
		}
		p := Draw(doc(t, nil, lines...), words())
		sound(t, p)
		rows := p.box(t, "menu").Rows
		if len(rows) != rowsShown || rows[rowsShown-1].Text != "and 23 more" {
			t.Errorf("rows %v", rows)
		}
	})
	t.Run("what leads to no block ends in one mark for each block", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a gone !lost =b", "b gone"), words())
		sound(t, p)
		var marks []string
		for _, n := range p.Nodes {
			if n.Shape == Missing {
				marks = append(marks, n.Title[0].Text+": "+n.Type.Text)
			}
		}
		if diff := cmp.Diff([]string{"No such block: gone", "No such block: gone"}, marks); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("an identifier that several blocks have is no target", func(t *testing.T) {
		t.Parallel()
		p := Draw(doc(t, nil, "a twice", "twice b", "twice b", "b"), words())
		sound(t, p)
		if len(p.Nodes) != 6 || p.edge("a", "No such block") == nil || p.box(t, "twice").Reached {
			t.Errorf("%d nodes", len(p.Nodes))
		}
	})
	t.Run("a flow that does not start says so", func(t *testing.T) {
		t.Parallel()
		p := Draw(parse(t, object{"StartAction": "nowhere", "Actions": []any{object{"Identifier": "a", "Type": "Wait"}}}), words())
		sound(t, p)
		if p.edge("Start", "No such block") == nil || p.box(t, "a").Reached {
			t.Error(p.Nodes)
		}
	})
	t.Run("a long name has two lines, and is cut", func(t *testing.T) {
		t.Parallel()
		for name, want := range map[string][]string{
			"Set after-contact work guide": {"Set after-contact work", "guide"},
			"Short":                        {"Short"},
			strings.Repeat("x", 50):        {strings.Repeat("x", 20), strings.Repeat("x", 18) + "…"},
			"客服人員工作區的聯絡後工作設定流程以及其他的許多事情與更多":                              {"客服人員工作區的聯絡後", "工作設定流程以及其他…"},
			"One two three four five six seven eight nine ten eleven 12": {"One two three four five", "six seven eight nine t…"},
		} {
			var got []string
			for _, l := range box(Words{Title: name, Type: "T"}).Title {
				got = append(got, l.Text)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if got := box(Words{Title: " a\n\tb\u0000 "}).Title[0].Text; got != "a b" {
			t.Errorf("%q", got)
		}
	})
	t.Run("of many names the first ones are told, and how many more there are", func(t *testing.T) {
		t.Parallel()
		if got := join([]string{"no answer in time", "otherwise", "on an error"}, textSize, 176); got != "no answer in time +2" {
			t.Error(got)
		}
		if got := join([]string{strings.Repeat("long ", 20), "b"}, textSize, 100); !strings.HasSuffix(got, "… +1") || width(got, textSize) > 100 {
			t.Error(got)
		}
	})
}

func TestRoute(t *testing.T) {
	t.Parallel()
	d := doc(t, nil, "a b =c", "b d", "c d", "d")
	p := Draw(d, words("a", "c", "elsewhere", "d"))
	for title, want := range map[string]int{"a": 1, "b": 0, "c": 2, "d": 4} {
		if got := p.box(t, title).Step; got != want {
			t.Errorf("%s is step %d", title, got)
		}
	}
	for _, e := range p.Edges {
		from, to := p.Nodes[e.From].Title[0].Text, p.Nodes[e.To].Title[0].Text
		if want := from+to != "ab" && from+to != "bd"; e.Route != want {
			t.Errorf("%s to %s on the route: %v", from, to, e.Route)
		}
	}
}

func TestReadingOrderIsByColumnsOfLayersAndByRowsOfADesigner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		meta any
		want []string
	}{
		{nil, []string{"Start", "a", "c", "b", "d", "x"}},
		{at("a", 0, 20, "b", 300, 200, "c", 320, 0, "d", 700, 30, "x", 0, 100), []string{"Start", "a", "c", "d", "x", "b"}},
	} {
		var got []string
		for _, n := range Draw(doc(t, c.meta, "a =c =b", "b d", "c d", "d", "x d"), words()).Nodes {
			got = append(got, n.Title[0].Text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTooManyBlocksHaveNoPicture(t *testing.T) {
	t.Parallel()
	lines := make([]string, MaxBlocks+1)
	for i := range lines {
		lines[i] = fmt.Sprintf("n%d", i)
	}
	if Draw(doc(t, nil, lines...), words()) != nil || Draw(doc(t, nil, lines[1:]...), words()) == nil {
		t.Error("the limit is another")
	}
}

// random is a flow of n blocks with up to most branches each, of which some lead back and some nowhere.
func random(t testing.TB, seed uint64, n, most int) *flow.Document {
	r := rand.New(rand.NewPCG(seed, 1))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("n%d n%d", i, i+1)
		for range r.IntN(most) {
			kind := []string{"=", "!"}[r.IntN(2)]
			lines[i] += fmt.Sprintf(" %sn%d", kind, min(n, max(0, i-3)+r.IntN(n/4+6)))
		}
	}
	return doc(t, nil, lines...)
}

func TestRandomFlowsHaveASoundPicture(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		n := int(seed)*3 + 1
		p := Draw(random(t, seed, n, 6), words())
		sound(t, p)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	p := Draw(random(t, 1, 250, 60), words())
	sound(t, p)
	if len(p.Edges) > edgesDrawn+len(p.Nodes) || p.Left == 0 {
		t.Errorf("%d edges, %d left", len(p.Edges), p.Left)
	}
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte(`{"StartAction":"a","Actions":[{"Identifier":"a","Type":"Wait","Transitions":{"NextAction":"a"}}]}`))
	f.Add([]byte(`{"StartAction":"a","Metadata":{"entryPointPosition":{"x":1e308,"y":-0},"ActionMetadata":{"a":{"position":{"x":-1e9,"y":1e-9}},"b":{"position":{"x":9,"y":1}}}},"Actions":[{"Identifier":"a","Transitions":{"NextAction":"b","Errors":[{"NextAction":"","ErrorType":"x"}]}},{"Identifier":"b","Transitions":{"Conditions":[{"NextAction":"a"}]}},{"Identifier":"b"},{}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		d, err := flow.Parse(content)
		if err != nil {
			t.Skip()
		}
		route := []string{d.Start()}
		for _, b := range d.Blocks() {
			route = append(route, b.ID)
		}
		if p := Draw(d, words(route...)); p != nil {
			sound(t, p)
		}
		if len(d.Blocks()) <= MaxBlocks {
			sound(t, build(d, words()).layered())
		}
	})
}

// BenchmarkPicture draws 250 blocks with up to four branches beside the way on, in layers and as a designer set them.
func BenchmarkPicture(b *testing.B) {
	layered := random(b, 7, 250, 5)
	meta := object{}
	for i, block := range layered.Blocks() {
		meta[block.ID] = object{"position": object{"x": i / 10 * 260, "y": i % 10 * 190}}
	}
	var content object
	if err := json.Unmarshal(layered.Bytes(), &content); err != nil {
		b.Fatal(err)
	}
	content["Metadata"] = object{"ActionMetadata": meta}
	designed := parse(b, content)
	for name, d := range map[string]*flow.Document{"layered": layered, "designed": designed} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if p := Draw(d, words()); p.Designed != (name == "designed") {
					b.Fatal("it is laid out the other way")
				}
			}
		})
	}
}
