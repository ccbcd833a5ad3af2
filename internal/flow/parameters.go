package flow

import "strings"

// parameters checks the parameters of a type, where probes or the action tables say something about them.
var parameters = map[string]func(*checker){
	"Compare":                          (*checker).compare,
	"ConnectParticipantWithLexBot":     (*checker).lex,
	"DequeueContactAndTransferToQueue": (*checker).notBoth,
	"GetParticipantInput":              (*checker).input,
	"InvokeFlowModule":                 refersTo("FlowModuleId"),
	"InvokeLambdaFunction":             refersTo("LambdaFunctionARN"),
	"MessageParticipant":               (*checker).message,
	"ShowView":                         (*checker).showView,
	"StartOutboundChatContact":         refersTo("ContactFlowArn"),
	"TagContact":                       (*checker).tags,
	"TransferContactToQueue":           (*checker).toQueue,
	"TransferParticipantToThirdParty":  (*checker).toThirdParty,
	"TransferToFlow":                   refersTo("ContactFlowId"),
	"UntagContact":                     (*checker).untag,
	"UpdateContactAttributes":          (*checker).attributes,
	"UpdateContactCallbackNumber":      (*checker).callback,
	"UpdateContactData":                (*checker).contactData,
	TypeEventHooks:                     (*checker).eventHooks,
	"UpdateContactTargetQueue":         (*checker).targetQueue,
	"UpdateFlowAttributes":             (*checker).flowAttributes,
	"Wait":                             (*checker).wait,
}

func (c *checker) param(name string) (Value, bool) { return given(c.block.params, name) }

// textOf is a parameter's text; empty where it is none.
func (c *checker) textOf(name string) string {
	v, _ := c.param(name)
	s, _ := v.Text()
	return s
}

func (c *checker) has(name string) bool {
	_, ok := c.param(name)
	return ok
}

func (c *checker) need(names ...string) {
	for _, n := range names {
		if !c.has(n) {
			c.missing("Parameters." + n)
		}
	}
}

func (c *checker) refuse(names ...string) {
	for _, n := range names {
		if c.has(n) {
			c.name("Parameters." + n)
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

// wrong reports a parameter whose value is not what it has to be; an empty text is reported as such.
func (c *checker) wrong(name string) {
	if v, _ := c.param(name); v.raw() != `""` {
		c.value("Parameters." + name)
	}
}

// refersTo is the check of a type that means nothing without its one reference. What that names need not exist.
func refersTo(name string) func(*checker) { return func(c *checker) { c.need(name) } }

// compare wants one JSONPath with a leaf: "$.External" alone is refused. Roots that are not known are accepted,
// although the service refuses such: the flow language's list of roots is not all, real flows compare
// "$.MediaStreams.Customer.Audio.StartTimestamp".
func (c *checker) compare() {
	const name = "ComparisonValue"
	c.need(name)
	if s := c.textOf(name); c.has(name) && (!IsPath(s) || rooted[strings.Trim(s[1:], ".[]'")]) {
		c.wrong(name)
	}
}

// rooted are the namespaces that hold nothing themselves.
var rooted = set("", "Attributes", "FlowAttributes", "External", "Lex", "Customer", "Case", "Views", "Modules",
	"CustomerEndpoint", "SystemEndpoint", "Queue", "Agent", "Tags", "Metrics", "Media", "SegmentAttributes", "Wisdom")

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

func (c *checker) showView() {
	const view = "ViewResource"
	c.need(view, "InvocationTimeLimitSeconds")
	v, ok := c.param(view)
	if _, id := given(v, "Id"); ok && !id {
		c.missing("Parameters." + view + ".Id")
	}
}

// eventHooks stand in one member, and what switches an event off in another, either of which may be alone or
// empty. How events are called is not checked: a setting of ours names the one for guides.
func (c *checker) eventHooks() {
	if c.count("EventHooks", "EventHooksConfiguration") == 0 {
		c.missing("Parameters.EventHooks")
	}
}

func (c *checker) tags() {
	if v, ok := c.param("Tags"); ok && (!v.is('{') || len(v.items()) > 6) {
		c.wrong("Tags")
	}
}

func (c *checker) untag() {
	const name = "TagKeys"
	c.need(name)
	if v, ok := c.param(name); ok && len(v.items()) == 0 {
		c.wrong(name)
	}
}

// toQueue takes its queue from an earlier block: Parameters must be empty.
func (c *checker) toQueue() {
	for m := range c.block.params.slots() {
		c.name("Parameters." + m.name(c.doc.text))
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
	const name = "FlowAttributes"
	v, ok := c.param(name)
	if ok && !v.is('{') {
		c.wrong(name)
	}
	for m := range v.slots() {
		if _, ok := given(m.value, "Value"); !ok && m.value.raw() != `""` {
			c.value("Parameters." + name + "." + m.name(c.doc.text))
		}
	}
}

// attributes are of the contact itself or of the one it belongs to, which cannot be decided during the contact.
func (c *checker) attributes() {
	const name = "TargetContact"
	if s := c.textOf(name); c.has(name) && s != "Current" && s != "Related" {
		c.wrong(name)
	}
}

// callback takes the number from the contact: it cannot stand in the flow.
func (c *checker) callback() {
	const name = "CallbackNumber"
	c.need(name)
	if c.has(name) && !IsPath(c.textOf(name)) {
		c.wrong(name)
	}
}

// notBoth: a queue or an agent's queue.
func (c *checker) notBoth() {
	if c.has("QueueId") {
		c.refuse("AgentId")
	}
}

func (c *checker) targetQueue() {
	if !c.has("AgentId") {
		c.need("QueueId")
	}
	c.notBoth()
}

func (c *checker) wait() {
	c.need("TimeLimitSeconds")
	c.refuse("TimeoutSeconds")
}

// stores says which of its two forms an input has: a menu, or, with StoreInput, a number that is kept.
func (c *checker) stores() bool {
	v, _ := c.param("StoreInput")
	return v.raw() == "true" || strings.EqualFold(c.textOf("StoreInput"), "true")
}

func (c *checker) input() {
	c.need("InputTimeLimitSeconds")
	if c.stores() {
		c.need("InputValidation")
		return
	}
	c.refuse("DTMFConfiguration", "InputValidation")
}
