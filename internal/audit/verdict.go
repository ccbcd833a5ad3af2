package audit

// Verdict of an inbound flow; product.md section 2 gives the table. Label is "verdict.<id>" in the catalogue.
type Verdict string

// The verdicts, in the order in which they are decided.
const (
	Unreadable   Verdict = "unreadable"
	Guide        Verdict = "guide"
	CallbackOnly Verdict = "callback-only"
	NoAgent      Verdict = "no-agent"
	Broken       Verdict = "broken"
	Conflict     Verdict = "conflict"
	Partial      Verdict = "partial"
	Draft        Verdict = "draft"
	WrongEvent   Verdict = "wrong-event"
	ViaCallers   Verdict = "via-callers"
	NotWired     Verdict = "not-wired"
	Unknown      Verdict = "unknown"
	Dynamic      Verdict = "dynamic"
	WiredMixed   Verdict = "wired-mixed"
	WiredAttr    Verdict = "wired-attribute"
	WiredLater   Verdict = "wired-later"
	Wired        Verdict = "wired"
)

// Verdicts lists the closed set in the order in which they are decided.
func Verdicts() []Verdict {
	return []Verdict{Unreadable, Guide, CallbackOnly, NoAgent, Broken, Conflict, Partial, Draft, WrongEvent, ViaCallers,
		NotWired, Unknown, Dynamic, WiredMixed, WiredAttr, WiredLater, Wired}
}

// Covered says whether the verdict is one of wired*.
func (v Verdict) Covered() bool {
	return v == Wired || v == WiredMixed || v == WiredAttr || v == WiredLater
}

// tally counts what the verdict depends on: the settings of all hand-offs, and one unknown per exit.
type tally struct {
	broken, conflict, unset, dynamic, unknown, set int
	attribute, later                               int
}

func (t *tally) add(s Setting) {
	switch s.Kind {
	case BrokenValue:
		t.broken++
	case TwoGuides:
		t.conflict++
	case Unset, Disabled:
		t.unset++
	case DynamicValue:
		t.dynamic++
	case UnknownRoute:
		t.unknown++
	default:
		t.set++
	}
	switch s.Kind {
	case ByAttribute:
		t.attribute++
	case Later:
		t.later++
	}
}

// verdict decides by the table of product.md section 2: the first row that fits.
func (a *analysis) verdict(r *Report) Verdict {
	if len(r.Handoffs) == 0 && len(r.Exits) == 0 {
		switch {
		case r.IsGuide != nil:
			return Guide
		case a.callback:
			return CallbackOnly
		}
		return NoAgent
	}
	t := tally{unknown: len(r.Exits)}
	for _, h := range r.Handoffs {
		for _, s := range h.Settings {
			t.add(s)
		}
	}
	switch {
	case t.broken > 0:
		return Broken
	case t.conflict > 0:
		return Conflict
	case t.unset > 0 && t.set+t.dynamic > 0:
		return Partial
	case t.unset > 0 && a.wrongEvent():
		return WrongEvent
	case t.unset > 0:
		return NotWired
	case t.unknown > 0:
		return Unknown
	case t.dynamic > 0:
		return Dynamic
	}
	return wiredAs(t, r.Guides)
}

// Circumstances are what a flow's content does not say, and other contents do.
type Circumstances struct {
	DraftCovered bool // the saved copy differs, and would open the guide
	ViaCallers   bool // every known caller arrives with a guide, and nothing known leads here directly
}

// Under decides the verdict anew where only unset settings were found (product.md section 2).
func (r *Report) Under(c Circumstances) {
	switch {
	case r.Verdict != WrongEvent && r.Verdict != NotWired:
	case c.DraftCovered:
		r.Verdict = Draft
	case c.ViaCallers && r.Verdict == NotWired:
		r.Verdict = ViaCallers
	}
}

// wiredAs tells the kinds of green apart.
func wiredAs(t tally, guides []GuideUse) Verdict {
	switch {
	case len(guides) > 1:
		return WiredMixed
	case t.attribute > 0:
		return WiredAttr
	case t.later > 0:
		return WiredLater
	}
	return Wired
}
