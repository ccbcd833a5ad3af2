package acw

import (
	"slices"
	"strings"
	"unicode/utf8"

	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// Limits of the service: inputs of a view are shown reliably up to 16 KB; all user attributes of a contact may hold
// 32,768 bytes of UTF-8, beyond which the block that writes them takes its error branch. A figure is near its limit from
// nine tenths on.
const (
	maxViewData   = 16 * 1024
	maxAttributes = 32_768
)

func (c *checker) limits(content []byte) {
	c.size(len(c.viewDataJSON()), maxViewData, ShouldFix, "acw.check.view-data")
	c.size(c.recordedBytes(), maxAttributes, MustFix, "acw.check.attributes")
	c.size(flow.UTF16Len(content), flow.MaxContent, MustFix, "acw.check.content")
}

func (c *checker) size(n, limit int, over Severity, id string) {
	switch {
	case n > limit:
		c.add(over, "", id+"-over", "Size", n, "Limit", limit)
	case n >= limit/10*9:
		c.add(Note, "", id+"-near", "Size", n, "Limit", limit)
	}
}

// viewDataJSON is the compact form that the service sends to the agent's workspace.
func (c *checker) viewDataJSON() []byte {
	text, err := plain(c.guide.Values, "")
	if err != nil {
		return nil // a map of strings always encodes
	}
	return text
}

// recordedBytes is the least that Submit writes when the agent leaves the longest answers and the pre-filled
// texts as they are; what a JSONPath or the agent adds is not known.
func (c *checker) recordedBytes() int {
	if c.view == nil {
		return 0
	}
	total := 0
	for _, f := range c.view.Results {
		total += len(f.Name) + c.answerBytes(f)
	}
	return total
}

func (c *checker) answerBytes(f view.Field) int {
	longest := 0
	for _, o := range f.Options {
		longest = max(longest, len(o.Value))
	}
	for _, in := range c.view.Inputs {
		if in.Use == view.UseText && in.Label == f.Label && !flow.IsPath(c.guide.Values[in.Name]) {
			longest = max(longest, len(c.guide.Values[in.Name]))
		}
	}
	return longest
}

// recorded says which answers no outcome writes to the customer's contact.
func (c *checker) recorded() {
	if !c.read || c.view == nil {
		return
	}
	var missing []string
	for _, f := range c.view.Results {
		if !slices.ContainsFunc(c.flow.Saves, func(s Save) bool { return s.Contact == "Related" && s.Value == f.Result() }) {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) > 0 {
		c.add(ShouldFix, "", "acw.check.not-related", "Fields", strings.Join(missing, ", "), "Count", len(missing))
	}
}

// runes counts characters as forms do.
func runes(s string) int { return utf8.RuneCountInString(s) }
