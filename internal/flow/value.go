package flow

// Value is a JSON value inside the document, read lazily from its bytes.
type Value struct {
	text     string // of the whole document
	from, to int
}

// Member is one member of an object.
type Member struct {
	Name  string
	Value Value
}

func (v Value) raw() string { return v.text[v.from:v.to] }

func (v Value) is(open byte) bool { return v.from < v.to && v.text[v.from] == open }

// Raw is a copy of the value's own bytes.
func (v Value) Raw() []byte { return []byte(v.raw()) }

// Text is the decoded string and true for a JSON string. A lone surrogate escape reads as U+FFFD.
func (v Value) Text() (string, bool) {
	if !v.is('"') {
		return "", false
	}
	return unquote(v.raw()), true
}

// Members lists an object's members in order; none for anything else.
func (v Value) Members() []Member {
	var list []Member
	for m := range v.slots() {
		list = append(list, Member{m.name(v.text), m.value})
	}
	return list
}

// Elements lists an array's elements in order; none for anything else.
func (v Value) Elements() []Value {
	if !v.is('[') {
		return nil
	}
	var list []Value
	i := space(v.text, v.from+1)
	for v.text[i] != ']' {
		end := valueEnd(v.text, i)
		list = append(list, Value{v.text, i, end})
		if i = space(v.text, end); v.text[i] == ',' {
			i = space(v.text, i+1)
		}
	}
	return list
}

// Get finds a member of an object by path. It is false where a step is missing or no object.
func (v Value) Get(path ...string) (Value, bool) {
	for _, name := range path {
		next, ok := v.member(name)
		if !ok {
			return Value{}, false
		}
		v = next.value
	}
	return v, v.to > 0
}

// slot is one member with its place: the name is [key, keyEnd), the value from there to the end.
type slot struct {
	key, keyEnd int
	value       Value
}

func (m slot) name(text string) string { return unquote(text[m.key:m.keyEnd]) }

func (v Value) slots() func(yield func(slot) bool) {
	return func(yield func(slot) bool) {
		if !v.is('{') {
			return
		}
		i := space(v.text, v.from+1)
		for v.text[i] != '}' {
			m := slot{key: i, keyEnd: stringEnd(v.text, i)}
			at := space(v.text, space(v.text, m.keyEnd)+1)
			end := valueEnd(v.text, at)
			m.value = Value{v.text, at, end}
			if !yield(m) {
				return
			}
			if i = space(v.text, end); v.text[i] == ',' {
				i = space(v.text, i+1)
			}
		}
	}
}

func (v Value) member(name string) (slot, bool) {
	for m := range v.slots() {
		if m.name(v.text) == name {
			return m, true
		}
	}
	return slot{}, false
}
