package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options of a sender.
type Options struct {
	URL     string
	Secret  string
	Agent   string // the User-Agent; "" is wrapup
	Log     *slog.Logger
	Now     func() time.Time                                 // nil is time.Now
	Wait    func(ctx context.Context, until time.Time) error // nil waits by the wall clock
	Jitter  func() float64                                   // 0 up to 1; nil is random
	Timeout time.Duration                                    // of one attempt; 0 is 10 s
	Roots   *x509.CertPool                                   // nil are the system's
}

// leastSecret is the length in bytes below which a secret could be found from one signed request.
const leastSecret = 16

const (
	defaultTimeout = 10 * time.Second
	mostHeader     = 16 << 10 // bytes of an answer's header
	mostAnswer     = 16 << 10 // bytes of an answer that are read, and dropped
)

// Sender sends events to one endpoint. It is safe for concurrent use.
type Sender struct {
	o      Options
	shown  string // the endpoint, masked
	client *http.Client
}

// New makes a sender, or says what is wrong with the settings, never with their secrets.
func New(o Options) (*Sender, error) {
	u, err := check(o.URL)
	if err != nil {
		return nil, err
	}
	if len(o.Secret) < leastSecret {
		return nil, fmt.Errorf("the webhook's secret has %d characters; it needs %d at least", len(o.Secret), leastSecret)
	}
	o.Agent, o.Timeout = cmp.Or(o.Agent, "wrapup"), cmp.Or(o.Timeout, defaultTimeout)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return &Sender{o: o, shown: Masked(o.URL), client: client(o, u.Scheme == "http")}, nil
}

// check refuses an address whose requests others could read. Private addresses are a company's own, and allowed.
func check(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("the webhook's address is none such as https://example.com/hook")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("the webhook's address has a user or a fragment: requests are known by their signature")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("the webhook's address begins with http: only this computer is told anything without TLS")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the webhook's address does not begin with https")
	}
	return u, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// client follows no redirects, uses no proxy whatever the environment says, and keeps no connection: events are rare.
func client(o Options, plain bool) *http.Client {
	d := &net.Dialer{Timeout: o.Timeout}
	if plain {
		d.Control = onlyLoopback // a name may lead elsewhere
	}
	return &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: d.DialContext, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: mostHeader,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		},
	}
}

func onlyLoopback(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !a.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("%s is not this computer", address)
	}
	return nil
}

// answer is what the endpoint said. No answer is the status 0.
type answer struct {
	status int
	after  time.Duration // it asks to be left alone for so long
}

// post sends a body once. The error says why there is no answer, and holds neither path nor query.
func (s *Sender) post(ctx context.Context, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.URL, bytes.NewReader(body))
	if err != nil {
		return answer{}, bare(err)
	}
	now := s.o.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.o.Agent)
	req.Header.Set(SignatureHeader, sign(s.o.Secret, now, body))
	res, err := s.client.Do(req)
	if err != nil {
		return answer{}, bare(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, mostAnswer)) // the status is all that counts
	return answer{status: res.StatusCode, after: retryAfter(res.Header.Get("Retry-After"), now)}, nil
}

// bare takes the address away from an error of net/http's.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3); 0 where there is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

func wait(ctx context.Context, until time.Time) error {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
