package policy_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/connectsim/policy"
)

// The alphabets are small, so that statements meet requests often.
var (
	actions   = []string{"connect:ListViews", "connect:DescribeView", "connect:DescribeContactFlow", "sts:AssumeRole"}
	actionsOf = append([]string{"*", "connect:*", "connect:Describe*", "CONNECT:LIST?IEWS"}, actions...)
	arns      = []string{instance, flow, instance + "/view/v", instance + "/view/v:2", "*"}
	arnsOf    = append([]string{instance + "*", instance + "/view/*", instance + "/${connect:FlowType}/*", "arn:aws:connect:*"}, arns...)
	keysOf    = []string{"connect:FlowType", "aws:TagKeys", "aws:username"}
	valuesOf  = []string{"", "a", "b", "A", "7", "view", "true", "a*", "${aws:username}"}
	textual   = []string{"StringEquals", "StringEqualsIgnoreCase", "StringLike"}
)

type object = map[string]any

func drawSome(t *rapid.T, from []string, label string) []string {
	return rapid.SliceOfN(rapid.SampledFrom(from), 1, 3).Draw(t, label)
}

func drawOperator(t *rapid.T) string {
	set := rapid.SampledFrom([]string{"", "", "ForAllValues:", "ForAnyValue:"}).Draw(t, "set")
	base := rapid.SampledFrom(append([]string{"StringNotEquals", "StringNotLike"}, textual...)).Draw(t, "operator")
	return set + base + rapid.SampledFrom([]string{"", "IfExists"}).Draw(t, "suffix")
}

func drawStatement(t *rapid.T, effect string) object {
	s := object{"Effect": effect}
	s[rapid.SampledFrom([]string{"Action", "Action", "NotAction"}).Draw(t, "action")] = drawSome(t, actionsOf, "actions")
	s[rapid.SampledFrom([]string{"Resource", "Resource", "NotResource"}).Draw(t, "resource")] = drawSome(t, arnsOf, "arns")
	if rapid.Bool().Draw(t, "conditional") {
		s["Condition"] = object{drawOperator(t): object{rapid.SampledFrom(keysOf).Draw(t, "key"): drawSome(t, valuesOf, "values")}}
	}
	return s
}

func drawStatements(t *rapid.T) []object {
	effects := rapid.SliceOfN(rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}), 1, 5).Draw(t, "effects")
	var list []object
	for _, e := range effects {
		list = append(list, drawStatement(t, e))
	}
	return list
}

func drawContext(t *rapid.T) context {
	c := context{}
	for _, k := range keysOf {
		if n := rapid.IntRange(0, 3).Draw(t, "how many"); n > 0 {
			c[k] = rapid.SliceOfN(rapid.SampledFrom(valuesOf), n-1, n-1).Draw(t, k)
		}
	}
	return c
}

func drawRequest(t *rapid.T) policy.Request {
	return policy.Request{
		Action:    rapid.SampledFrom(actions).Draw(t, "action"),
		Resources: rapid.SliceOfN(rapid.SampledFrom(arns), 0, 3).Draw(t, "resources"),
		Context:   drawContext(t),
	}
}

func document(t rapid.TB, statements []object) string {
	b, err := json.Marshal(object{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decide(t *rapid.T, document string, r policy.Request) policy.Decision {
	p, err := policy.Read(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return p.Decide(r)
}

func TestAnotherDenyNeverAllowsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list, r := drawStatements(t), drawRequest(t)
		more := slices.Insert(slices.Clone(list), rapid.IntRange(0, len(list)).Draw(t, "at"), drawStatement(t, "Deny"))
		before, after := decide(t, document(t, list), r), decide(t, document(t, more), r)
		if after.Allowed && !before.Allowed || before.Explicit && !after.Explicit {
			t.Errorf("%+v became %+v", before, after)
		}
	})
}

func TestAnotherAllowNeverAllowsLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list, r := drawStatements(t), drawRequest(t)
		more := slices.Insert(slices.Clone(list), rapid.IntRange(0, len(list)).Draw(t, "at"), drawStatement(t, "Allow"))
		before, after := decide(t, document(t, list), r), decide(t, document(t, more), r)
		if before.Allowed && !after.Allowed || before.Explicit != after.Explicit {
			t.Errorf("%+v became %+v", before, after)
		}
	})
}

func TestNeitherOrderNorDocumentsMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list, r := drawStatements(t), drawRequest(t)
		want := decide(t, document(t, list), r)
		var apart []string
		for _, s := range list {
			apart = append(apart, document(t, []object{s}))
		}
		want.Statement = ""
		for _, d := range []string{
			document(t, rapid.Permutation(list).Draw(t, "order")),
			strings.Join(apart, "\n"),
			"[" + strings.Join(apart, ",") + "]",
		} {
			got := decide(t, d, r)
			got.Statement = ""
			if got != want {
				t.Errorf("%+v instead of %+v of\n%s", got, want, d)
			}
		}
	})
}

func TestAllResourcesAreAllowedOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc, r := document(t, drawStatements(t)), drawRequest(t)
		want := true
		alone := r
		for _, arn := range r.Resources {
			alone.Resources = []string{arn}
			want = want && decide(t, doc, alone).Allowed
		}
		if got := decide(t, doc, r); len(r.Resources) > 0 && got.Allowed != want {
			t.Errorf("%+v", got)
		}
		if d := decide(t, doc, r); d.Allowed == (d.Message("me") != "") || d.Allowed && d.Statement == "" || d.Explicit && d.Statement == "" {
			t.Errorf("%+v: %q", d, d.Message("me"))
		}
	})
}

// holds asks a policy that allows everything under one condition.
func holds(t *rapid.T, operator, key string, values []string, c context) bool {
	s := object{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": object{operator: object{key: values}}}
	return decide(t, document(t, []object{s}), policy.Request{Action: "connect:X", Context: c}).Allowed
}

func TestOperatorsAndTheirOpposites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom(textual).Draw(t, "operator")
		key, values, c := rapid.SampledFrom(keysOf).Draw(t, "key"), drawSome(t, valuesOf, "values"), drawContext(t)
		not := strings.Replace(op, "String", "StringNot", 1)
		plain := holds(t, op, key, values, c)
		if plain == holds(t, not, key, values, c) {
			t.Errorf("%s and %s are both %v", op, not, plain)
		}
		if len(c[key]) > 0 && holds(t, op+"IfExists", key, values, c) != plain {
			t.Errorf("IfExists changes a key that is there from %v", plain)
		}
		// Not all values match, exactly where there are some and any of them does not.
		null := !slices.ContainsFunc(c[key], func(v string) bool { return v != "" })
		if !null && holds(t, "ForAllValues:"+op, key, values, c) == holds(t, "ForAnyValue:"+not, key, values, c) {
			t.Errorf("ForAllValues:%s and ForAnyValue:%s agree", op, not)
		}
		if len(c[key]) == 1 && !null && (holds(t, "ForAllValues:"+op, key, values, c) != plain || holds(t, "ForAnyValue:"+op, key, values, c) != plain) {
			t.Errorf("a set operator changes a single value from %v", plain)
		}
	})
}

// glob is a second reading of wildcards: as regular expressions, where dot is what they match.
func glob(pattern, value, dot string) bool {
	re := regexp.QuoteMeta(pattern)
	re = strings.NewReplacer(`\*`, dot+"*", `\?`, dot).Replace(re)
	return regexp.MustCompile(`(?s)^` + re + `$`).MatchString(value)
}

func TestWildcardsAgreeWithRegularExpressions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := "arn:aws:s:" + rapid.StringOfN(rapid.RuneFrom([]rune("aé:*?")), 0, 9, -1).Draw(t, "pattern")
		value := "arn:aws:s:" + rapid.StringOfN(rapid.RuneFrom([]rune("aé:/")), 0, 9, -1).Draw(t, "value")
		c := context{"aws:k": {value}}
		like := glob(pattern, value, ".")
		if got := holds(t, "StringLike", "aws:k", []string{pattern}, c); got != like {
			t.Errorf("StringLike is %v", got)
		}
		if strings.Count(pattern, ":") < 5 {
			return
		}
		parts, of := strings.SplitN(pattern, ":", 6), strings.SplitN(value, ":", 6)
		component := len(of) == 6
		for i := range parts {
			component = component && glob(parts[i], of[i], ".")
		}
		if got := holds(t, "ArnLike", "aws:k", []string{pattern}, c); got != component {
			t.Errorf("ArnLike is %v", got)
		}
		s := object{"Effect": "Allow", "Action": "*", "Resource": pattern}
		resource := decide(t, document(t, []object{s}), policy.Request{Action: "connect:X", Resources: []string{value}}).Allowed
		// An asterisk that ends a segment reaches on, every other wildcard of the first five stays.
		ends := regexp.MustCompile(`(\*+)(:|$)`)
		head := ends.ReplaceAllString(strings.Join(parts[:5], ":")+":", "%$2")
		want := regexp.MustCompile(`^` + strings.NewReplacer(`\*`, `[^:]*`, `\?`, `[^:]`, `%`, `.*`).Replace(regexp.QuoteMeta(head)) +
			strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(parts[5])) + `$`)
		if resource != want.MatchString(value) || component && !resource || resource && !like {
			t.Errorf("Resource is %v, ArnLike %v, StringLike %v", resource, component, like)
		}
	})
}

// FuzzRead reads anything: an error or a policy that decides, and never a policy beside an error.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		``, `{`, `[]`, `{"Statement":[]}`, `{"Version":"2012-10-17","Statement":null}`,
		allow(`"Action":"*","Resource":"*"`),
		allow(`"Sid":"A","NotAction":["a:b"],"NotResource":["arn:aws:s3:::${aws:username, 'x'}/*?${*}"]`),
		allow(`"Action":"*","Resource":"*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a*",7,true]},"ArnLike":{"aws:k":"arn:*:?:::*"}}`),
		allow(`"Action":"*","Resource":"*","Condition":{"NumericLessThan":{"aws:k":"1.5"},"DateEquals":{"aws:k":"2026"},"IpAddress":{"aws:k":"::/0"}}`) +
			allow(`"Action":"a:*","Resource":"*","Condition":{"Null":{"aws:k":"true"},"BinaryEquals":{"aws:k":"QQ=="},"Bool":{"aws:k":"false"}}`),
	} {
		f.Add(seed, "connect:ListViews", flow, "a")
	}
	f.Fuzz(func(t *testing.T, document, action, resource, value string) {
		p, err := policy.Read(strings.NewReader(document))
		if (err == nil) == (p == nil) {
			t.Fatalf("%v beside %v", p, err)
		}
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without words")
			}
			return
		}
		c := context{"aws:k": {value}, "aws:username": {value}, "aws:TagKeys": {value, "a"}}
		kept := maps.Clone(c)
		d := p.Decide(policy.Request{Action: action, Resources: []string{resource}, Context: c})
		if d.Allowed && d.Explicit || d.Allowed == (d.Message("me") != "") || d.Resource != resource || !maps.EqualFunc(c, kept, slices.Equal[[]string]) {
			t.Errorf("%+v: %q", d, d.Message("me"))
		}
		again, err := policy.Read(strings.NewReader(document + "\n" + document))
		if err != nil {
			t.Fatalf("twice: %v", err)
		}
		if twice := again.Decide(policy.Request{Action: action, Resources: []string{resource}, Context: c}); twice != d {
			t.Errorf("%+v, and twice %+v", d, twice)
		}
	})
}
