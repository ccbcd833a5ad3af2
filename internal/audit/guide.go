package audit

import (
	"wrapup/internal/acw"
	"wrapup/internal/flow"
)

// acwInputs are the inputs of that view that no other view of AWS has. CustomerName and PhoneNumber are too common to
// tell a copy of it by.
var acwInputs = map[string]bool{
	"Example_Label": true, "Example_Url": true,
	"ContactWrapUp_Header_Title": true, "ContactWrapUp_Header_Description": true,
	"Disposition_Header_Title": true, "Disposition_Header_Description": true,
	"Category_DefaultValue": true, "Driver_DefaultValue": true, "Satisfaction_DefaultValue": true,
	"FollowUp_DefaultValue": true, "Resolved_DefaultValue": true,
	"ContactSummary_Header_Title": true, "ContactSummary_Header_Description": true, "ContactSummary_DefaultValue": true,
	"AdditionalNotes_Header_Title": true, "AdditionalNotes_Header_Description": true, "AdditionalNotes_DefaultValue": true,
}

// guideShape tells whether the flow is a guide (product.md section 1): a reachable Show view block, and no reachable hand-off,
// transfer to another flow or unknown route. The block may lie in a module.
func (a *analysis) guideShape(r *Report) *GuideInfo {
	if len(r.Handoffs)+len(r.Exits) > 0 || a.transfers {
		return nil
	}
	var info *GuideInfo
	for _, c := range a.reaches {
		for _, v := range c.views {
			if !c.reached(v.node) {
				continue
			}
			if info == nil {
				info = &GuideInfo{Flow: a.elsewhere(c.Unit), ViewARN: v.view, Block: c.nodes[v.node].id}
			}
			info.ACW = info.ACW || v.acw
		}
	}
	return info
}

// showsACW says whether a Show view block shows the after-contact-work view, or a view with its inputs.
func showsACW(b *flow.Block) bool {
	if acw.IsAfterContactWork(paramText(b, "ViewResource", "Id")) {
		return true
	}
	data, _ := b.Param("ViewData")
	telling := false
	for _, m := range data.Members() {
		switch {
		case acwInputs[m.Name]:
			telling = true
		case m.Name != "CustomerName" && m.Name != "PhoneNumber":
			return false
		}
	}
	return telling
}

// Shape is what a flow is, whatever is known of the guides that it names.
type Shape struct {
	Readable bool
	Shows    bool // a Show view block is reached, here or in a module or flow that contacts go on to
	ACW      bool // of the after-contact-work view, or one with its inputs
	Leaves   bool // some route goes on to something that is not followed
}

// Shape tells what a flow is as a guide that is named somewhere.
func (p *Program) Shape(u *Unit) Shape {
	if u.reason != nil {
		return Shape{}
	}
	s := Shape{Readable: true}
	a := p.explore(u)
	for _, c := range a.reaches {
		for _, v := range c.views {
			if c.reached(v.node) {
				s.Shows, s.ACW = true, s.ACW || v.acw
			}
		}
	}
	for _, pt := range a.points {
		s.Leaves = s.Leaves || !pt.handoff
	}
	return s
}
