package connect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

const instanceList = `{"InstanceSummaryList":[{"Id":"aaaaaaaa-1111-4111-8111-111111111111","Arn":"arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-1111-4111-8111-111111111111","InstanceAlias":"main","InstanceStatus":"ACTIVE","InboundCallsEnabled":true}]}`

func TestTheAccountNeverBlocksReading(t *testing.T) {
	t.Parallel()
	hung := func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a server notices that its client is gone only once the body is read
		<-r.Context().Done()
	}
	for name, sts := range map[string]http.HandlerFunc{
		"GetCallerIdentity is denied": answer(403, "", `<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>`),
		"GetCallerIdentity hangs":     hung,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := dial(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/sts") {
					sts(w, r)
					return
				}
				io.WriteString(w, instanceList)
			})
			if got := g.Sources(); got[0].Account != "" {
				t.Fatalf("account %q before any call", got[0].Account)
			}
			list, err := g.Instances(t.Context(), g.Sources()[0])
			if err != nil {
				t.Fatal(err)
			}
			want := []instance.Instance{{ID: home, ARN: inst.ARN, Alias: "main", Region: region, Account: account, Status: "ACTIVE", Inbound: true}}
			if diff := cmp.Diff(want, list); diff != "" {
				t.Error(diff)
			}
			if got := g.Sources(); got[0].Account != account {
				t.Errorf("account %q, want that of the instances", got[0].Account)
			}
		})
	}
}

func TestTheReasonOfAFailedCreationIsRead(t *testing.T) {
	t.Parallel()
	g, _ := dial(t, func(w http.ResponseWriter, r *http.Request) {
		body := strings.Replace(instanceList, "ACTIVE", "CREATION_FAILED", 1)
		if r.URL.Path != "/instance" {
			body = `{"Instance":{"Id":"` + string(home) + `","Arn":"` + inst.ARN + `","StatusReason":{"Message":"directory limit"}}}`
		}
		io.WriteString(w, body)
	})
	list, err := g.Instances(t.Context(), g.Sources()[0])
	if err != nil || len(list) != 1 || list[0].Reason != "directory limit" {
		t.Fatal(list, err)
	}
}

// several answers for two Regions: the Region is read from the signature's scope. eu-west-1 is denied if denied is set.
func several(denied bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		eu := strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/")
		switch {
		case strings.HasPrefix(r.URL.Path, "/sts"):
			w.WriteHeader(500)
		case eu && denied:
			answer(403, "AccessDeniedException", `{}`)(w, r)
		case eu:
			io.WriteString(w, `{"InstanceSummaryList":[]}`)
		case r.URL.Path == "/instance":
			io.WriteString(w, instanceList)
		default:
			io.WriteString(w, `{"ContactFlow":{"Id":"`+string(flowA)+`","Content":"{}"}}`)
		}
	}
}

func TestWhereAnInstanceIsAsked(t *testing.T) {
	t.Parallel()
	two := func(o *connect.Options) { o.Regions = []string{"eu-west-1", region} }
	t.Run("after a restart, by its Region, without listing", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, several(true), two)
		if _, err := g.DescribeFlow(t.Context(), inst, string(flowA)); err != nil {
			t.Fatal(err)
		}
		if w.calls() != 1 {
			t.Errorf("asked %v", w.asked)
		}
	})
	t.Run("by its id alone it is looked for, and a Region that is denied does not hide it", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, several(true), two)
		if _, err := g.DescribeFlow(t.Context(), instance.Instance{ID: home}, string(flowA)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("an instance that nobody lists is not found", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, several(false), two)
		_, err := g.DescribeFlow(t.Context(), instance.Instance{ID: "cccccccc-1111-4111-8111-111111111111"}, string(flowA))
		wantFault(t, err, fault.NotFound, "aws.instance-unknown")
	})
	t.Run("an instance that may stand behind the denial is not called unknown", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, several(true), two)
		_, err := g.DescribeFlow(t.Context(), instance.Instance{ID: "cccccccc-1111-4111-8111-111111111111"}, string(flowA))
		wantFault(t, err, fault.Denied, "aws.denied")
	})
	t.Run("a Region that is not configured is never asked", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, several(false), two)
		_, err := g.DescribeFlow(t.Context(), instance.Instance{ID: home, Region: "ap-southeast-2"}, string(flowA))
		wantFault(t, err, fault.NotFound, "aws.instance-unknown")
		if w.calls() != 0 {
			t.Errorf("asked %v", w.asked)
		}
	})
	t.Run("another account's instance of the same id is not written through this one", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, several(false))
		if _, err := g.Instances(t.Context(), g.Sources()[0]); err != nil {
			t.Fatal(err)
		}
		_, err := g.UpdateFlowContent(t.Context(), instance.Instance{ID: home, Region: region, Account: "444455556666"}, flowA, "{}")
		wantFault(t, err, fault.NotFound, "aws.instance-unknown")
	})
	t.Run("a source that is not configured", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, several(false))
		_, err := g.Instances(t.Context(), instance.Source{Region: "eu-north-1"})
		wantFault(t, err, fault.NotFound, "aws.source-unknown")
	})
}

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

func TestRoles(t *testing.T) {
	t.Parallel()
	role := "arn:aws:iam::444455556666:role/reader"
	withRoles := func(names ...string) func(*connect.Options) {
		return func(o *connect.Options) { o.RoleARNs = names }
	}
	t.Run("a role is assumed, and its account stands in its ARN", func(t *testing.T) {
		t.Parallel()
		var signed atomic.Value
		g, _ := dial(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/sts") {
				io.WriteString(w, assumed)
				return
			}
			signed.Store(r.Header.Get("Authorization"))
			io.WriteString(w, instanceList)
		}, withRoles(role))
		if diff := cmp.Diff([]instance.Source{{Name: role, Region: region, Account: "444455556666"}}, g.Sources()); diff != "" {
			t.Fatal(diff)
		}
		if _, err := g.Instances(t.Context(), g.Sources()[0]); err != nil {
			t.Fatal(err)
		}
		if s := signed.Load().(string); !strings.Contains(s, "Credential=ASIAROLE/") {
			t.Errorf("signed by %s", s)
		}
	})
	t.Run("the default credentials are read with only where named", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, several(false), withRoles(connect.OwnCredentials, role, role))
		if diff := cmp.Diff([]instance.Source{{Region: region}, {Name: role, Region: region, Account: "444455556666"}}, g.Sources()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a role that may not be assumed says so", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, answer(403, "", `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`), withRoles(role))
		_, err := g.Instances(t.Context(), g.Sources()[0])
		wantFault(t, err, fault.Denied, "aws.role-denied")
		if w.calls() != 1 {
			t.Errorf("%d requests", w.calls())
		}
	})
}

func TestConfiguration(t *testing.T) {
	empty := func(t *testing.T) {
		for _, k := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
			t.Setenv(k, "")
		}
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/config")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/credentials")
	}
	t.Run("no Region anywhere", func(t *testing.T) {
		empty(t)
		_, err := connect.New(t.Context(), connect.Options{})
		wantFault(t, err, fault.Invalid, "aws.no-region")
	})
	t.Run("a profile that does not exist", func(t *testing.T) {
		empty(t)
		t.Setenv("AWS_PROFILE", "nobody")
		_, err := connect.New(t.Context(), connect.Options{Regions: []string{region}})
		wantFault(t, err, fault.Invalid, "aws.config")
	})
	t.Run("no credentials", func(t *testing.T) {
		empty(t)
		g, err := connect.New(t.Context(), connect.Options{Regions: []string{region}, Endpoint: "http://127.0.0.1:9", STSEndpoint: "http://127.0.0.1:9"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.Instances(t.Context(), g.Sources()[0])
		wantFault(t, err, fault.Unavailable, "aws.no-credentials")
	})
	t.Run("the endpoints, Region and keys of the environment", func(t *testing.T) {
		empty(t)
		srv := httptest.NewServer(http.HandlerFunc(several(false)))
		defer srv.Close()
		t.Setenv("AWS_REGION", region)
		t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
		t.Setenv("AWS_ENDPOINT_URL_CONNECT", srv.URL)
		t.Setenv("AWS_ENDPOINT_URL_STS", srv.URL+"/sts")
		g, err := connect.New(t.Context(), connect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		list, err := g.Instances(t.Context(), g.Sources()[0])
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
	})
}

// memory answers in memory, so that time can be the test's own.
type memory struct {
	mu   sync.Mutex
	seen map[string]int
	do   func(r *http.Request, n int) (int, string, string) // status, code, body
}

func (m *memory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
	}
	m.mu.Lock()
	key := r.Method + " " + strings.Split(r.URL.Path, "/")[1]
	m.seen[key]++
	n := m.seen[key]
	m.mu.Unlock()
	status, code, body := m.do(r, n)
	h := http.Header{}
	if code != "" {
		h.Set("X-Amzn-ErrorType", code)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewBufferString(body)), Request: r}, nil
}

func inMemory(t *testing.T, do func(r *http.Request, n int) (int, string, string), mend ...func(*connect.Options)) *connect.Gateway {
	t.Helper()
	o := connect.Options{
		Regions: []string{region, "eu-west-1"}, Endpoint: "http://memory", STSEndpoint: "http://memory",
		Credentials: &connect.Credentials{AccessKey: "AKIDEXAMPLE", SecretKey: "x"}, HTTP: &memory{seen: map[string]int{}, do: do},
	}
	for _, m := range mend {
		m(&o)
	}
	g, err := connect.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func described(*http.Request, int) (int, string, string) {
	return 200, "", `{"ContactFlow":{"Id":"` + string(flowA) + `","Content":"{}"}}`
}

// together makes n calls at once and gives the time it took.
func together(t *testing.T, n int, call func(i int) error) time.Duration {
	t.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = call(i) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

func TestPace(t *testing.T) {
	t.Parallel()
	describe := func(t *testing.T, g *connect.Gateway, in instance.Instance) func(int) error {
		return func(int) error { _, err := g.DescribeFlow(t.Context(), in, string(flowA)); return err }
	}
	tests := []struct {
		name string
		mend func(*connect.Options)
		n    int
		want time.Duration
	}{
		{"2 a second after a burst of 4", func(*connect.Options) {}, 24, 10 * time.Second},
		{"half the share takes twice as long", func(o *connect.Options) { o.Share = 0.5 }, 24, 20 * time.Second},
		{"another rate and burst", func(o *connect.Options) { o.Rate, o.Burst = 100, 10 }, 110, time.Second},
		{"no limit", func(o *connect.Options) { o.Rate = -1 }, 500, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := inMemory(t, described, tt.mend)
				took := together(t, tt.n, describe(t, g, inst))
				if off := float64(took - tt.want); off < 0 || off > 0.03*float64(tt.want) {
					t.Errorf("%d calls took %v, want %v", tt.n, took, tt.want)
				}
			})
		})
	}
	t.Run("each Region and each operation has its own", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			eu := inst
			eu.Region = "eu-west-1"
			g := inMemory(t, func(r *http.Request, n int) (int, string, string) {
				if strings.HasPrefix(r.URL.Path, "/views") {
					return 200, "", `{"View":{"Content":{"Template":"{}"}}}`
				}
				return described(r, n)
			})
			took := together(t, 12, func(i int) error {
				switch i % 3 {
				case 0:
					return describe(t, g, inst)(i)
				case 1:
					return describe(t, g, eu)(i)
				}
				_, err := g.DescribeView(t.Context(), inst, "after-contact-work")
				return err
			})
			if took != 0 {
				t.Errorf("took %v, want the three bursts at once", took)
			}
		})
	})
	t.Run("an attempt that is tried again takes its turn again, and is counted", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := inMemory(t, func(r *http.Request, n int) (int, string, string) {
				if n <= 6 {
					return 429, "ThrottlingException", `{}`
				}
				return described(r, n)
			}, func(o *connect.Options) { o.Backoff = func(int) time.Duration { return 0 } })
			ctx, calls := instance.CountCalls(t.Context())
			start := time.Now()
			if _, err := g.DescribeFlow(ctx, inst, string(flowA)); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != 1500*time.Millisecond || calls.Total() != 7 {
				t.Errorf("7 attempts took %v and were counted as %d", took, calls.Total())
			}
		})
	})
	t.Run("a read that is throttled on and on says so in time, with the service's code", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			name          string
			deadline, max time.Duration
			calls         int
			backoff       time.Duration
		}{
			{"nobody's time is short", time.Hour, 15 * time.Second, 5, 4 * time.Second},
			{"a wait is cut to what is left", time.Hour, 15 * time.Second, 3, 10 * time.Second},
			{"the caller's time is short", 15 * time.Second, 10 * time.Second, 4, 4 * time.Second},
			{"the caller has next to no time", 2 * time.Second, 0, 1, 4 * time.Second},
		} {
			synctest.Test(t, func(t *testing.T) {
				g := inMemory(t, func(*http.Request, int) (int, string, string) { return 429, "ThrottlingException", `{}` },
					func(o *connect.Options) { o.Rate, o.Backoff = -1, func(int) time.Duration { return c.backoff } })
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				ctx, calls := instance.CountCalls(ctx)
				for what, read := range map[string]func() error{
					"describe": func() error { _, err := g.DescribeFlow(ctx, inst, string(flowA)); return err },
					"list":     func() error { _, err := g.ListFlows(ctx, inst); return err },
				} {
					if ctx.Err() != nil || c.deadline < time.Hour && what == "list" {
						continue // the first spends the deadline
					}
					start, before := time.Now(), calls.Total()
					f := wantFault(t, read(), fault.Throttled, "aws.throttled")
					if took, n := time.Since(start), calls.Total()-before; f.Code != "ThrottlingException" || took != c.max || n != c.calls {
						t.Errorf("%s, %s: %q after %v and %d calls, want %v and %d", c.name, what, f.Code, took, n, c.max, c.calls)
					}
				}
			})
		}
	})
	t.Run("a call that its caller ends between throttles keeps their code", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := inMemory(t, func(*http.Request, int) (int, string, string) { return 429, "ThrottlingException", `{}` },
				func(o *connect.Options) { o.Rate, o.Backoff = -1, func(int) time.Duration { return 10 * time.Second } })
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, err := g.UpdateFlowContent(ctx, inst, flowA, "{}")
			if f := wantFault(t, err, fault.Throttled, "aws.throttled"); f.Code != "ThrottlingException" {
				t.Errorf("code %q", f.Code)
			}
		})
	})
	t.Run("a write waits out the throttles of others for as long as a minute", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := inMemory(t, func(r *http.Request, n int) (int, string, string) {
				if n <= 5 {
					return 429, "TooManyRequestsException", `{}`
				}
				return described(r, n)
			})
			start := time.Now()
			if _, err := g.UpdateFlowContent(t.Context(), inst, flowA, "{}"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took == 0 || took > 70*time.Second {
				t.Errorf("took %v", took)
			}
		})
	})
	t.Run("a turn that would come too late is refused at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := inMemory(t, described)
			together(t, 4, describe(t, g, inst))
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := g.DescribeFlow(ctx, inst, string(flowA))
			wantFault(t, err, fault.Throttled, "aws.throttled")
			_, err = g.UpdateFlowContent(ctx, inst, flowA, "{}")
			if err != nil {
				t.Errorf("another operation was held up as well: %v", err)
			}
		})
	})
}

func TestLargeListsAreReadWhole(t *testing.T) {
	t.Parallel()
	page := func(r *http.Request, n int) (int, string, string) {
		body := fmt.Sprintf(`{"ContactFlowSummaryList":[{"Id":"bbbbbbbb-1111-4111-8111-%012d","Name":"f"}]`, n)
		if n < 3 {
			body += fmt.Sprintf(`,"NextToken":"t%d"`, n)
		}
		return 200, "", body + "}"
	}
	g := inMemory(t, page)
	list, err := g.ListFlows(t.Context(), inst, instance.TypeInbound)
	if err != nil || len(list) != 3 || list[2].ID != "bbbbbbbb-1111-4111-8111-000000000003" {
		t.Fatal(list, err)
	}
}

func TestBodiesAreSentFromMemory(t *testing.T) {
	t.Parallel()
	t.Run("so that net/http sends them with their headers and can tell their end", func(t *testing.T) {
		t.Parallel()
		g := inMemory(t, func(r *http.Request, _ int) (int, string, string) {
			if r.GetBody == nil || r.ContentLength <= 0 {
				t.Errorf("%s %s: length %d", r.Method, r.URL.Path, r.ContentLength)
			}
			return 200, "", `{}`
		})
		if _, err := g.UpdateFlowContent(t.Context(), inst, flowA, "{}"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("so that no answer is lost to the close of a body", func(t *testing.T) {
		t.Parallel()
		large := `{"ContactFlows":[{"Id":"` + string(flowA) + `","Content":"` + strings.Repeat("x", 100_000) + `"}]}`
		g, w := dial(t, answer(200, "", large))
		const n = 200
		for range n {
			if err := g.SearchFlows(t.Context(), inst, []instance.FlowType{instance.TypeInbound}, func([]instance.Flow) bool { return true }); err != nil {
				t.Fatal(err)
			}
		}
		if w.calls() != n {
			t.Errorf("%d requests for %d searches", w.calls(), n)
		}
	})
}
