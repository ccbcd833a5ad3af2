package connectsim

import "strings"

const (
	guideName     = "After contact work"
	techGuideName = "After contact work: technical"
	acwEvent      = "DisconnectAgentUI"
	acwAttribute  = "DisconnectFlowForAgentUI"
)

// demoUS is the retailer's main instance: at least one inbound flow for every verdict.
func (s *Sim) demoUS() *inst {
	in := newInst(InstanceInfo{"harbor-retail", firstInstance, "us-east-1", firstAccount}, s.o.FlowQuota)
	in.Tags = map[string]string{"environment": "production"}
	in.stock(s)
	b := book{in: in}
	view := in.seedView("Store wrap-up", "data/store-wrap-up.json")
	in.seedModule("Authenticate caller", "Asks for the customer number and looks it up.", b.module(
		menu("Ask for the number", "Press 1 if you have a customer number, 2 if not.", "Done", "1", "Look up", "2", "Done"),
		b.lambda("Look up", "customer-lookup").or("Done"), endModule("Done")))
	in.seedModule("Language choice", "Offers English and Spanish.", b.module(
		menu("Which language", "For English press 1. Para español, oprima 2.", "Done", "1", "English", "2", "Spanish"),
		voice("English", "Joanna").to("Done"), voice("Spanish", "Lupe"), endModule("Done")))
	in.demoGuides(s, b, view)
	in.demoWired(s, b)
	in.demoMixed(s, b)
	in.demoUnwired(s, b)
	in.demoUnusual(s, b)
	in.demoOthers(s, b)
	in.Guide = b.flowRef(guideName)
	in.demoNumbers()
	in.demoUsers()
	return in
}

func (in *inst) demoGuides(s *Sim, b book, view string) {
	in.seedWith(s, SeedFlow{Name: guideName, Description: "Opens for the agent when a contact ends.", Published: b.guide(in.acwView(), "After Contact Work", guideTexts())})
	in.seedFlow(s, inbound, techGuideName, b.guide(view+":$LATEST", "Store wrap-up", guideTexts("Category_DefaultValue", "Store", "Driver_DefaultValue", "Return")))
	in.seedFlow(s, inbound, "Caller details", b.flow(
		show("Show the caller", in.managedARN("form")+":1", "Form", "600", map[string]any{"Heading": "Who is calling", "SubHeading": "Confirm before you go on.",
			"NextLabel": "Confirm", "BackLabel": "Back"}, "End", "Next", "Keep the answer", "Back", "End"),
		attributes("Keep the answer", "caller_confirmed", "yes"), hangUp("End")))
}

// desk is the usual end of a flow: a queue, the transfer to it, and what is said when that fails.
func (b book) desk(queue string) []step {
	return []step{b.queue("Choose "+queue, queue), transfer("Transfer to "+queue, "Say that nobody is free"),
		say("Say that nobody is free", "All our agents are busy. Call again later."), hangUp("End")}
}

// remember keeps what the guide shows: its own contact does not have the caller's number.
func remember() step {
	return attributes("Remember the caller", "CustomerName", "$.Customer.FirstName", "CustomerPhoneNumber", "$.CustomerEndpoint.Address")
}

func (in *inst) demoWired(s *Sim, b book) {
	guide := func() step { return b.event("Set the guide", acwEvent, guideName) }
	in.seedWith(s, SeedFlow{Name: "Main line", Description: "The number on every receipt.", Published: b.flow(
		logging("Log"), voice("Voice", "Joanna"), recording("Record"), guide(), remember(),
		b.hours("Are we open", "Store hours", "Main menu", "Say that we are closed"),
		menu("Main menu", "Welcome to Harbor Retail. For sales press 1, for billing 2, for anything else 3.", "Choose Service",
			"1", "Choose Sales", "2", "Choose Billing", "3", "Choose Service"),
		b.queue("Choose Sales", "Sales").to("Transfer"), b.queue("Choose Billing", "Billing").to("Transfer"), b.queue("Choose Service", "Service"),
		transfer("Transfer", "Say that nobody is free"), say("Say that nobody is free", "All our agents are busy.").to("End"),
		say("Say that we are closed", "We are open from eight to eight, Monday to Saturday."), hangUp("End"))})
	in.seedFlow(s, inbound, "Emergency line", b.flow(joined([]step{guide(), priority("Put first", "1"),
		b.hours("Is the desk staffed", "Store hours", "Choose Emergencies", "Go to the night desk"),
		b.toFlow("Go to the night desk", "Night desk", "Say that nobody is free")}, b.desk("Emergencies"))...))
	in.seedFlow(s, inbound, "Web chat", b.flow(joined([]step{guide(), say("Greet", "Hello. An agent will be with you in a moment.")}, b.desk("Chat"))...))
	in.seedFlow(s, inbound, "Account services", b.flow(joined([]step{guide(), b.invoke("Authenticate", "Authenticate caller")}, b.desk("Accounts"))...))
	in.seedFlow(s, inbound, "Concierge 🛎️☎️", b.flow(joined([]step{guide(), say("Greet", "Your concierge is on the way 🛎️")}, b.desk("Concierge"))...))
	live := joined([]step{guide(), say("Greet", "Welcome to subscriptions.")}, b.desk("Subscriptions"))
	draft := joined([]step{guide(), say("Greet", "Welcome to subscriptions. Our prices change on the first of the month.")}, b.desk("Subscriptions"))
	in.seedWith(s, SeedFlow{Name: "Subscriptions", Published: b.flow(live...), Saved: b.flow(draft...)})
	in.seedFlow(s, inbound, "Loyalty club", b.flow(joined([]step{logging("Log"),
		attributes("Name the guide", acwAttribute, derivedID(in.ID, "flow", guideName), "segment", "loyalty"), say("Greet", "Welcome back.")}, b.desk("Loyalty"))...))
	in.seedWith(s, SeedFlow{Name: "Technical support", Tags: map[string]string{"managed-by": "terraform", "team": "support"}, Published: b.flow(joined([]step{
		menu("What is broken", "For the shop press 1, for a device 2.", "Set the guide", "1", "Set the guide", "2", "Set the technical guide"),
		guide().to("Choose Support"), b.event("Set the technical guide", acwEvent, techGuideName).to("Choose Support")}, b.desk("Support"))...)})
	in.seedFlow(s, inbound, "VIP desk", b.flow(joined([]step{b.event("Set the whisper", "AgentWhisper", "Whisper: VIP"), priority("Put first", "1")}, b.desk("VIP"))...))
	in.seedFlow(s, inbound, "Night desk", b.flow(b.desk("Night")...))
}

// demoMixed holds the flows in which the guide is set in part, twice, wrongly or by somebody else.
func (in *inst) demoMixed(s *Sim, b book) {
	transferTo := func(n string) step { return transfer("Transfer to "+n, "Say that nobody is free") }
	in.seedWith(s, SeedFlow{Name: "Billing", Description: "Five desks, of which three got the guide.", Published: b.flow(
		logging("Log"), remember(),
		menu("Which bill", "Invoices 1, refunds 2, cards 3, gift cards 4, anything else 5.", "Choose Other", "1", "Set the guide", "2", "Set the guide for refunds",
			"3", "Set the guide for cards", "4", "Choose Gift cards", "5", "Choose Other"),
		b.event("Set the guide", acwEvent, guideName), b.queue("Choose Invoices", "Invoices"), transferTo("Invoices"),
		b.event("Set the guide for refunds", acwEvent, guideName), b.queue("Choose Refunds", "Refunds"), transferTo("Refunds"),
		b.event("Set the guide for cards", acwEvent, guideName), b.queue("Choose Cards", "Cards"), transferTo("Cards"),
		b.queue("Choose Gift cards", "Gift cards"), transferTo("Gift cards"), b.queue("Choose Other", "Billing"), transferTo("Other"),
		say("Say that nobody is free", "The billing desk is busy."), hangUp("End"))})
	in.seedFlow(s, inbound, "Orders", b.flow(joined([]step{b.lambda("Find the order", "order-lookup"),
		sets("Set the guide", acwEvent, "$.External.guide", map[string]any{"parameters": map[string]any{"EventHooks": map[string]any{acwEvent: map[string]any{"useDynamic": true}}}}),
		b.lex("Ask what it is about", "How can I help with your order?", "ORDERBOT01", "Choose Orders", "OrderStatus", "Tell the status", "Agent", "Choose Orders"),
		say("Tell the status", "Your order is $.External.status.")}, b.desk("Orders"))...))
	in.seedWith(s, SeedFlow{Name: "Returns", Tags: map[string]string{"aws:cloudformation:stack-name": "contact-flows-prod", "aws:cloudformation:logical-id": "ReturnsFlow"},
		Published: b.flow(joined([]step{b.event("Set the guide", acwEvent, guideName),
			attributes("Name another guide", acwAttribute, derivedID(in.ID, "flow", techGuideName))}, b.desk("Returns"))...)})
	in.seedFlow(s, inbound, "Warranty", b.flow(joined([]step{sets("Set the guide", acwEvent, b.flowRef("a guide that was deleted"),
		display("EventHooks", acwEvent, "Wrap-up 2024"))}, b.desk("Warranty"))...))
	elsewhere := strings.Replace(b.flowRef(guideName), ":us-east-1:", ":eu-central-1:", 1)
	in.seedFlow(s, inbound, "Partner desk", b.flow(joined([]step{sets("Set the guide", acwEvent, elsewhere, nil)}, b.desk("Partners"))...))
	in.seedFlow(s, inbound, "Complaints", b.flow(joined([]step{b.event("Set the disconnect flow", "CustomerRemaining", guideName),
		say("Greet", "We are sorry to hear it.")}, b.desk("Complaints"))...))
	in.seedFlow(s, inbound, "Front door", b.flow(b.lambda("Who is it for", "front-door"),
		toFlowBy("Go to the store's flow", "$.External.flow", "Say that it failed"), say("Say that it failed", "That store cannot be reached."), hangUp("End")))
	live, draft := b.desk("Delivery"), joined([]step{b.event("Set the guide", acwEvent, guideName)}, b.desk("Delivery"))
	in.seedWith(s, SeedFlow{Name: "Delivery", Published: b.flow(live...), Saved: b.flow(draft...)})
}

func (in *inst) demoUnwired(s *Sim, b book) {
	in.seedWith(s, SeedFlow{Name: "Sales", Description: "Campaign numbers and the shop's web form.", Published: b.flow(joined([]step{
		logging("Log"), voice("Voice", "Joanna"), recording("Record"),
		attributes("Mark the campaign", "campaign", "$.SystemEndpoint.Address"), b.hours("Are we open", "Store hours", "Greet", "Offer a callback"),
		say("Greet", "Thank you for calling. An agent who knows our range will be with you."), agentsStaffed("Is anyone here", "Choose Sales", "Offer a callback"),
		menu("Offer a callback", "Nobody is here. Press 1 and we will call you back.", "Say that nobody is free", "1", "Keep the number"),
		callbackNumber("Keep the number", "$.CustomerEndpoint.Address", "Say that nobody is free"), callback("Call back").to("End").or("Say that nobody is free")},
		b.desk("Sales"))...)})
	in.seedFlow(s, inbound, `<b>Sales</b> & "quotes"`, b.flow(joined([]step{say("Greet <all>", `Say "hello" & wait <here>.`)}, b.desk("Sales"))...))
	in.seedFlow(s, inbound, "=SUM(1+1) gift cards", book{in: in, plain: true}.flow(b.desk("Gift cards")...))
	long := "Seasonal returns, exchanges and repairs for stores in the north-east, including Saturdays, with the extended opening hours that apply from the middle of " +
		"November until the end of January and the special numbers printed in the catalogue"
	in.seedFlow(s, inbound, long, b.flow(joined([]step{compare("Which season", "$.Attributes.season", "Choose Returns", "winter", "Greet")},
		[]step{say("Greet", "The winter desk is open until nine.")}, b.desk("Returns"))...))
	in.seedFlow(s, inbound, "Store locator", b.flow(
		b.lex("Ask for the town", "Which town are you in?", "STOREBOT01", "Say that it failed", "Town", "Tell the address", "Stop", "End"),
		b.lambda("Tell the address", "store-lookup").or("Say that it failed"), say("Read it out", "The nearest store is at $.External.address.").to("End"),
		say("Say that it failed", "We could not find that town."), hangUp("End")))
	in.seedFlow(s, inbound, "Call me back", b.flow(b.queue("Choose Service", "Service"),
		callbackNumber("Keep the number", "$.CustomerEndpoint.Address", "Say that it failed"), callback("Call back").or("Say that it failed"),
		say("Confirm", "We will call you within the hour.").to("End"), say("Say that it failed", "That number cannot be called."), hangUp("End")))
}

// demoUnusual holds what a reader must survive.
func (in *inst) demoUnusual(s *Sim, b book) {
	in.seedFlow(s, inbound, "Legacy switchboard", `{"modules":[{"id":"1","type":"Disconnect","branches":[],"parameters":[],"metadata":{"position":{"x":40,"y":40}}}],"version":"1","type":"contactFlow","start":"1","metadata":{"name":"Legacy switchboard"}}`)
	in.seedWith(s, SeedFlow{Name: "Spring promotion", State: archived, Published: b.flow(b.desk("Sales")...)})
	in.seedWith(s, SeedFlow{Name: "New hotline", Saved: b.flow(joined([]step{say("Greet", "Welcome to the new hotline.")}, b.desk("Service"))...)})
}
