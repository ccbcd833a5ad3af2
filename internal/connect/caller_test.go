package connect_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

func TestWhoIsCalling(t *testing.T) {
	t.Parallel()
	t.Run("is told of each set of credentials", func(t *testing.T) {
		t.Parallel()
		g, _, in := simulated(t)
		_, name, _ := strings.Cut(connectsim.DemoRole, ":role/")
		for _, from := range g.Sources() {
			got, err := g.Caller(t.Context(), from)
			if want := "arn:aws:iam::" + in.Account + ":user/"; from.Name == "" && !strings.HasPrefix(got, want) || err != nil {
				t.Errorf("the own credentials: %q, want %s; %v", got, want, err)
			}
			if from.Name != "" && !strings.Contains(got, ":assumed-role/"+name+"/wrapup") {
				t.Errorf("the role %s: %q", from.Name, got)
			}
		}
	})
	t.Run("is asked once", func(t *testing.T) {
		t.Parallel()
		var asked atomic.Int64
		g, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			io.WriteString(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		})
		for range 2 {
			if got, err := g.Caller(t.Context(), g.Sources()[0]); got != "arn:aws:iam::111122223333:user/me" || err != nil {
				t.Error(got, err)
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
	t.Run("is not known where STS refuses, or of no source", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(403, "", `<ErrorResponse><Error><Code>ExpiredToken</Code><Message>no</Message></Error></ErrorResponse>`))
		_, err := g.Caller(t.Context(), g.Sources()[0])
		wantFault(t, err, fault.Unavailable, "aws.expired")
		_, err = g.Caller(t.Context(), instance.Source{Region: "eu-north-1"})
		wantFault(t, err, fault.NotFound, "aws.source-unknown")
	})
}

func TestTheClockIsHeldAgainstTheServices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		date  func(http.Header)
		code  int
		off   time.Duration
		known bool
	}{
		"the same":               {func(h http.Header) { h.Set("Date", time.Now().UTC().Format(http.TimeFormat)) }, 200, 0, true},
		"behind the service's":   {func(h http.Header) { h.Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)) }, 200, -time.Hour, true},
		"told by a refusal":      {func(h http.Header) { h.Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)) }, 403, time.Hour, true},
		"an answer without time": {func(h http.Header) { h["Date"] = nil }, 200, 0, false},
		"a time that is none":    {func(h http.Header) { h.Set("Date", "now") }, 200, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) {
				c.date(w.Header())
				w.WriteHeader(c.code)
				io.WriteString(w, `{"InstanceSummaryList":[]}`)
			}, func(o *connect.Options) { o.RoleARNs = nil })
			if _, known := g.Ahead(); known {
				t.Error("known before anything was asked")
			}
			_, _ = g.Instances(t.Context(), g.Sources()[0])
			by, known := g.Ahead()
			if known != c.known || (by-c.off).Abs() > 10*time.Minute { // a busy machine takes its time
				t.Errorf("%s ahead, known %t", by, known)
			}
		})
	}
}
