package publish

// StateOf judges a change that nobody runs by its steps: the one rule of apply, settling and giving up (docs/journal.md). A skipped step
// counts as not written, an unclear one as perhaps written; a change of which some steps were tried and some are still planned is
// Paused; where there are no steps, nothing was written.
func StateOf(steps []Step) State {
	done, unclear, planned := 0, 0, 0
	for _, st := range steps {
		switch st.State {
		case StepIntent:
			return Interrupted
		case StepPlanned, "":
			planned++
		case StepDone:
			done++
		case StepUnclear:
			unclear++
		}
	}
	switch {
	case planned > 0:
		return Paused
	case done == len(steps) && done > 0:
		return Published
	case done+unclear > 0:
		return Partly
	default:
		return Failed
	}
}
