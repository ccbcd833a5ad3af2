package flow

import "sync"

// Document is a parsed flow. It owns its bytes and never changes. It is safe for use by several
// goroutines at once.
type Document struct {
	text string    // every byte; all strings without escapes are parts of it
	once sync.Once // guards what follows
	root Value

	start   Value // StartAction
	actions Value
	meta    Value  // Metadata.ActionMetadata; empty where it is missing or no object
	metaOf  []slot // the members of meta
	entry   Value  // Metadata.entryPointPosition
	blocks  []*Block
	byID    map[string]int // index in blocks; -1 where several have the identifier
}

// Parse reads content. The error is always a *ParseError.
func Parse(content []byte) (*Document, error) {
	if e := checkText(content); e != nil {
		return nil, e
	}
	d := &Document{text: string(content)}
	var defect *ParseError
	d.once.Do(func() { defect = d.index() })
	if defect != nil {
		return nil, defect
	}
	return d, nil
}

// edited is the document of an edit's text, which is sound by construction. It is read when somebody asks
// for more than its bytes: most that is edited is only proven and published. Fuzzing holds it against Parse.
func edited(text string) *Document { return &Document{text: text} }

// read makes sure that the document is indexed.
func (d *Document) read() *Document {
	d.once.Do(func() { d.index() })
	return d
}

// Bytes gives the document back, byte for byte. The slice is the caller's own.
func (d *Document) Bytes() []byte { return []byte(d.text) }

// Start is StartAction as written; empty when missing or not a string.
func (d *Document) Start() string {
	s, _ := d.read().start.Text()
	return s
}

// StartBlock is the block StartAction names. It is false when StartAction is missing, empty, dangling
// or names several blocks: the flow "does not start", and wiring it is refused.
func (d *Document) StartBlock() (*Block, bool) { return d.Find(d.Start()) }

// Blocks are the actions in document order. The list belongs to the document: it is not to be changed.
func (d *Document) Blocks() []*Block { return d.read().blocks }

// Find gives the only block with this identifier: false when there is none or more than one, and for
// the empty identifier.
func (d *Document) Find(id string) (*Block, bool) {
	i, ok := d.read().byID[id]
	if !ok || i < 0 || id == "" {
		return nil, false
	}
	return d.blocks[i], true
}

// Root is the whole document as a value, for members that have no reading of their own.
func (d *Document) Root() Value { return d.read().root }
