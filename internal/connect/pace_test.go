package connect

import (
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/instance"
)

func TestWhatNobodyWaitsForLeavesRoomForPeople(t *testing.T) {
	t.Parallel()
	b := bucket{account: "111122223333", region: "us-east-1", operation: "DescribeContactFlow"}
	synctest.Test(t, func(t *testing.T) {
		p, start := newPace(2, 1, 4), time.Now()
		slow := instance.Unhurried(t.Context())
		for range 24 { // the burst, and 20 more at one a second
			if err := p.wait(slow, b); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("unhurried: %s", took)
		}
		start = time.Now()
		for range 24 { // the large bucket is full but for the token just taken
			if err := p.wait(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 10500*time.Millisecond {
			t.Errorf("for a person: %s", took)
		}
	})
}
