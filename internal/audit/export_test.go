package audit

// Visits is how many visits the program holds.
func (p *Program) Visits() int { return p.visits }

// MaxVisits is how many it holds before it forgets.
const MaxVisits = maxVisits

// Spent is what the last root has cost when it was looked at as closely as it was in the end.
func (p *Program) Spent() int { return p.meter.spent }

// CloseWork and RoughWork are what one root may cost.
const (
	CloseWork = closeWork
	RoughWork = roughWork
)

// Within gives roots other budgets.
func (p *Program) Within(close, rough int) *Program {
	p.budget.close, p.budget.rough = close, rough
	return p
}
