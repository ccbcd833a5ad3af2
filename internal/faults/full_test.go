package faults

import (
	"fmt"
	"testing"

	"wrapup/internal/publish"
)

// What begins in the middle of a run may last longer than its process. Nothing is written to AWS then without its intent on the disk, and
// the next process goes on when it is over.
func TestTheDatabaseGivesUpForGood(t *testing.T) {
	t.Parallel()
	e := sqlite(t, 2)
	points := recorded(t, e)
	for _, do := range []string{"full for good", "locked for good", "read-only for good", "gone for good"} {
		for _, kind := range []string{
			"create-guide 1 Intent", "update-flow 3 KeepContent", "update-flow 4 Intent", "update-flow 5 KeepContent", "update-flow 6 Outcome",
		} {
			t.Run(do+" at "+kind, func(t *testing.T) {
				t.Parallel()
				for i, p := range points {
					if p.kind == kind {
						w := oneCase{engine: e, at: p, do: do, number: i, patience: 4}.run(t)
						if w.state != publish.Published {
							t.Errorf("the change is %s", w.state)
						}
						return
					}
				}
				t.Error("there is no such write")
			})
		}
	}
}

// A file that may not have more than so many pages is a disk with so much room (sqlite.org/pragma.html#pragma_max_page_count).
func TestADiskThatFillsUp(t *testing.T) {
	t.Parallel()
	e := sqlite(t, 2)
	db, err := newFile(t, e.template).raw()
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	middle, room := 0, 0
	for ; room < 200; room++ {
		done := -1 // steps, when the process ended
		t.Run(fmt.Sprintf("room for %d more pages", room), func(t *testing.T) {
			c := oneCase{engine: e, do: "a disk that fills up", number: 1, patience: 4, dsn: fmt.Sprintf("&_pragma=max_page_count(%d)", pages+room)}
			w := c.run(t)
			done = 0
			for _, c := range w.aws.log {
				if c.Applied && c.Who == "child" {
					done++
				}
			}
			if w.state != publish.Published {
				t.Errorf("the change is %s", w.state)
			}
		})
		if done == len(e.plan.Steps) {
			break
		}
		if done > 0 {
			middle++
		}
	}
	if room == 0 || middle == 0 {
		t.Errorf("the disk was full at no write: %d pages, %d times in the middle", room, middle)
	}
}
