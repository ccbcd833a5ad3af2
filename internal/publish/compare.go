package publish

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// decode reads a document with numbers kept as text: what a float cannot hold still counts.
func decode(content []byte) (map[string]any, bool) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var m map[string]any
	if d.Decode(&m) != nil || m == nil {
		return nil, false
	}
	return m, true
}

// sameButMetadata says whether two documents are equal as JSON in all but Metadata: the layout.
func sameButMetadata(a, b []byte) bool {
	x, ok := decode(a)
	y, ok2 := decode(b)
	if !ok || !ok2 {
		return false
	}
	delete(x, "Metadata")
	delete(y, "Metadata")
	return same(x, y, false)
}

// keptAs judges a read-back (product.md 5.3): equal as JSON in all but Metadata, and Metadata keeps at least what
// was sent. The service may add to Metadata and change white space.
func keptAs(sent, got []byte) bool {
	if bytes.Equal(sent, got) {
		return true
	}
	if !sameButMetadata(sent, got) {
		return false
	}
	x, _ := decode(sent)
	y, _ := decode(got)
	return same(x["Metadata"], y["Metadata"], true)
}

// same says whether got is sent as JSON, numbers by their value. With more, objects in got may hold members that sent has not,
// and anything may stand where sent has null.
func same(sent, got any, more bool) bool {
	switch s := sent.(type) {
	case nil:
		return more || got == nil
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || !more && len(g) != len(s) {
			return false
		}
		for k, v := range s {
			if w, there := g[k]; !there && !(more && v == nil) || !same(v, w, more) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(s, g, func(a, b any) bool { return same(a, b, more) })
	case json.Number:
		g, ok := got.(json.Number)
		return ok && (s == g || decimalOf(s) == decimalOf(g))
	default:
		return sent == got
	}
}

// decimal is a number's exact value: digits without zeros at either end, times ten to the power.
type decimal struct {
	negative bool
	digits   string
	power    int
}

// decimalOf reads a JSON number without ever writing out its power of ten, which may be absurd. One beyond an int is
// compared as it is written.
func decimalOf(n json.Number) decimal {
	text, negative := strings.CutPrefix(string(n), "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	power := 0
	if exponent != "" {
		var err error
		if power, err = strconv.Atoi(exponent); err != nil || power > math.MaxInt32 || power < math.MinInt32 {
			return decimal{digits: string(n)}
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return decimal{}
	}
	return decimal{negative: negative, digits: short, power: power - len(fraction) + len(digits) - len(short)}
}
