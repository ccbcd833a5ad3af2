package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// endless is an input without an end; it counts what is taken of it.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.taken += len(p)
	return len(p), nil
}

func TestAnEndlessInputIsRefused(t *testing.T) {
	t.Parallel()
	for line, run := range map[string]func(in *endless, out, messages *bytes.Buffer) int{
		"flow wire": func(in *endless, out, messages *bytes.Buffer) int {
			return flowCommand(t.Context(), []string{"wire", "--guide", testGuide, "-"}, in, out, messages)
		},
		"flow unwire": func(in *endless, out, messages *bytes.Buffer) int {
			return flowCommand(t.Context(), []string{"unwire", "-"}, in, out, messages)
		},
		"flow check": func(in *endless, out, messages *bytes.Buffer) int {
			return flowCommand(t.Context(), []string{"check", "-"}, in, out, messages)
		},
		"guide show": func(in *endless, out, messages *bytes.Buffer) int {
			return guideCommand(t.Context(), []string{"show", "-"}, in, out, messages)
		},
		"guide set": func(in *endless, out, messages *bytes.Buffer) int {
			return guideCommand(t.Context(), []string{"set", "-"}, in, out, messages)
		},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var in endless
			var out, messages bytes.Buffer
			code := run(&in, &out, &messages)
			if code != exitRefused || out.Len() > 0 || !strings.Contains(messages.String(), "longer than any flow") {
				t.Errorf("exit %d, %q, %q", code, out.String(), messages.String())
			}
			if in.taken > 2*maxInput {
				t.Errorf("%d bytes read", in.taken)
			}
		})
	}
}

func TestAnEndlessInputIsUnreadableInAnAudit(t *testing.T) {
	t.Parallel()
	var in endless
	var out, messages bytes.Buffer
	code := flowCommand(t.Context(), []string{"audit", "--json", "-", flowFile(t, plainFlow)}, &in, &out, &messages)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if code != exitRefused || len(lines) != 2 || in.taken > 2*maxInput {
		t.Fatalf("exit %d, %d bytes read: %q", code, in.taken, out.String())
	}
	var l struct{ Verdict, Error string }
	if err := json.Unmarshal([]byte(lines[0]), &l); err != nil || l.Verdict != "unreadable" || !strings.Contains(l.Error, "longer than any flow") {
		t.Errorf("%v: %s", err, lines[0])
	}
	if !strings.Contains(lines[1], `"not-wired"`) {
		t.Errorf("the file after it: %s", lines[1])
	}
}

func TestInputEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]error{maxInput: nil, maxInput + 1: errTooLong} {
		content := strings.Repeat("x", size)
		if got, err := readInput("-", strings.NewReader(content)); !errors.Is(err, want) || want == nil && len(got) != size {
			t.Errorf("%d bytes of standard input: %d, %v", size, len(got), err)
		}
		if got, err := readInput(flowFile(t, content), nil); !errors.Is(err, want) || want == nil && len(got) != size {
			t.Errorf("a file of %d bytes: %d, %v", size, len(got), err)
		}
	}
}
