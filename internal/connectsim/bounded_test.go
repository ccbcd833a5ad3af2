package connectsim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestWhatCallersNameTakesNoRoomForEver has a bucket for each Region that somebody thinks of.
func TestWhatCallersNameTakesNoRoomForEver(t *testing.T) {
	t.Parallel()
	s := New(Options{Rate: 1, Burst: 2})
	now := since
	for i := range 5 * maxBuckets {
		now = now.Add(10 * time.Millisecond)
		s.take(bucketKey{"a", fmt.Sprint("region-", i), "op"}, now)
	}
	if n := len(s.buckets); n > maxBuckets {
		t.Errorf("%d buckets are kept", n)
	}
	k := bucketKey{"a", "region-busy", "op"}
	for range 2 {
		s.take(k, now)
	}
	for i := range 2 * maxBuckets {
		s.take(bucketKey{"b", fmt.Sprint("region-", i), "op"}, now)
	}
	if s.take(k, now) {
		t.Error("a used up bucket was forgotten")
	}
	now = now.Add(time.Minute)
	for i := range 5 * maxBuckets {
		now = now.Add(10 * time.Millisecond)
		s.take(bucketKey{"c", fmt.Sprint("region-", i), "op"}, now)
	}
	if n := len(s.buckets); n > maxBuckets {
		t.Errorf("%d buckets are kept once a crowd has gone", n)
	}
	if c := parseAuthorization("AWS4-HMAC-SHA256 Credential=K/20261122/" + strings.Repeat("r", maxRegion+1) + "/connect/aws4_request"); c.key != "" {
		t.Errorf("a Region of %d characters is taken", maxRegion+1)
	}
}

// TestASearchIndexThatNobodyAsksStaysSmall writes a flow again and again, and nobody searches.
func TestASearchIndexThatNobodyAsksStaysSmall(t *testing.T) {
	t.Parallel()
	now := since
	s := New(Options{Now: func() time.Time { return now }, Behaviour: Behaviour{SearchLag: time.Second}})
	home := InstanceInfo{Alias: "a", ID: firstInstance, Region: "us-east-1", Account: firstAccount}
	id := s.PutFlow(home, SeedFlow{Name: "Busy", Published: "0"})
	for i := range 1000 {
		now = now.Add(100 * time.Millisecond)
		if err := s.EditOutside(firstInstance, id, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if n := len(s.insts[0].index.waiting); n > 11 {
			t.Fatalf("%d changes wait after edit %d", n, i)
		}
	}
	if got := s.insts[0].searchable(now).get(id).Published.text(); got != "989" {
		t.Errorf("search sees edit %s", got)
	}
}
