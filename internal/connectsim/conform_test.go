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

func TestTheServiceModelIsAtHand(t *testing.T) {
	t.Parallel()
	if _, err := readModel(); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("answers are not held against the service model: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
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
