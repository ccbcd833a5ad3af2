package handlers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCanonicalJSON(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"members come in reading order, the rest by name",
			`{"Metadata":{},"Actions":[],"b":1,"a":2,"StartAction":"x","Version":"v"}`,
			"{\n  \"Version\": \"v\",\n  \"StartAction\": \"x\",\n  \"a\": 2,\n  \"b\": 1,\n  \"Actions\": [],\n  \"Metadata\": {}\n}\n"},
		{"numbers stay as written", `[1.0,181.6,1113.6000000000001,-0,1e3,9007199254740993]`,
			"[\n  1.0,\n  181.6,\n  1113.6000000000001,\n  -0,\n  1e3,\n  9007199254740993\n]\n"},
		{"strings are written with the fewest escapes", `"\u003cb\u003e \u00e9 \/ \" \n"`, "\"<b> é / \\\" \\n\"\n"},
		{"duplicate members are both shown", `{"a":1,"a":2}`, "{\n  \"a\": 1,\n  \"a\": 2\n}\n"},
		{"white space goes", "\r\n{ \"a\" :\t[ ] }\r\n", "{\n  \"a\": []\n}\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := canonicalJSON([]byte(c.in))
			if diff := cmp.Diff(c.want, string(got)); diff != "" || !ok {
				t.Errorf("ok %v, (-want +got):\n%s", ok, diff)
			}
			again, _ := canonicalJSON(got)
			if string(again) != string(got) {
				t.Errorf("canonical of canonical differs:\n%s", again)
			}
		})
	}
	for _, in := range []string{"", "{", `{"a":}`, "[1] 2", "\xef\xbb\xbf{}", "nonsense", `"` + "\n" + `"`} {
		t.Run("what is no JSON comes back unchanged: "+in, func(t *testing.T) {
			t.Parallel()
			if got, ok := canonicalJSON([]byte(in)); ok || string(got) != in {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}

func TestPrettyJSONKeepsOrderAndEscapes(t *testing.T) {
	t.Parallel()
	got, ok := prettyJSON([]byte(`{"Metadata":"\u003c","Actions":[{}]}`))
	want := "{\n  \"Metadata\": \"\\u003c\",\n  \"Actions\": [\n    {}\n  ]\n}\n"
	if !ok || string(got) != want {
		t.Errorf("got %q", got)
	}
}

func FuzzCanonicalJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}],"Version":"x"}`, `"\ud800"`, "[[[[", `{"":""}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, ok := canonicalJSON(in)
		if !ok {
			return
		}
		again, ok := canonicalJSON(got)
		if !ok || string(again) != string(got) {
			t.Errorf("%q gives %q, again %q", in, got, again)
		}
		if lines := codeText(highlightJSON(got)); lines+"\n" != string(got) {
			t.Errorf("highlighting changed %q to %q", got, lines)
		}
	})
}
