package people

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"wrapup/internal/fault"
)

// Results in the record.
const (
	OK      = "ok"
	Refused = "refused"
)

// refuse makes it the entry of what was refused: the reason is the sentence that says why, with its values.
func (e *Entry) refuse(err error) {
	why := fault.From(err).Message
	e.Result, e.Reason, e.Args = Refused, why.ID, why.Args
}

// Service signs people in and keeps their accounts. It is safe for concurrent use.
type Service struct {
	store  Store
	clock  func() time.Time
	params *argon2id.Params
	dummy  string        // a hash that no password has: unknown names take as long as known ones
	slots  chan struct{} // hashes at a time: each takes params.Memory
}

// Option changes how the service is made.
type Option func(*Service)

// WithHashCost sets what a password hash costs. For tests: the hashes are as weak as they are quick.
func WithHashCost(kib, iterations uint32) Option {
	return func(s *Service) { s.params = params(kib, iterations) }
}

// The cost of a hash: 19 MiB, two passes, one lane, about 46 ms; OWASP's least for argon2id. At most two at a time.
const (
	hashKiB        = 19 * 1024
	hashIterations = 2
	hashesAtATime  = 2
)

func params(kib, iterations uint32) *argon2id.Params {
	return &argon2id.Params{Memory: kib, Iterations: iterations, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// New makes the service. now is the clock.
func New(s Store, now func() time.Time, opts ...Option) *Service {
	svc := &Service{store: s, clock: now, params: params(hashKiB, hashIterations), slots: make(chan struct{}, hashesAtATime)}
	for _, o := range opts {
		o(svc)
	}
	svc.dummy = dummy(svc.params)
	return svc
}

// dummy writes a hash with a random salt and key, in the form of argon2's reference implementation.
func dummy(p *argon2id.Params) string {
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // never fails (crypto/rand)
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, random(p.SaltLength), random(p.KeyLength))
}

func (s *Service) now() time.Time { return s.clock().UTC() }

// Empty says whether there is no account yet.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	all, err := s.store.People(ctx)
	return err == nil && len(all) == 0, err
}

// Person loads an account, as each request does; a disabled one is fault.Denied "signin.disabled".
func (s *Service) Person(ctx context.Context, id string) (Person, error) {
	p, err := s.store.PersonByID(ctx, id)
	if err == nil && p.Disabled {
		err = fault.New(fault.Denied, "signin.disabled")
	}
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// Record adds to the append-only record. At is now where it is zero.
func (s *Service) Record(ctx context.Context, e Entry) error {
	if e.At.IsZero() {
		e.At = s.now()
	}
	return s.store.Record(ctx, e)
}

// Entries gives the record, the newest first: those before an id (0: from the newest on), at most limit.
func (s *Service) Entries(ctx context.Context, before int64, limit int) ([]Entry, error) {
	return s.store.Entries(ctx, before, limit)
}

// hash makes the argon2id hash of a new password.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	if err := s.slot(ctx); err != nil {
		return "", err
	}
	defer s.free()
	return argon2id.CreateHash(normal(password), s.params)
}

// slot waits for its turn to hash, or for the request's end.
func (s *Service) slot(ctx context.Context) error {
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "signin.too-busy").Because(ctx.Err())
	}
}

func (s *Service) free() { <-s.slots }

// newID is an id for an account: 26 random characters.
func newID() string { return strings.ToLower(rand.Text()) }
