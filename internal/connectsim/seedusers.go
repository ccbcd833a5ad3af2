package connectsim

// Permissions of the security profiles that every instance has, by their names in the API (administrator guide, "List of
// security profile permissions"). Which of them AWS gives each profile is not documented in full: this is a selection.
const (
	agentPermissions = `BasicAgentAccess OutboundCallAccess CustomViews:Access TransferDestinations:View StopContact:Enabled TransferContact:Enabled
		SelfAssignContacts:Access VideoContact:Access MyContacts:View Wisdom:View CustomerProfiles:View,Edit,Create Cases:View,Edit,Create StaffCalendar:View`
	managerPermissions = `BasicAgentAccess OutboundCallAccess CustomViews:Access AccessMetrics AccessMetrics:RealTimeMetrics.Access,HistoricalMetrics.Access,AgentActivityAudit.Access
		AgentGrouping:View,Create,Edit,EnableAndDisable AgentStates:View,Create,Edit,EnableAndDisable ContactSearch:View ContactFlows:View HoursOfOperation:View,Create,Edit,Delete
		ManagerListenIn MetricsReports:View,Create,Edit,Publish,Schedule,Delete Prompts:View,Create,Edit,Delete Queues:View,Create,Edit,EnableAndDisable
		RoutingPolicies:View,Create,Edit TaskTemplates:View,Create,Edit,Delete TransferDestinations:View,Create,Edit,Delete Users:View,Create,Edit,Delete,EditPermission`
	analystPermissions = `AccessMetrics AccessMetrics:RealTimeMetrics.Access,HistoricalMetrics.Access ContactSearch:View ContactSearchWithKeywords:Access
		Evaluation:View,Create,Edit EvaluationForms:View,Create,Edit GraphTrends:View ListenCallRecordings MetricsReports:View,Create,Edit,Publish RealtimeContactLens:View`
	adminPermissions = managerPermissions + ` ContactFlows:Create,Edit,Publish,Delete ContactFlowModules:View,Create,Edit,Publish,Delete Views:View,Create,Edit,Remove
		PhoneNumbers:View,Claim,Edit,Release SecurityProfiles:View,Create,Edit,Delete HistoricalChanges:View Rules:View,Create,Edit,Delete Bots:View,Create,Edit
		Cases:View,Edit,Create CaseFields:View,Create,Edit CaseTemplates:View,Create,Edit CustomerProfiles:View,Edit,Create PredefinedAttributes:View,Create,Edit,Delete
		Evaluation:View,Create,Edit,Delete EvaluationForms:View,Create,Edit,Delete ManagerBargeIn ListenCallRecordings DownloadCallRecordings DeleteCallRecordings
		Scheduling:View,Edit,Publish Forecasting:View,Edit,Publish Capacity:View,Edit,Publish StaffCalendar:View,Edit TeamCalendar:View,Edit TimeOff:View,Edit,Approve
		Campaigns:View,Create,Edit,Delete,Manage StopContact:Enabled TransferContact:Enabled UpdateContactSchedule:Enabled VideoContact:Access SelfAssignContacts:Access
		Wisdom:View DataTables:View,Create,Edit,Delete Workspaces:View,Create,Edit,Delete,Assign`
)

// seedProfiles puts the four security profiles that every instance has.
func (in *inst) seedProfiles() {
	in.seedProfile("Admin", "Administers the instance.", adminPermissions)
	in.seedProfile("Agent", "Takes contacts.", agentPermissions)
	in.seedProfile("CallCenterManager", "Manages queues, people and reports.", managerPermissions)
	in.seedProfile("QualityAnalyst", "Listens and evaluates.", analystPermissions)
}

// demoUsers puts the retailer's people. The guide gives 480 s: some have less after contact, one in one channel only; those
// of the stores have a profile of their own that lacks the permission for custom views.
func (in *inst) demoUsers() {
	in.seedProfile("Store agent", "Staff of the stores who help out on the telephone.", "BasicAgentAccess OutboundCallAccess TransferDestinations:View MyContacts:View")
	for _, u := range []struct {
		login, first, last string
		limit              int
		profiles           string
	}{
		{"morgan.reyes", "Morgan", "Reyes", 0, "Admin"}, {"ines.ferrand", "Inès", "Ferrand", 0, "Admin"},
		{"dana.whitlock", "Dana", "Whitlock", 900, "CallCenterManager"}, {"samuel.adeyemi", "Samuel", "Adeyemi", 900, "CallCenterManager"},
		{"priya.raman", "Priya", "Raman", 60, "QualityAnalyst"}, {"tom.okafor", "Tom", "Okafor", 0, "QualityAnalyst"},
		{"alex.moreau", "Alex", "Moreau", 600, "Agent"}, {"bea.lindqvist", "Bea", "Lindqvist", 600, "Agent"}, {"carlos.ibarra", "Carlos", "Ibarra", 480, "Agent"},
		{"deepa.nair", "Deepa", "Nair", 0, "Agent"}, {"eoin.obrien", "Eoin", "O'Brien", 300, "Agent"}, {"fatima.haddad", "Fatima", "Haddad", 0, "Agent"},
		{"grace.kim", "Grace", "Kim", 600, "Agent"}, {"hugo.brandt", "Hugo", "Brandt", 120, "Agent"}, {"iris.novak", "Iris", "Novák", 600, "Agent+QualityAnalyst"},
		{"jonas.weber", "Jonas", "Weber", 0, "Agent"}, {"keiko.tanaka", "Keiko", "Tanaka", 900, "Agent"}, {"liam.murphy", "Liam", "Murphy", 479, "Agent"},
		{"mei.chen", "Mei", "陳", 600, "Agent"},
		{"nora.b", "Nora", "<b>Bold</b>", 600, "Store agent"}, {"omar.said", "Omar", "Said", 0, "Store agent"}, {"paula.costa", "Paula", "Costa", 30, "Store agent"},
		{"quinn.taylor", "Quinn", "Taylor", 600, "Store agent"}, {"rosa.diaz", "Rosa", "Díaz", 600, "Store agent+Agent"},
	} {
		in.seedUser(u.login, u.first, u.last, u.limit, u.profiles)
	}
	callback := 120
	in.seedUser("sven.olsen", "Sven", "Olsen", 600, "Agent", channelLimit{"VOICE", 600, &callback}, channelLimit{"CHAT", 180, nil},
		channelLimit{"TASK", 0, nil}, channelLimit{"EMAIL", 0, nil})
}
