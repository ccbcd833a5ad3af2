package connectsim

// demoOthers puts the flows of other types: queue flows, whispers, transfers, the outbound flow.
func (in *inst) demoOthers(s *Sim, b book) {
	in.seedFlow(s, "CUSTOMER_QUEUE", "Queue: music and position", b.flow(
		forever("Wait", "Thank you for waiting.", "Have your order number at hand.")))
	in.seedFlow(s, "CUSTOMER_QUEUE", "Queue: offer a callback", b.flow(loop("Three times", "3", "Wait", "Overflow"),
		waiting("Wait", "Offer a callback", "All agents are on a call."),
		menu("Offer a callback", "Press 1 and we will call you back.", "Three times", "1", "Keep the number"),
		callbackNumber("Keep the number", "$.CustomerEndpoint.Address", "Three times"), callback("Call back").to("End").or("Three times"),
		b.dequeue("Overflow", "Overflow", "End"), hangUp("End")))
	in.seedFlow(s, "AGENT_WHISPER", "Whisper: VIP", b.flow(b.event("Set the guide", acwEvent, guideName),
		say("Tell the agent", "A VIP customer."), endFlow("Connect")))
	in.seedFlow(s, "CUSTOMER_WHISPER", "Whisper: this call is recorded", b.flow(say("Tell the customer", "This call is recorded."), endFlow("Connect")))
	in.seedFlow(s, "OUTBOUND_WHISPER", "Outbound calls", b.flow(recording("Record"),
		say("Tell the customer", "This is Harbor Retail."), endFlow("Connect")))
	in.seedFlow(s, "AGENT_TRANSFER", "Transfer to a colleague", b.flow(say("Tell the customer", "You are being connected to a colleague."), toAgent("Connect")))
	in.seedFlow(s, "QUEUE_TRANSFER", "Transfer to billing", b.flow(b.desk("Billing")...))
}

// demoNumbers claims numbers of the range that is kept free for fiction, and leads them to flows.
func (in *inst) demoNumbers() {
	for i, n := range []struct{ kind, flow, by string }{{"DID", "Main line", "id"}, {"TOLL_FREE", "Main line", "arn"}, {"DID", "Sales", "arn"},
		{"DID", "Billing", "id"}, {"TOLL_FREE", "Emergency line", "arn"}, {"DID", "Technical support", "id"}, {"DID", "Concierge 🛎️☎️", ":live"},
		{"DID", "Front door", "arn"}, {"DID", "Returns", "id"}, {"DID", "Store locator", "arn"}, {"DID", "", ""}} {
		prefix := map[string]string{"DID": "+120255501", "TOLL_FREE": "+180055501"}[n.kind]
		in.seedNumber(prefix+string(rune('0'+i/10))+string(rune('0'+i%10)), "US", n.kind, n.flow, n.by)
	}
	chat := derivedID(in.ID, "flow", "Web chat")
	in.links = append(in.links, linkRecord{"arn:aws:social-messaging:" + in.Region + ":" + in.Account + ":phone-number-id/" + derivedID(in.ID, "whatsapp"), in.flowARN(chat), resourceTypes[0]})
}

// demoEurope is an instance with the stock guide of new instances, and a flow for every way to it.
func (s *Sim) demoEurope() *inst {
	in := newInst(InstanceInfo{"harbor-europe", secondInstance, "eu-central-1", firstAccount}, s.o.FlowQuota)
	in.stock(s)
	in.sampleGuide(s)
	b := book{in: in}
	in.seedModule("Sprachwahl", "Deutsch oder Englisch.", b.module(
		menu("Welche Sprache", "Für Deutsch die 1, for English press 2.", "Fertig", "1", "Deutsch", "2", "English"),
		voice("Deutsch", "Vicki").to("Fertig"), voice("English", "Amy"), endModule("Fertig")))
	in.seedWith(s, SeedFlow{Name: "Hotline Deutschland", Description: "Erste Anlaufstelle.", Published: b.flow(joined([]step{logging("Log"), b.invoke("Sprache", "Sprachwahl"),
		b.hours("Sind wir da", "Mo-Fr", "Begrüßung", "Say that nobody is free"), say("Begrüßung", "Guten Tag. Sie werden verbunden.")}, b.desk("Service DE"))...)})
	in.seedFlow(s, inbound, "Hotline Österreich", b.flow(joined([]step{say("Begrüßung", "Grüß Gott.")}, b.desk("Service AT"))...))
	in.seedFlow(s, inbound, "Reklamation", b.flow(joined([]step{disabled("Switch the guide off", acwEvent)}, b.desk("Reklamation"))...))
	in.seedFlow(s, inbound, "Trade customers", b.flow(joined([]step{b.event("Set the guide", acwEvent, SampleGuide)}, b.desk("Trade"))...))
	in.seedFlow(s, inbound, "Tasks from the shop", b.flow(joined([]step{priority("Put last", "9")}, b.desk("Back office"))...))
	in.seedFlow(s, "OUTBOUND_WHISPER", "Outbound Europe", b.flow(say("Tell the customer", "This is Harbor Europe."), endFlow("Connect")))
	in.demoWays(s, b)
	in.seedUser("katrin.vogel", "Katrin", "Vogel", 0, "Admin")
	in.seedUser("lukas.gruber", "Lukas", "Gruber", 0, "Agent")
	in.seedUser("anna.schmidt", "Anna", "Schmidt", 600, "Agent")
	in.seedNumber("+493023125000", "DE", "DID", "Hotline Deutschland", "arn")
	in.seedNumber("+431555010000", "AT", "DID", "Hotline Österreich", "id")
	in.seedNumber("+498005550100", "DE", "TOLL_FREE", "Trade customers", ":3")
	in.seedNumber("+493023125001", "DE", "DID", "Repairs", "arn")
	in.seedNumber("+493023125002", "DE", "DID", "Installations", "id")
	in.seedNumber("+493023125003", "DE", "DID", "Lobby", "arn")
	return in
}

// demoTaipei is the second account's instance, in Traditional Chinese.
func (s *Sim) demoTaipei() *inst {
	in := newInst(InstanceInfo{"harbor-taipei", thirdInstance, "us-east-1", secondAccount}, s.o.FlowQuota)
	in.stock(s)
	b := book{in: in}
	const guide = "聯絡後工作指南"
	in.seedFlow(s, inbound, guide, b.guide(in.acwView(), "After Contact Work", guideTexts("ContactWrapUp_Header_Title", "結束聯絡案例",
		"ContactWrapUp_Header_Description", "選擇結果、檢查摘要並補充備註。", "Disposition_Header_Title", "處置代碼", "Disposition_Header_Description", "這次聯絡的原因與結果。",
		"ContactSummary_Header_Title", "摘要", "ContactSummary_Header_Description", "有誤請更正。", "AdditionalNotes_Header_Title", "備註", "AdditionalNotes_Header_Description", "給下一位同事。")))
	desk := func(queue string) []step {
		return []step{b.queue("選擇佇列", queue), transfer("轉接至佇列", "忙線中"), say("忙線中", "目前客服人員忙線中,請稍後再撥。"), hangUp("結束")}
	}
	set := func() step { return b.event("設定指南", acwEvent, guide) }
	in.seedWith(s, SeedFlow{Name: "總機", Description: "客服主線", Published: b.flow(joined([]step{logging("記錄"), voice("語音", "Zhiyu"), set(),
		b.hours("是否營業", "台北營業時間", "主選單", "忙線中"), menu("主選單", "歡迎致電海港零售。訂單請按一,帳務請按二。", "選擇佇列", "1", "選擇佇列", "2", "帳務佇列"),
		b.queue("帳務佇列", "帳務").to("轉接至佇列")}, desk("訂單"))...)})
	in.seedFlow(s, inbound, "帳務查詢", b.flow(desk("帳務")...))
	in.seedFlow(s, inbound, "訂單與物流", b.flow(joined([]step{b.lambda("查詢訂單", "order-lookup"), say("說明", "您的訂單狀態是 $.External.status。")}, desk("訂單"))...))
	in.seedFlow(s, inbound, "技術支援", b.flow(joined([]step{set(), say("問候", "請稍候,技術人員將為您服務。")}, desk("技術支援"))...))
	in.seedFlow(s, inbound, "門市資訊", b.flow(say("說明", "門市每日上午十時至晚間九時營業。"), hangUp("結束")))
	in.seedFlow(s, "CUSTOMER_QUEUE", "等候音樂", b.flow(forever("等候", "感謝您的耐心等候。")))
	in.seedFlow(s, "AGENT_WHISPER", "客服人員低語", b.flow(say("低語", "$.Queue.Name"), endFlow("接通")))
	in.seedUser("lin.yating", "雅婷", "林", 0, "Admin")
	in.seedUser("wang.junjie", "俊傑", "王", 300, "Agent")
	in.seedNumber("+886255550100", "TW", "DID", "總機", "arn")
	in.seedNumber("+886800555010", "TW", "TOLL_FREE", "技術支援", "id")
	return in
}
