package connectsim_test

import (
	"os"
	"strings"
	"testing"

	"wrapup/internal/connectsim"
)

// TestTheDocumentationNamesEveryChoice keeps docs/connectsim.md beside the code: each choice with all its answers, each
// operation, each thing a fault rule can do.
func TestTheDocumentationNamesEveryChoice(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/connectsim.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, c := range connectsim.Choices() {
		_, row, found := strings.Cut(page, "| `--"+c.Name)
		row, _, _ = strings.Cut(row, "\n")
		if !found {
			t.Errorf("--%s is not documented", c.Name)
		}
		for _, a := range c.Answers {
			if !strings.Contains(row, "`"+a+"`") {
				t.Errorf("--%s: the answer %s is not documented", c.Name, a)
			}
		}
	}
	for _, do := range []connectsim.FaultDo{connectsim.DoError, connectsim.DoThrottle, connectsim.DoThrottleNoCode, connectsim.DoEmpty, connectsim.DoUndecodable,
		connectsim.DoWait, connectsim.DoDropBefore, connectsim.DoDropAfter, connectsim.DoCutOff, connectsim.DoEdit} {
		if !strings.Contains(page, "| `"+string(do)+"` |") {
			t.Errorf("the fault %s is not documented", do)
		}
	}
}
