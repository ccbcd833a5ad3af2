package connectsim

// acwView is the ARN of AWS's after-contact-work view in the instance's Region, with its version, as flows hold it.
func (in *inst) acwView() string { return in.managedARN("after-contact-work") + ":1" }

// forever plays a message until something outside the flow ends it: hold and queue flows.
func forever(id string, words ...string) step {
	messages := make([]any, len(words))
	for i, w := range words {
		messages[i] = map[string]any{"Text": w}
	}
	s := ends(id, "MessageParticipantIteratively")
	s.params = map[string]any{"Messages": messages}
	return s
}

// stock puts the eight flows that every instance has, its security profiles, its first queue and agents. Names are the service's; the words are
// ours.
func (in *inst) stock(s *Sim) {
	in.seedProfiles()
	in.seedQueue("BasicQueue")
	in.seedAgents("first", "second")
	b := book{in: in, plain: true}
	in.seedFlow(s, "AGENT_HOLD", "Default agent hold", b.flow(forever("a", "The customer is on hold.")))
	in.seedFlow(s, "AGENT_TRANSFER", "Default agent transfer", b.flow(say("a", "You are being connected."), toAgent("b")))
	in.seedFlow(s, "AGENT_WHISPER", "Default agent whisper", b.flow(say("a", "$.Queue.Name"), endFlow("b")))
	in.seedFlow(s, "CUSTOMER_HOLD", "Default customer hold", b.flow(forever("a", "One moment. You are on hold.")))
	in.seedFlow(s, "CUSTOMER_QUEUE", "Default customer queue", b.flow(forever("a", "You are in the queue.", "An agent takes your call in turn.")))
	in.seedFlow(s, "CUSTOMER_WHISPER", "Default customer whisper", b.flow(say("a", "You are connected."), endFlow("b")))
	in.seedFlow(s, "OUTBOUND_WHISPER", "Default outbound", b.flow(say("a", "This is a call from our service centre."), endFlow("b")))
	in.seedFlow(s, "QUEUE_TRANSFER", "Default queue transfer", b.flow(say("a", "You are being passed on."), transfer("b", "c"),
		say("c", "Nobody is free."), hangUp("d")))
}

// samples puts the sample flows of a new instance, the guide for after-contact work among them, wired nowhere.
func (in *inst) samples(s *Sim) {
	b := book{in: in, plain: true}
	put := func(kind, name string, steps ...step) { in.seedFlow(s, kind, name, b.flow(steps...)) }
	put(inbound, "Sample AB test", say("a", "Welcome."), split("s", "50", "b", "c"),
		b.toFlow("b", "Sample queue customer", "e"), b.toFlow("c", "Sample note for screenpop", "e"), hangUp("e"))
	put(inbound, "Sample Lambda integration", say("a", "Looking up where you call from."), b.lambda("l", "state-lookup").or("x"),
		say("r", "You call from $.External.State."), hangUp("e"), say("x", "The look-up failed.").to("e"))
	put(inbound, "Sample disconnect flow", menu("a", "Was your question answered? Press 1 for yes, 2 for no.", "e", "1", "y", "2", "n"),
		say("y", "Good to hear.").to("e"), say("n", "We will look into it."), hangUp("e"))
	put(inbound, "Sample inbound flow (first contact experience)", logging("l"), sets("d", "CustomerRemaining", b.flowRef("Sample disconnect flow"), nil),
		menu("m", "Hello. Press 1 for the queue, 2 for an A B test, 3 for the look-up, 4 for recording.", "x", "1", "q", "2", "t", "3", "f", "4", "r"),
		b.toFlow("q", "Sample queue customer", "x"), b.toFlow("t", "Sample AB test", "x"), b.toFlow("f", "Sample Lambda integration", "x"),
		b.toFlow("r", "Sample recording behavior", "x"), say("x", "That did not work."), hangUp("e"))
	put("CUSTOMER_QUEUE", "Sample interruptible queue flow with callback",
		waiting("w", "m", "You are in the queue."), menu("m", "Press 1 to be called back, 2 to go on waiting.", "w", "1", "n", "2", "w"),
		callbackNumber("n", "$.CustomerEndpoint.Address", "w"), callback("c").or("w"), say("t", "We will call you back."), hangUp("e"))
	put(inbound, "Sample note for screenpop", attributes("a", "note", "The caller asked for a call about an order"), b.queue("q", "BasicQueue"),
		transfer("t", "e"), hangUp("e"))
	put(inbound, "Sample queue configurations flow", sets("h", "CustomerQueue", b.flowRef("Sample interruptible queue flow with callback"), nil),
		b.queue("q", "BasicQueue"), b.hours("o", "Basic Hours", "p", "c"), priority("p", "3"), transfer("t", "c"), say("c", "We cannot take your call now."), hangUp("e"))
	put(inbound, "Sample queue customer", b.queue("q", "BasicQueue"), b.hours("o", "Basic Hours", "n", "c"), agentsStaffed("n", "t", "c"),
		transfer("t", "c"), say("c", "Nobody is here to take your call."), hangUp("e"))
	put(inbound, "Sample recording behavior", recording("r"), say("a", "This call is recorded."), b.queue("q", "BasicQueue"), transfer("t", "e"), hangUp("e"))
	put("QUEUE_TRANSFER", "Sample secure input with agent", say("a", "The agent is put on hold while you enter your number."),
		b.queue("q", "BasicQueue"), transfer("t", "e"), hangUp("e"))
	put(inbound, "Sample secure input with no agent", say("a", "Your number is not stored."), attributes("s", "card", "entered"), hangUp("e"))
	in.sampleGuide(s)
	in.seedUser("admin", "First", "Admin", 0, "Admin")
}

// SampleGuide is the name of the guide that new instances come with.
const SampleGuide = "Sample after contact work flow"

// sampleGuide has the block identifiers of the documented sample, and filler of our own where that has filler.
func (in *inst) sampleGuide(s *Sim) {
	const ask, failed, end, unsaved = "e4b91d3f-dda6-4ec8-b51a-57bc96e88c52", "6f30b2d7-0f15-44b5-8236-3012afa746b3",
		"930a4e8d-8727-4783-b23a-4c896387a052", "06a44c9e-c7dd-4f05-8ac0-f2221bb155d5"
	const current, related = "Save collected data to the current contact", "Save collected data to the related contact"
	data := guideTexts("CustomerName", "Alex Example", "PhoneNumber", "+1 202 555 0100", "Example_Label", "example.org", "Example_Url", "https://example.org",
		"Driver_DefaultValue", "Order status", "Satisfaction_DefaultValue", "Satisfied", "FollowUp_DefaultValue", "No", "Resolved_DefaultValue", "Yes",
		"ContactSummary_DefaultValue", "The customer called because...", "AdditionalNotes_DefaultValue", "More details...")
	in.seedFlow(s, inbound, SampleGuide, book{in: in}.flow(
		show(ask, in.acwView(), "After Contact Work", "480", data, failed, "Cancel", end, "Submit", current),
		outcomes(current, "Current").or(unsaved), outcomes(related, "Related").to(end).or(unsaved),
		say(unsaved, "The attributes could not be saved.").to(end), say(failed, "The view could not be shown.").to(end), hangUp(end)))
	in.Guide = in.flowARN(in.flows.byName(SampleGuide).ID)
}
