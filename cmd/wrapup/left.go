package main

import (
	"context"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// leftBy tells readings what flows are known to hold since wrapup wrote them, by the journal: to find that is no news.
func leftBy(p publish.Past) func(context.Context, instance.ID) (map[instance.FlowID]string, error) {
	return func(ctx context.Context, id instance.ID) (map[instance.FlowID]string, error) {
		left, err := p.Left(ctx, id)
		hashes := make(map[instance.FlowID]string, len(left))
		for f, l := range left {
			hashes[f] = l.Hash
		}
		return hashes, err
	}
}
