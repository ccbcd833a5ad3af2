package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: no folder\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
{"Action":"output","Package":"q","Test":"TestB","Output":"boom\n"}
{"Action":"fail","Package":"q","Test":"TestB"}
`

func TestReadListsSkipsAndFailures(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r, err := read(strings.NewReader(sample), &out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"p TestA: a_test.go:3: no folder"}, r.skips); diff != "" {
		t.Error(diff)
	}
	if !r.failed {
		t.Error("a failed test did not count")
	}
	if got := out.String(); got != "ok  \tp\t0.1s\nboom\n" {
		t.Errorf("printed %q", got)
	}
}

func TestAPanicIsShown(t *testing.T) {
	t.Parallel()
	const panics = `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: deep\n"}
{"Action":"output","Package":"p/q","Test":"TestB","Output":"still running\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`
	var out bytes.Buffer
	r, err := read(strings.NewReader(panics), &out)
	if err != nil || !r.failed {
		t.Errorf("failed %v, %v", r.failed, err)
	}
	if got := out.String(); got != "FAIL\tp\t0.1s\npanic: deep\n" {
		t.Errorf("printed %q", got)
	}
}

func TestASkipMustBeListed(t *testing.T) {
	t.Parallel()
	skips := []string{"p TestA: x", "p TestB: y"}
	if got := unlisted(skips, "# why\np TestA\n"); len(got) != 1 || got[0] != skips[1] {
		t.Errorf("unlisted = %q", got)
	}
}
