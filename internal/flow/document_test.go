package flow

import (
	"os"
	"path/filepath"
	"testing"
)

func TestX(t *testing.T) {
	for _, d := range []string{"valid", "legacy", "invalid"} {
		fs, _ := filepath.Glob("../../../shared/flows/" + d + "/*")
		for _, f := range fs {
			b, _ := os.ReadFile(f)
			doc, err := Parse(b)
			if d != "valid" || err != nil {
				t.Log(f, err)
			}
			if err == nil && string(doc.Bytes()) != string(b) {
				t.Error(f)
			}
		}
	}
}
func BenchmarkParse(b *testing.B) {
	d, _ := os.ReadFile("../../../shared/flows/valid/018-rules-engine-RulesEngineQueue.json")
	b.SetBytes(int64(len(d)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(d)
	}
}
func BenchmarkIndex(b *testing.B) {
	d, _ := os.ReadFile("../../../shared/flows/valid/018-rules-engine-RulesEngineQueue.json")
	b.SetBytes(int64(len(d)))
	b.ReportAllocs()
	s := string(d)
	for b.Loop() {
		index(s)
	}
}
