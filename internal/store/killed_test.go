package store_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/store/pgtest"
)

// killFile names the database to the process that kills itself.
const killFile = "WRAPUP_TEST_KILL_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(killFile); file != "" {
		dieAfterTheIntent(file)
	}
	os.Exit(pgtest.Main(m))
}

// dieAfterTheIntent runs a change up to the point where the service would be called.
func dieAfterTheIntent(file string) {
	ctx := context.Background()
	s, err := store.Open(ctx, file)
	if err != nil {
		panic(err)
	}
	c := publish.Change{
		ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Created: time.Now(),
		Steps: []publish.Step{{Key: "done"}, {Key: "open"}, {Key: "never tried"}},
	}
	if err := s.CreateChange(ctx, c); err != nil {
		panic(err)
	}
	attempt, err := s.Start(ctx, "c1", "h", publish.Actor{ID: "p1"}, "", publish.Lease{Owner: "host", Until: time.Now().Add(time.Hour)})
	if err != nil {
		panic(err)
	}
	for _, err := range []error{
		s.Intent(ctx, "c1", "done", attempt, publish.Intent{At: time.Now()}, time.Now(), time.Now().Add(time.Hour)),
		s.Outcome(ctx, "c1", "done", attempt, publish.Outcome{State: publish.StepDone}),
		s.Intent(ctx, "c1", "open", attempt, publish.Intent{At: time.Now(), Final: "what was sent"}, time.Now(), time.Now().Add(time.Hour)),
		syscall.Kill(os.Getpid(), syscall.SIGKILL),
	} {
		if err != nil {
			panic(err)
		}
	}
	select {}
}

func TestAKilledProcessLeavesAJournalThatSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(*testing.T) string{"a file": file, "PostgreSQL": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killed(t, dsn(t))
		})
	}
}

func killed(t *testing.T, file string) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killFile+"="+file)
	out, err := child.CombinedOutput()
	if child.ProcessState == nil || child.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}

	s, ctx := open(t, file), t.Context()
	ids, err := s.Sweep(ctx, "host", time.Now())
	if err != nil || !slices.Equal(ids, []string{"c1"}) {
		t.Fatalf("swept %v, %v", ids, err)
	}
	c, err := s.Change(ctx, "c1")
	if err != nil {
		t.Fatal(err)
	}
	var states []publish.StepState
	for _, st := range c.Steps {
		states = append(states, st.State)
	}
	if want := []publish.StepState{publish.StepDone, publish.StepIntent, publish.StepSkipped}; !slices.Equal(states, want) || c.State != publish.Interrupted {
		t.Errorf("the change is %s with %v", c.State, states)
	}
	if c.Steps[1].Intent.Final != "what was sent" {
		t.Errorf("the intent is %+v", c.Steps[1].Intent)
	}
	err = s.Outcome(ctx, "c1", "open", 1, publish.Outcome{State: publish.StepDone})
	refused(t, err, fault.Conflict, "publish.lease-lost")

	next := publish.Change{ID: "c2", Hash: "h", Instance: instance.Instance{ID: "i1"}, Steps: []publish.Step{{Key: "f1"}}}
	if err := s.CreateChange(ctx, next); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(ctx, "c2", "h", publish.Actor{}, "", publish.Lease{Until: time.Now().Add(time.Hour)}); err != nil {
		t.Errorf("the interrupted change blocks its instance: %v", err)
	}
}
