package publish

// StateOf judges a change that nobody runs by its steps: the one rule of apply, sweep and settling (docs/journal.md). A step
// never tried counts as not written, an unclear one as perhaps written; where there are no steps, nothing was written.
func StateOf(steps []Step) State {
	done, unclear := 0, 0
	for _, st := range steps {
		switch st.State {
		case StepIntent:
			return Interrupted
		case StepDone:
			done++
		case StepUnclear:
			unclear++
		}
	}
	switch {
	case done == len(steps) && done > 0:
		return Published
	case done+unclear > 0:
		return Partly
	default:
		return Failed
	}
}
