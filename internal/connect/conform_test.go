package connect_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"testing"

	"wrapup/internal/conform"
)

// report counts what the simulator answered under all tests of the gateway.
var report conform.Report

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Print(&report) // go test shows it with -v, and where a test has failed
	if len(report.Faults()) > 0 {
		code = 1
	}
	os.Exit(code)
}

// checked stands between the gateway and the simulator: the test fails when an answer is not as the service model has it,
// or when the simulator accepts what the model refuses. spoiled tells the answers that a fault script spoils; nil is none.
func checked(t *testing.T, sim http.Handler, spoiled func(*http.Request) bool) http.Handler {
	m, err := conform.AtHand()
	if err != nil {
		return sim // TestTheSimulatorIsHeldAgainstTheServiceModel says so
	}
	c := &conform.Checker{Model: m, Report: &report, Spoiled: spoiled, OnFault: func(f conform.Fault) { t.Error(f) }}
	return c.Handler(sim)
}

func TestTheSimulatorIsHeldAgainstTheServiceModel(t *testing.T) {
	t.Parallel()
	if _, err := conform.AtHand(); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("answers are not held against the service model: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	g, _, in := simulated(t)
	before := report.Answers()["ListViews"]
	if _, err := g.ListViews(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if report.Answers()["ListViews"] == before {
		t.Error("an answer went past the check")
	}
}
