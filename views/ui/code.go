package ui

// SpanKind is what a piece of JSON is.
type SpanKind string

// The kinds of pieces; Plain is the zero value.
const (
	Plain       SpanKind = ""
	Key         SpanKind = "key"
	String      SpanKind = "string"
	Number      SpanKind = "number"
	Literal     SpanKind = "literal"
	Punctuation SpanKind = "punctuation"
)

// Span is a piece of a line.
type Span struct {
	Kind SpanKind
	Text string
}

// CodeLine is one line, without its end.
type CodeLine struct {
	Spans  []Span
	Marked bool // drawn to attention
}

// CodeProps of a highlighted document.
type CodeProps struct {
	Label string // what it is, for screen readers
	Lines []CodeLine
}

// DiffOp is what became of a line.
type DiffOp string

// The operations; Same is the zero value.
const (
	Same    DiffOp = ""
	Added   DiffOp = "added"
	Removed DiffOp = "removed"
)

// DiffLine is one line of a difference; Old and New are line numbers, empty where the line is absent.
type DiffLine struct {
	Op       DiffOp
	Old, New string
	Spans    []Span
}

// DiffHunk is a run of lines; Title tells where ("Lines 12 to 20").
type DiffHunk struct {
	Title string
	Lines []DiffLine
}

// DiffProps of a difference by line.
type DiffProps struct {
	Label string
	Hunks []DiffHunk
	Empty string // shown when there is no hunk: "No difference"
}

// class is the short class name of a kind: a document of 250,000 characters has many spans.
func (k SpanKind) class() string {
	return map[SpanKind]string{Key: "k", String: "s", Number: "n", Literal: "l", Punctuation: "p"}[k]
}

// Icon is the name of an icon in the sprite. Icons stand beside words, never instead of them.
type Icon string

// The icons of the sprite.
const (
	NoIcon        Icon = ""
	IconArrowDown Icon = "arrow-down"
	IconArrowUp   Icon = "arrow-up"
	IconDown      Icon = "chevron-down"
	IconLeft      Icon = "chevron-left"
	IconRight     Icon = "chevron-right"
	IconSortable  Icon = "chevrons-up-down"
	IconSuccess   Icon = "circle-check"
	IconStopped   Icon = "circle-minus"
	IconError     Icon = "circle-x"
	IconPending   Icon = "clock"
	IconCopy      Icon = "copy"
	IconDownload  Icon = "download"
	IconExternal  Icon = "external-link"
	IconInfo      Icon = "info"
	IconRefresh   Icon = "refresh-cw"
	IconSearch    Icon = "search"
	IconWarning   Icon = "triangle-alert"
	IconPerson    Icon = "user"
	IconClose     Icon = "x"
)

// icon is the picture of a status.
func (k StatusKind) icon() Icon {
	switch k {
	case Success:
		return IconSuccess
	case Warning:
		return IconWarning
	case Error:
		return IconError
	case Info:
		return IconInfo
	case Stopped:
		return IconStopped
	}
	return IconPending
}
