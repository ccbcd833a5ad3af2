package flow

import "testing"

func TestOnlySoundPiecesAreSpliced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"":                      true,
		"\r\n\t ":               true,
		`"a"`:                   true,
		`,{"a":[1]}`:            true,
		"\n, \"a\" : {\n}":      true,
		` "a":1 `:               true,
		`,"\ud800"`:             true,
		`,`:                     false,
		`,,1`:                   false,
		`1,`:                    false,
		`{"a":1`:                false,
		`{,"a":1}`:              false,
		`{"a":1,"a":2}`:         false,
		`/**/1`:                 false,
		"\u00a0":                false,
		`"a":1,"b":2`:           true,
		`1,2`:                   false,
		`"a":1},{"b":2`:         false,
		`"NextAction":"a"}]},{`: false,
	} {
		if got := (patch{text: text}).sound(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
