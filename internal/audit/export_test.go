package audit

// Visits is how many visits the program holds.
func (p *Program) Visits() int { return p.visits }

// MaxVisits is how many it holds before it forgets.
const MaxVisits = maxVisits
