package connectsim_test

import (
	"strings"
	"testing"

	"wrapup/internal/conform"
	"wrapup/internal/connectsim"
)

func TestEveryDocumentedConstraintIsEnforced(t *testing.T) {
	t.Parallel()
	m := modelAtHand(t)
	w := serve(t, "demo", connectsim.Options{FlowQuota: 10_000})
	p := conform.Probe{Model: m, Endpoint: w.url, Instance: "arn:aws:connect:us-east-1:111122223333:instance/" + first}
	r, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d violations were refused as invalid, %d valid requests accepted", r.Refused, r.Valid); r.Refused < 450 || r.Valid < 150 {
		t.Error("the probe sent less than the model has")
	}
	if len(r.Missing) > 0 {
		t.Errorf("operations that are not there: %q", r.Missing)
	}
	if testing.Verbose() {
		t.Logf("left out:\n%s", strings.Join(r.Left, "\n"))
	}
	for title, found := range map[string][]conform.Finding{"accepted, unmodelled or broken": r.Accepted, "other": r.Other, "a valid request": r.Invalid} {
		for _, f := range found {
			t.Errorf("%s: %s", title, f)
		}
	}
}
