package connectsim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	plainFlow = `{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Actions":[{"Parameters":{},"Identifier":"a","Type":"DisconnectParticipant","Transitions":{}}]}`
)

// plainView is a template that can be published with the action Next.
var plainView = managedViews()[2].content.Template

// kept is a simulator with the demo data whose state is in a directory.
type kept struct {
	*Sim
	t    testing.TB
	dir  string
	full *faulty // the state file, where a test makes it fail
	// first, if not nil, is called before each request that do sends, with the operation's name.
	first func(op, method, path, body string)
}

func keepDemo(t testing.TB, o Options) *kept {
	t.Helper()
	k := &kept{t: t, Sim: New(o), dir: t.TempDir()}
	if err := k.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	return k.begin()
}

// keepLittle has an instance with one record of each kind, so that states are compared quickly.
func keepLittle(t testing.TB, o Options) *kept {
	t.Helper()
	k := &kept{t: t, Sim: New(o), dir: t.TempDir()}
	k.fill()
	return k.begin()
}

func (k *kept) fill() {
	k.PutFlow(InstanceInfo{"little", firstInstance, "us-east-1", firstAccount}, SeedFlow{Name: "flow", Published: plainFlow})
	in := k.insts[0]
	in.seedModule("module", "", plainFlow)
	in.seedView("view", "data/store-wrap-up.json")
	in.seedNumber("+12065550100", "US", "DID", "flow", "id")
	in.seedQueue("queue")
	in.seedProfile("profile", "", "BasicAgentAccess")
	in.seedUser("user", "First", "Last", 60, "profile", channelLimit{"VOICE", 60, new(int)})
}

func (k *kept) begin() *kept {
	k.t.Helper()
	t := k.t
	if restored, err := k.Keep(k.dir); restored || err != nil {
		t.Fatal(restored, err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// send sends a request to the first instance and gives the answer.
func (k *kept) send(method, path, body string) *httptest.ResponseRecorder {
	k.t.Helper()
	w := httptest.NewRecorder()
	k.ServeHTTP(w, k.request(method, path, body))
	return w
}

func (k *kept) request(method, path, body string) *http.Request {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), method, strings.ReplaceAll(path, "{in}", firstInstance), strings.NewReader(body))
	r.Header.Set("Authorization", anyone)
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "Action=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// do is send where the answer must be a success; it gives the answer's first string member of the names, at any depth.
func (k *kept) do(method, path, body string, member ...string) string {
	k.t.Helper()
	if k.first != nil {
		k.first(operationOf(method, path), method, path, body)
	}
	w := k.send(method, path, body)
	if w.Code != http.StatusOK {
		k.t.Fatalf("%s %s: %d %s %s", method, path, w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body)
	}
	var doc any
	_ = json.Unmarshal(w.Body.Bytes(), &doc)
	for _, m := range member {
		o, _ := doc.(map[string]any)
		doc = o[m]
	}
	s, _ := doc.(string)
	return s
}

// operationOf names the operation of a request; all that is not restJson1 is AssumeRole here.
func operationOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	if op, _ := operations().route(method, path); op != nil {
		return op.name
	}
	return "AssumeRole"
}

func quoted(s string) string { return string(encodeJSON(s)) }

// killed is a new simulator with the state as a killed process would have left it.
func (k *kept) killed(o Options) *kept {
	k.t.Helper()
	n := &kept{t: k.t, Sim: New(o), dir: k.t.TempDir()}
	b, err := os.ReadFile(filepath.Join(k.dir, stateName))
	if err == nil {
		err = os.WriteFile(filepath.Join(n.dir, stateName), b, 0o600)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	if restored, err := n.Keep(n.dir); !restored || err != nil {
		k.t.Fatal(restored, err)
	}
	k.t.Cleanup(func() { _ = n.Close() })
	return n
}

// differs gives how the state of two simulators differs.
func differ(a, b *Sim) string {
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	same := []cmp.Option{everything, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(searchIndex{}),
		cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })}
	return cmp.Diff(a.insts, b.insts, same...) + cmp.Diff(a.sessions, b.sessions, same...)
}

func (k *kept) mustEqual(n *kept) {
	k.t.Helper()
	if d := differ(k.Sim, n.Sim); d != "" {
		k.t.Errorf("-before +after:\n%.4000s", d)
	}
}

// writes has a case for each operation that writes: it must end with a success of the operation.
var writes = map[string]func(*kept){
	"CreateContactFlow": func(k *kept) { k.flow("made", "CONTACT_FLOW", "") },
	"UpdateContactFlowContent": func(k *kept) {
		id := k.flow("updated", "CONTACT_FLOW", "")
		k.do("POST", "/contact-flows/{in}/"+id+"%3A%24SAVED/content", `{"Content":"draft <&> \u2028 \" \\ 🛎"}`)
		twin := k.flow("updated with the same", "CONTACT_FLOW", "")
		k.do("POST", "/contact-flows/{in}/"+twin+"%3A%24SAVED/content", `{"Content":`+quoted(plainFlow)+`}`)
	},
	"UpdateContactFlowMetadata": func(k *kept) {
		k.do("POST", "/contact-flows/{in}/"+k.flow("described", "CONTACT_FLOW", "")+"/metadata", `{"Description":"d","ContactFlowState":"ARCHIVED"}`)
	},
	"UpdateContactFlowName": func(k *kept) {
		k.do("POST", "/contact-flows/{in}/"+k.flow("former", "CONTACT_FLOW", "")+"/name", `{"Name":"renamed"}`)
		k.flow("former", "CONTACT_FLOW", `"Status":"SAVED",`)
	},
	"DeleteContactFlow": func(k *kept) { k.do("DELETE", "/contact-flows/{in}/"+k.flow("deleted", "CONTACT_FLOW", ""), "") },
	"CreateContactFlowVersion": func(k *kept) {
		id := k.flow("versioned", "CAMPAIGN", "")
		for range 2 {
			k.do("PUT", "/contact-flows/{in}/"+id+"/version", `{"Description":"v"}`)
		}
	},
	"DeleteContactFlowVersion": func(k *kept) {
		id := k.flow("version deleted", "CAMPAIGN", "")
		k.do("PUT", "/contact-flows/{in}/"+id+"/version", "{}")
		k.do("DELETE", "/contact-flows/{in}/"+id+"/version/1", "")
	},
	"CreateContactFlowModule": func(k *kept) { k.module("made") },
	"UpdateContactFlowModuleContent": func(k *kept) {
		k.do("POST", "/contact-flow-modules/{in}/"+k.module("updated")+"%3A%24SAVED/content", `{"Content":"draft","Settings":"{\"a\":1}"}`)
	},
	"DeleteContactFlowModule": func(k *kept) { k.do("DELETE", "/contact-flow-modules/{in}/"+k.module("deleted"), "") },
	"CreateView":              func(k *kept) { k.view("made", "SAVED") },
	"UpdateViewContent": func(k *kept) {
		k.do("POST", "/views/{in}/"+k.view("updated", "PUBLISHED"), `{"Status":"SAVED","Content":{"Actions":["Next","Go"],"Template":`+quoted(plainView)+`}}`)
	},
	"UpdateViewMetadata": func(k *kept) {
		k.do("POST", "/views/{in}/"+k.view("renamed", "PUBLISHED")+"/metadata", `{"Name":"new name","Description":"d"}`)
	},
	"DeleteView": func(k *kept) { k.do("DELETE", "/views/{in}/"+k.view("deleted", "PUBLISHED"), "") },
	"CreateViewVersion": func(k *kept) {
		k.do("PUT", "/views/{in}/"+k.view("versioned", "PUBLISHED")+"/versions", `{"VersionDescription":"v"}`)
	},
	"DeleteViewVersion": func(k *kept) {
		id := k.view("version deleted", "PUBLISHED")
		k.do("PUT", "/views/{in}/"+id+"/versions", "{}")
		k.do("DELETE", "/views/{in}/"+id+"/versions/1", "")
	},
	"TagResource": func(k *kept) {
		for _, arn := range k.arns() {
			k.do("POST", "/tags/"+url.PathEscape(arn), `{"tags":{"a":"1","b":"2"}}`)
		}
	},
	"UntagResource": func(k *kept) {
		for _, arn := range k.arns() {
			k.do("POST", "/tags/"+url.PathEscape(arn), `{"tags":{"c":"3"}}`)
			k.do("DELETE", "/tags/"+url.PathEscape(arn)+"?tagKeys=c", "")
		}
	},
	"AssumeRole": func(k *kept) {
		k.do("POST", "/", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn="+url.QueryEscape(DemoRole))
	},
}

func (k *kept) flow(name, kind, more string) (id string) {
	return k.do("PUT", "/contact-flows/{in}", `{"Name":"`+name+`",`+more+`"Type":"`+kind+`","Tags":{"k":"v"},"Content":`+quoted(plainFlow)+`}`, "ContactFlowId")
}

func (k *kept) module(name string) (id string) {
	content := strings.TrimSuffix(plainFlow, "}") + `,"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}`
	content = strings.Replace(content, "DisconnectParticipant", "EndFlowModuleExecution", 1)
	return k.do("PUT", "/contact-flow-modules/{in}", `{"Name":"`+name+`","ClientToken":"t `+name+`","ExternalInvocationConfiguration":{"Enabled":true},"Content":`+quoted(content)+`}`, "Id")
}

func (k *kept) view(name, status string) (id string) {
	return k.do("PUT", "/views/{in}", `{"Name":"`+name+`","ClientToken":"t `+name+`","Status":"`+status+`","Content":{"Template":`+quoted(plainView)+`,"Actions":["Next"]}}`, "View", "Id")
}

// arns has one resource of each kind that can be tagged.
func (k *kept) arns() []string {
	in := k.insts[0]
	return []string{in.arn(), in.flowARN(in.flows.list[0].ID), in.moduleARN(in.modules.list[0].ID), in.viewARN(in.views.list[0].ID),
		in.queueARN(in.queues.list[0].ID), in.numberARN(in.numbers.list[0].ID), in.profileARN(in.profiles.list[0].ID), in.userARN(in.users.list[0].ID)}
}

// reads says whether an operation leaves all as it is, by the service's names.
func reads(op *operation) bool {
	if op.method == http.MethodGet {
		return true
	}
	for _, verb := range []string{"List", "Search", "BatchGet", "Get", "Describe"} {
		if strings.HasPrefix(op.name, verb) {
			return true
		}
	}
	return false
}
