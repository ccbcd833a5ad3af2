package publish

import (
	"slices"

	"wrapup/internal/acw"
	"wrapup/internal/flow"
)

// reads are the contact attributes that a guide shows. The guide runs on a contact of its own, which is created with a copy
// of the customer's attributes: a flow must have set them before.
func reads(content []byte) []string {
	return lifted(content).Guide.Attributes()
}

// records names the attributes that a guide writes.
func records(content []byte) []string {
	var out []string
	for _, s := range lifted(content).Saves {
		out = append(out, s.Attribute)
	}
	return out
}

// lifted reads a guide from a flow's bytes; of a flow that is none, nothing.
func lifted(content []byte) acw.Lifted {
	d, err := flow.Parse(content)
	if err != nil {
		return acw.Lifted{}
	}
	l, _ := acw.Lift(d)
	return l
}

// unsetAttributes are those of the names that no block of the flow writes to its own contact. Another flow or a Lambda
// function may set them; the review says what this flow does.
func unsetAttributes(content []byte, names []string) []string {
	d, err := flow.Parse(content)
	if err != nil || len(names) == 0 {
		return nil
	}
	set := map[string]bool{}
	for _, b := range d.Blocks() {
		if b.Type != flow.TypeAttributes {
			continue
		}
		if v, ok := b.Param("TargetContact"); ok {
			if t, _ := v.Text(); t != "Current" {
				continue
			}
		}
		if v, ok := b.Param("Attributes"); ok {
			for _, m := range v.Members() {
				set[m.Name] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return set[n] })
}
