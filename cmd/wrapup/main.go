// Command wrapup gives agents the after-contact-work guide in existing Amazon Connect instances: it shows which
// inbound flows open the guide, and adds, changes and publishes it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx := context.Background()
	if len(os.Args) < 2 || !onFiles(os.Args[1]) {
		// A second signal ends the process at once: the first one restores the default.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop)
	}
	os.Exit(run(ctx, os.Args[1:], process{os.Environ(), os.Stdin, os.Stdout, os.Stderr}))
}

// onFiles says whether a command only reads files and writes to standard output: it has nothing to bring to an end, so that any signal ends it.
func onFiles(command string) bool { return command == "flow" || command == "guide" }
