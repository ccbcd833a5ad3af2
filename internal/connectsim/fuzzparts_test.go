package connectsim

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"wrapup/internal/flow"
)

// FuzzRoute holds routing against the path it was given: what is found has the method and the literal parts, its labels
// are the parts unescaped once, and escaped again they lead to the same operation.
func FuzzRoute(f *testing.F) {
	for _, op := range operations().list {
		if strings.Contains(op.path, "View") || strings.Contains(op.path, "Version") || op.on == onTagged {
			f.Add(op.method, strings.NewReplacer("{", "%7B", "}", "%2F..").Replace(op.path))
		}
	}
	for _, path := range []string{"", "/", "//", "/%", "/%2", "/%2F", "/%252F", "/instance/../x", "/instance/%2e%2e", "/instance/\x00", "instance", "/tags/arn:aws:connect:us-east-1:1:instance%2Fx", "/instance/x/"} {
		f.Add(http.MethodGet, path)
	}
	table := operations()
	f.Fuzz(func(t *testing.T, method, path string) {
		op, labels := table.route(method, path)
		if op == nil {
			return
		}
		parts, again := strings.Split(strings.TrimPrefix(path, "/"), "/"), ""
		if op.method != method || op.query || len(parts) != len(op.parts) {
			t.Fatalf("%s %q is %s", method, path, op.name)
		}
		for i, want := range op.parts {
			got, err := url.PathUnescape(parts[i])
			name, label := strings.CutPrefix(want, "{")
			if label {
				want = labels[strings.TrimSuffix(name, "}")]
			}
			if got != want || err != nil {
				t.Errorf("%s %q is %s with %q: %q is not %q", method, path, op.name, labels, got, want)
			}
			again += "/" + url.PathEscape(want)
		}
		same, others := table.route(method, again)
		if same != op || len(others) != len(labels) {
			t.Errorf("%q is %s, %q another", path, op.name, again)
		}
	})
}

// FuzzBodies gives any body to any operation: what is decoded keeps what the table declares, a refusal is modelled, and
// it changes nothing.
func FuzzBodies(f *testing.F) {
	for _, name := range slices.Sorted(maps.Keys(writes)) {
		sample := little(f)
		sample.first = func(op, _, _, body string) { f.Add(op, body) }
		writes[name](sample)
	}
	for _, op := range operations().list {
		if !slices.ContainsFunc(op.in, func(m member) bool { return m.in == inBody }) {
			continue
		}
		for _, body := range []string{`{"InstanceId":"` + firstInstance + `","ResourceIds":["x"],"MaxResults":1,"NextToken":"e30"}`,
			`{"SearchFilter":{"TagFilter":{"OrConditions":[[{"TagKey":"a"}]]}},"SearchCriteria":{"AndConditions":[{"StringCondition":{"FieldName":"name","Value":"x","ComparisonType":"EXACT"}}]}}`} {
			f.Add(op.name, body)
		}
	}
	var k *kept
	f.Fuzz(func(t *testing.T, name, body string) {
		op := operations().named[name]
		if op == nil {
			t.Skip("no operation")
		}
		if k == nil || !k.lean() {
			k = little(t)
		}
		k.t = t
		q := &request{op: op, labels: k.labels(), query: url.Values{}, form: url.Values{}, body: []byte(body)}
		if in, fault := q.decode(); fault != nil && !op.query && !slices.Contains(op.errors, fault.code) {
			t.Errorf("%s is refused with %s", name, fault.code)
		} else if fault == nil {
			for _, m := range op.in {
				if v, ok := in[m.name]; ok != (v != nil) || m.required && !ok || ok && !declared(m.shape, v) {
					t.Errorf("%s has %s as %#v", name, m.name, v)
				}
			}
		}
		if op.query || !utf8.ValidString(body) {
			return
		}
		path := op.path
		for label, v := range q.labels {
			path = strings.Replace(path, "{"+label+"}", url.PathEscape(v), 1)
		}
		before := k.state()
		w := k.send(op.method, path, body)
		if w.Code == http.StatusOK {
			return
		}
		if fault := refused(op, w); fault != "" && w.Header().Get("X-Amzn-ErrorType") != "InvalidToken" {
			t.Errorf("%d %s: %s: %s", w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body, fault)
		}
		if k.state() != before {
			t.Error("a refusal has changed the state")
		}
	})
}

// lean says whether there is something of each kind, and not much.
func (k *kept) lean() bool {
	in := k.insts[0]
	for _, n := range []int{len(in.flows.list), len(in.modules.list), len(in.views.list)} {
		if n == 0 || n > 20 {
			return false
		}
	}
	return true
}

// labels names things that are there.
func (k *kept) labels() map[string]string {
	in := k.insts[0]
	return map[string]string{"InstanceId": in.ID, "ContactFlowId": in.flows.list[0].ID, "ContactFlowModuleId": in.modules.list[0].ID,
		"ViewId": in.views.list[0].ID, "ViewVersion": "1", "ContactFlowVersion": "1", "resourceArn": in.flowARN(in.flows.list[0].ID)}
}

// declared says whether a decoded value is what a shape declares.
func declared(s *shape, v any) bool {
	within := func(n int) bool { return n >= s.min && (s.max == 0 || n <= s.max) }
	switch v := v.(type) {
	case string:
		n := utf8.RuneCountInString(v)
		if s.utf16 {
			n = flow.UTF16Len([]byte(v))
		}
		return s.kind == kindText && within(n) && (s.enum == nil || slices.Contains(s.enum, v)) && (s.pattern == nil || s.pattern.MatchString(v)) && (s.not == "" || !strings.HasPrefix(v, s.not))
	case int:
		return s.kind == kindNumber && within(v)
	case bool:
		return s.kind == kindBool
	case time.Time:
		return s.kind == kindTime
	case []any:
		return s.kind == kindList && within(len(v)) && !slices.ContainsFunc(v, func(x any) bool { return !declared(s.item, x) })
	case values:
		if s.kind == kindMap {
			for key, x := range v {
				if !declared(s.key, key) || !declared(s.item, x) {
					return false
				}
			}
			return within(len(v))
		}
		for _, m := range s.members {
			if x, ok := v[m.name]; m.required && !ok || ok && !declared(m.shape, x) {
				return false
			}
		}
		return s.kind == kindObject
	}
	return false
}
