package publish

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// decode reads a document with numbers kept as text, so that 181.6 and 181.60 differ.
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
	return reflect.DeepEqual(x, y)
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
	return keeps(x["Metadata"], y["Metadata"])
}

// keeps says whether got holds everything that sent holds.
func keeps(sent, got any) bool {
	switch s := sent.(type) {
	case nil:
		return true
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range s {
			w, there := g[k]
			if !there || !keeps(v, w) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(s) {
			return false
		}
		for i := range s {
			if !keeps(s[i], g[i]) {
				return false
			}
		}
		return true
	default:
		return sent == got
	}
}
