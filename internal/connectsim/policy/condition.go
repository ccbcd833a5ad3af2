package policy

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// condition is one operator with one key of a Condition element (reference_policies_elements_condition_operators).
type condition struct {
	key      string // in lower case
	set      string // forAll, forAny or ""
	ifExists bool
	null     bool // the Null operator, whose tests take "true" where the key is null
	negated  bool
	tests    []test
}

// test compares a value of the request with one of the policy.
type test func(value string, c keys) bool

const (
	forAll = "ForAllValues"
	forAny = "ForAnyValue"
)

// holds is a condition's outcome. Several values of the policy are alternatives, of which a negated operator allows none
// (reference_policies_condition-logic-multiple-context-keys-or-values); so an absent key fails, and passes where negated.
//
// ForAllValues passes and ForAnyValue fails where the key is null, whatever the operator
// (reference_policies_condition-single-vs-multi-valued-context-keys). That ForAnyValue does so in spite of IfExists was
// observed (https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w). Several values without a set operator are not
// documented; here any of them can match, and all must differ where negated.
func (t condition) holds(c keys) bool {
	values, absent := c[t.key], c.isNull(t.key)
	if t.null {
		values, absent = []string{fmt.Sprint(absent)}, t.set != ""
	}
	passes := func(v string) bool { return t.matches(v, c) != t.negated }
	switch {
	case t.set == forAll:
		return absent || !slices.ContainsFunc(values, func(v string) bool { return !passes(v) })
	case t.set == forAny:
		return !absent && slices.ContainsFunc(values, passes)
	case t.ifExists && len(values) == 0:
		return true
	}
	return slices.ContainsFunc(values, func(v string) bool { return t.matches(v, c) }) != t.negated
}

func (t condition) matches(value string, c keys) bool {
	return slices.ContainsFunc(t.tests, func(f test) bool { return f(value, c) })
}

// readOperator reads an operator's name, such as ForAnyValue:StringLikeIfExists.
func readOperator(name string) (t condition, op operator, err error) {
	base := name
	if set, rest, ok := strings.Cut(name, ":"); ok && (set == forAll || set == forAny) {
		t.set, base = set, rest
	}
	base, t.ifExists = strings.CutSuffix(base, "IfExists")
	op, known := operators[base]
	t.null, t.negated = base == "Null", op.negated
	switch {
	case !known:
		err = errors.New("no such operator")
	case t.null && t.ifExists:
		err = errors.New("the operator Null takes no IfExists")
	}
	return t, op, err
}

// keyForm is service:name; what follows the name may be a tag's key.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9-]+:.+$`)

// read adds a key and the values to test it with.
func (t condition) read(op operator, key string, v jsontext.Value, variables bool) (condition, error) {
	if !keyForm.MatchString(key) {
		return t, errors.New("a condition key has the form service:name")
	}
	t.key = strings.ToLower(key)
	values, err := scalars(v, scalarKinds)
	for _, v := range values {
		f, err := op.read(v, variables)
		if err != nil {
			return t, fmt.Errorf("%q: %w", v, err)
		}
		t.tests = append(t.tests, f)
	}
	return t, err
}

// operator reads a value of the policy into a test of the positive operator.
type operator struct {
	read    func(value string, variables bool) (test, error)
	negated bool
}

// operators are all that the guide lists. Variables stand in strings and ARNs alone (reference_policies_variables): in
// other operators ${ is no number, date, truth value or address, and refused as such.
var operators = map[string]operator{
	"StringEquals":              {read: text(false, false)},
	"StringNotEquals":           {read: text(false, false), negated: true},
	"StringEqualsIgnoreCase":    {read: text(true, false)},
	"StringNotEqualsIgnoreCase": {read: text(true, false), negated: true},
	"StringLike":                {read: text(false, true)},
	"StringNotLike":             {read: text(false, true), negated: true},
	"ArnEquals":                 {read: arn},
	"ArnLike":                   {read: arn},
	"ArnNotEquals":              {read: arn, negated: true},
	"ArnNotLike":                {read: arn, negated: true},
	"NumericEquals":             {read: compared(number, (*big.Rat).Cmp, equal)},
	"NumericNotEquals":          {read: compared(number, (*big.Rat).Cmp, equal), negated: true},
	"NumericLessThan":           {read: compared(number, (*big.Rat).Cmp, less)},
	"NumericLessThanEquals":     {read: compared(number, (*big.Rat).Cmp, less|equal)},
	"NumericGreaterThan":        {read: compared(number, (*big.Rat).Cmp, greater)},
	"NumericGreaterThanEquals":  {read: compared(number, (*big.Rat).Cmp, greater|equal)},
	"DateEquals":                {read: compared(date, time.Time.Compare, equal)},
	"DateNotEquals":             {read: compared(date, time.Time.Compare, equal), negated: true},
	"DateLessThan":              {read: compared(date, time.Time.Compare, less)},
	"DateLessThanEquals":        {read: compared(date, time.Time.Compare, less|equal)},
	"DateGreaterThan":           {read: compared(date, time.Time.Compare, greater)},
	"DateGreaterThanEquals":     {read: compared(date, time.Time.Compare, greater|equal)},
	"Bool":                      {read: compared(truth, strings.Compare, equal)},
	"Null":                      {read: compared(truth, strings.Compare, equal)},
	"BinaryEquals":              {read: binary},
	"IpAddress":                 {read: address},
	"NotIpAddress":              {read: address, negated: true},
}

func text(fold, wildcards bool) func(string, bool) (test, error) {
	return func(value string, variables bool) (test, error) {
		parts, err := compile(value, variables, wildcards)
		return pattern{parts: parts, fold: fold}.matches, err
	}
}

func arn(value string, variables bool) (test, error) {
	parts, err := compile(value, variables, true)
	isVariable := func(p part) bool { return p.kind == variable }
	if err == nil && strings.Count(value, ":") < lastSegment && !slices.ContainsFunc(parts, isVariable) {
		err = errors.New("an ARN has six parts with colons between")
	}
	return pattern{parts: parts, reach: byComponent}.matches, err
}

// order is a set of outcomes of a comparison.
type order int

const (
	less order = 1 << iota
	equal
	greater
)

// compared is true where both values can be read and the request's stands in one of the wanted orders to the policy's.
func compared[T any](read func(string) (T, error), compare func(T, T) int, wanted order) func(string, bool) (test, error) {
	return func(value string, _ bool) (test, error) {
		limit, err := read(value)
		return func(value string, _ keys) bool {
			v, err := read(value)
			return err == nil && wanted&(less<<(1+compare(v, limit))) != 0
		}, err
	}
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

func number(s string) (*big.Rat, error) {
	if !decimal.MatchString(s) {
		return nil, errors.New("no integer or decimal number")
	}
	n, _ := new(big.Rat).SetString(s)
	return n, nil
}

// dates are the W3C forms of ISO 8601, with or without fractions of a second.
var dates = []string{"2006", "2006-01", time.DateOnly, "2006-01-02T15:04Z07:00", time.RFC3339}

// date reads a W3C form or seconds since 1970; four digits are a year.
func date(s string) (time.Time, error) {
	for _, layout := range dates {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), nil
	}
	return time.Time{}, errors.New("no date of ISO 8601 and no seconds since 1970")
}

func truth(s string) (string, error) {
	if s = strings.ToLower(s); s != "true" && s != "false" {
		return "", errors.New("neither true nor false")
	}
	return s, nil
}

// binary compares the bytes of the key with those that the policy gives in base 64.
func binary(value string, _ bool) (test, error) {
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		err = errors.New("not in base 64")
	}
	return func(value string, _ keys) bool { return value == string(b) }, err
}

// address reads an address or a range in CIDR form; an address is a range of its own.
func address(value string, _ bool) (test, error) {
	within, err := netip.ParsePrefix(value)
	if a, e := netip.ParseAddr(value); e == nil && a.Zone() == "" {
		within, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	if err != nil {
		err = errors.New("no IP address and no range such as 203.0.113.0/24")
	}
	return func(value string, _ keys) bool {
		a, err := netip.ParseAddr(value)
		return err == nil && within.Contains(a.Unmap())
	}, err
}
