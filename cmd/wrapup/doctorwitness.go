package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// witness sends the gateway's requests and notes what the answers tell that it has no use for: who is calling, and what time it is
// there.
type witness struct {
	client *http.Client
	absent bool // the gateway has another client: nothing is noted

	mu      sync.Mutex
	callers map[string]*caller // by access key
	off     time.Duration
	timed   bool
}

// caller is whose an access key is.
type caller struct {
	arn   string
	role  bool          // the key is a role's, given out by AssumeRole
	known chan struct{} // closed when the service was asked
}

// identityWait is how long a listing's answer is held back for GetCallerIdentity's: the gateway, which asks both at once, leaves off with
// the one when the other has told the account.
const identityWait = 3 * time.Second

// maxAnswer bounds an answer of STS.
const maxAnswer = 64 << 10

func newWitness(timeout time.Duration) *witness {
	return &witness{client: &http.Client{Timeout: timeout}, callers: map[string]*caller{}}
}

// Do sends one request.
func (w *witness) Do(r *http.Request) (*http.Response, error) {
	sent := time.Now()
	res, err := w.client.Do(r)
	if err == nil {
		w.compare(res.Header.Get("Date"), sent.Add(time.Since(sent)/2))
	}
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"): // as STS is spoken to
		return w.hear(r, res, err)
	case r.Method == http.MethodGet && strings.TrimSuffix(r.URL.Path, "/") == "/instance":
		w.wait(r.Context(), keyOf(r))
	}
	return res, err
}

// keyOf is the access key that a request is signed with.
func keyOf(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

func (w *witness) caller(key string) *caller {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.callers[key] == nil {
		w.callers[key] = &caller{known: make(chan struct{})}
	}
	return w.callers[key]
}

func (w *witness) wait(ctx context.Context, key string) {
	timeout := time.NewTimer(identityWait)
	defer timeout.Stop()
	select {
	case <-w.caller(key).known:
	case <-timeout.C:
	case <-ctx.Done():
	}
}

// hear reads who STS says is calling.
func (w *witness) hear(r *http.Request, res *http.Response, err error) (*http.Response, error) {
	if err != nil {
		w.learn(keyOf(r), "", false)
		return res, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	arn, issued := element(body, "Arn"), element(body, "AccessKeyId")
	if issued != "" || !bytes.Contains(body, []byte("AssumeRole")) {
		w.learn(cmp.Or(issued, keyOf(r)), arn, issued != "")
	}
	return res, nil
}

func (w *witness) learn(key, arn string, role bool) {
	c := w.caller(key)
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-c.known: // asked before
	default:
		c.arn, c.role = arn, role
		close(c.known)
	}
}

// element is the text of the first element of a name; empty where there is none.
func element(body []byte, name string) string {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		if start, ok := t.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if d.DecodeElement(&text, &start) != nil {
				return ""
			}
			return text
		}
	}
}

// identity is the ARN of who called with a role, or with the own credentials ("" for role); empty where nobody said.
func (w *witness) identity(role string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.callers {
		if c.arn != "" && c.role == (role != "") && (role == "" || sameRole(role, c.arn)) {
			return c.arn
		}
	}
	return ""
}

// sameRole says whether a session's ARN, arn:…:assumed-role/NAME/SESSION, is of a role, arn:…:role/PATH/NAME.
func sameRole(role, session string) bool {
	name := role[strings.LastIndexByte(role, '/')+1:]
	return accountOf(role) == accountOf(session) && strings.Contains(session, ":assumed-role/"+name+"/")
}

// compare holds our time against an answer's.
func (w *witness) compare(date string, at time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if off := at.Sub(theirs.Add(500 * time.Millisecond)); !w.timed || off.Abs() < w.off.Abs() { // the date has whole seconds
		w.off, w.timed = off, true
	}
}

// clock is by how much our time is ahead; ok is false where no answer had a date.
func (w *witness) clock() (off time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.off, w.timed
}
