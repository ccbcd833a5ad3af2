package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// operation is one of the service's.
type operation struct {
	name, method, path string
	instance, answer   string // as in the file
	errors             []string
}

// reads says whether an operation leaves all as it is, by the service's names.
func (op operation) reads() bool { return reading.MatchString(op.name) }

// The SDK's source is generated: one form for each thing.
var (
	reading = regexp.MustCompile(`^(List|Search|Describe|Get|BatchGet)[A-Z]`)
	label   = regexp.MustCompile(`{\w+}`)
	uri     = regexp.MustCompile(`httpbinding\.SplitURI\("([^"]+)"\)`)
	method  = regexp.MustCompile(`request\.Method = "(\w+)"`)
	code    = regexp.MustCompile(`strings\.EqualFold\("(\w+)", errorCode\)`)
	output  = regexp.MustCompile(`\n\t\tcase "(\w+)":`)
)

// field is a member of an input or an output.
type field struct {
	name, kind string // the kind is "[]", "int" or neither
	required   bool
	wire       string // of an output
}

// source is what of the module's source describes operations.
type source struct {
	funcs   map[string]string  // bodies by name; methods as Type.Name
	structs map[string][]field // inputs and outputs
}

// readSource reads the module in a folder.
func readSource(dir string) (*source, error) {
	s := &source{funcs: map[string]string{}, structs: map[string][]field{}}
	files, err := filepath.Glob(filepath.Join(dir, "api_op_*.go"))
	if err != nil {
		return nil, err
	}
	for _, f := range append(files, filepath.Join(dir, "serializers.go"), filepath.Join(dir, "deserializers.go")) {
		if err := s.parse(f); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *source) parse(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	at := func(p token.Pos) int { return set.Position(p).Offset }
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.funcs[funcName(d)] = string(text[at(d.Pos()):at(d.End())])
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					s.structs[t.Name.Name] = fields(t)
				}
			}
		}
	}
	return nil
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	return fmt.Sprint(t, ".", d.Name.Name)
}

func fields(t *ast.TypeSpec) []field {
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var all []field
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			required := strings.Contains(f.Doc.Text(), "This member is required.")
			all = append(all, field{name: n.Name, kind: kindOf(f.Type), required: required})
		}
	}
	return all
}

func kindOf(t ast.Expr) string {
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	switch t := t.(type) {
	case *ast.ArrayType:
		return "[]"
	case *ast.Ident:
		if strings.HasPrefix(t.Name, "int") {
			return "int"
		}
	}
	return ""
}

// operations lists all by name, save those of without.
func (s *source) operations(without map[string]bool) ([]operation, error) {
	var all []operation
	for name := range s.funcs {
		name, ok := strings.CutPrefix(name, "awsRestjson1_deserializeOpError")
		if !ok || without[name] {
			continue
		}
		op, err := s.operation(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, op)
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.name, b.name) })
	if len(all) == 0 {
		return nil, fmt.Errorf("the source has no operation in the form that is known")
	}
	return all, nil
}

func (s *source) operation(name string) (op operation, err error) {
	sends := s.funcs["awsRestjson1_serializeOp"+name+".HandleSerialize"]
	p, m := uri.FindStringSubmatch(sends), method.FindStringSubmatch(sends)
	if p == nil || m == nil {
		return op, fmt.Errorf("no method and path")
	}
	op = operation{name: name, method: m[1], path: p[1]}
	for _, m := range code.FindAllStringSubmatch(s.funcs["awsRestjson1_deserializeOpError"+name], -1) {
		op.errors = append(op.errors, m[1])
	}
	if !op.reads() {
		return op, nil
	}
	inst, names := named(s.structs[name+"Input"])
	if op.instance, err = s.place(op, inst); err != nil {
		return op, err
	}
	op.answer, err = s.empty(name, names)
	return op, err
}

// held are the resources that the simulator has some of: what belongs to one of them can be listed, and is empty.
var held = []string{"QueueId", "ContactFlowModuleId"}

// named gives the member of an input that names the instance, and whether the request names another resource besides,
// save those that are held.
func named(input []field) (inst field, other bool) {
	for _, f := range input {
		switch {
		case f.name == "InstanceId", f.name == "ResourceArn": // of metrics: the instance's ARN
			inst = f
		case f.required && (strings.HasSuffix(f.name, "Id") || strings.HasSuffix(f.name, "Arn")) && !slices.Contains(held, f.name):
			other = true
		}
	}
	return inst, other
}

// place says where an operation has its instance.
func (s *source) place(op operation, inst field) (string, error) {
	if inst.name == "" || strings.Contains(op.path, "{"+inst.name+"}") {
		return "", nil
	}
	mark := map[bool]string{true: "!"}[inst.required]
	value := `\.String\(\*v\.` + inst.name + `\)`
	query := regexp.MustCompile(`encoder\.SetQuery\("(\w+)"\)` + value)
	if m := query.FindStringSubmatch(s.funcs["awsRestjson1_serializeOpHttpBindings"+op.name+"Input"]); m != nil {
		return "?" + m[1] + mark, nil
	}
	body := regexp.MustCompile(`object\.Key\("(\w+)"\)\s+ok` + value)
	if m := body.FindStringSubmatch(s.funcs["awsRestjson1_serializeOpDocument"+op.name+"Input"]); m != nil {
		return m[1] + mark, nil
	}
	return "", fmt.Errorf("%s is sent nowhere", inst.name)
}

// empty is the output of an operation with all its lists empty and its totals 0: "" for one without a list, and for one
// that is about a resource.
func (s *source) empty(name string, resource bool) (string, error) {
	lists, found := 0, 0
	for _, f := range s.structs[name+"Output"] {
		if f.kind == "[]" {
			lists++
		}
	}
	if lists == 0 || resource {
		return "", nil
	}
	var members []string
	for _, f := range s.read(name) {
		switch {
		case f.kind == "[]":
			members = append(members, strconv.Quote(f.wire)+":[]")
			found++
		case f.kind == "int" && strings.HasSuffix(f.name, "TotalCount"):
			members = append(members, strconv.Quote(f.wire)+":0")
		case f.required:
			return "", fmt.Errorf("%s of the output is required: what is it where there is nothing?", f.name)
		}
	}
	if found < lists {
		return "", fmt.Errorf("%d of the output's %d lists are read", found, lists)
	}
	return "{" + strings.Join(members, ",") + "}", nil
}

// read gives the members of an output that the client reads, with their names on the wire.
func (s *source) read(name string) (all []field) {
	text := s.funcs["awsRestjson1_deserializeOpDocument"+name+"Output"]
	at := output.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		for _, f := range s.structs[name+"Output"] {
			if strings.Contains(text[m[0]:end], "sv."+f.name+" ") || strings.Contains(text[m[0]:end], "&sv."+f.name+",") {
				f.wire = text[m[2]:m[3]]
				all = append(all, f)
			}
		}
	}
	return all
}

// declared are the names of the operations that a package's files have as literals with a handle.
func declared(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CompositeLit); ok {
				declare(names, c)
			}
			return true
		})
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no operation is declared in %s", dir)
	}
	return names, nil
}

func declare(names map[string]bool, c *ast.CompositeLit) {
	name, handled := "", false
	for _, e := range c.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch lit, _ := kv.Value.(*ast.BasicLit); fmt.Sprint(kv.Key) {
		case "name":
			if lit != nil {
				name, _ = strconv.Unquote(lit.Value)
			}
		case "handle":
			handled = true
		}
	}
	if handled && name != "" {
		names[name] = true
	}
}
