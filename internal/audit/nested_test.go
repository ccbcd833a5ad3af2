package audit_test

import (
	"fmt"
	"testing"

	"wrapup/internal/audit"
)

// A branch is one whatever its condition is made of: conditions within conditions decide which contacts take it, never that none does.
func TestABranchUnderNestedConditionsIsABranch(t *testing.T) {
	t.Parallel()
	const equals = `{"Operator":"Equals","Operands":["2"]}`
	const set = `{"Identifier":"set","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"DisconnectAgentUI":"aaaaaaaa-1111-4111-8111-111111111111"}},
		"Transitions":{"NextAction":"queue","Errors":[{"ErrorType":"NoMatchingError","NextAction":"queue"}]}}`
	for name, condition := range map[string]string{
		"plain":       equals,
		"And":         `{"Operator":"And","Operands":[` + equals + `,` + equals + `]}`,
		"Or":          `{"Operator":"Or","Conditions":[` + equals + `,{"Condition":` + equals + `}]}`,
		"And of Ors":  `{"Operator":"And","Operands":[{"Condition":{"Operator":"Or","Conditions":[` + equals + `,` + equals + `]}},` + equals + `]}`,
		"unknown one": `{"Operator":"Xor","Operands":[{"Operator":"Nand","Operands":[` + equals + `]}]}`,
	} {
		for _, to := range []string{"queue", "set"} {
			t.Run(name+" to "+to, func(t *testing.T) {
				t.Parallel()
				other := map[string]string{"queue": "set", "set": "queue"}[to]
				r := audit.Analyze(fmt.Appendf(nil, `{"Version":"2019-10-30","StartAction":"c","Metadata":{},"Actions":[
					{"Identifier":"c","Type":"Compare","Parameters":{"ComparisonValue":"$.Channel"},"Transitions":{"NextAction":"end",
						"Errors":[{"ErrorType":"NoMatchingCondition","NextAction":%q}],"Conditions":[{"NextAction":%q,"Condition":%s}]}},
					%s,
					{"Identifier":"queue","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"end","Errors":[{"ErrorType":"NoMatchingError","NextAction":"end"}]}},
					{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`, other, to, condition, set), audit.Options{})
				if r.Verdict != audit.Partial || len(r.Gaps) != 1 || r.Of != 1 {
					t.Fatalf("%s, %d points, gaps %+v", r.Verdict, r.Of, r.Gaps)
				}
				if n := len(r.Gaps[0].Route); n != 2 {
					t.Errorf("a shortest route has %d blocks: %+v", n, r.Gaps[0].Route)
				}
			})
		}
	}
}
