package connectsim

import "fmt"

// The demo's second account and the role in it that AssumeRole is meant for.
const (
	secondAccount = "444455556666"
	DemoRole      = "arn:aws:iam::" + secondAccount + ":role/wrapup-practice"
)

// Ids of the seeded instances: fixed, in the form of the AWS documentation's examples, so that documents and pictures
// stay true.
const (
	firstInstance  = "aaaaaaaa-bbbb-cccc-dddd-111111111111"
	secondInstance = "aaaaaaaa-bbbb-cccc-dddd-222222222222"
	thirdInstance  = "aaaaaaaa-bbbb-cccc-dddd-333333333333"
)

// Seed replaces all instances: "empty" is one instance as AWS creates it, with only its stock flows; "demo" is three
// instances of a made-up retailer in two accounts and two Regions.
func (s *Sim) Seed(name string) error {
	var insts []*inst
	switch name {
	case "demo":
		insts = []*inst{s.demoUS(), s.demoEurope(), s.demoTaipei()}
	case "empty":
		in := newInst(InstanceInfo{"new-instance", firstInstance, "us-east-1", firstAccount}, s.o.FlowQuota)
		in.stock(s)
		in.samples(s)
		insts = []*inst{in}
	default:
		return fmt.Errorf("seed %q is neither demo nor empty", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.insts = insts
	return s.resave()
}

// seedFlow puts a seeded flow of a type, published.
func (in *inst) seedFlow(s *Sim, kind, name, content string) {
	in.seedWith(s, SeedFlow{Name: name, Type: kind, Published: content})
}

func (in *inst) seedWith(s *Sim, f SeedFlow) {
	in.flows.put(in.made(f, since))
}

func (in *inst) seedModule(name, description, content string) {
	c := copyOf(content)
	in.modules.put(&moduleRecord{ID: derivedID(in.ID, "module", name), Name: name, Description: description, State: active, Published: c, Saved: c})
}

// seedQueue puts a queue where there is none of the name, and gives its ARN.
func (in *inst) seedQueue(name string) string {
	q := &queueRecord{ID: derivedID(in.ID, "queue", name), Name: name, Kind: standardQueue, Modified: since}
	if in.queues.get(q.ID) == nil {
		in.queues.put(q)
	}
	return in.arnOfQueue(q)
}

// seedAgents puts the queues that agents have of their own.
func (in *inst) seedAgents(agents ...string) {
	for _, a := range agents {
		in.queues.put(&queueRecord{ID: derivedID(in.ID, "agent", a), Kind: agentQueue, Modified: since})
	}
}

// seedNumber claims a number and leads it to a flow: by is how the association names number and flow, as the service
// might: "id", "arn", or an ARN with a qualifier after a colon (":3", ":live").
func (in *inst) seedNumber(number, country, kind, flow, by string) {
	n := &numberRecord{ID: derivedID(in.ID, "number", number), Number: number, Country: country, Kind: kind}
	in.numbers.put(n)
	id := derivedID(in.ID, "flow", flow)
	switch by {
	case "":
	case "id":
		in.links = append(in.links, linkRecord{n.ID, id, voiceNumber})
	case "arn":
		in.links = append(in.links, linkRecord{in.numberARN(n.ID), in.flowARN(id), voiceNumber})
	default:
		in.links = append(in.links, linkRecord{in.numberARN(n.ID), in.flowARN(id) + by, voiceNumber})
	}
}

// seedView stores a published customer-managed view, with one numbered version, from the package's own data.
func (in *inst) seedView(name, file string) string {
	description, content := readView(file)
	v := &viewRecord{ID: derivedID(in.ID, "view", name), Name: name, Description: description, Latest: content, Saved: content,
		Versions: []viewVersion{{Number: 1, Content: content}}, LastVersion: 1, Created: since, Modified: since}
	in.views.put(v)
	return in.viewARN(v.ID)
}
