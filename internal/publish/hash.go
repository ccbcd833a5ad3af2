package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// planHash is what a person approves: it covers the instance, every step's reviewed bytes, edits, preconditions and
// message, the flows left out and the pre-flight, in order. Messages are ids with arguments, so it never depends
// on a language; the states of steps are left out.
func planHash(c Change) string {
	steps := make([]Step, len(c.Steps))
	for i, st := range c.Steps {
		st.State, st.Intent, st.Outcome = "", Intent{}, Outcome{}
		steps[i] = st
	}
	fixed := struct {
		Instance instance.ID
		Region   string
		Account  string
		Title    fault.Message
		Steps    []Step
		LeftOut  []LeftOut
		Checks   []Check
		// Omitted where it is empty, so that plans of former versions keep their hash.
		Continues string `json:",omitempty"`
	}{c.Instance.ID, c.Instance.Region, c.Instance.Account, c.Title, steps, c.LeftOut, c.Checks, c.Continues}
	b, err := json.Marshal(fixed)
	if err != nil {
		panic("publish: a plan is plain data: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
