package picture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/flow"
	"wrapup/internal/flow/flowtest"
)

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

func TestRealFlowsHaveASoundPicture(t *testing.T) {
	t.Parallel()
	designed := 0
	for name, content := range flowtest.Real(t, flowtest.Valid) {
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
