package policy_test

import (
	"testing"
)

// one is a request whose key has the value given.
func one(value string) context { return context{"connect:k": {value}} }

func TestConditionOperators(t *testing.T) {
	t.Parallel()
	absent := context{}
	for _, c := range []struct {
		condition string // of the key connect:k
		context   context
		want      bool
	}{
		{`"StringEquals":{"connect:k":"a"}`, one("a"), true},
		{`"StringEquals":{"connect:k":"a"}`, one("A"), false},
		{`"StringEquals":{"Connect:K":"a"}`, one("a"), true},
		{`"StringEquals":{"connect:k":["b","a"]}`, one("a"), true},
		{`"StringEquals":{"connect:k":"a*"}`, one("ab"), false},
		{`"StringEquals":{"connect:k":"a*"}`, one("a*"), true},
		{`"StringEquals":{"connect:k":"a?"}`, one("ab"), false},
		{`"StringEquals":{"connect:k":""}`, one(""), true},
		{`"StringEquals":{"connect:k":""}`, absent, false},
		{`"StringEquals":{"connect:k":7}`, one("7"), true},
		{`"StringEquals":{"connect:k":[true]}`, one("true"), true},
		{`"StringEquals":{"connect:k":"a"}`, absent, false},
		{`"StringNotEquals":{"connect:k":"a"}`, one("b"), true},
		{`"StringNotEquals":{"connect:k":["a","b"]}`, one("b"), false}, // none of the values
		{`"StringNotEquals":{"connect:k":["a","b"]}`, one("c"), true},
		{`"StringNotEquals":{"connect:k":"a"}`, absent, true},
		{`"StringEqualsIgnoreCase":{"connect:k":"Straße"}`, one("sTRASSE"), false},
		{`"StringEqualsIgnoreCase":{"connect:k":"Élan"}`, one("éLAN"), true},
		{`"StringNotEqualsIgnoreCase":{"connect:k":"a"}`, one("A"), false},
		{`"StringNotEqualsIgnoreCase":{"connect:k":"a"}`, absent, true},
		{`"StringLike":{"connect:k":"home/*"}`, one("home/a/b:c"), true},
		{`"StringLike":{"connect:k":"*:1"}`, one("a:b:1"), true},
		{`"StringLike":{"connect:k":"a?c"}`, one("abc"), true},
		{`"StringLike":{"connect:k":"a?c"}`, one("ac"), false},
		{`"StringLike":{"connect:k":"A*"}`, one("ab"), false},
		{`"StringLike":{"connect:k":["","home/"]}`, one(""), true},
		{`"StringNotLike":{"connect:k":"a*"}`, one("ab"), false},
		{`"StringNotLike":{"connect:k":"a*"}`, absent, true},

		{`"ArnEquals":{"connect:k":"arn:aws:connect:*:1:instance/*"}`, one("arn:aws:connect:eu:1:instance/i"), true}, // as ArnLike
		{`"ArnLike":{"connect:k":"arn:aws:connect:*:1:instance/*"}`, one("arn:aws:connect:eu:1:instance/i/view/v:2"), true},
		{`"ArnLike":{"connect:k":"arn:aws:connect:??:1:instance/i"}`, one("arn:aws:connect:eu:1:instance/i"), true},
		// The guide's example: an asterisk stays within its component, where StringLike would match.
		{`"ArnLike":{"connect:k":"arn:aws:s:*:111122223333:finance/*"}`, one("arn:aws:s:us-east-2:999999999999:store/abc:111122223333:finance/x"), false},
		{`"StringLike":{"connect:k":"arn:aws:s:*:111122223333:finance/*"}`, one("arn:aws:s:us-east-2:999999999999:store/abc:111122223333:finance/x"), true},
		{`"ArnNotEquals":{"connect:k":"arn:aws:connect:*:1:*"}`, one("arn:aws:connect:eu:1:a"), false},
		{`"ArnNotLike":{"connect:k":"arn:aws:connect:*:1:*"}`, one("arn:aws:connect:eu:2:a"), true},
		{`"ArnNotLike":{"connect:k":"arn:aws:connect:*:1:*"}`, absent, true},

		{`"NumericEquals":{"connect:k":"10"}`, one("10.0"), true},
		{`"NumericEquals":{"connect:k":0.1}`, one("0.10"), true},
		{`"NumericEquals":{"connect:k":"10"}`, one("ten"), false},
		{`"NumericNotEquals":{"connect:k":"10"}`, one("10"), false},
		{`"NumericNotEquals":{"connect:k":"10"}`, one("11"), true},
		{`"NumericNotEquals":{"connect:k":["10","11"]}`, one("11"), false},
		{`"NumericNotEquals":{"connect:k":"10"}`, absent, true},
		{`"NumericLessThan":{"connect:k":"10"}`, one("9"), true},
		{`"NumericLessThan":{"connect:k":"10"}`, one("10"), false},
		{`"NumericLessThan":{"connect:k":"10"}`, absent, false},
		{`"NumericLessThanEquals":{"connect:k":"10"}`, one("10"), true},
		{`"NumericLessThanEquals":{"connect:k":"10"}`, one("10.01"), false},
		{`"NumericGreaterThan":{"connect:k":"-2"}`, one("-1"), true},
		{`"NumericGreaterThan":{"connect:k":"-2"}`, one("-2"), false},
		{`"NumericGreaterThanEquals":{"connect:k":["20","2"]}`, one("2"), true}, // any of the values
		{`"NumericGreaterThanEquals":{"connect:k":"2"}`, one("1"), false},

		{`"DateEquals":{"connect:k":"2026-11-22"}`, one("2026-11-22T00:00:00Z"), true},
		{`"DateEquals":{"connect:k":"2026-11-22T01:30+01:30"}`, one("2026-11-22T00:00:00.000Z"), true},
		{`"DateEquals":{"connect:k":"1000000000"}`, one("2001-09-09T01:46:40Z"), true},
		{`"DateEquals":{"connect:k":1000000000}`, one("1000000001"), false},
		{`"DateNotEquals":{"connect:k":"2026"}`, one("2026-01"), false},
		{`"DateNotEquals":{"connect:k":"2026"}`, absent, true},
		{`"DateLessThan":{"connect:k":"2026-11-22T12:00:00Z"}`, one("2026-11-22T11:59:59Z"), true},
		{`"DateLessThan":{"connect:k":"2026-11-22T12:00:00Z"}`, one("2026-11-22T12:00:00Z"), false},
		{`"DateLessThan":{"connect:k":"2026-11-22T12:00:00Z"}`, one("yesterday"), false},
		{`"DateLessThanEquals":{"connect:k":"2026-11-22T12:00:00Z"}`, one("2026-11-22T12:00:00Z"), true},
		{`"DateGreaterThan":{"connect:k":"2026-11-22T12:00:00Z"}`, one("2026-11-22T12:00:01Z"), true},
		{`"DateGreaterThan":{"connect:k":"2026-11-22T12:00:00Z"}`, absent, false},
		{`"DateGreaterThanEquals":{"connect:k":"2026-11-22T12:00:00Z"}`, one("2026-11-22T11:00:00-01:00"), true},
		{`"DateGreaterThanEquals":{"connect:k":"2026-11-22T12:00:00Z"}`, one("2026-11-22T11:00:00Z"), false},

		{`"Bool":{"connect:k":"true"}`, one("true"), true},
		{`"Bool":{"connect:k":true}`, one("True"), true},
		{`"Bool":{"connect:k":"false"}`, one("true"), false},
		{`"Bool":{"connect:k":"false"}`, absent, false},
		{`"BoolIfExists":{"connect:k":"false"}`, absent, true},

		{`"Null":{"connect:k":"true"}`, absent, true},
		{`"Null":{"connect:k":"true"}`, context{"connect:k": nil}, true},
		{`"Null":{"connect:k":"true"}`, one(""), true}, // an empty value is a null one
		{`"Null":{"connect:k":true}`, one("a"), false},
		{`"Null":{"connect:k":"false"}`, one("a"), true},
		{`"Null":{"connect:k":"false"}`, absent, false},
		{`"ForAllValues:Null":{"connect:k":"true"}`, one("a"), true}, // always
		{`"ForAnyValue:Null":{"connect:k":"true"}`, absent, false},   // never

		{`"BinaryEquals":{"connect:k":"QQD/"}`, one("A\x00\xff"), true},
		{`"BinaryEquals":{"connect:k":"QQD/"}`, one("QQD/"), false},

		{`"IpAddress":{"connect:k":"203.0.113.0/24"}`, one("203.0.113.255"), true},
		{`"IpAddress":{"connect:k":"203.0.113.0/24"}`, one("203.0.114.0"), false},
		{`"IpAddress":{"connect:k":"203.0.113.7/24"}`, one("203.0.113.1"), true},
		{`"IpAddress":{"connect:k":"203.0.113.7"}`, one("203.0.113.7"), true},
		{`"IpAddress":{"connect:k":"203.0.113.7"}`, one("203.0.113.8"), false},
		{`"IpAddress":{"connect:k":"203.0.113.7"}`, one("::ffff:203.0.113.7"), true},
		{`"IpAddress":{"connect:k":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}`, one("2001:db8:1234:5678::9"), true},
		{`"IpAddress":{"connect:k":"2001:db8::1"}`, one("2001:db8::1"), true},
		{`"IpAddress":{"connect:k":"2001:db8::1"}`, one("2001:db8::2"), false},
		{`"IpAddress":{"connect:k":"0.0.0.0/0"}`, one("somewhere"), false},
		{`"IpAddress":{"connect:k":"0.0.0.0/0"}`, absent, false},
		{`"NotIpAddress":{"connect:k":["10.0.0.0/8","203.0.113.0/24"]}`, one("203.0.113.1"), false},
		{`"NotIpAddress":{"connect:k":["10.0.0.0/8","203.0.113.0/24"]}`, one("192.0.2.1"), true},
		{`"NotIpAddress":{"connect:k":"10.0.0.0/8"}`, absent, true},

		// Variables: without a value nothing is equal, and so a negated operator holds.
		{`"StringEquals":{"connect:k":"${aws:username}"}`, context{"connect:k": {"ann"}, "aws:username": {"ann"}}, true},
		{`"StringLike":{"connect:k":"${aws:username}/*"}`, context{"connect:k": {"ann/x"}, "aws:username": {"ann"}}, true},
		{`"StringEquals":{"connect:k":"a${*}"}`, one("a*"), true},
		{`"StringEquals":{"connect:k":"${aws:username}"}`, one("ann"), false},
		{`"StringEquals":{"connect:k":["${aws:username}","ann"]}`, one("ann"), true},
		{`"StringNotEquals":{"connect:k":"${aws:username}"}`, one("ann"), true},
		{`"StringNotLike":{"connect:k":"${aws:username}*"}`, one("ann"), true},
		{`"ArnEquals":{"connect:k":"${aws:PrincipalArn}"}`, context{"connect:k": {flow}, "aws:PrincipalArn": {flow}}, true},
		{`"ArnLike":{"connect:k":"arn:aws:connect:*:${aws:PrincipalAccount}:*"}`,
			context{"connect:k": {flow}, "aws:PrincipalAccount": {"111122223333"}}, true},

		// Operators, and keys of one operator, must all hold.
		{`"StringEquals":{"connect:k":"a"},"StringLike":{"connect:k":"b"}`, one("a"), false},
		{`"StringEquals":{"connect:k":"a","connect:other":"b"}`, one("a"), false},
		{`"StringEquals":{"connect:k":"a","connect:other":"b"}`, context{"connect:k": {"a"}, "connect:other": {"b"}}, true},
		{`"StringEquals":{"aws:ResourceTag/a b:c":"x"}`, context{"aws:resourcetag/A B:C": {"x"}}, true},
		{``, absent, true},
		{`"StringEquals":{"connect:k":"a"},"StringNotEquals":{"connect:k":"b"}`, one("a"), true},
	} {
		doc := allow(`"Action":"*","Resource":"*","Condition":{` + c.condition + `}`)
		if got := allows(t, doc, "connect:X", flow, c.context); got != c.want {
			t.Errorf("%s with %v: %v", c.condition, c.context, got)
		}
	}
}

func TestIfExistsAndSets(t *testing.T) {
	t.Parallel()
	keys := func(values ...string) context { return context{"aws:TagKeys": values} }
	absent, null := context{}, keys("")
	for _, c := range []struct {
		operator string // with the values env and team
		context  context
		want     bool
	}{
		{"StringEqualsIfExists", absent, true},
		{"StringEqualsIfExists", keys("env"), true},
		{"StringEqualsIfExists", keys("x"), false},
		{"StringEqualsIfExists", null, false},
		{"StringNotEqualsIfExists", absent, true},
		{"StringNotEqualsIfExists", keys("env"), false},
		{"ArnLikeIfExists", absent, true},

		{"ForAllValues:StringEquals", keys("env"), true},
		{"ForAllValues:StringEquals", keys("env", "team"), true},
		{"ForAllValues:StringEquals", keys("env", "x"), false},
		{"ForAllValues:StringEquals", absent, true},
		{"ForAllValues:StringEquals", null, true},
		{"ForAllValues:StringNotEquals", keys("x", "y"), true},
		{"ForAllValues:StringNotEquals", keys("x", "env"), false},
		{"ForAllValues:StringNotEquals", absent, true},
		{"ForAllValues:StringEqualsIfExists", absent, true},
		{"ForAllValues:StringEqualsIfExists", keys("env", "x"), false},

		{"ForAnyValue:StringEquals", keys("x", "env"), true},
		{"ForAnyValue:StringEquals", keys("x", "y"), false},
		{"ForAnyValue:StringEquals", absent, false},
		{"ForAnyValue:StringEquals", null, false},
		{"ForAnyValue:StringNotEquals", keys("env", "x"), true},
		{"ForAnyValue:StringNotEquals", keys("env", "team"), false},
		{"ForAnyValue:StringNotEquals", absent, false},
		{"ForAnyValue:StringEqualsIfExists", absent, false}, // observed: the set operator wins
		{"ForAnyValue:StringLikeIfExists", keys("env"), true},

		// Without a set operator any value can match, and all must differ where negated: a choice.
		{"StringEquals", keys("x", "env"), true},
		{"StringNotEquals", keys("x", "env"), false},
		{"StringNotEquals", keys("x", "y"), true},
	} {
		values := `["env","team"]`
		if c.operator == "ArnLikeIfExists" {
			values = `"arn:aws:s3:::b"`
		}
		doc := allow(`"Action":"*","Resource":"*","Condition":{"` + c.operator + `":{"aws:tagkeys":` + values + `}}`)
		if got := allows(t, doc, "connect:X", flow, c.context); got != c.want {
			t.Errorf("%s with %q: %v", c.operator, c.context, got)
		}
	}
}

// The guide's table of a deny of tags without a prefix (reference_policies_condition_examples-multi-valued-context-keys).
func TestTheGuidesDenyOfTags(t *testing.T) {
	t.Parallel()
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
	  {"Effect":"Deny","Action":["iam:Tag*","iam:UnTag*"],"Resource":["*"],"Condition":{"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}}}]}`
	for _, c := range []struct {
		tags []string
		want bool
	}{{[]string{"key1:legal"}, true}, {[]string{"key1:hr", "key1:personnel"}, true}, {[]string{"key2:audit"}, false}, {nil, false}} {
		if got := allows(t, doc, "iam:TagUser", "arn:aws:iam::1:user/a", context{"aws:TagKeys": c.tags}); got != c.want {
			t.Errorf("%q: %v", c.tags, got)
		}
	}
}
