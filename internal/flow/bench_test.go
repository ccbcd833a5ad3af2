package flow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// bigFlow is a flow in the designer's layout with all the actions and characters the service allows, but
// for one action and room for its text.
func bigFlow() []byte {
	const n = MaxActions - 1
	var actions, meta []string
	for i := range n {
		next := fmt.Sprintf("00000000-0000-4000-8000-%012d", min(i+1, n-1))
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		actions = append(actions, fmt.Sprintf(`    {
      "Parameters": {
        "Attributes": {
          "first": "$.External.value",
          "second": "%s"
        }
      },
      "Identifier": "%s",
      "Type": "UpdateContactAttributes",
      "Transitions": {
        "NextAction": "%s",
        "Errors": [
          {
            "NextAction": "%s",
            "ErrorType": "NoMatchingError"
          }
        ]
      }
    }`, strings.Repeat("x", 228), id, next, next))
		meta = append(meta, fmt.Sprintf(`      "%s": {
        "position": {
          "x": %d.6,
          "y": 40
        },
        "dynamicParams": []
      }`, id, 40+240*i))
	}
	text := "{\n  \"Version\": \"2019-10-30\",\n  \"StartAction\": \"00000000-0000-4000-8000-000000000000\",\n" +
		"  \"Metadata\": {\n    \"ActionMetadata\": {\n" + strings.Join(meta, ",\n") + "\n    }\n  },\n" +
		"  \"Actions\": [\n" + strings.Join(actions, ",\n") + "\n  ]\n}"
	return []byte(text + strings.Repeat("\n", MaxContent-1000-len(text)))
}

func BenchmarkParse(b *testing.B) {
	text := bigFlow()
	b.Run("document", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

var benchInsert = Edit{Kind: Insert, Block: InsertedBlock, Guide: "11111111-1111-4111-8111-111111111111", Name: "Wrap-up"}

func BenchmarkEdit(b *testing.B) {
	text := bigFlow()
	d, err := Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("edit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			next, err := d.Edit(benchInsert)
			if err != nil {
				b.Fatal(err)
			}
			_ = next.Bytes()
		}
	})
	b.Run("parse-edit-bytes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d, err := Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			next, err := d.Edit(benchInsert)
			if err != nil {
				b.Fatal(err)
			}
			_ = next.Bytes()
		}
	})
	b.Run("edit-and-read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			next, err := d.Edit(benchInsert)
			if err != nil {
				b.Fatal(err)
			}
			_ = next.Blocks()
		}
	})
}

func BenchmarkProve(b *testing.B) {
	text := bigFlow()
	d, err := Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	next, err := d.Edit(benchInsert)
	if err != nil {
		b.Fatal(err)
	}
	after := next.Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if err := Prove(text, after, []Edit{benchInsert}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	text := bigFlow()
	b.ReportAllocs()
	for b.Loop() {
		if p := Validate(text, "CONTACT_FLOW"); len(p) > 0 {
			b.Fatal(p)
		}
	}
}
