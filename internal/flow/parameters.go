package flow

import "strings"

// parameters checks the parameters of a type, where probes say something about them.
var parameters = map[string]func(*checker){
	"Compare":                         (*checker).compare,
	"ConnectParticipantWithLexBot":    (*checker).lex,
	"GetParticipantInput":             (*checker).input,
	"MessageParticipant":              (*checker).message,
	"ShowView":                        (*checker).showView,
	"TagContact":                      (*checker).tags,
	"TransferContactToQueue":          (*checker).toQueue,
	"TransferParticipantToThirdParty": (*checker).toThirdParty,
	"UntagContact":                    (*checker).untag,
	"UpdateContactData":               (*checker).contactData,
	"UpdateFlowAttributes":            (*checker).flowAttributes,
	"Wait":                            (*checker).wait,
}

func (c *checker) has(name string) bool {
	_, ok := c.block.Param(name)
	return ok
}

func (c *checker) need(names ...string) {
	for _, n := range names {
		if !c.has(n) {
			c.missing("Parameters.%s", n)
		}
	}
}

func (c *checker) refuse(names ...string) {
	for _, n := range names {
		if c.has(n) {
			c.name("Parameters.%s", n)
		}
	}
}

func (c *checker) count(names ...string) int {
	n := 0
	for _, name := range names {
		if c.has(name) {
			n++
		}
	}
	return n
}

// compare wants one JSONPath with a leaf: "$.External" alone is refused.
func (c *checker) compare() {
	v, ok := c.block.Param("ComparisonValue")
	if !ok {
		c.missing("Parameters.ComparisonValue")
		return
	}
	if s, _ := v.Text(); !strings.HasPrefix(s, "$.") || !hasLeaf(s[2:]) {
		c.value("Parameters.ComparisonValue")
	}
}

// rooted are the namespaces that hold nothing themselves.
var rooted = set("Attributes", "FlowAttributes", "External", "Lex", "Customer", "Case", "Views", "Modules",
	"CustomerEndpoint", "SystemEndpoint", "Queue", "Agent", "Tags", "Metrics", "Media", "SegmentAttributes", "Wisdom")

func hasLeaf(path string) bool {
	return path != "" && !rooted[path] && !strings.HasSuffix(path, ".")
}

func (c *checker) message() {
	if c.count("Text", "SSML", "PromptId", "Media") != 1 {
		c.missing("Parameters.Text")
	}
}

func (c *checker) lex() {
	if c.count("Text", "SSML", "PromptId", "Media", "LexInitializationData") == 0 {
		c.missing("Parameters.Text")
	}
}

func (c *checker) showView() { c.need("ViewResource", "InvocationTimeLimitSeconds") }

func (c *checker) tags() {
	if v, ok := c.block.Param("Tags"); ok && len(v.items()) > 6 {
		c.value("Parameters.Tags")
	}
}

func (c *checker) untag() {
	if v, ok := c.block.Param("TagKeys"); !ok {
		c.missing("Parameters.TagKeys")
	} else if len(v.items()) == 0 {
		c.value("Parameters.TagKeys")
	}
}

// toQueue takes its queue from an earlier block: Parameters must be empty.
func (c *checker) toQueue() {
	for m := range c.block.params.slots() {
		c.name("Parameters.%s", m.name(c.doc.text))
	}
}

func (c *checker) toThirdParty() {
	c.need("ContinueFlowExecution", "ThirdPartyConnectionTimeLimitSeconds")
}

func (c *checker) contactData() {
	if len(c.block.params.items()) == 0 {
		c.value("Parameters")
	}
}

func (c *checker) flowAttributes() {
	v, _ := c.block.Param("FlowAttributes")
	for m := range v.slots() {
		if _, ok := m.value.Get("Value"); !ok {
			c.value("Parameters.FlowAttributes.%s", m.name(c.doc.text))
		}
	}
}

func (c *checker) wait() {
	c.need("TimeLimitSeconds")
	c.refuse("TimeoutSeconds")
}

// input has two forms: a menu, and, with StoreInput, a stored number.
func (c *checker) input() {
	c.need("InputTimeLimitSeconds")
	has := map[string]bool{}
	for _, br := range c.block.Errors {
		has[br.ErrorType] = true
	}
	if v, _ := c.block.Param("StoreInput"); !strings.EqualFold(strings.Trim(v.raw(), `"`), "true") {
		c.needErrors(has, "InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError")
		c.refuse("DTMFConfiguration", "InputValidation")
		return
	}
	c.needErrors(has, "NoMatchingError")
	c.need("InputValidation")
	if len(c.block.Conditions) > 0 {
		c.name("Transitions.Conditions")
	}
	for i, br := range c.block.Errors {
		if br.ErrorType == "NoMatchingCondition" || br.ErrorType == "InputTimeLimitExceeded" {
			c.value("Transitions.Errors[%d].ErrorType", i)
		}
	}
}
