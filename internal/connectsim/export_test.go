package connectsim

// Row is a row of the table of operations, for tests from outside.
type Row struct {
	Method, Path string
	Errors       []string
}

// Rows gives the table by name.
func Rows() map[string]Row {
	rows := map[string]Row{}
	for _, op := range operations().list {
		rows[op.name] = Row{op.method, op.path, op.errors}
	}
	return rows
}
