package handlers

import (
	"cmp"
	"context"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// reportNames are what people call the blocks and flows that a report names. Of other flows and modules there is no document on the page.
type reportNames struct {
	blocks map[placed]string
	flows  map[string]string // other flows and modules, by id
}

// placed is a block by its identifier, in another flow or module ("" is the report's own).
type placed struct{ flow, block string }

func namesOf(ctx context.Context, r audit.Report) reportNames {
	p := reportNames{map[placed]string{}, map[string]string{}}
	block := func(flow, id, title, typ string) {
		if at := (placed{flow, id}); p.blocks[at] == "" && (title != "" || typ != "") {
			p.blocks[at] = cmp.Or(title, TypeWords(ctx, typ))
		}
	}
	for _, g := range r.Gaps {
		for _, s := range g.Steps {
			block(s.Flow, s.Block, s.Title, s.Type)
			p.flows[s.Flow] = cmp.Or(p.flows[s.Flow], s.FlowName)
		}
	}
	for _, h := range r.Handoffs {
		block(h.Flow, h.Block, titled(h.Block), h.Type)
	}
	for _, e := range r.Exits {
		block(e.Flow, e.Block, titled(e.Block), e.Type)
	}
	for _, n := range r.Notes {
		block(n.Flow, n.Block, titled(n.Block), n.Args["Type"])
		p.flows[n.Flow] = cmp.Or(p.flows[n.Flow], n.Args["In"])
	}
	return p
}

// titled is a block's identifier where it is a name, and none that the designer made up.
func titled(id string) string {
	if instance.IsUUID(id) {
		return ""
	}
	return id
}

// blockName is what people call the block with this identifier.
func (v flowPage) blockName(id string) string {
	if v.d.Document != nil {
		if b, ok := v.d.Document.Find(id); ok {
			return blockTitle(v.ctx, b)
		}
	}
	return v.nameAt("", id)
}

// placeName is what people call a block of this flow, or of another one or a module, which is named too.
func (v flowPage) placeName(other, id string) string {
	if other == "" {
		return v.blockName(id)
	}
	return v.t("flows.one.elsewhere", "Block", v.nameAt(other, id), "Flow", v.otherName(other))
}

func (v flowPage) nameAt(other, id string) string {
	name := cmp.Or(v.names.blocks[placed{other, id}], titled(id))
	if name == "" && id != "" {
		return v.t("flows.one.unnamed-block")
	}
	return name
}

// otherName is what people call another flow or a module that the report names by its id.
func (v flowPage) otherName(id string) string {
	return cmp.Or(flowNameOf(v.reading, id), v.names.flows[id], v.designerName(id), titled(id), v.t("flows.one.unnamed-flow"))
}

// designerName is what the designer calls a flow or module that a block of this flow leads to.
func (v flowPage) designerName(id string) string {
	if v.d.Document == nil {
		return ""
	}
	for _, b := range v.d.Document.Blocks() {
		for _, r := range b.References() {
			if ref, ok := instance.ParseRef(r.Value, r.Kind); ok && ref.ID == id {
				if name := targetName(b); name != "" {
					return name
				}
			}
		}
	}
	return ""
}
