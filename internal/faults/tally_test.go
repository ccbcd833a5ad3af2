package faults

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"wrapup/internal/publish"
)

// tally counts what was run on one engine, and how it ended.
type tally struct {
	engine *engine
	points []point
	want   int

	mu      sync.Mutex
	ran     int
	faults  map[string]int // "stream fault"
	states  map[publish.State]int
	decided int // cases in which a person had to decide
	over    int // cases in which an edit from outside was written over in the moment in which nobody can see it
}

func (y *tally) add(e ended) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.faults == nil {
		y.faults, y.states = map[string]int{}, map[publish.State]int{}
	}
	y.ran++
	if e.Stream == operations {
		e.Stream = journals
	}
	y.faults[e.Stream+" "+e.Do]++
	y.states[e.State]++
	if e.Decided {
		y.decided++
	}
	if e.Over {
		y.over++
	}
}

// document is docs/faults.md.
func document(tallies []*tally) []byte {
	var b bytes.Buffer
	b.WriteString(about)
	total, by := 0, map[string][]*tally{}
	for _, y := range tallies {
		total += y.ran
		by[y.engine.what] = append(by[y.engine.what], y)
	}
	fmt.Fprintf(&b, "\n## What was run\n\n**%d cases**, and nothing was lost. `make faults` writes this page anew where all of them pass.\n", total)
	for _, what := range []string{published, putBack, archived} {
		section(&b, what, by[what])
	}
	return b.Bytes()
}

// section is one change, on all engines.
func section(b *bytes.Buffer, what string, tallies []*tally) {
	fmt.Fprintf(b, "\n### %s\n\n| |", strings.ToUpper(what[:1])+what[1:])
	for _, y := range tallies {
		fmt.Fprintf(b, " %s |", y.engine.name)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---|", len(tallies)))
	row := func(first string, of func(*tally) int) {
		fmt.Fprintf(b, "| %s |", first)
		for _, y := range tallies {
			fmt.Fprintf(b, " %d |", of(y))
		}
		b.WriteString("\n")
	}
	row("Steps", func(y *tally) int { return len(y.engine.plan.Steps) })
	row("Writes of the journal", func(y *tally) int { return y.count(journals) })
	row("Writes of the work that applies the change", func(y *tally) int { return y.count(operations) })
	row("Calls", func(y *tally) int { return y.count(calls) })
	for _, do := range atWrites {
		row("At each write: "+do, func(y *tally) int { return y.faults[journals+" "+do] })
	}
	for _, do := range atCalls {
		row("At each call: "+do, func(y *tally) int { return y.faults[calls+" "+do] })
	}
	for _, do := range atWritingCalls {
		row("At each call that writes: "+do, func(y *tally) int { return y.faults[calls+" "+do] })
	}
	row("**Cases**", func(y *tally) int { return y.ran })
	for _, s := range []publish.State{publish.Published, publish.Partly, publish.Failed, publish.Discarded} {
		row(fmt.Sprintf("ended as `%s`", s), func(y *tally) int { return y.states[s] })
	}
	row("in which a person decided on a step", func(y *tally) int { return y.decided })
	row("in which an edit fell into the moment before a write", func(y *tally) int { return y.over })
	fmt.Fprintf(b, "\nThe run: %s.\n", shape(tallies[0]))
}

// shape is what a run writes and calls.
func shape(y *tally) string {
	n := map[string]int{}
	for _, p := range y.points {
		what, _, _ := strings.Cut(p.what, " ")
		if p.stream == operations {
			what = "operation " + p.what
		}
		n[what]++
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d × %s", n[what], what))
	}
	return strings.Join(parts, ", ")
}

func (y *tally) count(stream string) (n int) {
	for _, p := range y.points {
		if p.stream == stream {
			n++
		}
	}
	return n
}

const about = `# Nothing lost, shown

A change set that creates a guide and makes 20 inbound flows open it, four of them over an unpublished draft, is published by a process of its own
(journal, operations, gateway with the real SDK) against the simulator over HTTP, and every write of the database and every call is recorded, from
the approval to the end. So are a change of six steps that puts such a one back and saves the replaced drafts again, and one that archives the guide. Then the same is
done again for **every write and every call of each run and every fault** that applies to it. The number of cases must be
writes × faults of a write + calls × faults of a call + writing calls × faults of those, or the test fails; so it does where a fault does not come about.

On SQLite the next process comes after the one that was killed. On PostgreSQL two processes work on one database all the while, and the second takes
over; the time that a dead process's lease has left passes in the database, and is not waited for. Nobody else waits either: pauses are over at once. Then
a scripted person goes on with what is paused or gives it up, and decides on what nobody can know. After that, against the simulator:

- every flow holds its former or its reviewed bytes, or those of somebody who edited it from outside, and the journal says which;
- every draft is there, or its bytes are kept in the journal; flows that were left out were not touched;
- no step was carried out twice, and no write arrived whose intent was not in the database at that moment, with the hash of the very bytes that arrived;
- the history verifies; and putting the change back gives every flow its former bytes, replaced drafts too, and leaves alone what was edited since.

| Fault of a write of the database | What happens |
|---|---|
| killed before, killed after | SIGKILL before the transaction, or right after its commit |
| full | SQLite: the operating system lets no file grow. PostgreSQL: the server answers as with a full disk |
| locked | another program holds the database until the write gives up |
| read-only | the write meets a database that may only be read |
| gone | SQLite: the folder is moved away. PostgreSQL: connections are cut and refused. Both until the next write begins |
| answer lost | the transaction is committed, and its writer told that it was not |
| edited from outside | a colleague publishes the flow in the console at that moment, or a flow of the new guide's name |

| Fault of a call | What happens |
|---|---|
| killed before, killed after | SIGKILL when the request is under way and not carried out, or when it is carried out and not answered |
| killed, carried out later | SIGKILL, and the write arrives while the next process waits for the end of the call |
| throttled, 500 | the operation's own throttling error; an internal error |
| dropped before, dropped after | the connection is cut before or after the request is carried out |
| empty, undecodable | carried out, and answered with nothing, or with nonsense |
| edited from outside | a colleague's edit just before |
| outage; carried out, then an outage | this request and all after it are cut off until the process has given up |

Amazon Connect knows no conditional update. What somebody publishes in the moment between wrapup's last look at a flow and its write (some milliseconds) is written over,
and nothing tells of it. The cases in which the edit is put exactly there are counted below; anywhere else an edit that is written over fails the test.

Besides, in every run of the test suite: a database that is full, locked, read-only or gone for longer than the process lives; a disk that fills up page by
page; two people on two replicas and a colleague in the console who change the same flows at once, for a minute under *make faults*; and of the cases above a sample, with
each fault at each kind of step.
`
