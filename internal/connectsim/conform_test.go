package connectsim_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"testing"

	"wrapup/internal/conform"
)

// readModel gives the service model, which lies beside the repository; without it answers are only decoded by the SDK.
var readModel = conform.AtHand

// modelAtHand skips a test that needs the model where it is absent; in CI it must be there, and a damaged one always fails.
func modelAtHand(t *testing.T) *conform.Model {
	t.Helper()
	m, err := readModel()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the service model is not at hand: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTheServiceModelIsAtHand fails where conforming would let answers pass.
func TestTheServiceModelIsAtHand(t *testing.T) {
	t.Parallel()
	modelAtHand(t)
}

// conforming is a transport that holds every answer against the model.
func conforming(t testing.TB) http.RoundTripper {
	m, err := readModel()
	if err != nil {
		return http.DefaultTransport
	}
	c := conform.Checker{Model: m, Report: new(conform.Report), OnFault: func(f conform.Fault) { t.Error(f) }}
	return c.Transport(nil)
}
