package e2e

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"wrapup/internal/conform"
)

// report counts what simulators answered to the programs and clients of all tests.
var report conform.Report

// checked puts a proxy in front of a simulator that fails the test when an answer is not as the service model has it, or
// when the simulator accepts what the model refuses. It gives the proxy's address.
func checked(t *testing.T, simulator string) string {
	t.Helper()
	m, err := conform.AtHand()
	if err != nil {
		return simulator // TestTheSimulatorIsHeldAgainstTheServiceModel says so
	}
	target, err := url.Parse(simulator)
	if err != nil {
		t.Fatal(err)
	}
	c := &conform.Checker{Model: m, Report: &report, OnFault: func(f conform.Fault) { t.Error(f) }}
	server := httptest.NewServer(c.Proxy(target))
	t.Cleanup(server.Close)
	return server.URL
}

func TestTheSimulatorIsHeldAgainstTheServiceModel(t *testing.T) {
	t.Parallel()
	if _, err := conform.AtHand(); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("answers are not held against the service model: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	s := startSim(t, "")
	before := report.Answers()["ListContactFlows"]
	s.list(t)
	if report.Answers()["ListContactFlows"] == before {
		t.Error("an answer went past the check")
	}
}
