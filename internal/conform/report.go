package conform

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Fault is an answer that is not as the model has it.
type Fault struct {
	Operation string
	Request   string // "GET /contact-flows/I/F"
	Status    int
	What      string
}

func (f Fault) String() string {
	return fmt.Sprintf("%s (%s): %d: %s", f.Operation, f.Request, f.Status, f.What)
}

// Report counts exchanges. The zero value is ready; it is safe for concurrent use.
type Report struct {
	mu      sync.Mutex
	answers map[string]int // judged, by operation
	common  map[string]int // of these, errors that every operation may answer with, by operation and name
	outside map[string]int // requests that the model has no operation for, by method, first part of the path and status
	spoiled int            // answers that were spoiled on purpose
	cut     int            // requests without a whole answer
	faults  []Fault
}

// Answers is the number of answers that were judged, by operation.
func (r *Report) Answers() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.answers)
}

// Faults lists the faults in the order in which they were found.
func (r *Report) Faults() []Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.faults)
}

func count(m *map[string]int, key string) {
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[key]++
}

func (r *Report) add(x Exchange, v Verdict) (faults []Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.Operation == "" {
		first, _, _ := strings.Cut(strings.TrimPrefix(x.Path, "/"), "/")
		count(&r.outside, fmt.Sprintf("%s /%s %d", x.Method, first, x.Status))
		return nil
	}
	count(&r.answers, v.Operation)
	if v.Common {
		count(&r.common, v.Operation+" "+v.Code)
	}
	for _, what := range v.Faults {
		faults = append(faults, Fault{v.Operation, x.Method + " " + x.Path, x.Status, what})
	}
	r.faults = append(r.faults, faults...)
	return faults
}

func (r *Report) addCut()     { r.mu.Lock(); r.cut++; r.mu.Unlock() }
func (r *Report) addSpoiled() { r.mu.Lock(); r.spoiled++; r.mu.Unlock() }

// String tells all counts, one operation a line, and then each fault.
func (r *Report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d answers of %d operations held against the service model: %d faults; not judged: %d requests without a whole answer, %d answers spoiled on purpose\n",
		total(r.answers), len(r.answers), len(r.faults), r.cut, r.spoiled)
	wrong := map[string]int{}
	for _, f := range r.faults {
		wrong[f.Operation]++
	}
	for _, op := range slices.Sorted(maps.Keys(r.answers)) {
		fmt.Fprintf(&b, "  %6d %s", r.answers[op], op)
		if wrong[op] > 0 {
			fmt.Fprintf(&b, ": %d faults", wrong[op])
		}
		b.WriteByte('\n')
	}
	list(&b, "errors of the layers around the service", r.common)
	list(&b, "outside the model", r.outside)
	for _, f := range r.faults {
		fmt.Fprintln(&b, "fault:", f)
	}
	return b.String()
}

func list(b *strings.Builder, title string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(b, "%s: %d\n", title, total(counts))
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(b, "  %6d %s\n", counts[k], k)
	}
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
