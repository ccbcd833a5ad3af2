package picture

import (
	"encoding/json"
	"fmt"
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
