package handlers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiffLines(t *testing.T) {
	t.Parallel()
	t.Run("white space, member order and escapes are no difference", func(t *testing.T) {
		t.Parallel()
		if got := diffLines([]byte(`{"b":"\u003c","a":1}`), []byte("{\n \"a\": 1, \"b\": \"<\"}"), 3); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("lines carry their numbers in both texts", func(t *testing.T) {
		t.Parallel()
		got := diffLines([]byte(`{"a":1,"b":2,"c":3}`), []byte(`{"a":1,"b":5,"bb":6,"c":3}`), 1)
		want := []diffHunk{{Lines: []hunkLine{
			{lineSame, 2, 2, `  "a": 1,`}, {lineRemoved, 3, 0, `  "b": 2,`}, {lineAdded, 0, 3, `  "b": 5,`},
			{lineAdded, 0, 4, `  "bb": 6,`}, {lineSame, 4, 5, `  "c": 3`},
		}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if a, r := countChanges(got); a != 2 || r != 1 {
			t.Errorf("counted %d added, %d removed", a, r)
		}
	})
	t.Run("what is no JSON is compared as it is", func(t *testing.T) {
		t.Parallel()
		got := diffLines([]byte("{oops"), []byte(`{"a":1}`), 0)
		want := []diffHunk{{Lines: []hunkLine{{lineRemoved, 1, 0, "{oops"}, {lineAdded, 0, 1, `{"a":1}`}}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Every line of a hunk stands where its number says, for any two texts.
func TestDiffTextNumbersAreRight(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func() []string {
		out := make([]string, 1+rnd.IntN(40))
		for i := range out {
			out[i] = fmt.Sprint("line ", rnd.IntN(8))
		}
		return out
	}
	for range 500 {
		a, b := text(), text()
		context := rnd.IntN(4)
		var changes int
		for _, h := range diffText(strings.Join(a, "\n")+"\n", strings.Join(b, "\n")+"\n", context) {
			for _, l := range h.Lines {
				if l.Old > 0 && a[l.Old-1] != l.Text || l.New > 0 && b[l.New-1] != l.Text {
					t.Fatalf("%q is not at %d / %d\n%q\n%q", l.Text, l.Old, l.New, a, b)
				}
				if l.Change != lineSame {
					changes++
				}
			}
		}
		if same := strings.Join(a, "\n") == strings.Join(b, "\n"); same != (changes == 0) {
			t.Fatalf("same %v, %d changes\n%q\n%q", same, changes, a, b)
		}
	}
}

func BenchmarkDiffLinesBigFlow(b *testing.B) {
	var s strings.Builder
	s.WriteString(`{"Actions":[`)
	for i := range 1200 {
		fmt.Fprintf(&s, `{"Identifier":"block %d","Type":"MessageParticipant","Parameters":{"Text":"Welcome to line %d"},"Transitions":{"NextAction":"block %d"}},`, i, i, i+1)
	}
	before := []byte(s.String() + `{"Identifier":"end"}]}`)
	after := []byte(s.String() + `{"Identifier":"end","Type":"DisconnectParticipant"}]}`)
	b.SetBytes(int64(len(before)))
	for b.Loop() {
		if len(diffLines(before, after, 3)) != 1 {
			b.Fatal("one hunk is expected")
		}
	}
}
