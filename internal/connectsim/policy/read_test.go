package policy_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"wrapup/internal/connectsim/policy"
)

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	const fine = `{"Effect":"Allow","Action":"connect:*","Resource":"*"}`
	second := func(statement string) string {
		return `{"Version":"2012-10-17","Statement":[` + fine + `,` + statement + `]}`
	}
	with := func(members string) string { return second(`{"Sid":"Two","Effect":"Allow",` + members + `}`) }
	condition := func(c string) string { return with(`"Action":"connect:*","Resource":"*","Condition":` + c) }
	const here = "policy 1: statement 2 (Two): "
	for _, c := range []struct{ name, document, want string }{
		{"nothing", "", "no policy document"},
		{"white space", " \n", "no policy document"},
		{"an empty list", "[]", "no policy document"},
		{"no JSON", "{", "policy 1: no JSON: "},
		{"a comma too many", `{"Statement":` + fine + `,}`, "policy 1: no JSON: "},
		{"not UTF-8", "{\"Statement\":\"\xff\"}", "policy 1: no JSON: "},
		{"no object", `"Allow"`, "policy 1: it must be an object"},
		{"null", `null`, "policy 1: it must be an object"},
		{"lists in lists", `[[{"Statement":` + fine + `}]]`, "policy 1: it must be an object"},
		{"something after a document", `{"Statement":` + fine + `} 7`, "policy 2: it must be an object"},
		{"half a second document", `{"Statement":` + fine + `} {`, "policy 2: no JSON: "},
		{"an unknown member", `{"Statement":` + fine + `,"Name":"x"}`, `policy 1: unknown member "Name"`},
		{"the first of two errors", `{"Statement":` + fine + `,"One":1,"Two":2}`, `policy 1: unknown member "One"`},
		{"a member in another case", `{"statement":` + fine + `}`, `policy 1: unknown member "statement"`},
		{"a member twice", `{"Statement":` + fine + `,"Statement":` + fine + `}`, `policy 1: member "Statement" stands there twice`},
		{"no Statement", `{"Version":"2012-10-17"}`, "policy 1: there is no Statement"},
		{"no statements", `{"Statement":[]}`, "policy 1: there is no Statement"},
		{"another version", `{"Version":"2012-10-18","Statement":` + fine + `}`, `policy 1: the Version "2012-10-18" is neither 2012-10-17 nor 2008-10-17`},
		{"an empty version", `{"Version":"","Statement":` + fine + `}`, `policy 1: the Version "" is neither 2012-10-17 nor 2008-10-17`},
		{"a version that is a number", `{"Version":2012,"Statement":` + fine + `}`, "policy 1: Version must be a string"},
		{"an Id that is a number", `{"Id":2012,"Statement":` + fine + `}`, "policy 1: Id must be a string"},

		{"a statement that is a string", second(`"Allow"`), "policy 1: statement 2: it must be an object"},
		{"an unknown member of a statement", with(`"Action":"a:b","Resource":"*","Actions":"a:b"`), here + `unknown member "Actions"`},
		{"a misspelt Sid", second(`{"SID":"x",` + fine[1:]), `policy 1: statement 2: unknown member "SID"`},
		{"a member of a statement twice", with(`"Effect":"Deny","Action":"a:b","Resource":"*"`), here + `member "Effect" stands there twice`},
		{"a Sid with a space", second(`{"Sid":"a b",` + fine[1:]), `policy 1: statement 2: the Sid "a b" has other characters than letters and digits`},
		{"a Sid that is a number", second(`{"Sid":2,` + fine[1:]), `policy 1: statement 2: Sid must be a string`},
		{"a Sid twice", `{"Statement":[{"Sid":"One",` + fine[1:] + `,{"Sid":"One",` + fine[1:] + `]}`,
			"policy 1: statement 2 (One): an earlier statement of the policy has this Sid"},
		{"no Effect", second(`{"Sid":"Two","Action":"a:b","Resource":"*"}`), here + "there is no Effect"},
		{"another Effect", second(`{"Sid":"Two","Effect":"allow","Action":"a:b","Resource":"*"}`), here + `the Effect "allow" is neither Allow nor Deny`},
		{"an Effect that is a list", second(`{"Sid":"Two","Effect":["Allow"],"Action":"a:b","Resource":"*"}`), here + "Effect must be a string"},
		{"Principal", with(`"Principal":"*","Action":"a:b","Resource":"*"`), here + "an identity policy names no principal"},
		{"NotPrincipal", with(`"NotPrincipal":{"AWS":"x"},"Action":"a:b","Resource":"*"`), here + "an identity policy names no principal"},

		{"no action", with(`"Resource":"*"`), here + "one of Action and NotAction is needed, and only one"},
		{"Action and NotAction", with(`"Action":"a:b","NotAction":"a:c","Resource":"*"`), here + "one of Action and NotAction is needed, and only one"},
		{"no actions", with(`"Action":[],"Resource":"*"`), here + "Action: the list is empty"},
		{"an action that is no string", with(`"Action":["a:b",7],"Resource":"*"`), here + "Action: it must be a string or a list of strings"},
		{"null for an action", with(`"Action":null,"Resource":"*"`), here + "Action: it must be a string or a list of strings"},
		{"an action without a service", with(`"NotAction":"ListViews","Resource":"*"`), here + `NotAction: "ListViews": an action is * or has the form`},
		{"an action with an empty service", with(`"Action":":ListViews","Resource":"*"`), here + `Action: ":ListViews": an action is`},
		{"an action with an empty name", with(`"Action":"connect:","Resource":"*"`), here + `Action: "connect:": an action is`},
		{"an action with two colons", with(`"Action":"a:b:c","Resource":"*"`), here + `Action: "a:b:c": an action is`},
		{"two asterisks for an action", with(`"Action":"**","Resource":"*"`), here + `Action: "**": an action is`},
		{"a variable in an action", with(`"Action":"a:${aws:x}","Resource":"*"`), here + `Action: "a:${aws:x}": an action is`},

		{"no resource", with(`"Action":"a:b"`), here + "one of Resource and NotResource is needed, and only one"},
		{"Resource and NotResource", with(`"Action":"a:b","Resource":"*","NotResource":"*"`),
			here + "one of Resource and NotResource is needed, and only one"},
		{"a resource that is no ARN", with(`"Action":"a:b","Resource":"instance/i1"`), here + `Resource: "instance/i1": a resource is * or an ARN`},
		{"a resource that is too short", with(`"Action":"a:b","Resource":["*","arn:aws:connect:eu:1"]`),
			here + `Resource: "arn:aws:connect:eu:1": a resource is`},
		{"a resource without a service", with(`"Action":"a:b","Resource":"arn:aws:*"`), here + `Resource: "arn:aws:*": a resource is`},
		{"a wildcard in the service", with(`"Action":"a:b","NotResource":"arn:aws:con*:eu:1:x"`),
			here + `NotResource: "arn:aws:con*:eu:1:x": a resource is`},
		{"an empty resource", with(`"Action":"a:b","Resource":""`), here + `Resource: "": a resource is`},
		{"a variable for the account", with(`"Action":"a:b","Resource":"arn:aws:connect:eu:${aws:PrincipalAccount}:x"`),
			here + `Resource: "arn:aws:connect:eu:${aws:PrincipalAccount}:x": a policy variable stands after the fifth colon only`},
		{"a variable for the account, in the older version",
			`{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:connect:eu:${aws:PrincipalAccount}:x"}}`,
			"policy 1: statement 1: Resource: "},
		{"a variable without an end", with(`"Action":"a:b","Resource":"arn:aws:connect:eu:1:${aws:x"`),
			here + `Resource: "arn:aws:connect:eu:1:${aws:x": a policy variable is written`},
		{"an empty variable", with(`"Action":"a:b","Resource":"arn:aws:connect:eu:1:${}"`), "a policy variable is written"},
		{"a variable without a service", with(`"Action":"a:b","Resource":"arn:aws:connect:eu:1:${username}"`), "a policy variable is written"},
		{"a variable with a space", with(`"Action":"a:b","Resource":"arn:aws:connect:eu:1:${ aws:x }"`), "a policy variable is written"},
		{"a default without quotes", with(`"Action":"a:b","Resource":"arn:aws:connect:eu:1:${aws:x, y}"`), "a policy variable is written"},

		{"a condition that is a list", condition(`[]`), here + "in Condition: it must be an object"},
		{"an unknown operator", condition(`{"StringMatches":{"aws:x":"a"}}`), here + "in Condition: StringMatches: no such operator"},
		{"an unknown operator without keys", condition(`{"StringMatches":{}}`), here + "in Condition: StringMatches: no such operator"},
		{"an operator in another case", condition(`{"stringEquals":{"aws:x":"a"}}`), here + "in Condition: stringEquals: no such operator"},
		{"an unknown set operator", condition(`{"ForEveryValue:StringEquals":{"aws:x":"a"}}`),
			here + "in Condition: ForEveryValue:StringEquals: no such operator"},
		{"a set operator alone", condition(`{"ForAnyValue:":{"aws:x":"a"}}`), here + "in Condition: ForAnyValue:: no such operator"},
		{"an operator twice", condition(`{"Bool":{"aws:x":"true"},"Bool":{"aws:y":"true"}}`), here + `in Condition: member "Bool" stands there twice`},
		{"Null with IfExists", condition(`{"NullIfExists":{"aws:x":"true"}}`), here + "in Condition: NullIfExists: the operator Null takes no IfExists"},
		{"an operator without an object", condition(`{"Bool":"true"}`), here + "in Condition: Bool: it must be an object"},
		{"a key without a service", condition(`{"Bool":{"SecureTransport":"true"}}`),
			here + "in Condition: Bool: SecureTransport: a condition key has the form service:name"},
		{"a key twice in different case", condition(`{"Bool":{"aws:x":"true","AWS:X":"true"}}`),
			here + `in Condition: Bool: member "AWS:X" stands there twice`},
		{"no values", condition(`{"StringEquals":{"aws:x":[]}}`), here + "in Condition: StringEquals: aws:x: the list is empty"},
		{"a value that is an object", condition(`{"StringEquals":{"aws:x":{}}}`),
			here + "in Condition: StringEquals: aws:x: it must be a string, a number, true, false or a list of those"},
		{"a value that is null", condition(`{"StringEquals":{"aws:x":["a",null]}}`), "it must be a string, a number, true, false or a list of those"},
		{"the first of two errors by name", condition(`{"Zero":{},"Bool":{"aws:x":"maybe"}}`),
			here + `in Condition: Bool: aws:x: "maybe": neither true nor false`},
		{"no truth value", condition(`{"Null":{"aws:x":"yes"}}`), `"yes": neither true nor false`},
		{"a variable for a truth value", condition(`{"Bool":{"aws:x":"${aws:y}"}}`), `"${aws:y}": neither true nor false`},
		{"no number", condition(`{"NumericEquals":{"aws:x":"ten"}}`), `"ten": no integer or decimal number`},
		{"a fraction", condition(`{"NumericEquals":{"aws:x":"1/2"}}`), `"1/2": no integer or decimal number`},
		{"a huge exponent", condition(`{"NumericEquals":{"aws:x":1e999999999}}`), `"1e999999999": no integer or decimal number`},
		{"no date", condition(`{"DateLessThan":{"aws:x":"22.11.2026"}}`), `"22.11.2026": no date of ISO 8601 and no seconds since 1970`},
		{"a time without a zone", condition(`{"DateLessThan":{"aws:x":"2026-11-22T10:00:00"}}`), "no date of ISO 8601 and no seconds since 1970"},
		{"a wildcard in a date", condition(`{"DateEquals":{"aws:x":"2026-*"}}`), "no date of ISO 8601 and no seconds since 1970"},
		{"no address", condition(`{"IpAddress":{"aws:SourceIp":"203.0.113"}}`), `"203.0.113": no IP address and no range such as 203.0.113.0/24`},
		{"a range that is too long", condition(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/33"}}`), "no IP address and no range"},
		{"an address with a zone", condition(`{"IpAddress":{"aws:SourceIp":"fe80::1%eth0"}}`), "no IP address and no range"},
		{"no base 64", condition(`{"BinaryEquals":{"aws:x":"?"}}`), `"?": not in base 64`},
		{"no ARN to compare", condition(`{"ArnLike":{"aws:PrincipalArn":"*"}}`), `"*": an ARN has six parts with colons between`},
		{"a variable without an end in a condition", condition(`{"StringLike":{"aws:x":"${aws:y"}}`), `"${aws:y": a policy variable is written`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := policy.Read(strings.NewReader(c.document))
			if err == nil {
				t.Fatalf("read: %s", c.document)
			}
			if p != nil {
				t.Error("a policy beside an error")
			}
			if !strings.Contains(err.Error(), c.want) || strings.HasPrefix(c.want, "policy 1") && !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%q instead of %q", err, c.want)
			}
		})
	}
}

func TestReadAcceptsTheGrammar(t *testing.T) {
	t.Parallel()
	const s = `"Effect":"Allow","Action":"connect:*","Resource":"*"`
	for name, document := range map[string]string{
		"one statement":                   `{"Statement":{` + s + `}}`,
		"a list of one":                   `{"Statement":[{` + s + `}]}`,
		"members in any order":            `{"Statement":{"Resource":"*","Action":"connect:*","Effect":"Allow"},"Id":"a b","Version":"2008-10-17"}`,
		"an empty Sid, and another":       `{"Statement":[{"Sid":"",` + s + `},{"Sid":"",` + s + `}]}`,
		"one Sid in two policies":         `{"Statement":{"Sid":"A",` + s + `}}{"Statement":{"Sid":"A",` + s + `}}`,
		"an empty condition":              `{"Statement":{` + s + `,"Condition":{}}}`,
		"an operator without keys":        `{"Statement":{` + s + `,"Condition":{"StringEquals":{}}}}`,
		"names with escapes":              `{"\u0053tatement":{"Effect":"Al\u006cow","Action":"connect\u003a*","Resource":"*"}}`,
		"a wildcard in an action service": `{"Statement":{"Effect":"Allow","Action":"con*:*","Resource":"*"}}`,
		"a wildcard in the partition":     `{"Statement":{"Effect":"Allow","Action":"*","Resource":["arn:*:connect:*:*:*","*"]}}`,
		"a list after an empty one":       `[] [{"Statement":{` + s + `}}]`,
	} {
		if !allows(t, document, "connect:X", flow, nil) {
			t.Errorf("%s: not allowed", name)
		}
	}
}

func TestAFileThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	if _, err := policy.Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
