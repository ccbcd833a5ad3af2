package flow

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"wrapup/internal/fault"
)

// Defect says why content cannot be read as a flow document.
type Defect string

// The defects. Each has a catalogue sentence "flow.defect.<value>".
const (
	NotJSON         Defect = "not-json"
	BadUTF8         Defect = "bad-utf8"
	ByteOrderMark   Defect = "byte-order-mark"
	DuplicateMember Defect = "duplicate-member"
	Legacy          Defect = "legacy"     // the console's former "modules" export
	NotFlow         Defect = "not-flow"   // JSON, but Actions or an action has the wrong shape
	NoActions       Defect = "no-actions" // Actions is missing or empty
)

// ParseError is what Parse returns for content that is no readable flow document.
type ParseError struct {
	Defect Defect
	Offset int    // byte offset of the defect; 0 where it has none
	Detail string // the member or the decoder's words
}

// Message is what a person reads.
func (e *ParseError) Message() fault.Message {
	return fault.Msg("flow.defect."+string(e.Defect), "Offset", e.Offset, "Detail", e.Detail)
}

// Error is for logs; people read the catalogue sentence of the defect.
func (e *ParseError) Error() string {
	s := fmt.Sprintf("flow document: %s at byte %d", e.Defect, e.Offset)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// checkText shows that content is one JSON value in UTF-8 without a byte-order mark. Lone surrogate
// escapes are let through: they are legal JSON, the service could return them, and a refusal would hide
// a flow that works. They read as U+FFFD, and their bytes are kept like all others.
func checkText(content []byte) *ParseError {
	if strings.HasPrefix(string(content[:min(3, len(content))]), "\ufeff") {
		return &ParseError{Defect: ByteOrderMark}
	}
	if !utf8.Valid(content) {
		return &ParseError{Defect: BadUTF8, Offset: firstInvalid(content)}
	}
	opts := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	if jsontext.Value(content).IsValid(opts...) {
		return nil
	}
	return syntaxError(content, opts)
}

func firstInvalid(content []byte) int {
	for i := 0; i < len(content); {
		r, n := utf8.DecodeRune(content[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(content)
}

// syntaxError runs the decoder again for its words and the place: the quick check gives neither.
func syntaxError(content []byte, opts []jsontext.Options) *ParseError {
	e := &ParseError{Defect: NotJSON, Offset: len(content), Detail: "more than one value"}
	dec := jsontext.NewDecoder(strings.NewReader(string(content)), opts...)
	if _, err := dec.ReadValue(); err != nil {
		e.Detail = err.Error()
		if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
			e.Offset = int(s.ByteOffset)
			if s.Err != nil {
				e.Detail = s.Err.Error()
			}
		}
		return e
	}
	e.Offset = int(dec.InputOffset())
	return e
}
