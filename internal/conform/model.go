package conform

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Model is the part of a service's model (botocore's service-2.json, rest-json) that exchanges are held against.
type Model struct {
	Operations map[string]*Operation
	Shapes     map[string]*Shape
	Pagination map[string]Paging

	routes []route
	prose  map[string]bounds // by "Request.Member": what only the documentation says
}

// Operation is one call: its requestUri is "/contact-flows/{InstanceId}", its errors are all that it models.
type Operation struct {
	Name   string
	HTTP   struct{ Method, RequestURI string }
	Input  *Ref
	Output *Ref
	Errors []Ref
}

// Ref names a shape.
type Ref struct{ Shape string }

// Shape is a type with its constraints. Min and Max bound a length (in characters), a number of items, or a value.
type Shape struct {
	Name     string `json:"-"`
	Type     string
	Required []string
	Members  map[string]Member
	Member   Ref // of a list
	Key      Ref // of a map
	Value    Ref
	Enum     []string
	Pattern  string
	Min, Max *int64
	Union    bool // exactly one member is set
	Error    struct{ HTTPStatusCode int }

	pattern *pattern
}

// Member is a member of a structure: Location is "" in the body, else uri or querystring.
type Member struct{ Shape, Location, LocationName string }

// Paging names the member of an answer that a page's size bounds, and the member of the request that gives the size.
type Paging struct {
	LimitKey  string `json:"limit_key"`
	ResultKey string `json:"result_key"`
}

type bounds struct{ Min, Max *int64 }

// Read reads a model. Patterns that cannot mean what they say are put right (see Bugs); a reference to a shape that is
// not there, a type or a pattern that is not known are errors.
func Read(r io.Reader) (*Model, error) {
	var file struct {
		Model
		Prose map[string]json.RawMessage `json:"_prose_constraints"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("read the service model: %w", err)
	}
	m := &file.Model
	m.prose = map[string]bounds{}
	for name, raw := range file.Prose {
		var b bounds
		if json.Unmarshal(raw, &b) == nil && (b.Min != nil || b.Max != nil) { // the note is a string
			m.prose[name] = b
		}
	}
	for name, s := range m.Shapes {
		if err := m.finish(name, s); err != nil {
			return nil, fmt.Errorf("read the service model: shape %s: %w", name, err)
		}
	}
	for name, op := range m.Operations {
		op.Name = name
		if err := m.has(op.refs()...); err != nil {
			return nil, fmt.Errorf("read the service model: operation %s: %w", name, err)
		}
		m.routes = append(m.routes, newRoute(op))
	}
	slices.SortFunc(m.routes, func(a, b route) int { return cmp.Or(a.labels-b.labels, strings.Compare(a.op.Name, b.op.Name)) })
	return m, nil
}

var types = []string{"structure", "list", "map", "string", "boolean", "integer", "long", "timestamp"}

func (m *Model) finish(name string, s *Shape) (err error) {
	s.Name = name
	if !slices.Contains(types, s.Type) {
		return fmt.Errorf("type %q is not known", s.Type)
	}
	var refs []Ref
	for _, d := range s.Members {
		refs = append(refs, Ref{d.Shape})
	}
	if s.Type == "list" {
		refs = append(refs, s.Member)
	} else if s.Type == "map" {
		refs = append(refs, s.Key, s.Value)
	}
	if err := m.has(refs...); err != nil {
		return err
	}
	if p := meant(name, s.Pattern); p != "" {
		s.pattern, err = compile(p)
	}
	return err
}

func (m *Model) has(refs ...Ref) error {
	for _, r := range refs {
		if m.Shapes[r.Shape] == nil {
			return fmt.Errorf("there is no shape %q", r.Shape)
		}
	}
	return nil
}

func (op *Operation) refs() []Ref {
	refs := slices.Clone(op.Errors)
	if op.Input != nil {
		refs = append(refs, *op.Input)
	}
	if op.Output != nil {
		refs = append(refs, *op.Output)
	}
	return refs
}

// models says whether the operation models an error.
func (op *Operation) models(code string) bool { return slices.Contains(op.Errors, Ref{code}) }

// wire is a member's name on the wire.
func (d Member) wire(name string) string { return cmp.Or(d.LocationName, name) }

// route finds an operation by its method and escaped path.
type route struct {
	op     *Operation
	parts  []string
	labels int
}

func newRoute(op *Operation) route {
	path, _, _ := strings.Cut(op.HTTP.RequestURI, "?")
	return route{op, strings.Split(path, "/"), strings.Count(path, "{")}
}

// Find gives the operation of a request and its escaped path members; nil where the model has none. An id may hold
// escaped slashes: nothing is unescaped before the path is split.
func (m *Model) Find(method, escaped string) (*Operation, map[string]string) {
	parts := strings.Split(escaped, "/")
	for _, r := range m.routes {
		if r.op.HTTP.Method == method {
			if labels, ok := r.match(parts); ok {
				return r.op, labels
			}
		}
	}
	return nil, nil
}

func (r route) match(parts []string) (map[string]string, bool) {
	if len(parts) != len(r.parts) {
		return nil, false
	}
	labels := map[string]string{}
	for i, want := range r.parts {
		if name, ok := strings.CutPrefix(want, "{"); ok {
			labels[strings.TrimSuffix(name, "}")] = parts[i]
		} else if want != parts[i] {
			return nil, false
		}
	}
	return labels, true
}

// AtHand reads the model that lies beside the repository, in ../shared/tools from its root. The error is fs.ErrNotExist
// where it does not.
var AtHand = sync.OnceValues(func() (*Model, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		if dir == filepath.Dir(dir) {
			return nil, fmt.Errorf("no go.mod above the working directory: %w", fs.ErrNotExist)
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.Open(filepath.Join(dir, "..", "shared", "tools", "connect-model.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f)
})

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}
