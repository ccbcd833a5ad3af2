package connectsim

import (
	"net/url"
	"slices"
	"strings"
	"sync"
)

// operation is one row of the table: all that routing, decoding and answering need to know.
type operation struct {
	name   string
	method string
	path   string // "/contact-flows/{InstanceId}"
	query  bool   // awsQuery with XML answers (STS) instead of restJson1
	in     []member
	handle func(*call) (any, *apiError)
	errors []string // modelled
	on     resource // what a policy must allow it on
	parts  []string // path split
}

// flowErrors and viewErrors are the errors that most operations of their group model.
func flowErrors(more ...string) []string {
	return append([]string{"InvalidRequestException", "InvalidParameterException", "ResourceNotFoundException",
		"ThrottlingException", "InternalServiceException"}, more...)
}

func viewErrors(more ...string) []string {
	return append([]string{"AccessDeniedException", "InvalidRequestException", "InvalidParameterException",
		"ResourceNotFoundException", "InternalServiceException", "TooManyRequestsException"}, more...)
}

// table is every operation, found by name or by the shape of a request's path.
type table struct {
	list   []*operation
	named  map[string]*operation
	routes map[routeKey][]*operation // those with the fewest members in the path first
}

// routeKey is what a path says at first sight: no two operations of the service differ in less.
type routeKey struct {
	method, first string
	parts         int
}

// operations is the table. Members and constraints are those of the service model. It is made once: it never changes.
var operations = sync.OnceValue(func() *table {
	return newTable(slices.Concat(instanceOperations(), flowOperations(), flowVersionOperations(), moduleOperations(), viewOperations(),
		viewVersionOperations(), queueOperations(), numberOperations(), userOperations(), searchOperations(), tagOperations(), otherOperations(), stsOperations()))
})

func newTable(list []*operation) *table {
	t := &table{list: list, named: map[string]*operation{}, routes: map[routeKey][]*operation{}}
	for _, op := range list {
		t.named[op.name] = op
		if op.query {
			continue
		}
		op.parts = strings.Split(op.path, "/")[1:]
		k := routeKey{op.method, op.parts[0], len(op.parts)}
		t.routes[k] = append(t.routes[k], op)
	}
	for _, ops := range t.routes {
		slices.SortStableFunc(ops, func(a, b *operation) int { return strings.Count(a.path, "{") - strings.Count(b.path, "{") })
	}
	return t
}

// Members that many operations share.
var (
	instanceID = path("InstanceId", text(1, 100))
	flowID     = path("ContactFlowId", text(1, 500))
	nextToken  = query("NextToken", "nextToken", text(0, 0))
	page1000   = query("MaxResults", "maxResults", number(1, 1000))
)

func members(m ...member) []member { return m }

// route finds the operation of a restJson1 request and its path members. It splits the escaped path, so that an id may
// hold an escaped slash or colon; it cleans nothing: "..", "." and "" are ids like any other.
func (t *table) route(method, escaped string) (*operation, map[string]string) {
	parts := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	for i, p := range parts {
		u, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil
		}
		parts[i] = u
	}
	for _, op := range t.routes[routeKey{method, parts[0], len(parts)}] {
		if labels, ok := op.match(parts); ok {
			return op, labels
		}
	}
	return nil, nil
}

func (op *operation) match(parts []string) (map[string]string, bool) {
	labels := map[string]string{}
	for i, want := range op.parts {
		if name, ok := strings.CutPrefix(want, "{"); ok {
			labels[strings.TrimSuffix(name, "}")] = parts[i]
		} else if want != parts[i] {
			return nil, false
		}
	}
	return labels, true
}
