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

type changeRow struct {
	bun.BaseModel `bun:"table:change_set,alias:c"`

	ID         string    `bun:"id,pk"`
	Instance   string    `bun:"instance"`
	Region     string    `bun:"region"`
	Account    string    `bun:"account"`
	Person     string    `bun:"person"`
	Hash       string    `bun:"hash"`
	Plan       string    `bun:"plan"`
	Created    time.Time `bun:"created"`
	State      string    `bun:"state"`
	ApprovedBy string    `bun:"approved_by"`
	Approved   string    `bun:"approved,nullzero"`
	ApprovedAt time.Time `bun:"approved_at,nullzero"`
	Reason     string    `bun:"reason"`
	Mode       string    `bun:"mode"`
	NotBefore  time.Time `bun:"not_before,nullzero"`
	Stopped    string    `bun:"stopped,nullzero"`
	Runs       int64     `bun:"runs"`
	Run        string    `bun:"run"`
	RunAttempt int64     `bun:"run_attempt"`
	Started    time.Time `bun:"started,nullzero"`
	Finished   time.Time `bun:"finished,nullzero"`
	Proposal   string    `bun:"proposal,nullzero"`
	Fell       string    `bun:"fell,nullzero"`
	BreakGlass bool      `bun:"break_glass"`
	Lost       int64     `bun:"lost"`
}

// since are the columns that came after the history began.
var since = []string{"proposal", "fell", "break_glass", "lost"}

// moving are the columns that change once a change is stored.
var moving = []string{
	"state", "approved_by", "approved", "approved_at", "reason", "mode", "not_before", "stopped", "runs", "run", "run_attempt", "started", "finished",
	"proposal", "fell", "break_glass", "lost",
}

type stepRow struct {
	bun.BaseModel `bun:"table:step,alias:s"`

	ChangeID string `bun:"change_id,pk"`
	Key      string `bun:"key,pk"`
	Position int    `bun:"position"`
	Kind     string `bun:"kind"`
	Flow     string `bun:"flow"`
	Plan     string `bun:"plan"`
	State    string `bun:"state"`
	Intent   string `bun:"intent,nullzero"`
	Outcome  string `bun:"outcome,nullzero"`
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

// rowOf and stepOf write down what is fixed. What has a column of its own and changes is left out of the JSON.
func rowOf(c publish.Change) (changeRow, error) {
	fixed := c
	fixed.Steps, fixed.State, fixed.Word, fixed.Stopped, fixed.Runs = nil, "", publish.Word{}, nil, 0
	fixed.Lost, fixed.Started, fixed.Finished, fixed.Proposal, fixed.Fell = 0, time.Time{}, time.Time{}, nil, nil
	fixed.Created, fixed.Instance.Created = c.Created.UTC(), c.Instance.Created.UTC()
	plan, err := json.Marshal(fixed)
	return changeRow{
		ID: c.ID, Instance: string(c.Instance.ID), Region: text(c.Instance.Region), Account: text(c.Instance.Account),
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
		ChangeID: id, Key: st.Key, Position: position, Kind: text(string(st.Kind)), Flow: text(string(st.Flow)),
		Plan: string(plan), State: string(publish.StepPlanned),
	}, err
}

func (r changeRow) change(steps []stepRow) (publish.Change, error) {
	var c publish.Change
	if err := json.Unmarshal([]byte(r.Plan), &c); err != nil {
		return c, unreadable(r.ID, err)
	}
	var err error
	if c.Word, err = r.word(); err != nil {
		return c, err
	}
	if r.Stopped != "" {
		c.Stopped = new(publish.Actor)
		if err := json.Unmarshal([]byte(r.Stopped), c.Stopped); err != nil {
			return c, unreadable(r.ID, err)
		}
	}
	if c.Proposal, err = r.proposal(); err != nil {
		return c, err
	}
	if r.Fell != "" {
		c.Fell = new(publish.Fall)
		if err := json.Unmarshal([]byte(r.Fell), c.Fell); err != nil {
			return c, unreadable(r.ID, err)
		}
	}
	c.State, c.Runs, c.Lost = publish.State(r.State), int(r.Runs), int(r.Lost)
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

// word is the latest approval.
func (r changeRow) word() (publish.Word, error) {
	w := publish.Word{At: r.ApprovedAt.UTC(), Reason: r.Reason, Mode: publish.Mode(r.Mode), NotBefore: r.NotBefore.UTC(), BreakGlass: r.BreakGlass}
	if r.Approved != "" {
		if err := json.Unmarshal([]byte(r.Approved), &w.By); err != nil {
			return w, unreadable(r.ID, err)
		}
	}
	return w, nil
}

// approve writes w down; the zero Word takes an approval back.
func (r *changeRow) approve(w publish.Word) error {
	r.ApprovedBy, r.Approved, r.ApprovedAt = text(w.By.ID), "", micro(w.At)
	r.Reason, r.Mode, r.NotBefore, r.BreakGlass = text(w.Reason), text(string(w.Mode)), micro(w.NotBefore), w.BreakGlass
	if w.By == (publish.Actor{}) {
		return nil
	}
	doc, err := json.Marshal(w.By)
	r.Approved = string(doc)
	return err
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
	if r.Kind == string(publish.CreateGuide) && r.Flow == "" {
		return o.Flow
	}
	return instance.FlowID(r.Flow)
}
