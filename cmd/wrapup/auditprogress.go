package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress shows on a terminal, in one line that is written over, how far a command has come. Where standard error is no
// terminal nothing is shown: a log should not hold it.
type progress struct {
	mu    sync.Mutex
	w     io.Writer // nil shows nothing
	shown bool
	last  time.Time
}

// progressEvery is the least time between two looks at the line: more would only flicker.
const progressEvery = 100 * time.Millisecond

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok {
		return &progress{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{w: f}
}

// say shows a text.
func (p *progress) say(text string) { p.count(func() string { return text }) }

// count shows a text that changes with each call.
func (p *progress) count(text func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := text()
	if now := time.Now(); p.w != nil && now.Sub(p.last) >= progressEvery {
		p.last, p.shown = now, true
		fmt.Fprintf(p.w, "\r%s\x1b[K", plain(line)) // erases the rest of the former line
	}
}

// end takes the line away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
