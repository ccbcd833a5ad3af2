package instance

// Source is one place to read from: credentials and a Region. Account is empty until known; a failing
// GetCallerIdentity never blocks reading.
type Source struct {
	Name    string // role ARN, or "" for the default credentials
	Region  string
	Account string
}

// NewFlow is a flow to create and publish. Content is at most 256,000 UTF-16 units.
type NewFlow struct {
	Name, Description, Content string
	Type                       FlowType
}

// Written is what the service said to a write.
type Written struct {
	ID        FlowID // of a create
	ARN       string // of a create
	RequestID string
}
