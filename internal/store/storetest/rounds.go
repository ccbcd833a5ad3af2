package storetest

import (
	"flag"
	"strconv"
	"testing"
	"time"
)

// Start is when the contract's clock stands at first. A database that is a copy was made then.
var Start = time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.UTC)

// Rounds is how often something is done that is to be done n times. The race detector, with which everything takes ten times as long, sees in
// a few rounds what it sees in many: that a law holds of all of them is shown without it.
func Rounds(n int) int {
	if underRace {
		return max(4, n/5)
	}
	return n
}

// FewerChecks has property tests draw less often under the race detector, unless the command line says how often. It is called before the tests run.
func FewerChecks() error {
	if !underRace {
		return nil
	}
	return flag.Set("rapid.checks", strconv.Itoa(Rounds(100)))
}

// ButNotUnderRace says whether a test is run that tells the race detector nothing new.
func ButNotUnderRace(t *testing.T, why string) bool {
	if underRace {
		t.Log("not under the race detector: " + why)
	}
	return !underRace
}
