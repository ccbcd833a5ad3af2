package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/store/pgtest"
	"wrapup/internal/store/storetest"
)

// killFile names the database to the process that kills itself.
const killFile = "WRAPUP_TEST_KILL_FILE"

// sent is the hash of what was to be sent.
var sent = flow.Hash([]byte("what is sent"))

func TestMain(m *testing.M) {
	if file := os.Getenv(killFile); file != "" {
		dieAfterTheIntent(file)
	}
	if err := storetest.FewerChecks(); err != nil {
		panic(err)
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
	if _, err := s.KeepContent(ctx, []byte("what is sent")); err != nil {
		panic(err)
	}
	if err := s.CreateChange(ctx, c); err != nil {
		panic(err)
	}
	f, err := running(ctx, s, "c1")
	if err != nil {
		panic(err)
	}
	for _, err := range []error{
		s.Intent(ctx, "c1", "done", f, publish.Intent{At: time.Now()}),
		s.Outcome(ctx, "c1", "done", f, publish.Outcome{At: time.Now(), State: publish.StepDone}),
		s.Intent(ctx, "c1", "open", f, publish.Intent{At: time.Now(), Final: sent}),
		syscall.Kill(os.Getpid(), syscall.SIGKILL),
	} {
		if err != nil {
			panic(err)
		}
	}
	select {}
}

// running approves a change of the instance "i1" with the hash "h", and has an operation of the owner "host" take it for an hour.
func running(ctx context.Context, s *store.Store, id string) (operation.Fence, error) {
	now := time.Now()
	if err := s.Approve(ctx, id, "h", publish.Seen{State: publish.Planned}, publish.Word{By: publish.Actor{ID: "p1"}, At: now, Mode: publish.StopAtFailure}); err != nil {
		return operation.Fence{}, err
	}
	if _, _, err := s.Operations().Ask(ctx, operation.Operation{ID: operation.ID("run of " + id), Kind: "publish", Key: "publish i1", Asked: now}, nil); err != nil {
		return operation.Fence{}, err
	}
	return next(ctx, s, now)
}

// next claims the operation and takes the change that is due.
func next(ctx context.Context, s *store.Store, now time.Time) (operation.Fence, error) {
	o, found, err := s.Operations().Claim(ctx, operation.Claim{Owner: "host", Kinds: []string{"publish"}, Now: now, Until: now.Add(time.Hour)})
	if err == nil && found {
		_, found, err = s.Take(ctx, "i1", o.Fence(), now)
	}
	if err == nil && !found {
		err = errors.New("nothing is due")
	}
	return o.Fence(), err
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
	c, err := s.Change(ctx, "c1")
	if err != nil {
		t.Fatal(err)
	}
	var states []publish.StepState
	for _, st := range c.Steps {
		states = append(states, st.State)
	}
	if want := []publish.StepState{publish.StepDone, publish.StepIntent, publish.StepPlanned}; !slices.Equal(states, want) || c.State != publish.Running {
		t.Errorf("the change is %s with %v", c.State, states)
	}
	if c.Steps[1].Intent.Final != sent {
		t.Errorf("the intent is %+v", c.Steps[1].Intent)
	}
	if due, err := s.Due(ctx, time.Now()); err != nil || !slices.Equal(due, []instance.ID{"i1"}) {
		t.Errorf("due are %v, %v", due, err)
	}
	if _, _, err := s.VerifyHistory(ctx); err != nil {
		t.Error(err)
	}

	// The process that comes after has the same name, and goes on; of the former one nothing more is written.
	f, err := next(ctx, s, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	former := f
	former.Attempt--
	if err := s.Outcome(ctx, "c1", "open", former, publish.Outcome{At: time.Now(), State: publish.StepDone}); !errors.Is(err, operation.ErrLost) {
		t.Errorf("the former process writes: %v", err)
	}
	for _, err := range []error{
		s.Reopen(ctx, "c1", "open", f, fault.Msg("publish.settled.not-written"), time.Now()),
		s.Intent(ctx, "c1", "open", f, publish.Intent{At: time.Now(), Final: sent}),
		s.Outcome(ctx, "c1", "open", f, publish.Outcome{At: time.Now(), State: publish.StepDone}),
		s.Outcome(ctx, "c1", "never tried", f, publish.Outcome{At: time.Now(), State: publish.StepFailed}),
		s.Finish(ctx, "c1", f, publish.Partly, time.Now()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.VerifyHistory(ctx); err != nil {
		t.Error(err)
	}
}
