package handlers

import (
	"context"
	"fmt"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// foreign are the flows of a removal whose guide stands in a block that wrapup did not insert, or that was changed since: taking it out is refused.
// It goes by the contents of the last reading; a flow whose content is not kept is not among them. Empty where the guide is added.
func (h *Changes) foreign(ctx context.Context, reading *survey.Reading, c chosen) (map[instance.FlowID]bool, error) {
	if c.Do != doRemove {
		return nil, nil
	}
	var hashes []string
	of := map[string][]instance.FlowID{}
	for _, row := range allRows(reading) {
		if !hasGuide(row) || row.Hash == "" {
			continue
		}
		hashes = append(hashes, row.Hash)
		of[row.Hash] = append(of[row.Hash], row.Flow.ID)
	}
	contents, err := h.Survey.Contents(ctx, reading.Instance.ID, hashes)
	if err != nil {
		return nil, fmt.Errorf("contents of the flows with a guide: %w", err)
	}
	out := map[instance.FlowID]bool{}
	for hash, content := range contents {
		if canTakeOut(content, h.Event) {
			continue
		}
		for _, id := range of[hash] {
			out[id] = true
		}
	}
	return out, nil
}

// canTakeOut says whether a content begins with the block that wrapup inserts, as it inserts it.
func canTakeOut(content, event string) bool {
	d, err := flow.Parse([]byte(content))
	if err != nil {
		return false
	}
	_, err = d.Edit(flow.Edit{Kind: flow.Remove, Block: d.Start(), Event: event})
	return err == nil
}
