package flow

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// region is a place in an edited flow that the stated edit may fill.
type region struct{ from, to int }

// statedRegions finds what an Insert adds, by looking for it: the new start, the new action and the new
// metadata, each with the comma before it.
func statedRegions(t *testing.T, before, after, id string) []region {
	t.Helper()
	d := mustParse(t, after)
	start := region{d.start.from, d.start.to}
	b, _ := d.Find(id)
	action := region{strings.LastIndexByte(after[:b.value.from], ','), b.value.to}
	list := []region{start, action}
	if m, ok := d.metaFor(id); ok {
		comma := strings.LastIndexAny(after[:m.key], ",{")
		if after[comma] == '{' {
			comma++
		}
		list = append(list, region{comma, m.value.to})
	}
	slices.SortFunc(list, func(a, b region) int { return a.from - b.from })
	checkRegions(t, before, after, list)
	return list
}

// checkRegions makes sure that the regions hold all that differs.
func checkRegions(t *testing.T, before, after string, list []region) {
	t.Helper()
	at := 0
	for _, r := range list {
		keep := after[at:r.from]
		if !strings.HasPrefix(before, keep) {
			t.Fatal("something differs outside the regions")
		}
		before = before[len(keep):]
		if strings.HasPrefix(before, `"`) { // the former StartAction
			before = before[stringEnd(before, 0):]
		}
		at = r.to
	}
	if rest := strings.TrimLeft(after[at:], " \t\r\n"); strings.TrimLeft(before, " \t\r\n") != rest {
		t.Fatal("something differs after the regions")
	}
}

// mutations are one changed byte, one deletion and one insertion at an offset.
func mutations(r *rand.Rand, text string, at int) []string {
	const alphabet = " \n\t,:\"{}[]0a-x\\é"
	c := alphabet[r.IntN(len(alphabet))]
	var list []string
	if at < len(text) {
		list = append(list, text[:at]+string([]byte{text[at] ^ byte(1+r.IntN(127))})+text[at+1:], text[:at]+text[at+1:])
	}
	return append(list, text[:at]+string([]byte{c})+text[at:])
}

func TestProofRefusesEveryMutationOutsideTheStatedEdit(t *testing.T) {
	t.Parallel()
	r := dice(t)
	small, refused := 0, 0
	for _, s := range samples(t, "valid") {
		d, err := Parse(s.text)
		if err != nil {
			continue
		}
		in := insertInto(d)
		after := mustEdit(t, d, in).text
		offsets := randomOffsets(r, len(after)+1, 500)
		if small < 6 && len(s.text) < 8000 && r.IntN(4) == 0 {
			small++
			offsets = everyOffset(len(after) + 1)
		}
		refused += refuseMutations(t, r, s, in, after, offsets)
	}
	if small != 6 {
		t.Errorf("%d flows at every offset, want 6", small)
	}
	t.Logf("%d mutations refused", refused)
}

// refuseMutations tries the mutations at these offsets and counts them.
func refuseMutations(t *testing.T, r *rand.Rand, s sample, in Edit, after string, offsets []int) int {
	regions := statedRegions(t, string(s.text), after, in.Block)
	p, err := prepare(s.text, []Edit{in})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, at := range offsets {
		for _, m := range mutations(r, after, at) {
			inside := slices.ContainsFunc(regions, func(g region) bool {
				return at > g.from && at < g.to || at == g.from && len(m) <= len(after) // an insertion there is outside
			})
			if m == after || inside {
				continue
			}
			proven := p.check([]byte(m)) == nil
			if r.IntN(200) == 0 { // the whole proof now and then: it is prepare and check
				proven = Prove(s.text, []byte(m), []Edit{in}) == nil
			}
			if proven {
				t.Errorf("%s: a mutation at %d is proven: %q", s.name, at, m[max(0, at-20):min(len(m), at+20)])
			}
			n++
		}
	}
	return n
}

func randomOffsets(r *rand.Rand, n, count int) []int {
	list := make([]int, count)
	for i := range list {
		list[i] = r.IntN(n)
	}
	return list
}

func everyOffset(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Inside the stated edit only white space may differ: every other change is a value that is not stated.
func TestProofRefusesOtherValuesInsideTheStatedEdit(t *testing.T) {
	t.Parallel()
	r := dice(t)
	for _, text := range []string{minified, designer} {
		d := mustParse(t, text)
		in := insertInto(d)
		after := mustEdit(t, d, in).text
		for at := range after {
			for _, m := range mutations(r, after, at) {
				if m == after || sameButSpace(m, after) {
					continue
				}
				if Prove([]byte(text), []byte(m), []Edit{in}) == nil {
					t.Errorf("a mutation at %d is proven: %q", at, m[max(0, at-20):min(len(m), at+20)])
				}
			}
		}
	}
}

// sameButSpace says whether two texts are equal but for white space outside strings.
func sameButSpace(a, b string) bool { return squeeze(a) == squeeze(b) }

func squeeze(s string) string {
	var sb strings.Builder
	in := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case in && c == '\\' && i+1 < len(s):
			sb.WriteByte(c)
			i++
			c = s[i]
		case c == '"':
			in = !in
		case !in && strings.IndexByte(" \t\r\n", c) >= 0:
			continue
		}
		sb.WriteByte(c)
	}
	return sb.String()
}
