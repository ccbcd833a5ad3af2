package policy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connectsim/policy"
)

const (
	instance = "arn:aws:connect:us-east-1:111122223333:instance/i1"
	flow     = instance + "/contact-flow/f1"
	caller   = "arn:aws:sts::111122223333:assumed-role/wrapup/me"
)

type context = map[string][]string

func read(t testing.TB, document string) *policy.Policy {
	t.Helper()
	p, err := policy.Read(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return p
}

// allow is a document with one Allow statement, made of the members given.
func allow(members string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + members + `}}`
}

func allows(t testing.TB, document, action, resource string, c context) bool {
	t.Helper()
	return read(t, document).Decide(policy.Request{Action: action, Resources: []string{resource}, Context: c}).Allowed
}

func TestActionsMatchWithoutRegardToCaseAndWithWildcards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		element, action string
		want            bool
	}{
		{`"Action":"connect:ListViews"`, "connect:ListViews", true},
		{`"Action":"Connect:listviews"`, "connect:ListViews", true},
		{`"Action":"connect:ListViews"`, "CONNECT:LISTVIEWS", true},
		{`"Action":"connect:ListView"`, "connect:ListViews", false},
		{`"Action":"connect:ListViews"`, "connect:ListView", false},
		{`"Action":"*"`, "connect:ListViews", true},
		{`"Action":"connect:*"`, "connect:ListViews", true},
		{`"Action":"connect:*"`, "sts:AssumeRole", false},
		{`"Action":"connect:List*"`, "connect:ListViews", true},
		{`"Action":"connect:*View*"`, "connect:ListViews", true},
		{`"Action":"connect:*View"`, "connect:ListViews", false},
		{`"Action":"connect:ListView?"`, "connect:ListViews", true},
		{`"Action":"connect:ListViews?"`, "connect:ListViews", false},
		{`"Action":["sts:*","connect:ListViews"]`, "connect:ListViews", true},
		{`"NotAction":"connect:ListViews"`, "connect:ListViews", false},
		{`"NotAction":"connect:ListViews"`, "connect:DescribeView", true},
		{`"NotAction":["connect:listviews","sts:*"]`, "connect:ListViews", false},
	} {
		if got := allows(t, allow(c.element+`,"Resource":"*"`), c.action, flow, nil); got != c.want {
			t.Errorf("%s for %s: %v", c.element, c.action, got)
		}
	}
}

func TestResourcesMatchSegmentBySegment(t *testing.T) {
	t.Parallel()
	const view = "arn:aws:connect:us-east-1:aws:view/form:$LATEST"
	for _, c := range []struct {
		element, resource string
		want              bool
	}{
		{`"Resource":"*"`, flow, true},
		{`"Resource":"*"`, "*", true},
		{`"Resource":"` + flow + `"`, flow, true},
		{`"Resource":"` + flow + `"`, flow + "2", false},
		{`"Resource":"` + flow + `"`, strings.ToUpper(flow), false},
		{`"Resource":"` + flow + `"`, "*", false},
		{`"Resource":"` + instance + `/contact-flow/*"`, flow, true},
		{`"Resource":"` + instance + `/contact-flow/*"`, instance + "/contact-flow/*", true},
		{`"Resource":"` + flow + `"`, instance + "/contact-flow/*", false},
		{`"Resource":"` + instance + `/contact-flow/?1"`, flow, true},
		{`"Resource":"` + instance + `/contact-flow/??1"`, flow, false},
		{`"Resource":"` + instance + `/*"`, instance, false},
		{`"Resource":"` + instance + `*"`, instance, true},
		// A slash is a character like any other.
		{`"Resource":"arn:aws:connect:us-east-1:111122223333:instance/*/f1"`, flow, true},
		{`"Resource":"arn:aws:connect:us-east-1:111122223333:instance?i1"`, instance, true},
		// A wildcard at the end of a segment reaches past its colon, one inside does not.
		{`"Resource":"arn:aws:connect:*"`, flow, true},
		{`"Resource":"arn:aws:connect:us-*"`, flow, true},
		{`"Resource":"arn:aws:connect:*:111122223333:instance/*"`, flow, true},
		{`"Resource":"arn:aws:connect:*"`, "*", false},
		{`"Resource":"arn:aws:connect:*:*:instance/i1"`, instance, true},
		{`"Resource":"arn:aws:connect:u*1:111122223333:instance/i1"`, instance, true},
		{`"Resource":"arn:aws:connect:u*:aws:view/x"`, "arn:aws:connect:us-east-1:111122223333:aws:view/x", true},
		{`"Resource":"arn:aws:connect:u*3:aws:view/x"`, "arn:aws:connect:us-east-1:111122223333:aws:view/x", false},
		{`"Resource":"arn:aws:connect:us-east-1?111122223333:a:instance/i1"`, "arn:aws:connect:us-east-1:111122223333:a:instance/i1", false},
		{`"Resource":"arn:aws:connect:us-east-1?:aws:view/x"`, "arn:aws:connect:us-east-1::aws:view/x", false},
		// The last segment holds colons of its own.
		{`"Resource":"arn:aws:connect:us-east-1:aws:view/form:$LATEST"`, view, true},
		{`"Resource":"arn:aws:connect:us-east-1:aws:view/form"`, view, false},
		{`"Resource":"arn:aws:connect:us-east-1:aws:view/*"`, view, true},
		{`"Resource":"arn:aws:connect:us-east-1:aws:view/f*T"`, view, true},
		{`"Resource":"arn:aws:connect:us-east-1:aws:view/form?$LATEST"`, view, true},
		{`"Resource":"arn:aws:connect:us-east-1:aws:view/é?"`, "arn:aws:connect:us-east-1:aws:view/éé", true},
		{`"Resource":["arn:aws:sts:::a","` + flow + `"]`, flow, true},
		{`"NotResource":"` + flow + `"`, flow, false},
		{`"NotResource":"` + flow + `"`, flow + "2", true},
		{`"NotResource":["` + instance + `","` + instance + `/*"]`, flow, false},
	} {
		if got := allows(t, allow(`"Action":"*",`+c.element), "connect:X", c.resource, nil); got != c.want {
			t.Errorf("%s for %s: %v", c.element, c.resource, got)
		}
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	me := context{"AWS:UserName": {"ann"}, "aws:PrincipalTag/team": {"*"}, "aws:TagKeys": {"a", "b"}, "aws:empty": {""}, "aws:none": nil}
	const flows = instance + "/contact-flow/"
	for _, c := range []struct {
		element, resource string
		want              bool
	}{
		{`"Resource":"` + flows + `${aws:username}"`, flows + "ann", true},
		{`"Resource":"` + flows + `${aws:username}"`, flows + "bob", false},
		{`"Resource":"` + flows + `${aws:username}-${AWS:USERNAME}-*"`, flows + "ann-ann-x", true},
		// An asterisk in a value is text.
		{`"Resource":"` + flows + `${aws:PrincipalTag/team}"`, flows + "any", false},
		{`"Resource":"` + flows + `${aws:PrincipalTag/team}"`, flows + "*", true},
		// Without a value nothing matches; a key of several values is no variable.
		{`"Resource":"` + flows + `${aws:userid}"`, flows, false},
		{`"Resource":"` + flows + `*${aws:userid}"`, flows + "x", false},
		{`"Resource":"` + flows + `*${aws:empty}"`, flows + "x", false},
		{`"Resource":"` + flows + `*${aws:none}"`, flows + "x", false},
		{`"Resource":"` + flows + `*${aws:TagKeys}"`, flows + "a", false},
		{`"NotResource":"` + flows + `*${aws:userid}"`, flows + "x", true},
		// Defaults.
		{`"Resource":"` + flows + `${aws:userid, 'anyone'}"`, flows + "anyone", true},
		{`"Resource":"` + flows + `${aws:empty, 'anyone'}"`, flows + "anyone", true},
		{`"Resource":"` + flows + `${aws:username, 'anyone'}"`, flows + "anyone", false},
		{`"Resource":"` + flows + `${aws:userid, '*'}"`, flows + "anyone", false},
		{`"Resource":"` + flows + `${aws:userid, 'a}b'}"`, flows + "a}b", true},
		// Characters that mean something else.
		{`"Resource":"` + flows + `a${*}"`, flows + "a*", true},
		{`"Resource":"` + flows + `a${*}"`, flows + "ab", false},
		{`"Resource":"` + flows + `a${?}"`, flows + "a?", true},
		{`"Resource":"` + flows + `a${?}"`, flows + "ab", false},
		{`"Resource":"` + flows + `${$}{aws:username}"`, flows + "${aws:username}", true},
		{`"Resource":"` + flows + `a$b"`, flows + "a$b", true},
	} {
		if got := allows(t, allow(`"Action":"*",`+c.element), "connect:X", c.resource, me); got != c.want {
			t.Errorf("%s for %s: %v", c.element, c.resource, got)
		}
	}
}

func TestAnOlderVersionHasNoVariables(t *testing.T) {
	t.Parallel()
	for _, version := range []string{`"Version":"2008-10-17",`, ""} {
		doc := `{` + version + `"Statement":{"Effect":"Allow","Action":"*","Resource":"` + instance + `/${aws:username}/${*}"}}`
		for resource, want := range map[string]bool{
			instance + "/ann/*":                false,
			instance + "/${aws:username}/${*}": true,
			instance + "/${aws:username}/${x}": true, // the asterisk is a wildcard
		} {
			if got := allows(t, doc, "connect:X", resource, context{"aws:username": {"ann"}}); got != want {
				t.Errorf("%q %s: %v", version, resource, got)
			}
		}
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	doc := `{"Version":"2012-10-17","Id":"team","Statement":[
	  {"Sid":"Flows","Effect":"Allow","Action":"connect:*","Resource":"` + instance + `/contact-flow/*"},
	  {"Effect":"Deny","Action":"connect:Delete*","Resource":"*","Condition":{"StringEquals":{"aws:username":"ann"}}},
	  {"Effect":"Allow","Action":"connect:ListInstances","Resource":"*"}]}
	 {"Statement":{"Sid":"Keep","Effect":"Deny","Action":"*","Resource":"` + instance + `/contact-flow/kept"}}`
	p := read(t, doc)
	kept := instance + "/contact-flow/kept"
	ann, bob := context{"aws:username": {"ann"}}, context{"aws:username": {"bob"}}
	for _, c := range []struct {
		name string
		ask  policy.Request
		want policy.Decision
		says string
	}{
		{"what a statement allows is allowed", policy.Request{Action: "connect:DescribeContactFlow", Resources: []string{flow}},
			policy.Decision{Allowed: true, Statement: "policy 1, statement 1 (Flows)", Action: "connect:DescribeContactFlow", Resource: flow}, ""},
		{"what none allows is not", policy.Request{Action: "connect:DescribeInstance", Resources: []string{instance}},
			policy.Decision{Action: "connect:DescribeInstance", Resource: instance},
			"because no identity-based policy allows the connect:DescribeInstance action"},
		{"a deny wins over an allow", policy.Request{Action: "connect:X", Resources: []string{kept}},
			policy.Decision{Explicit: true, Statement: "policy 2, statement 1 (Keep)", Action: "connect:X", Resource: kept},
			"with an explicit deny in an identity-based policy"},
		{"a deny with a condition", policy.Request{Action: "connect:DeleteContactFlow", Resources: []string{flow}, Context: ann},
			policy.Decision{Explicit: true, Statement: "policy 1, statement 2", Action: "connect:DeleteContactFlow", Resource: flow},
			"with an explicit deny in an identity-based policy"},
		{"a deny whose condition fails", policy.Request{Action: "connect:DeleteContactFlow", Resources: []string{flow}, Context: bob},
			policy.Decision{Allowed: true, Statement: "policy 1, statement 1 (Flows)", Action: "connect:DeleteContactFlow", Resource: flow}, ""},
		{"of several allowed resources the first is told", policy.Request{Action: "connect:ListInstances", Resources: []string{instance, flow}},
			policy.Decision{Allowed: true, Statement: "policy 1, statement 3", Action: "connect:ListInstances", Resource: instance}, ""},
		{"an action without resources", policy.Request{Action: "connect:ListInstances"},
			policy.Decision{Allowed: true, Statement: "policy 1, statement 3", Action: "connect:ListInstances", Resource: "*"}, ""},
		{"an action without resources needs an asterisk", policy.Request{Action: "connect:ListViews"},
			policy.Decision{Action: "connect:ListViews", Resource: "*"}, "because no identity-based policy allows the connect:ListViews action"},
		{"every resource must be allowed", policy.Request{Action: "connect:X", Resources: []string{flow, instance, instance + "/view/v"}},
			policy.Decision{Action: "connect:X", Resource: instance}, "because no identity-based policy allows the connect:X action"},
		{"the first of several denied resources is told",
			policy.Request{Action: "connect:DeleteX", Resources: []string{flow, kept, instance}, Context: ann},
			policy.Decision{Explicit: true, Statement: "policy 1, statement 2", Action: "connect:DeleteX", Resource: flow},
			"with an explicit deny in an identity-based policy"},
		{"a denied resource comes before one that is not allowed", policy.Request{Action: "connect:X", Resources: []string{instance, kept}},
			policy.Decision{Explicit: true, Statement: "policy 2, statement 1 (Keep)", Action: "connect:X", Resource: kept},
			"with an explicit deny in an identity-based policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := p.Decide(c.ask)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Fatal(d)
			}
			want := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", caller, got.Action, got.Resource, c.says)
			if c.want.Allowed {
				want = ""
			}
			if m := got.Message(caller); m != want {
				t.Errorf("%q instead of %q", m, want)
			}
		})
	}
}

func TestARequestIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	values := make([]string, 1, 4)
	values[0] = "a"
	c := context{"aws:TagKeys": values, "AWS:TAGKEYS": {"b"}}
	for _, tag := range []string{"a", "b"} {
		doc := allow(`"Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:tagkeys":"` + tag + `"}}`)
		if !allows(t, doc, "connect:X", flow, c) {
			t.Errorf("keys that differ in case are not one key: no %s", tag)
		}
	}
	if d := cmp.Diff(context{"aws:TagKeys": {"a"}, "AWS:TAGKEYS": {"b"}}, c); d != "" || values[:2][1] != "" {
		t.Error(d, values[:2])
	}
}

// What the README prints is read as it stands, each policy alone and both joined, and lets through what its text promises.
func TestTheReadmesPolicies(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("REGION", "us-east-1", "ACCOUNT", "111122223333", "INSTANCE", "i1")
	var docs []string
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		if strings.Contains(m[1], `"Statement"`) {
			docs = append(docs, fill.Replace(m[1]))
		}
	}
	if len(docs) != 3 {
		t.Fatalf("%d policies in the README", len(docs))
	}
	const reading, writing = "connect:DescribeContactFlow", "connect:UpdateContactFlowContent"
	for _, c := range []struct {
		name, document string
		reads, writes  bool
	}{
		{"the first", docs[0], true, false},
		{"the second", docs[1], false, true},
		{"the third", docs[2], false, false},
		{"all three", docs[0] + docs[1] + docs[2], true, true},
		{"one after the other", docs[0] + docs[1], true, true},
		{"as a list", "[" + docs[0] + "," + docs[1] + "]", true, true},
		{"as two lists", "[" + docs[0] + "]\n[" + docs[1] + "]", true, true},
	} {
		if got := allows(t, c.document, reading, flow, nil); got != c.reads {
			t.Errorf("%s: reading is %v", c.name, got)
		}
		if got := allows(t, c.document, writing, flow, nil); got != c.writes {
			t.Errorf("%s: writing is %v", c.name, got)
		}
		if allows(t, c.document, reading, strings.Replace(flow, "i1", "i2", 1), nil) || allows(t, c.document, "connect:DeleteContactFlow", flow, nil) {
			t.Errorf("%s: another instance is read, or a flow deleted", c.name)
		}
	}
}
