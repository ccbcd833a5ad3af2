package flow

// Reading of Transitions: part of the indexer's one pass.

func (x *indexer) transitions(b *Block, at int) int {
	if x.s[at] != '{' {
		if x.s[at] != 'n' {
			x.wrong(b, at, ".Transitions")
		}
		return x.value(at)
	}
	end := x.object(at, func(name string, at int) int {
		switch name {
		case "NextAction":
			return x.target(b, at, &b.Next)
		case "Errors":
			return x.branches(b, at, ".Transitions.Errors", &b.Errors)
		case "Conditions":
			return x.branches(b, at, ".Transitions.Conditions", &b.Conditions)
		}
		return x.value(at)
	})
	b.trans = Value{x.s, at, end}
	return end
}

func (x *indexer) target(b *Block, at int, into *Target) int {
	into.Present = x.s[at] == '"'
	return x.text(b, at, ".Transitions: NextAction", &into.ID)
}

func (x *indexer) branches(b *Block, at int, member string, into *[]Branch) int {
	if x.s[at] != '[' {
		if x.s[at] != 'n' {
			x.wrong(b, at, member)
		}
		return x.value(at)
	}
	return x.array(at, func(at int) int {
		if x.s[at] != '{' {
			x.wrong(b, at, member)
			return x.value(at)
		}
		var br Branch
		end := x.object(at, func(name string, at int) int {
			switch name {
			case "NextAction":
				return x.target(b, at, &br.Target)
			case "ErrorType":
				return x.text(b, at, member+": ErrorType", &br.ErrorType)
			case "Condition":
				end := x.value(at)
				br.Condition = condition(Value{x.s, at, end}, maxNesting)
				return end
			}
			return x.value(at)
		})
		*into = append(*into, br)
		return end
	})
}

// maxNesting bounds how deep nested conditions are read; the documentation allows five levels.
const maxNesting = 32

// condition reads {Operator, Operands}. Nested And/Or conditions stand among the operands, bare or
// as {Condition: …}, or in a member Conditions; what has another form is left out, never refused:
// conditions do not decide where a branch leads.
func condition(v Value, depth int) Condition {
	var c Condition
	if depth == 0 {
		return c
	}
	for m := range v.slots() {
		switch m.name(v.text) {
		case "Operator":
			c.Operator, _ = m.value.Text()
		case "Operands", "Conditions":
			for _, e := range m.value.Elements() {
				if s, ok := e.Text(); ok {
					c.Operands = append(c.Operands, s)
				} else if e.is('{') {
					c.Nested = append(c.Nested, nested(e, depth-1))
				}
			}
		}
	}
	if len(c.Nested) > 0 {
		c.Operands = nil
	}
	return c
}

func nested(v Value, depth int) Condition {
	if inner, ok := v.Get("Condition"); ok {
		return condition(inner, depth)
	}
	return condition(v, depth)
}
