package publish

import (
	"encoding/json"
	"testing"
)

func TestNumbersAreEqualByValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"400", "400.0", true}, {"400", "4e2", true}, {"400", "4E+2", true}, {"0.0400", "4e-2", true}, {"0", "-0.00e7", true},
		{"-12.50", "-125e-1", true}, {"181.6", "181.60", true}, {"1e999999999", "10e999999998", true},
		{"1", "-1", false}, {"400", "40", false}, {"1", "0", false}, {"9007199254740993", "9007199254740992", false},
		{"0.1", "0.10000000000000000001", false}, {"1e99999999999999999999", "1e99999999999999999998", false},
		{"1e99999999999999999999", "1e99999999999999999999", true},
	} {
		for _, n := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := same(json.Number(n[0]), json.Number(n[1]), false); got != c.want {
				t.Errorf("%s and %s: %t", n[0], n[1], got)
			}
		}
	}
}

func TestWhatTheServiceMayAddToMetadata(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent, got string
		want      bool
	}{
		"members of Metadata":           {`{"A":1,"Metadata":{"x":1}}`, `{"Metadata":{"x":1,"y":2},"A":1}`, true},
		"Metadata":                      {`{"A":1}`, `{"A":1,"Metadata":{"y":2}}`, true},
		"what stood empty, as null":     {`{"A":1,"Metadata":{"ActionMetadata":null}}`, `{"A":1,"Metadata":{"ActionMetadata":{"a":{}}}}`, true},
		"null left out":                 {`{"A":1,"Metadata":{"ActionMetadata":null}}`, `{"A":1,"Metadata":{}}`, true},
		"not another value of Metadata": {`{"A":1,"Metadata":{"x":1}}`, `{"A":1,"Metadata":{"x":2}}`, false},
		"not a member less":             {`{"A":1,"Metadata":{"x":1}}`, `{"A":1,"Metadata":{}}`, false},
		"nothing outside of it":         {`{"A":null}`, `{"A":1}`, false},
		"no member outside of it":       {`{"A":1}`, `{"A":1,"B":2}`, false},
	} {
		if got := keptAs([]byte(c.sent), []byte(c.got)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
