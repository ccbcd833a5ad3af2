package connectsim

import "slices"

const anyError = "NoMatchingError"

func strs(pairs []string) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func equals(pairs []string) []condition {
	var out []condition
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, condition{"Equals", pairs[i], pairs[i+1]})
	}
	return out
}

func display(path, member, name string) map[string]any {
	return map[string]any{"parameters": map[string]any{path: map[string]any{member: map[string]any{"displayName": name}}}}
}

func simple(id, kind string, params map[string]any) step {
	return step{id: id, kind: kind, params: params}
}

func logging(id string) step {
	return simple(id, "UpdateFlowLoggingBehavior", map[string]any{"FlowLoggingBehavior": "Enabled"})
}

func voice(id, name string) step {
	return simple(id, "UpdateContactTextToSpeechVoice", map[string]any{"TextToSpeechVoice": name, "TextToSpeechEngine": "Neural", "TextToSpeechStyle": "None"})
}

func recording(id string) step {
	return simple(id, "UpdateContactRecordingBehavior", map[string]any{"RecordingBehavior": map[string]any{"RecordedParticipants": []string{"Agent", "Customer"}}})
}

func priority(id, n string) step {
	return simple(id, "UpdateContactRoutingBehavior", map[string]any{"QueuePriority": n})
}

func say(id, words string) step {
	return step{id: id, kind: "MessageParticipant", params: map[string]any{"Text": words}, errors: []string{anyError}}
}

func attributes(id string, pairs ...string) step {
	return step{id: id, kind: "UpdateContactAttributes", errors: []string{anyError},
		params: map[string]any{"Attributes": strs(pairs), "TargetContact": "Current"}, meta: map[string]any{"dynamicParams": []any{}}}
}

func compare(id, value, otherwise string, pairs ...string) step {
	return step{id: id, kind: "Compare", params: map[string]any{"ComparisonValue": value}, conditions: equals(pairs),
		errors: []string{"NoMatchingCondition"}, failure: otherwise, mirror: true}
}

// menu reads one key. otherwise is where no key, another key and an error lead.
func menu(id, words, otherwise string, pairs ...string) step {
	return step{id: id, kind: "GetParticipantInput", conditions: equals(pairs), failure: otherwise, mirror: true,
		params: map[string]any{"Text": words, "StoreInput": "False", "InputTimeLimitSeconds": "6"},
		errors: []string{"InputTimeLimitExceeded", "NoMatchingCondition", anyError}}
}

func transfer(id, busy string) step {
	return step{id: id, kind: "TransferContactToQueue", failure: busy, mirror: true, errors: []string{"QueueAtCapacity", anyError}}
}

func callbackNumber(id, path, bad string) step {
	return step{id: id, kind: "UpdateContactCallbackNumber", params: map[string]any{"CallbackNumber": path}, failure: bad,
		errors: []string{"InvalidCallbackNumber", "CallbackNumberNotDialable"}}
}

func callback(id string) step {
	return step{id: id, kind: "CreateCallbackContact", errors: []string{anyError},
		params: map[string]any{"InitialCallDelaySeconds": "99", "MaximumConnectionAttempts": "2", "RetryDelaySeconds": "600"}}
}

func agentsStaffed(id, yes, no string) step {
	return step{id: id, kind: "CheckMetricData", params: map[string]any{"MetricType": "NumberOfAgentsStaffed"}, failure: no, mirror: true,
		conditions: []condition{{"NumberGreaterThan", "0", yes}}, errors: []string{"NoMatchingCondition", anyError}}
}

func loop(id, times, again, done string) step {
	return step{id: id, kind: "Loop", params: map[string]any{"LoopCount": times}, failure: done, mirror: true,
		conditions: equals([]string{"ContinueLooping", again, "DoneLooping", done})}
}

// waiting plays messages to a contact in queue; interrupted is where the interruption leads.
func waiting(id, interrupted string, words ...string) step {
	messages := make([]any, len(words))
	for i, w := range words {
		messages[i] = map[string]any{"Text": w}
	}
	return step{id: id, kind: "MessageParticipantIteratively", failure: interrupted, mirror: true, errors: []string{anyError},
		params:     map[string]any{"Messages": messages, "InterruptFrequencySeconds": "60"},
		conditions: equals([]string{"MessagesInterrupted", interrupted})}
}

func split(id, percent, there, otherwise string) step {
	return step{id: id, kind: "DistributeByPercentage", failure: otherwise, mirror: true, errors: []string{"NoMatchingCondition"},
		conditions: []condition{{"NumberLessThan", percent, there}}}
}

func ends(id, kind string) step { return step{id: id, kind: kind, terminal: true} }

func hangUp(id string) step    { return ends(id, "DisconnectParticipant") }
func endFlow(id string) step   { return ends(id, "EndFlowExecution") }
func endModule(id string) step { return ends(id, "EndFlowModuleExecution") }
func toAgent(id string) step   { return ends(id, "TransferContactToAgent") }

// sets writes any event hook, its value as given.
func sets(id, hook, value string, meta map[string]any) step {
	return step{id: id, kind: "UpdateContactEventHooks", params: map[string]any{"EventHooks": map[string]any{hook: value}},
		errors: []string{anyError}, meta: meta}
}

// event sets a hook to a flow of the instance.
func (b book) event(id, hook, flow string) step {
	return sets(id, hook, b.flowRef(flow), display("EventHooks", hook, flow))
}

// disabled switches an event off, as the whisper blocks of the designer do.
func disabled(id, hook string) step {
	return step{id: id, kind: "UpdateContactEventHooks", errors: []string{anyError},
		params: map[string]any{"EventHooksConfiguration": map[string]any{hook: map[string]any{"DisableExecution": "true"}}}}
}

func (b book) flowRef(name string) string { return b.in.flowARN(derivedID(b.in.ID, "flow", name)) }

// resource is the ARN of something of the instance that the simulator knows by name only.
func (b book) resource(kind, name string) string {
	return b.in.arn() + "/" + kind + "/" + derivedID(b.in.ID, kind, name)
}

func (b book) queue(id, name string) step {
	return step{id: id, kind: "UpdateContactTargetQueue", params: map[string]any{"QueueId": b.in.seedQueue(name)},
		errors: []string{anyError}, meta: map[string]any{"parameters": map[string]any{"QueueId": map[string]any{"displayName": name}}, "queue": map[string]any{"text": name}}}
}

func (b book) dequeue(id, name, busy string) step {
	return step{id: id, kind: "DequeueContactAndTransferToQueue", params: map[string]any{"QueueId": b.in.seedQueue(name)},
		failure: busy, mirror: true, errors: []string{"QueueAtCapacity", anyError}}
}

func (b book) hours(id, name, open, closed string) step {
	return step{id: id, kind: "CheckHoursOfOperation", params: map[string]any{"HoursOfOperationId": b.resource("operating-hours", name)},
		failure: closed, mirror: true, conditions: equals([]string{"True", open, "False", closed}), errors: []string{anyError}}
}

func (b book) lambda(id, function string) step {
	return step{id: id, kind: "InvokeLambdaFunction", errors: []string{anyError}, params: map[string]any{
		"LambdaFunctionARN":          "arn:aws:lambda:" + b.in.Region + ":" + b.in.Account + ":function:" + function,
		"InvocationTimeLimitSeconds": "5", "ResponseValidation": map[string]any{"ResponseType": "STRING_MAP"}}}
}

func (b book) lex(id, words, bot, otherwise string, pairs ...string) step {
	return step{id: id, kind: "ConnectParticipantWithLexBot", conditions: equals(pairs), failure: otherwise, mirror: true,
		params: map[string]any{"Text": words, "LexV2Bot": map[string]any{
			"AliasArn": "arn:aws:lex:" + b.in.Region + ":" + b.in.Account + ":bot-alias/" + bot + "/TSTALIASID"}},
		errors: []string{"NoMatchingCondition", anyError}}
}

func (b book) toFlow(id, name, failed string) step {
	s := toFlowBy(id, b.flowRef(name), failed)
	s.meta = map[string]any{"ContactFlow": map[string]any{"text": name}, "parameters": map[string]any{"ContactFlowId": map[string]any{"displayName": name}}}
	return s
}

func toFlowBy(id, value, failed string) step {
	return step{id: id, kind: "TransferToFlow", params: map[string]any{"ContactFlowId": value}, failure: failed, mirror: true, errors: []string{anyError}}
}

func (b book) invoke(id, module string) step {
	return step{id: id, kind: "InvokeFlowModule", params: map[string]any{"FlowModuleId": b.in.moduleARN(derivedID(b.in.ID, "module", module))},
		errors: []string{anyError}, meta: map[string]any{"contactFlowModuleName": module}}
}

// show shows a view; pairs are its actions and where they lead, failure is where everything else leads.
func show(id, arn, name, seconds string, data map[string]any, otherwise string, pairs ...string) step {
	return step{id: id, kind: "ShowView", conditions: equals(pairs), failure: otherwise, mirror: true,
		params: map[string]any{"ViewResource": map[string]any{"Id": arn}, "InvocationTimeLimitSeconds": seconds, "ViewData": data},
		errors: []string{"NoMatchingCondition", anyError, "TimeLimitExceeded"},
		meta: map[string]any{"parameters": map[string]any{"ViewResource": map[string]any{"Id": map[string]any{"displayName": name}},
			"InvocationTimeLimitSeconds": map[string]any{"unit": 1}}}}
}

// outcomes saves what the after-contact-work view asks for on one contact.
func outcomes(id, target string) step {
	data := map[string]any{"ModifiedSummary": "$.Views.ViewResultData.ModifiedSummary", "ContactNotes": "$.Views.ViewResultData.ContactNotes"}
	for _, n := range []string{"Category", "Driver", "Satisfaction", "FollowUp", "Resolved"} {
		data[n] = "$.Views.ViewResultData." + n + ".0"
	}
	return step{id: id, kind: "UpdateContactAttributes", errors: []string{anyError},
		params: map[string]any{"Attributes": data, "TargetContact": target}, meta: map[string]any{"dynamicParams": []any{}}}
}

// guide writes an after-contact-work guide: the view, the answers saved on both contacts, the end.
func (b book) guide(view, viewName string, data map[string]any) string {
	return b.flow(
		show("Ask for the outcome", view, viewName, "480", data, "Say that it failed", "Cancel", "End the guide", "Submit", "Save on this contact"),
		outcomes("Save on this contact", "Current").or("Say that it failed"),
		outcomes("Save on the customer's contact", "Related").to("End the guide").or("Say that it failed"),
		say("Say that it failed", "The answers could not be recorded."),
		hangUp("End the guide"))
}

// guideTexts are the headings of a guide in the demo's own words; more sets or replaces members.
func guideTexts(more ...string) map[string]any {
	m := strs([]string{"CustomerName", "$.Attributes.CustomerName", "PhoneNumber", "$.Attributes.CustomerPhoneNumber", "Example_Label", "-",
		"ContactWrapUp_Header_Title", "Wrap up the contact", "ContactWrapUp_Header_Description", "Choose the outcome, check the summary, add what is missing.",
		"Disposition_Header_Title", "Outcome", "Disposition_Header_Description", "What was this contact about, and how did it end?",
		"ContactSummary_Header_Title", "Summary", "ContactSummary_Header_Description", "Correct it where it is wrong.",
		"AdditionalNotes_Header_Title", "Notes", "AdditionalNotes_Header_Description", "For the next colleague.",
		"Category_DefaultValue", "Support"})
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

func joined(parts ...[]step) []step { return slices.Concat(parts...) }
