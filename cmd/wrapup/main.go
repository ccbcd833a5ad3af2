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
	// A second signal ends the process at once: the first one restores the default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], process{os.Environ(), os.Stdin, os.Stdout, os.Stderr}))
}
