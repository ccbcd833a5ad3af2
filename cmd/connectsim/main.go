// Command connectsim serves the Amazon Connect simulator on a local address, for the AWS SDKs and command line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "connectsim:", err)
		os.Exit(1)
	}
}

// errUsage is a wrong flag: which has been said already.
var errUsage = errors.New("wrong usage")

type settings struct {
	listen, seed, load, faults, policy, data string
	flows                                    int
	log                                      bool
	given                                    []string // flags on the command line
	o                                        connectsim.Options
}

// controlPath is where the simulator's control is: no path of AWS begins so.
const controlPath = "/_connectsim"

const controlUsage = `While it runs, programs on this machine can change it at the same address:
  curl -T FILE http://ADDRESS/_connectsim/faults     load a fault script in place of the present one
  curl http://ADDRESS/_connectsim/faults             show it, with how many requests each rule has seen and how often it fired
  curl -X DELETE http://ADDRESS/_connectsim/faults   clear it
  curl http://ADDRESS/_connectsim/calls              number of requests per operation
  curl -d '{"instance":"harbor-retail","flow":"Sales"}' http://ADDRESS/_connectsim/edit
                                                     edit a flow as a colleague would, or a module or view; besides,
                                                     "content" gives the new content, "copy":"saved" leaves a draft
`

// parse reads the flags. Help that was asked for goes to stdout, what is wrong to stderr.
func parse(args []string, stdout, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("connectsim", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&s.listen, "listen", "127.0.0.1:9911", "address to listen on")
	f.StringVar(&s.seed, "seed", "demo", "what to start with: demo, or empty (a new instance)")
	f.StringVar(&s.load, "load", "", "folder of *.json flows to add to the first instance, unvalidated")
	f.IntVar(&s.flows, "flows", 0, "number of generated flows to add to the first instance")
	f.Float64Var(&s.o.Rate, "rate", connectsim.DefaultRate, "requests per second per account, Region and operation; 0 is no limit")
	f.IntVar(&s.o.Burst, "burst", connectsim.DefaultBurst, "requests at once")
	f.DurationVar(&s.o.Latency, "latency", 0, "wait before each answer, such as 30ms")
	for _, c := range connectsim.Choices() {
		f.Func(c.Name, usage(c), func(answer string) error { return c.Set(&s.o.Behaviour, answer) })
	}
	f.StringVar(&s.faults, "faults", "", "fault script to begin with: a file with one JSON object per line")
	f.StringVar(&s.policy, "policy", "", "file with the IAM policies that every caller has; without it all is allowed")
	f.StringVar(&s.data, "data", "", "folder that keeps the state over restarts; a state that is there is taken instead of "+flagNames(seedFlags))
	f.IntVar(&s.o.FlowQuota, "flow-quota", connectsim.DefaultFlowQuota, "flows per instance that CreateContactFlow respects")
	f.BoolVar(&s.log, "log", false, "log each request to standard error")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		explain(f, stdout)
		return s, err
	}
	if err == nil {
		err = s.check(f)
	}
	if err != nil {
		fmt.Fprintf(stderr, "connectsim: %v\n\n", err)
		explain(f, stderr)
		return s, errUsage
	}
	f.Visit(func(f *flag.Flag) { s.given = append(s.given, f.Name) })
	return s, nil
}

func explain(f *flag.FlagSet, w io.Writer) {
	fmt.Fprintln(w, "Usage of connectsim:")
	f.SetOutput(w)
	f.PrintDefaults()
	fmt.Fprint(w, controlUsage)
}

// seedFlags say what a simulator without a state begins with.
var seedFlags = []string{"seed", "load", "flows", "flow-quota"}

// flagNames is a list of flags as people write it.
func flagNames(flags []string) string {
	s := ""
	for i, f := range flags {
		switch {
		case i > 0 && i == len(flags)-1:
			s += " and "
		case i > 0:
			s += ", "
		}
		s += "--" + f
	}
	return s
}

func usage(c connectsim.Choice) string {
	if len(c.Answers) == 0 {
		return c.Question
	}
	return c.Question + ": " + strings.Join(c.Answers, ", ") + fmt.Sprintf(" (default %q)", c.Answers[0])
}

func (s *settings) check(f *flag.FlagSet) error {
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	case !(s.o.Rate >= 0), s.o.Burst < 1, s.o.Latency < 0, s.flows < 0, s.o.FlowQuota < 1:
		return errors.New("--rate, --latency and --flows must not be below 0, --burst and --flow-quota not below 1")
	case s.seed != "demo" && s.seed != "empty":
		return fmt.Errorf("--seed %q is neither demo nor empty", s.seed)
	}
	return nil
}

// run serves until ctx ends; requests under way get two seconds.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	set, err := parse(args, stdout, stderr)
	if err != nil {
		return err
	}
	level := slog.LevelWarn // why state cannot be kept is said in any case
	if set.log {
		level = slog.LevelInfo
	}
	set.o.Log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	l, err := net.Listen("tcp", set.listen) // first: a start that fails must not leave a state that then wins
	if err != nil {
		return err
	}
	sim, restored, err := build(set)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	return errors.Join(serve(ctx, l, set, sim, restored, stdout), sim.Close())
}

func serve(ctx context.Context, l net.Listener, set settings, sim *connectsim.Sim, restored bool, stdout io.Writer) error {
	announce(stdout, set, l.Addr(), sim.Instances(), restored)
	srv := &http.Server{Handler: guarded(handler(sim), l.Addr(), set.listen), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer done()
	if err := srv.Shutdown(grace); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return srv.Close() // a wait of the fault script is still open
}

func announce(stdout io.Writer, set settings, address net.Addr, instances []connectsim.InstanceInfo, restored bool) {
	fmt.Fprintf(stdout, "listening on http://%s\n", address)
	for _, in := range instances {
		fmt.Fprintf(stdout, "%s %s %s %s\n", in.Alias, in.ID, in.Region, in.Account)
	}
	if set.data == "" {
		return
	}
	passed := slices.DeleteFunc(slices.Clone(seedFlags), func(f string) bool { return !slices.Contains(set.given, f) })
	switch {
	case restored && len(passed) > 0:
		fmt.Fprintf(stdout, "state as it was left in %s; not looked at: %s\n", set.data, flagNames(passed))
	case restored:
		fmt.Fprintf(stdout, "state as it was left in %s\n", set.data)
	default:
		fmt.Fprintf(stdout, "state kept in %s from now on\n", set.data)
	}
}

// handler puts the control beside AWS's paths. Those come as they are: a ServeMux would clean them.
func handler(sim *connectsim.Sim) http.Handler {
	control := http.StripPrefix(controlPath, sim.Control())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, controlPath+"/") {
			control.ServeHTTP(w, r)
			return
		}
		sim.ServeHTTP(w, r)
	})
}

// guarded refuses, where the address is of this machine alone, what was sent to a host of any other name. Such a name is that
// of a web page whose site resolves to 127.0.0.1: the paths of AWS are then on the page's own site, and it may send what an
// SDK sends and read the answers. Whoever listens on other addresses has let others in.
func guarded(next http.Handler, address net.Addr, listen string) http.Handler {
	if !connectsim.Loopback(address.String()) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !connectsim.Loopback(r.Host) && r.Host != listen {
			http.Error(w, "only by a loopback address, localhost or the address of --listen", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// build makes the simulator; restored says that --data held a state.
func build(set settings) (sim *connectsim.Sim, restored bool, err error) {
	if set.policy != "" {
		if set.o.Policy, err = read(set.policy, policy.Read); err != nil {
			return nil, false, err
		}
	}
	var rules []connectsim.FaultRule
	if set.faults != "" {
		if rules, err = read(set.faults, connectsim.ReadFaults); err != nil {
			return nil, false, err
		}
	}
	sim = connectsim.New(set.o)
	sim.Faults(rules)
	if set.data == "" || !connectsim.Kept(set.data) {
		if err := fill(sim, set); err != nil {
			return nil, false, err
		}
	}
	if set.data != "" {
		restored, err = sim.Keep(set.data)
	}
	return sim, restored, err
}

// fill puts in what a simulator without a state begins with.
func fill(sim *connectsim.Sim, set settings) error {
	if err := sim.Seed(set.seed); err != nil {
		return err
	}
	if set.load != "" {
		if _, err := sim.Load(set.load); err != nil {
			return err
		}
	}
	sim.Generate(set.flows)
	return nil
}

// read reads a file; errors name it.
func read[T any](name string, from func(io.Reader) (T, error)) (v T, err error) {
	f, err := os.Open(name)
	if err != nil {
		return v, err
	}
	defer f.Close()
	if v, err = from(f); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}
