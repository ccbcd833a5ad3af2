package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// readings holds a store's cache of readings against the contract.
func readings(t *testing.T, open Open) {
	for name, part := range map[string]func(*testing.T, survey.Cache, *clock){
		"nothing is kept at first":                        nothingKept,
		"a reading comes back as it was given":            readingRoundTrip,
		"a reading takes the place of the former":         readingReplaced,
		"parts are added and replaced":                    readingParts,
		"contents are kept by instance and hash":          readingContents,
		"contents that nothing names are forgotten":       readingForgets,
		"who loads while others save sees one reading":    readingWhole,
		"many who put parts lose none, and stamps grow":   func(t *testing.T, c survey.Cache, _ *clock) { PutReadings(t, Rounds(100), c) },
		"a reading that is given up leaves the former":    readingGivenUp,
		"parts are put where nothing was kept since":      readingSince,
		"of many who put on what they saw none is undone": func(t *testing.T, c survey.Cache, _ *clock) { AddReadings(t, Rounds(40), c) },
		"what is put while a reading is saved is kept":    readingMissed,
		"of many who put and save nobody loses anything":  func(t *testing.T, c survey.Cache, _ *clock) { SaveReadings(t, Rounds(60), c) },
		"reading and contents of two instances are apart": readingsApart,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
			part(t, open(t, c.Now).Store.(interface{ Readings() survey.Cache }).Readings(), c)
		})
	}
}

const home, other instance.ID = "i1", "i2"

func loaded(t *testing.T, c survey.Cache, id instance.ID) survey.Kept {
	t.Helper()
	k, err := c.Load(t.Context(), id)
	must(t, err)
	stamp, err := c.Stamp(t.Context(), id)
	must(t, err)
	if stamp != k.Stamp {
		t.Errorf("the stamp is %d, and what is loaded has %d", stamp, k.Stamp)
	}
	return k
}

func saved(t *testing.T, c survey.Cache, id instance.ID, head string, parts ...survey.Part) int64 {
	t.Helper()
	stamp, err := c.Save(t.Context(), id, survey.Kept{Head: []byte(head), Parts: parts}, nil)
	must(t, err)
	return stamp
}

func put(t *testing.T, c survey.Cache, id instance.ID, parts ...survey.Part) int64 {
	t.Helper()
	stamp, err := c.Put(t.Context(), id, survey.Whatever, parts)
	must(t, err)
	return stamp
}

// part is one whose document is doc.
func part(key, doc string, hashes ...string) survey.Part {
	return survey.Part{Key: key, Doc: []byte(doc), Hashes: hashes}
}

// holds checks what is kept: the head, then "key=document" of each part.
func holds(t *testing.T, c survey.Cache, id instance.ID, want ...string) {
	t.Helper()
	k := loaded(t, c, id)
	got := []string{string(k.Head)}
	for _, p := range k.Parts {
		got = append(got, p.Key+"="+string(p.Doc))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
}

func nothingKept(t *testing.T, c survey.Cache, _ *clock) {
	if k := loaded(t, c, home); k.Stamp != 0 || k.Head != nil || len(k.Parts) != 0 {
		t.Errorf("out of nothing comes %+v", k)
	}
	must(t, c.Contents(t.Context(), home, []string{flow.Hash(nil), "", "' OR 1=1 --\x00"}, func(hash, _ string) bool {
		t.Errorf("out of nothing comes the content %q", hash)
		return true
	}))
	must(t, c.Contents(t.Context(), home, nil, func(string, string) bool { t.Error("a content that nobody asked for"); return true }))
	must(t, c.KeepContents(t.Context(), home, nil))
}

func readingRoundTrip(t *testing.T, c survey.Cache, _ *clock) {
	want := survey.Kept{Head: []byte(`{"Version":1,"Name":"a\u0000b"}`)}
	for n := range 600 { // more than are written at once
		want.Parts = append(want.Parts, part(fmt.Sprintf("flow %04d", n), fmt.Sprintf(`{"n":%d}`, n), strings.Repeat("a", n%3)))
	}
	want.Parts = append(want.Parts,
		survey.Part{Key: "flow z'\"\\ ?$1 é客🙂", Doc: []byte{0, 0xff, '\'', '\\', 'x', 0}},
		part("module A", "{}", "b", "a", "'"), part("module b", "{}"), part("module é", "{}"))
	given := slices.Clone(want.Parts)
	slices.Reverse(given)
	stamp, err := c.Save(t.Context(), home, survey.Kept{Stamp: 77, Head: want.Head, Parts: given}, nil)
	must(t, err)
	want.Stamp = stamp
	got := loaded(t, c, home)
	slices.SortFunc(want.Parts, func(a, b survey.Part) int { return strings.Compare(a.Key, b.Key) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func readingReplaced(t *testing.T, c survey.Cache, _ *clock) {
	first := saved(t, c, home, "one", part("a", "1"), part("b", "1"))
	second := saved(t, c, home, "two", part("b", "2"), part("c", "2"), part("c", "3"))
	if first <= 0 || second <= first {
		t.Errorf("the stamps are %d and %d", first, second)
	}
	holds(t, c, home, "two", "b=2", "c=3")
	saved(t, c, home, "none")
	holds(t, c, home, "none")
}

func readingParts(t *testing.T, c survey.Cache, _ *clock) {
	if got := put(t, c, home, part("b", "1"), part("a", "1")); got != 1 {
		t.Errorf("the first stamp is %d", got)
	}
	if k := loaded(t, c, home); k.Head != nil {
		t.Errorf("parts alone have the head %q", k.Head)
	}
	holds(t, c, home, "", "a=1", "b=1")
	stamp := saved(t, c, home, "head", part("b", "2"), part("c", "2", "h1"))
	holds(t, c, home, "head", "b=2", "c=2")
	if next := put(t, c, home, part("c", "3", "h2", "h3"), part("d", "3"), part("d", "4")); next != stamp+1 {
		t.Errorf("after %d comes %d", stamp, next)
	}
	holds(t, c, home, "head", "b=2", "c=3", "d=4")
	if got := loaded(t, c, home).Parts[1].Hashes; !slices.Equal(got, []string{"h2", "h3"}) {
		t.Errorf("the replaced part needs %v", got)
	}
	if next := put(t, c, home); next != stamp+2 {
		t.Errorf("the stamp of nothing is %d", next)
	}
}

// contentsOf gives those that are there, by hash.
func contentsOf(t *testing.T, c survey.Cache, id instance.ID, hashes ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	must(t, c.Contents(t.Context(), id, hashes, func(hash, content string) bool {
		if _, twice := got[hash]; twice {
			t.Errorf("%s is given twice", hash)
		}
		got[hash] = content
		return true
	}))
	return got
}

// texts are contents by hash, and their hashes in order.
func texts(list ...string) (contents map[string]string, hashes []string) {
	contents = map[string]string{}
	for _, s := range list {
		hash := flow.Hash([]byte(s))
		contents[hash], hashes = s, append(hashes, hash)
	}
	return contents, hashes
}

func readingContents(t *testing.T, c survey.Cache, _ *clock) {
	list := []string{"", "a\x00b", "\xff no text", strings.Repeat(`{"Type":"ShowView"}`, 200_000)}
	for n := range 450 { // more than are asked for at once
		list = append(list, fmt.Sprintf(`{"n":%d}`, n))
	}
	want, hashes := texts(list...)
	for range 2 {
		must(t, c.KeepContents(t.Context(), home, want))
	}
	if diff := cmp.Diff(want, contentsOf(t, c, home, append(hashes, "none", strings.Repeat("0", 64))...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := contentsOf(t, c, other, hashes...); len(got) > 0 {
		t.Errorf("another instance has %d of them", len(got))
	}
	n := 0
	must(t, c.Contents(t.Context(), home, hashes, func(string, string) bool {
		if _, err := c.Stamp(t.Context(), home); err != nil { // the store may be asked meanwhile
			t.Error(err)
		}
		n++
		return n < 3
	}))
	if n != 3 {
		t.Errorf("asked for three, given %d", n)
	}
	wrong := flow.Hash([]byte("another"))
	must(t, c.KeepContents(t.Context(), home, map[string]string{wrong: "not this"}))
	if got := contentsOf(t, c, home, wrong); len(got) > 0 {
		t.Error("a content is given by another's hash")
	}
	must(t, c.KeepContents(t.Context(), home, map[string]string{wrong: "another"}))
	if got := contentsOf(t, c, home, wrong); got[wrong] != "another" {
		t.Error("a damaged content cannot be mended")
	}
}

func readingForgets(t *testing.T, c survey.Cache, at *clock) {
	old, hashes := texts("named", "named by a part of its own", "unnamed", "unnamed, kept again")
	named, own, unnamed, again := hashes[0], hashes[1], hashes[2], hashes[3]
	for _, id := range []instance.ID{home, other} {
		must(t, c.KeepContents(t.Context(), id, old))
	}
	saved(t, c, home, "one", part("a", "1", named, own))
	at.advance(time.Hour - time.Minute)
	saved(t, c, home, "two", part("a", "1", named))
	if got := contentsOf(t, c, home, hashes...); len(got) != 4 {
		t.Errorf("after less than an hour %d of 4 are there", len(got))
	}
	must(t, c.KeepContents(t.Context(), home, map[string]string{again: old[again]}))
	young, _ := texts("young")
	must(t, c.KeepContents(t.Context(), home, young))
	put(t, c, home, part("b", "1", own))
	at.advance(time.Minute)
	saved(t, c, home, "three", part("a", "1", named), part("b", "1", own))
	want := map[string]string{named: old[named], own: old[own], again: old[again]}
	if diff := cmp.Diff(want, contentsOf(t, c, home, hashes...)); diff != "" {
		t.Errorf("after an hour (-want +got):\n%s", diff)
	}
	if got := contentsOf(t, c, home, flow.Hash([]byte("young"))); len(got) != 1 {
		t.Error("what was kept within the hour is forgotten")
	}
	if got := contentsOf(t, c, other, unnamed); len(got) != 1 {
		t.Error("another instance's is forgotten")
	}
	at.advance(2 * time.Hour)
	saved(t, c, home, "none")
	if got := contentsOf(t, c, home, hashes...); len(got) > 0 {
		t.Errorf("%d are left of a reading without parts", len(got))
	}
}

func readingWhole(t *testing.T, c survey.Cache, _ *clock) {
	const flows = 300
	at := func(n int) survey.Kept {
		k := survey.Kept{Head: fmt.Append(nil, n)}
		for i := range flows + n { // each has another number of parts
			k.Parts = append(k.Parts, part(fmt.Sprintf("flow %04d", i), fmt.Sprint(n)))
		}
		return k
	}
	_, err := c.Save(t.Context(), home, at(0), nil)
	must(t, err)
	ctx, end := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	for range 2 {
		reading.Go(func() {
			for last := int64(0); ctx.Err() == nil; {
				k, err := c.Load(t.Context(), home)
				if err != nil {
					t.Error(err)
					return
				}
				n := len(k.Parts) - flows
				if string(k.Head) != fmt.Sprint(n) || k.Stamp < last || slices.ContainsFunc(k.Parts, func(p survey.Part) bool { return string(p.Doc) != fmt.Sprint(n) }) {
					t.Errorf("the reading %q at stamp %d after %d has %d parts of several readings", k.Head, k.Stamp, last, len(k.Parts))
					return
				}
				last = k.Stamp
			}
		})
	}
	for n := range Rounds(12) {
		if _, err := c.Save(t.Context(), home, at(n), nil); err != nil {
			t.Error(err)
		}
	}
	end()
	reading.Wait()
}

// PutReadings has those who share a database put n parts, each from several goroutines.
func PutReadings(t *testing.T, n int, caches ...survey.Cache) {
	t.Helper()
	const writers = 4
	before := saved(t, caches[0], home, "head", part("first", "1"))
	var mu sync.Mutex
	var stamps []int64
	var all sync.WaitGroup
	for who := range writers * len(caches) {
		all.Go(func() {
			c, last := caches[who%len(caches)], before
			for i := range n / writers {
				stamp, err := c.Put(t.Context(), home, survey.Whatever, []survey.Part{part("shared", fmt.Sprint(who)), part(fmt.Sprintf("part %d of %d", i, who), "1")})
				if err != nil {
					t.Error(err)
					return
				}
				if stamp <= last {
					t.Errorf("after %d comes %d", last, stamp)
				}
				last = stamp
				mu.Lock()
				stamps = append(stamps, stamp)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	want := n / writers * writers * len(caches)
	slices.Sort(stamps)
	if len(slices.Compact(stamps)) != want {
		t.Errorf("of %d stamps some are the same", want)
	}
	for _, c := range caches {
		k := loaded(t, c, home)
		if len(k.Parts) != want+2 || k.Stamp != before+int64(want) || string(k.Head) != "head" {
			t.Errorf("%d parts at stamp %d, want %d at %d", len(k.Parts), k.Stamp, want+2, before+int64(want))
		}
	}
}

func readingGivenUp(t *testing.T, c survey.Cache, _ *clock) {
	stamp := saved(t, c, home, "one", part("a", "1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Save(ctx, home, survey.Kept{Head: []byte("two")}, nil); err == nil {
		t.Error("it was saved after its time")
	}
	if _, err := c.Put(ctx, home, survey.Whatever, []survey.Part{part("a", "2")}); err == nil {
		t.Error("it was put after its time")
	}
	holds(t, c, home, "one", "a=1")
	if next := put(t, c, home); next != stamp+1 {
		t.Errorf("after %d comes %d", stamp, next)
	}
}

func readingsApart(t *testing.T, c survey.Cache, _ *clock) {
	saved(t, c, home, "home", part("a", "1"))
	put(t, c, other, part("b", "1"))
	saved(t, c, other, "other", part("c", "1"))
	holds(t, c, home, "home", "a=1")
	holds(t, c, other, "other", "c=1")
	if stamp, err := c.Stamp(t.Context(), home); err != nil || stamp != 1 {
		t.Errorf("the stamp is %d, %v", stamp, err)
	}
}
