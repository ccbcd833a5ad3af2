package flow

import "strings"

// pieces writes the tree as the bytes that no edit states, broken where one does.
func (t *tree) pieces() []string {
	p := &printer{}
	p.sb.WriteString(t.head)
	p.node(t.root)
	p.sb.WriteString(t.tail)
	p.stop()
	return p.list
}

type printer struct {
	list []string
	sb   strings.Builder
}

// stop ends a piece: what comes between it and the next is stated by an edit.
func (p *printer) stop() {
	p.list = append(p.list, p.sb.String())
	p.sb.Reset()
}

func (p *printer) node(n *node) {
	switch {
	case n.fresh:
		p.stop()
	case n.kind == 0:
		p.sb.WriteString(n.raw)
	default:
		p.sb.WriteByte(n.kind)
		if len(n.items) == 0 {
			p.sb.WriteString(n.inner)
		}
		for i, it := range n.items {
			if i > 0 {
				p.sb.WriteByte(',')
			}
			p.item(it, n.kind == '{')
		}
		p.sb.WriteByte(n.kind + 2) // in ASCII both kinds of braces stand two apart
	}
}

func (p *printer) item(it *item, named bool) {
	p.gap(it.lead)
	if named {
		if it.renamed {
			p.stop()
		} else {
			p.sb.WriteString(it.name)
		}
		p.gap(it.beforeColon)
		p.sb.WriteByte(':')
		p.gap(it.colon)
	}
	p.node(it.value)
	p.gap(it.tail)
}

func (p *printer) gap(g gap) {
	if g.kind != exact {
		p.stop()
		return
	}
	p.sb.WriteString(g.text)
}

// sameBytes checks that text begins with the first piece, ends with the last and holds the others
// between them in order.
func sameBytes(pieces []string, text string) *ProofError {
	first, last := pieces[0], pieces[len(pieces)-1]
	if !strings.HasPrefix(text, first) {
		return &ProofError{What: "bytes", Offset: alike(first, text)}
	}
	if len(pieces) == 1 {
		if text != first {
			return &ProofError{What: "bytes", Offset: len(first)}
		}
		return nil
	}
	rest := text[len(first):]
	if !strings.HasSuffix(rest, last) {
		return &ProofError{What: "bytes", Offset: len(text) - alikeAtEnd(last, rest)}
	}
	rest = rest[:len(rest)-len(last)]
	at := len(first)
	for _, piece := range pieces[1 : len(pieces)-1] {
		i := strings.Index(rest, piece)
		if i < 0 {
			return &ProofError{What: "bytes", Offset: at}
		}
		rest, at = rest[i+len(piece):], at+i+len(piece)
	}
	return nil
}

func alike(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func alikeAtEnd(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}
