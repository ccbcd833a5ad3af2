package main

import (
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Probe bounds: of an instance's flows so many are looked at for a module and a view to try; and an id that nothing has.
const (
	probedFlows = 300
	noID        = "00000000-0000-4000-8000-000000000000"
)

// listing says what listing the instances tells of permissions. The service needs two for it, and names the one that is missing.
func (d *doctor) listing(base check, f *fault.Error) {
	p := probe{d: d, base: base, implied: map[string]*fault.Error{}}
	p.base.Policy = toRead
	p.result("connect:ListInstances", "", "ListInstances", f)
	if _, denied := p.implied["ds:DescribeDirectories"]; !denied {
		directories := f
		if messageOf(f) == "aws.denied" { // which of the two the service looks at first is not documented
			directories = unknown("connect:ListInstances")
		}
		p.result("ds:DescribeDirectories", "", "DescribeDirectories", directories)
	}
	p.end()
}

// unknown is why an action could not be checked: another one is missing, without which it cannot be tried.
func unknown(action string) *fault.Error {
	return fault.New(fault.Unavailable, "cli.doctor.needs", "Action", action)
}

// probe checks the permissions on one instance, each by a call that changes nothing.
type probe struct {
	d       *doctor
	g       *connect.Gateway
	in      instance.Instance
	base    check
	implied map[string]*fault.Error // actions that other calls were denied for
	named   []string                // actions that have a line
}

// permissions checks an instance.
func (d *doctor) permissions(g *connect.Gateway, from instance.Source, in instance.Instance) {
	p := &probe{d: d, g: g, in: in, implied: map[string]*fault.Error{}, base: check{
		Role: from.Name, Region: in.Region, Account: in.Account, Instance: string(in.ID),
		group: d.t("cli.doctor.instance", "Instance", in.Title(), "ID", string(in.ID), "Region", in.Region),
	}}
	p.base.Policy = toRead
	p.read()
	p.end()
	p.base.Policy = optional
	p.people()
	p.end()
	p.base.Policy = toWrite
	for _, name := range []string{"CreateContactFlow", "UpdateContactFlowContent", "UpdateContactFlowMetadata"} {
		p.add("connect:"+name, "", writes, "", "")
	}
}

func (p *probe) add(action, resource string, s state, text, lost string) {
	c := p.base
	c.Area, c.Subject, c.Resource, c.State, c.Text, c.Lost = "permission", action, resource, s, text, lost
	p.d.add(c)
	p.named = append(p.named, action)
}

// result says what a call's outcome tells of the action that it needs. lost is the end of a catalogue id.
func (p *probe) result(action, resource, lost string, err error) {
	f := fault.From(err)
	switch {
	case f == nil, f.Kind == fault.NotFound:
		p.add(action, resource, fine, "", "")
	case messageOf(f) != "aws.denied":
		p.add(action, resource, notChecked, told(p.d.ctx, f), "")
	case f.Message.Args["Action"] == action:
		p.missing(action, resource, lost, f)
	default:
		other := f.Message.Args["Action"]
		p.implied[other] = f
		p.add(action, resource, notChecked, p.d.t("cli.doctor.needs", "Action", other), "")
	}
}

func (p *probe) missing(action, resource, lost string, f *fault.Error) {
	c := p.base
	c.Area, c.Subject, c.Resource, c.State = "permission", action, resource, missing
	c.Lost, c.Code, c.RequestID = p.d.t("cli.doctor.lost."+lost), f.Code, f.RequestID
	p.d.add(c)
	p.named = append(p.named, action)
}

// tried is result for a call with an id that nothing has: a denial counts, and that there is no such thing only says that nothing needs the
// action here, for whether the service looks at permissions first is not documented.
func (p *probe) tried(action, resource, lost string, err error) {
	if fault.Is(err, fault.NotFound) {
		p.add(action, resource, notNeeded, p.d.t("cli.doctor.not-needed."+lost), "")
		return
	}
	p.result(action, resource, lost, err)
}

// end adds what calls were denied for that has no line of its own.
func (p *probe) end() {
	for _, action := range []string{"ds:DescribeDirectories", "connect:DescribeContactFlow", "connect:DescribeUser"} {
		if f, ok := p.implied[action]; ok && !slices.Contains(p.named, action) {
			_, name, _ := strings.Cut(action, ":")
			p.missing(action, "", name, f)
		}
	}
	p.implied = map[string]*fault.Error{}
}

// seen are real ids that were found on the way.
type seen struct{ flow, module, view string }

// read checks the policy to read.
func (p *probe) read() {
	ctx := p.d.ctx
	_, err := p.g.DescribeInstance(ctx, p.in)
	p.result("connect:DescribeInstance", "", "DescribeInstance", err)
	list, err := p.g.ListFlows(ctx, p.in)
	p.result("connect:ListContactFlows", "", "ListContactFlows", err)
	found := seen{}
	if len(list) > 0 {
		found.flow = string(list[0].ID)
	}
	p.search(&found)
	p.describe(&found)
	_, err = p.g.Associations(ctx, p.in)
	p.result("connect:ListFlowAssociations", "", "ListFlowAssociations", err)
	_, err = p.g.Numbers(ctx, p.in)
	p.result("connect:ListPhoneNumbersV2", "", "ListPhoneNumbersV2", err)
	p.views(found)
	p.modules(found)
}

// probed are the types of flows that are searched, as a reading does.
var probed = []instance.FlowType{
	instance.TypeInbound, instance.TypeAgentTransfer, instance.TypeQueueTransfer,
	instance.TypeCustomerQueue, instance.TypeAgentWhisper, instance.TypeCustomerWhisper, instance.TypeOutboundWhisper,
}

func (p *probe) search(found *seen) {
	looked := 0
	err := p.g.SearchFlows(p.d.ctx, p.in, probed, func(page []instance.Flow) bool {
		for _, f := range page {
			found.look(f)
		}
		looked += len(page)
		return looked < probedFlows && (found.module == "" || found.view == "")
	})
	p.result("connect:SearchContactFlows", "", "SearchContactFlows", err)
}

// look finds a module and a view of the instance's own in a flow.
func (s *seen) look(f instance.Flow) {
	if s.flow == "" {
		s.flow = string(f.ID)
	}
	d, err := flow.Parse([]byte(f.Content))
	if err != nil {
		return
	}
	for _, l := range audit.ReadDocument(audit.Identity{}, d, audit.Options{}).Links() {
		if l.Module {
			s.module = l.Ref.ID
		}
	}
	for _, b := range d.Blocks() {
		for _, r := range b.References() {
			if ref, ok := instance.ParseRef(r.Value, instance.KindView); ok && r.Kind == instance.KindView && ref.Instance != "" {
				s.view = ref.ID
			}
		}
	}
}

// describe reads both copies of a flow.
func (p *probe) describe(found *seen) {
	const action = "connect:DescribeContactFlow"
	if found.flow == "" {
		_, err := p.g.DescribeFlow(p.d.ctx, p.in, noID)
		p.tried(action, "", "DescribeContactFlow", err)
		return
	}
	f, err := p.g.DescribeFlow(p.d.ctx, p.in, found.flow)
	p.result(action, "", "DescribeContactFlow", err)
	if err == nil {
		found.look(f)
	}
	_, err = p.g.DescribeFlow(p.d.ctx, p.in, found.flow+":$SAVED")
	p.result(action, p.d.t("cli.doctor.drafts"), "drafts", err)
}

// views reads AWS's view and one of the instance's own: a policy names them apart.
func (p *probe) views(found seen) {
	const action = "connect:DescribeView"
	_, err := p.g.DescribeView(p.d.ctx, p.in, "after-contact-work")
	p.result(action, p.d.t("cli.doctor.views.aws"), "DescribeView", err)
	own := p.d.t("cli.doctor.views.own")
	if found.view == "" {
		_, err = p.g.DescribeView(p.d.ctx, p.in, noID)
		p.tried(action, own, "own-views", err)
		return
	}
	_, err = p.g.DescribeView(p.d.ctx, p.in, found.view)
	p.result(action, own, "own-views", err)
}

func (p *probe) modules(found seen) {
	const action = "connect:DescribeContactFlowModule"
	if found.module == "" {
		_, err := p.g.DescribeModule(p.d.ctx, p.in, noID)
		p.tried(action, "", "DescribeContactFlowModule", err)
		return
	}
	_, err := p.g.DescribeModule(p.d.ctx, p.in, found.module)
	p.result(action, "", "DescribeContactFlowModule", err)
}

// people checks the optional policy.
func (p *probe) people() {
	ctx := p.d.ctx
	profile, user := "", ""
	profiles, err := p.g.SecurityProfiles(ctx, p.in)
	p.result("connect:ListSecurityProfiles", "", "ListSecurityProfiles", err)
	if len(profiles) > 0 {
		profile = profiles[0].ID
	}
	err = p.g.SearchUsers(ctx, p.in, func(page []instance.User) bool {
		for _, u := range page {
			user = u.ID
			if profile == "" && len(u.Profiles) > 0 {
				profile = u.Profiles[0]
			}
		}
		return false
	})
	p.result("connect:SearchUsers", "", "SearchUsers", err)
	if profile == "" {
		_, err = p.g.SecurityProfilePermissions(ctx, p.in, noID)
		p.tried("connect:ListSecurityProfilePermissions", "", "ListSecurityProfilePermissions", err)
	} else {
		_, err = p.g.SecurityProfilePermissions(ctx, p.in, profile)
		p.result("connect:ListSecurityProfilePermissions", "", "ListSecurityProfilePermissions", err)
	}
	if user == "" {
		_, err = p.g.DescribeUser(ctx, p.in, noID)
		p.tried("connect:DescribeUser", "", "DescribeUser", err)
	} else {
		_, err = p.g.DescribeUser(ctx, p.in, user)
		p.result("connect:DescribeUser", "", "DescribeUser", err)
	}
}
