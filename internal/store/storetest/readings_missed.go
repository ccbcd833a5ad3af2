package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

func readingMissed(t *testing.T, c survey.Cache, _ *clock) {
	save := func(id instance.ID, made int64, head string, missed func(survey.Kept) []survey.Part) int64 {
		t.Helper()
		stamp, err := c.Save(t.Context(), id, survey.Kept{Stamp: made, Head: []byte(head), Parts: []survey.Part{part("a", head), part("b", head)}}, missed)
		must(t, err)
		return stamp
	}
	none := func(k survey.Kept) []survey.Part {
		t.Errorf("at stamp %d something is missed", k.Stamp)
		return nil
	}
	stamp := save(home, 0, "one", none)
	put(t, c, home, part("b", "put", "h1"), part("c", "put"))
	stamp = save(home, stamp, "two", func(k survey.Kept) []survey.Part {
		if k.Stamp != stamp+1 || string(k.Head) != "one" || len(k.Parts) != 3 || string(k.Parts[0].Doc) != "one" || k.Parts[1].Hashes[0] != "h1" {
			t.Errorf("at stamp %d there is %+v", stamp, k)
		}
		return k.Parts[1:2]
	})
	holds(t, c, home, "two", "a=two", "b=put")
	stamp = save(home, stamp, "three", none)
	holds(t, c, home, "three", "a=three", "b=three")
	put(t, c, home, part("d", "put"))
	save(home, stamp, "four", func(survey.Kept) []survey.Part { return nil })
	holds(t, c, home, "four", "a=four", "b=four")
	put(t, c, other, part("e", "put"))
	save(other, 0, "first", func(k survey.Kept) []survey.Part { return k.Parts })
	holds(t, c, other, "first", "a=first", "b=first", "e=put")
}

func readingSince(t *testing.T, c survey.Cache, _ *clock) {
	put := func(since, want int64, doc string) {
		t.Helper()
		got, err := c.Put(t.Context(), home, since, []survey.Part{part("a", doc)})
		must(t, err)
		if got != want {
			t.Errorf("after the stamp %d comes %d, want %d", since, got, want)
		}
	}
	put(0, 1, "first")
	put(0, 0, "knows of none")
	put(1, 2, "second")
	put(1, 0, "knows of the first")
	put(3, 0, "knows of one to come")
	holds(t, c, home, "", "a=second")
	stamp := saved(t, c, home, "head", part("a", "saved"))
	put(2, 0, "knows of no reading")
	holds(t, c, home, "head", "a=saved")
	put(stamp, stamp+1, "third")
	put(survey.Whatever, stamp+2, "in any case")
	holds(t, c, home, "head", "a=in any case")
}

// AddReadings has those who share a database add to what one part says, each from several goroutines, where nobody was quicker.
func AddReadings(t *testing.T, n int, caches ...survey.Cache) {
	t.Helper()
	const at, writers = instance.ID("added to"), 4
	var all sync.WaitGroup
	for who := range writers * len(caches) {
		all.Go(func() {
			c := caches[who%len(caches)]
			for done := 0; done < n/writers; {
				k, err := c.Load(t.Context(), at)
				doc := ""
				if len(k.Parts) > 0 {
					doc = string(k.Parts[0].Doc)
				}
				stamp := int64(0)
				if err == nil {
					stamp, err = c.Put(t.Context(), at, k.Stamp, []survey.Part{part("sum", doc+"+")})
				}
				if err != nil {
					t.Error(err)
					return
				}
				if stamp != 0 {
					done++
				}
			}
		})
	}
	all.Wait()
	want := n / writers * writers * len(caches)
	if k := loaded(t, caches[0], at); len(k.Parts) != 1 || len(k.Parts[0].Doc) != want || k.Stamp != int64(want) {
		t.Errorf("of %d additions some are undone: %+v", want, k)
	}
}

// SaveReadings has those who share a database put n parts while others save readings, which keep what they miss: at the end all are there.
func SaveReadings(t *testing.T, n int, caches ...survey.Cache) {
	t.Helper()
	const at instance.ID = "saved by many"
	putOf := func(k survey.Kept) (parts []survey.Part) {
		for _, p := range k.Parts {
			if strings.HasPrefix(p.Key, "put ") {
				parts = append(parts, p)
			}
		}
		return parts
	}
	ctx, over := context.WithCancel(t.Context())
	var putters, savers sync.WaitGroup
	for who, c := range caches {
		putters.Go(func() {
			for i := range n {
				if _, err := c.Put(t.Context(), at, survey.Whatever, []survey.Part{part(fmt.Sprintf("put %d by %d", i, who), "1")}); err != nil {
					t.Error(err)
				}
			}
		})
		savers.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				k, err := c.Load(t.Context(), at)
				if err == nil {
					k = survey.Kept{Stamp: k.Stamp, Head: fmt.Appendf(nil, "%d by %d", round, who), Parts: putOf(k)}
					_, err = c.Save(t.Context(), at, k, putOf)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	putters.Wait()
	over()
	savers.Wait()
	k := loaded(t, caches[0], at)
	if got := len(putOf(k)); got != n*len(caches) || k.Stamp <= int64(n*len(caches)) {
		t.Errorf("%d parts of %d are there at stamp %d", got, n*len(caches), k.Stamp)
	}
}
