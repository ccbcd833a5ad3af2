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
