package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/people"
)

// demoRate is requests per second in practice mode: no page waits for a quota. The simulator bears a little more at
// once than the gateway sends, so that practice shows no throttling of its own making.
const demoRate = 100

const demoUsage = `usage: wrapup demo [--listen 127.0.0.1:8080] [--simulator http://127.0.0.1:9911] [--log-level warn]

Practice mode: the whole product on a simulator of Amazon Connect, on this computer only. Nothing is kept when it ends.
With --simulator it is one that runs already (go run ./cmd/connectsim), with its own faults, policies and kept state.
`

type demoFlags struct {
	listen, simulator string // simulator: "" is one of our own
	config
}

func parseDemo(args []string, p process) (demoFlags, error) {
	d := demoFlags{config: config{Rate: 1, LogLevel: slog.LevelWarn, LogFormat: "text"}}
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	f.StringVar(&d.listen, "listen", "127.0.0.1:8080", "")
	f.StringVar(&d.simulator, "simulator", "", "")
	levelVar(f, &d.LogLevel)
	if err := p.parse(f, demoUsage, args); err != nil {
		return d, err
	}
	if d.simulator != "" && !isLocal(d.simulator) {
		fmt.Fprintf(p.stderr, "wrapup demo: --simulator %q is not an address on this computer such as http://127.0.0.1:9911. Practice mode never leaves it\n", d.simulator)
		return d, errUsage
	}
	host, port, err := net.SplitHostPort(d.listen)
	if err != nil {
		fmt.Fprintf(p.stderr, "wrapup demo: --listen %q is no address and port such as 127.0.0.1:8080\n", d.listen)
		return d, errUsage
	}
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	d.listen = net.JoinHostPort(host, port)
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		fmt.Fprintf(p.stderr, "wrapup demo: --listen %q is not this computer's own address. Practice mode has no passwords: it listens on 127.0.0.1 only\n", d.listen)
		return d, errUsage
	}
	return d, nil
}

// isLocal says whether address is an HTTP address of this computer. Practice mode sends invented keys, and must not send
// them, or anything else, to AWS.
func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// demo runs practice mode: a simulator on a port of its own, a database that is thrown away, one person.
func demo(ctx context.Context, args []string, p process) error {
	d, err := parseDemo(args, p)
	if err != nil {
		return err
	}
	log := d.logger(p.stderr)
	ln, err := net.Listen("tcp", d.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s; another address can be given with --listen 127.0.0.1:8081 (%w)", d.listen, err)
	}
	sim, err := startSimulator(d.simulator, log)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer sim.close()
	dir, err := os.MkdirTemp("", "wrapup-demo-")
	if err != nil {
		return errors.Join(fmt.Errorf("a folder for what practice mode keeps can't be made; TMPDIR names where (%w)", err), ln.Close())
	}
	defer os.RemoveAll(dir)
	d.Database = filepath.Join(dir, "wrapup.db")
	a, err := compose(ctx, d.config, sim.gateway(), true, log)
	if err != nil {
		return errors.Join(inWords(ctx, err), ln.Close())
	}
	defer a.close()
	token, err := a.people.NewLink(ctx, people.Link{Purpose: people.Demo, Role: people.Admin})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	announce(p, "http://"+ln.Addr().String(), token, sim)
	return a.serve(ctx, ln)
}

func announce(p process, base, token string, sim *simulator) {
	in := sim.instances[0]
	fmt.Fprintf(p.stdout, `Practice mode: nothing here touches Amazon Connect.

Open this link to sign in (it works once):
  %[1]s/link/%[2]s

The simulator behind it answers the AWS command line too; any access key will do:
  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws connect list-contact-flows --region %[4]s \
    --endpoint-url %[3]s --instance-id %[5]s

wrapup listens on %[1]s
`, base, token, sim.endpoint, in.Region, in.ID)
}

// simulator is Amazon Connect in memory, on a loopback port.
type simulator struct {
	endpoint  string
	instances []connectsim.InstanceInfo // whose Regions and accounts are read
	server    *http.Server              // nil: somebody else's
}

func startSimulator(running string, log *slog.Logger) (*simulator, error) {
	s := connectsim.New(connectsim.Options{Rate: demoRate, Burst: 2 * demoRate, Log: log})
	if err := s.Seed("demo"); err != nil {
		return nil, fmt.Errorf("make the demo data: %w", err)
	}
	if running != "" {
		return &simulator{endpoint: strings.TrimSuffix(running, "/"), instances: s.Instances()}, nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the simulator stopped", "err", err)
		}
	}()
	return &simulator{endpoint: "http://" + ln.Addr().String(), instances: s.Instances(), server: srv}, nil
}

func (s *simulator) close() {
	if s.server != nil {
		_ = s.server.Close() // ends with the process anyway
	}
}

// gateway reads every Region of the simulator, with its first account's keys and with a role in each other account.
func (s *simulator) gateway() connect.Options {
	o := connect.Options{
		Endpoint: s.endpoint, STSEndpoint: s.endpoint, Rate: demoRate, Burst: demoRate,
		Credentials: &connect.Credentials{AccessKey: "practice", SecretKey: "practice"},
		RoleARNs:    []string{connect.OwnCredentials},
	}
	first := s.instances[0].Account
	for _, in := range s.instances {
		if !slices.Contains(o.Regions, in.Region) {
			o.Regions = append(o.Regions, in.Region)
		}
		role := "arn:aws:iam::" + in.Account + ":role/practice"
		if in.Account != first && !slices.Contains(o.RoleARNs, role) {
			o.RoleARNs = append(o.RoleARNs, role)
		}
	}
	return o
}
