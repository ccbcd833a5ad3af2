package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

var (
	ana = publish.Actor{ID: "p1", Name: "Ana", Address: "192.0.2.1"}
	bob = publish.Actor{ID: "p2", Name: "Bob", Address: "192.0.2.2"}
)

const guideName = "After the call"

// seeded is a flow before the change.
type seeded struct {
	id          string
	name        string
	live, draft string // draft is the saved copy; the same as live where nobody has an unpublished draft
	left        bool   // its draft is not to be published over: the plan leaves it out
}

// set is a change set to publish: a new guide, and the flows that shall open it.
type set struct {
	home  connectsim.InstanceInfo
	flows []seeded
}

// newSet has n flows that shall open the guide, every fifth over an unpublished draft, and one whose draft is left alone.
func newSet(n int) set {
	s := set{home: connectsim.InstanceInfo{Alias: "faults", ID: "aaaaaaaa-bbbb-cccc-dddd-111111111111", Region: "us-east-1", Account: "111122223333"}}
	for i := 1; i <= n+1; i++ {
		live := written(i, fmt.Sprintf("Welcome to line %d.", i))
		f := seeded{id: fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i), name: fmt.Sprintf("Line %02d", i), live: live, draft: live, left: i > n}
		if i%5 == 2 || f.left {
			f.draft = written(i, fmt.Sprintf("Line %d has new opening hours.", i))
		}
		s.flows = append(s.flows, f)
	}
	return s
}

// written is a flow that reaches an agent and opens no guide, in one of the forms that flows come in.
func written(i int, text string) string {
	meta := `,"Metadata":{"entryPointPosition":{"x":40,"y":40},"ActionMetadata":{"hello":{"position":{"x":400,"y":40}}}}`
	if i%4 == 3 {
		meta = ""
	}
	content := `{"Version":"2019-10-30","StartAction":"hello"` + meta + `,"Actions":[` +
		`{"Identifier":"hello","Type":"MessageParticipant","Parameters":{"Text":"` + text + ` ☎"},"Transitions":{"NextAction":"queue","Errors":[{"NextAction":"queue","ErrorType":"NoMatchingError"}]}},` +
		`{"Identifier":"queue","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"bye","Errors":[{"NextAction":"bye","ErrorType":"QueueAtCapacity"},{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},` +
		`{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	var b bytes.Buffer
	switch i % 4 {
	case 1:
		_ = json.Indent(&b, []byte(content), "", "  ") // it is JSON
	case 2:
		_ = json.Indent(&b, []byte(content), "", "\t")
		return strings.ReplaceAll(b.String(), "\n", "\r\n")
	default:
		return content
	}
	return b.String()
}

// simulator holds the set's instance as it is before the change.
func (s set) simulator() *connectsim.Sim {
	sim := connectsim.New(connectsim.Options{FlowQuota: 1000})
	for _, f := range s.flows {
		sim.PutFlow(s.home, connectsim.SeedFlow{ID: f.id, Name: f.name, Published: f.live, Saved: f.draft})
	}
	return sim
}

func (s set) instance() instance.Instance {
	return instance.Instance{
		ID: instance.ID(s.home.ID), Alias: s.home.Alias, Region: s.home.Region, Account: s.home.Account,
		ARN: fmt.Sprintf("arn:aws:connect:%s:%s:instance/%s", s.home.Region, s.home.Account, s.home.ID),
	}
}

func (s set) flow(id string) seeded {
	for _, f := range s.flows {
		if f.id == id {
			return f
		}
	}
	return seeded{}
}

// gateway is the real one. who stands in the user agent of every request.
func gateway(ctx context.Context, region, endpoint, who string) (*connect.Gateway, error) {
	return connect.New(ctx, connect.Options{
		Regions: []string{region}, Rate: -1, Endpoint: endpoint, STSEndpoint: endpoint, UserAgent: who,
		Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
		Backoff:     func(int) time.Duration { return 0 },
	})
}

// plan reviews the change set into an empty database: a draft of a guide, and all flows.
func (s set) plan(t *testing.T, dsn string) publish.Change {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	aws := newService(s)
	defer aws.close()
	g, err := gateway(ctx, s.home.Region, aws.url(), "plan")
	if err != nil {
		t.Fatal(err)
	}
	model := acw.New("aws", s.home.Region, nil)
	d, err := db.SaveDraft(ctx, publish.GuideDraft{Instance: s.instance().ID, Flow: "new", Name: guideName, Model: model, By: ana})
	if err != nil {
		t.Fatal(err)
	}
	r := publish.Request{
		Instance: s.instance(), By: ana, OverDraft: map[instance.FlowID]bool{},
		Guide: publish.GuideChoice{Name: guideName, Model: &model, Draft: &publish.DraftRef{Flow: "new", Rev: d.Rev}},
	}
	for _, f := range s.flows {
		r.Add = append(r.Add, instance.FlowID(f.id))
		r.OverDraft[instance.FlowID(f.id)] = !f.left
	}
	c, err := publish.New(g, db, publish.Options{}).Plan(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Steps) != len(s.flows) || len(c.LeftOut) != 1 || c.Blocked() {
		t.Fatalf("the plan has %d steps, leaves %v out, checks %v", len(c.Steps), c.LeftOut, c.Checks)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// approval is a person's whole word.
func approval(c publish.Change, mode publish.Mode) publish.Approval {
	a := publish.Approval{Hash: c.Hash, Reason: "Faults", Mode: mode, By: ana}
	for _, k := range c.Confirmations() {
		a.Confirmed = append(a.Confirmed, k.ID)
	}
	return a
}
