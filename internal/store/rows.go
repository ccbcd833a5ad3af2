package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// kindChange is the only kind of row in the table operation, which is the journal's. Long work has the table work.
const kindChange = "change"

type operationRow struct {
	bun.BaseModel `bun:"table:operation,alias:o"`

	ID         string    `bun:"id,pk"`
	Kind       string    `bun:"kind"`
	Instance   string    `bun:"instance"`
	Region     string    `bun:"region"`
	Account    string    `bun:"account"`
	Person     string    `bun:"person"`
	Hash       string    `bun:"hash"`
	Plan       string    `bun:"plan"`
	Created    time.Time `bun:"created"`
	State      string    `bun:"state"`
	Reason     string    `bun:"reason"`
	ApprovedBy string    `bun:"approved_by"`
	Approved   string    `bun:"approved,nullzero"`
	Owner      string    `bun:"owner"`
	Attempt    int64     `bun:"attempt"`
	LeaseUntil time.Time `bun:"lease_until,nullzero"`
	Started    time.Time `bun:"started,nullzero"`
	Finished   time.Time `bun:"finished,nullzero"`
}

type stepRow struct {
	bun.BaseModel `bun:"table:step,alias:s"`

	OperationID string    `bun:"operation_id,pk"`
	Key         string    `bun:"key,pk"`
	Position    int       `bun:"position"`
	Kind        string    `bun:"kind"`
	Flow        string    `bun:"flow"`
	Plan        string    `bun:"plan"`
	State       string    `bun:"state"`
	Intent      string    `bun:"intent,nullzero"`
	IntentAt    time.Time `bun:"intent_at,nullzero"`
	Outcome     string    `bun:"outcome,nullzero"`
	OutcomeAt   time.Time `bun:"outcome_at,nullzero"`
}

// stepPlan is a step as planned. Exits stand beside it, because not all of an exit is part of its own JSON.
type stepPlan struct {
	Step  publish.Step `json:"step"`
	Exits []exitPlan   `json:"exits"`
}

type exitPlan struct {
	audit.Exit
	Settings []audit.Setting `json:"settings"`
	Why      fault.Message   `json:"why,omitzero"`
}

// operationOf and stepOf write down what is fixed. What has a column of its own and changes is left out of the JSON.
func operationOf(c publish.Change) (operationRow, error) {
	fixed := c
	fixed.Steps, fixed.State, fixed.Reason, fixed.Approved = nil, "", "", publish.Actor{}
	fixed.Started, fixed.Finished = time.Time{}, time.Time{}
	fixed.Created, fixed.Instance.Created = c.Created.UTC(), c.Instance.Created.UTC()
	plan, err := json.Marshal(fixed)
	return operationRow{
		ID: c.ID, Kind: kindChange, Instance: string(c.Instance.ID), Region: text(c.Instance.Region), Account: text(c.Instance.Account),
		Person: text(c.By.ID), Hash: c.Hash, Plan: string(plan), Created: micro(c.Created), State: string(publish.Planned),
	}, err
}

func stepOf(id string, position int, st publish.Step) (stepRow, error) {
	fixed := st
	fixed.State, fixed.Intent, fixed.Outcome, fixed.Exits = "", publish.Intent{}, publish.Outcome{}, nil
	p := stepPlan{Step: fixed}
	if st.Exits != nil {
		p.Exits = make([]exitPlan, 0, len(st.Exits))
	}
	for _, e := range st.Exits {
		p.Exits = append(p.Exits, exitPlan{Exit: e, Settings: e.Settings, Why: e.Why})
	}
	plan, err := json.Marshal(p)
	return stepRow{
		OperationID: id, Key: st.Key, Position: position, Kind: text(string(st.Kind)), Flow: text(string(st.Flow)),
		Plan: string(plan), State: string(publish.StepPlanned),
	}, err
}

func (r operationRow) change(steps []stepRow) (publish.Change, error) {
	var c publish.Change
	if err := json.Unmarshal([]byte(r.Plan), &c); err != nil {
		return c, unreadable(r.ID, err)
	}
	if r.Approved != "" {
		if err := json.Unmarshal([]byte(r.Approved), &c.Approved); err != nil {
			return c, unreadable(r.ID, err)
		}
	}
	c.State, c.Reason = publish.State(r.State), r.Reason
	c.Started, c.Finished = r.Started.UTC(), r.Finished.UTC()
	for _, row := range steps {
		st, err := row.step()
		if err != nil {
			return c, unreadable(r.ID, err)
		}
		c.Steps = append(c.Steps, st)
	}
	return c, nil
}

func (r stepRow) step() (publish.Step, error) {
	var p stepPlan
	err := json.Unmarshal([]byte(r.Plan), &p)
	st := p.Step
	if p.Exits != nil {
		st.Exits = make([]audit.Exit, 0, len(p.Exits))
	}
	for _, e := range p.Exits {
		e.Exit.Settings, e.Exit.Why = e.Settings, e.Why
		st.Exits = append(st.Exits, e.Exit)
	}
	st.State = publish.StepState(r.State)
	if r.Intent != "" {
		err = errors.Join(err, json.Unmarshal([]byte(r.Intent), &st.Intent))
	}
	if r.Outcome != "" {
		err = errors.Join(err, json.Unmarshal([]byte(r.Outcome), &st.Outcome))
	}
	return st, err
}

func unreadable(id string, err error) error {
	return fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("change %q: %w", id, err))
}

// written is the flow that the step wrote: of a create, the outcome tells.
func (r stepRow) written(o publish.Outcome) instance.FlowID {
	if r.Flow != "" {
		return instance.FlowID(r.Flow)
	}
	return o.Flow
}
