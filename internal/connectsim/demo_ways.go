package connectsim

import "strings"

const shortGuide = "After contact work: short"

// demoWays puts a flow for every way in which contacts come by a guide, or miss it, beyond a block of the flow itself:
// modules, transfers, attributes, whispers, queue flows, drafts, versions. Descriptions say which.
func (in *inst) demoWays(s *Sim, b book) {
	put := func(name, description string, steps ...[]step) {
		in.seedWith(s, SeedFlow{Name: name, Description: description, Published: b.flow(joined(steps...)...)})
	}
	set := func() []step { return []step{b.event("Set the guide", acwEvent, SampleGuide)} }
	in.seedWith(s, SeedFlow{Name: shortGuide, Description: "Another guide, for contacts that are soon done.",
		Published: b.guide(in.acwView(), "After Contact Work", guideTexts())})
	in.waysByModule(b, put)
	in.waysByTransfer(s, b, put, set)
	in.waysByDraft(s, b, set)

	put("Marketplace", "The guide's name is kept in an attribute, and the block reads it there.", []step{
		attributes("Name the guide", "wrapup_guide", b.flowRef(SampleGuide)), sets("Set the guide", acwEvent, "$.Attributes.wrapup_guide", nil)}, b.desk("Marketplace"))
	put("Wholesale", "The guide is set, and then switched off.", set(), []step{disabled("Switch the guide off", acwEvent)}, b.desk("Wholesale"))
	put("Customer feedback", "Sets the guide, and a flow for customers who stay on the line.", set(),
		[]step{b.event("Set the disconnect flow", "CustomerRemaining", "Goodbye survey")}, b.desk("Feedback"))
	put("Goodbye survey", "A disconnect flow: it begins when the agent has left, and may reach another one.", []step{
		menu("Ask", "Were you served well? Press 1 for yes, 2 to talk to somebody.", "End", "1", "Thank", "2", "Choose Feedback"), say("Thank", "Good to hear.").to("End")}, b.desk("Feedback"))
	put("VIP Europe", "The agent whisper sets the guide.", []step{b.event("Set the whisper", "AgentWhisper", "Whisper: open the guide")}, b.desk("VIP"))
	put("Click and collect", "The agent whisper sets the guide for new colleagues only.", []step{
		b.event("Set the whisper", "AgentWhisper", "Whisper: new colleagues")}, b.desk("Stores"))
	put("Collections", "Sets the guide; the queue flow sets another one while the customer waits.", set(),
		[]step{b.event("Set the queue flow", "CustomerQueue", "Queue: another guide")}, b.desk("Collections"))
	put("Callback Europe", "Agents are reached by callback only.", []step{b.queue("Choose Service", "Service DE"), callbackNumber("Keep the number", "$.CustomerEndpoint.Address", "End"),
		callback("Call back"), say("Confirm", "We will call you back."), hangUp("End")})
	in.waysOfOtherTypes(s, b, set)
}

type putter func(name, description string, steps ...[]step)

func (in *inst) waysByModule(b book, put putter) {
	in.seedModule("Open the guide", "Sets the guide for every contact.", b.module(b.event("Set the guide", acwEvent, SampleGuide), endModule("Back")))
	in.seedModule("Open the guide for members", "Sets the guide for members only.", b.module(
		compare("Is it a member", "$.Attributes.member", "Back", "yes", "Set the guide"), b.event("Set the guide", acwEvent, SampleGuide), endModule("Back")))
	put("Gift registry", "A module sets the guide.", []step{b.invoke("Open the guide", "Open the guide")}, b.desk("Gifts"))
	put("Members", "A module sets the guide for some contacts.", []step{b.lambda("Look up", "member-lookup"), b.invoke("Open the guide", "Open the guide for members")}, b.desk("Members"))
}

func (in *inst) waysByTransfer(s *Sim, b book, put putter, set func() []step) {
	pass := func(flow string) []step {
		return []step{say("Greet", "One moment."), b.toFlow("Go on", flow, "Say that it failed"), say("Say that it failed", "That did not work."), hangUp("End")}
	}
	put("Repairs", "The flow it leads to sets the guide.", pass("Repairs intake"))
	put("Repairs intake", "Sets the guide for what Repairs sends it.", set(), b.desk("Repairs"))
	put("Installations", "Leads on twice, and nothing on the way sets the guide.", pass("Installations routing"))
	put("Installations routing", "", pass("Installations desk"))
	put("Installations desk", "", b.desk("Installations"))
	put("Spare parts", "Sets the guide for the flow it leads to.", set(), pass("Parts desk"))
	put("Parts desk", "Has no guide of its own; its callers set it.", b.desk("Parts"))
	put("Franchise", "Leads to a flow of another instance, which cannot be followed.", []step{
		toFlowBy("Go on", strings.NewReplacer(in.ID, firstInstance, in.Region, "us-east-1").Replace(b.flowRef("Main line")), "Say that it failed"),
		say("Say that it failed", "That store cannot be reached."), hangUp("End")})
	lobby := func(other string) [][]step {
		return [][]step{{menu("Where to", "Press 1 for an agent, 2 for the other lobby.", "Go on", "1", "Set the guide", "2", "Go on"),
			b.toFlow("Go on", other, "Set the guide")}, set(), b.desk("Lobby")}
	}
	put("Lobby", "Leads to the side lobby, which leads back.", lobby("Side lobby")...)
	put("Side lobby", "Leads to the lobby, which leads back.", lobby("Lobby")...)
}

// waysByDraft are drafts that would change a verdict, and a flow of which calls still use an older version.
func (in *inst) waysByDraft(s *Sim, b book, set func() []step) {
	with, without := b.flow(joined(set(), b.desk("Recalls"))...), b.flow(b.desk("Recalls")...)
	in.seedWith(s, SeedFlow{Name: "Product recalls", Description: "Opens the guide; publishing its draft would remove it.", Published: with, Saved: without})
	in.seedWith(s, SeedFlow{Name: "Store openings", Description: "Its draft would open the guide.", Published: without, Saved: with})
	trade := *in.flows.byName("Trade customers")
	for n, former := 0, copyOf(b.flow(b.desk("Trade")...)); n < 3; n++ {
		trade.Versions = append(trade.Versions, flowVersion{Number: n + 1, Description: "Before the guide", Content: former, Created: since})
	}
	trade.LastVersion = len(trade.Versions)
	in.flows.put(&trade)
}

func (in *inst) waysOfOtherTypes(s *Sim, b book, set func() []step) {
	put := func(kind, name string, steps ...[]step) { in.seedFlow(s, kind, name, b.flow(joined(steps...)...)) }
	connect := []step{endFlow("Connect")}
	put("AGENT_WHISPER", "Whisper: open the guide", set(), connect)
	put("AGENT_WHISPER", "Whisper: new colleagues", []step{compare("Is the agent new", "$.Attributes.agent_is_new", "Connect", "yes", "Set the guide")}, set(), connect)
	put("CUSTOMER_QUEUE", "Queue: another guide", []step{b.event("Set the short guide", acwEvent, shortGuide), forever("Wait", "Thank you for waiting.")})
	put("OUTBOUND_WHISPER", "Outbound Europe with the guide", set(), connect)
	put("QUEUE_TRANSFER", "Transfer to repairs", set(), b.desk("Repairs"))
	put("AGENT_TRANSFER", "Transfer to the workshop", set(), []step{toAgent("Connect")})
}
