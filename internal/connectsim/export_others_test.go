package connectsim

import "slices"

// Other is an operation outside the model, for tests from outside.
type Other struct {
	Name, Method, Path string
	Place, Wire        string // of the instance: path, query or body, and its name there; "" for none
	Errors             []string
}

// Others lists the operations of others.go: those that are answered, and those that are only known by name.
func Others() (reads, writes []Other) {
	for _, op := range otherOperations() {
		o := Other{Name: op.name, Method: op.method, Path: op.path, Errors: op.errors}
		if i := slices.IndexFunc(op.in, func(m member) bool { return m.name == "InstanceId" }); i >= 0 {
			m := op.in[i]
			o.Place, o.Wire = map[place]string{inPath: "path", inQuery: "query", inBody: "body"}[m.in], m.wire
		}
		reads = append(reads, o)
	}
	for _, op := range catalogue().writes {
		writes = append(writes, Other{Name: op.name, Method: op.method, Path: op.path})
	}
	return reads, writes
}

// Routed gives the names of what a request is routed to, and of what it would be if the simulator had it: "" for none.
func Routed(method, path string) (has, lacks string) {
	if op, _ := operations().route(method, path); op != nil {
		has = op.name
	}
	if op, _ := absent().route(method, path); op != nil {
		lacks = op.name
	}
	return has, lacks
}

// ReadOthers reads the file of others.go anew and gives the number of its rows.
func ReadOthers() int {
	o := readOthers(othersFile)
	return len(o.reads) + len(o.writes)
}
