// Command benchtable reads `go test -bench` output and prints one table: each measure the product is built to, its figure
// and its goal. A figure that is compared stands beside the same run's figure of what it is compared with.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	o, err := read(os.Stdin)
	if err == nil {
		err = write(os.Stdout, rows, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

// figures are what benchmarks reported, by package, benchmark and unit: "internal/flow BenchmarkEdit/edit ns/op".
type figures map[string]float64

// output is what a run printed.
type output struct {
	figures figures
	skips   map[string]string // by package and benchmark: the reason
	failed  bool
}

// read takes in the lines of `go test -v -bench`; -v is what makes skips visible.
func read(in io.Reader) (output, error) {
	o := output{figures: figures{}, skips: map[string]string{}}
	pkg, said := "", ""
	sc := bufio.NewScanner(in)
	for sc.Scan() {
		words := strings.Fields(sc.Text())
		switch {
		case strings.HasPrefix(sc.Text(), "    "):
			_, said, _ = strings.Cut(strings.TrimSpace(sc.Text()), ": ") // after the place in the source
		case len(words) == 2 && words[0] == "pkg:":
			_, pkg, _ = strings.Cut(words[1], "/")
		case len(words) >= 3 && words[1] == "SKIP:":
			o.skips[pkg+" "+plain(words[2])] = said
		case len(words) >= 4 && strings.HasPrefix(words[0], "Benchmark"):
			o.figures.add(pkg+" "+plain(words[0]), words[2:])
		case len(words) > 0 && words[0] == "FAIL":
			o.failed = true
		}
	}
	return o, sc.Err()
}

// plain is a benchmark's name without the number of processors that it ran with.
func plain(name string) string {
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		if _, err := strconv.Atoi(name[i+1:]); err == nil {
			return name[:i]
		}
	}
	return name
}

// add keeps the pairs of value and unit; of a benchmark that ran several times, the lowest: the others were disturbed.
func (f figures) add(name string, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		v, err := strconv.ParseFloat(pairs[i], 64)
		if err != nil {
			return
		}
		key := name + " " + pairs[i+1]
		if was, ok := f[key]; !ok || v < was {
			f[key] = v
		}
	}
}

// write prints the table. A row without a figure says so; it is an error unless its benchmark was skipped.
func write(out io.Writer, rows []row, o output) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "MEASURE\tFIGURE\tGOAL\tRATIO")
	var missing []string
	for _, r := range rows {
		figure, ok := o.figures[r.key()]
		why, skipped := o.skips[r.bench]
		switch {
		case ok:
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.measure, r.show(figure), r.goal, r.ratio(o.figures))
		case skipped:
			fmt.Fprintf(w, "%s\tnot measured: %s\t%s\t\n", r.measure, why, r.goal)
		default:
			fmt.Fprintf(w, "%s\tnot measured\t%s\t\n", r.measure, r.goal)
			missing = append(missing, r.key())
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case o.failed:
		return errors.New("a benchmark failed")
	case len(missing) > 0:
		return fmt.Errorf("no benchmark reported %s", strings.Join(missing, ", "))
	}
	return nil
}
