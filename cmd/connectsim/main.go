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
	"strings"
	"syscall"
	"time"

	"wrapup/internal/connectsim"
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

// errUsage is a wrong flag: the flag package has already said which.
var errUsage = errors.New("wrong usage")

type settings struct {
	listen, seed, load, faults string
	flows                      int
	log                        bool
	o                          connectsim.Options
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("connectsim", flag.ContinueOnError)
	f.SetOutput(stderr)
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
	f.StringVar(&s.faults, "faults", "", "fault script: one JSON object per line")
	f.IntVar(&s.o.FlowQuota, "flow-quota", connectsim.DefaultFlowQuota, "flows per instance that CreateContactFlow respects")
	f.BoolVar(&s.log, "log", false, "log each request to standard error")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, err
		}
		return s, errUsage
	}
	return s, s.check(f)
}

func usage(c connectsim.Choice) string {
	if len(c.Answers) == 0 {
		return c.Question
	}
	return c.Question + ": " + strings.Join(c.Answers, ", ") + fmt.Sprintf(" (default %q)", c.Answers[0])
}

func (s *settings) check(f *flag.FlagSet) error {
	wrong := ""
	switch {
	case f.NArg() > 0:
		wrong = fmt.Sprintf("unexpected argument %q", f.Arg(0))
	case s.o.Rate < 0, s.o.Burst < 1, s.o.Latency < 0, s.flows < 0, s.o.FlowQuota < 1:
		wrong = "--rate, --latency and --flows must not be below 0, --burst and --flow-quota not below 1"
	case s.seed != "demo" && s.seed != "empty":
		wrong = fmt.Sprintf("--seed %q is neither demo nor empty", s.seed)
	}
	if wrong == "" {
		return nil
	}
	fmt.Fprintln(f.Output(), wrong)
	f.Usage()
	return errUsage
}

// run serves until ctx ends; requests under way get two seconds.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	set, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if set.log {
		set.o.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	sim, err := build(set)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", set.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on http://%s\n", l.Addr())
	for _, in := range sim.Instances() {
		fmt.Fprintf(stdout, "%s %s %s %s\n", in.Alias, in.ID, in.Region, in.Account)
	}
	srv := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
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

func build(set settings) (*connectsim.Sim, error) {
	sim := connectsim.New(set.o)
	if err := sim.Seed(set.seed); err != nil {
		return nil, err
	}
	if set.load != "" {
		if _, err := sim.Load(set.load); err != nil {
			return nil, err
		}
	}
	sim.Generate(set.flows)
	if set.faults == "" {
		return sim, nil
	}
	f, err := os.Open(set.faults)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rules, err := connectsim.ReadFaults(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", set.faults, err)
	}
	sim.Faults(rules)
	return sim, nil
}
