package main

import (
	"errors"
	"io"
	"os"
)

// maxInput bounds what is read of a file or of standard input, in bytes: a flow has at most 256,000 characters, so that even
// four bytes for each leave room. A device or a pipe may have no end.
const maxInput = 4 << 20

var errTooLong = errors.New("longer than any flow")

// readInput reads a whole file; "-" is standard input. What is longer than maxInput gives errTooLong.
func readInput(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close() // only read
		in = f
	}
	content, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(content) > maxInput {
		return nil, errTooLong
	}
	return content, err
}
