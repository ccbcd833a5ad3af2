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
