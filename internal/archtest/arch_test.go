// Package archtest holds one test: who may import whom. docs/ARCHITECTURE.md shows the same table to people.
package archtest

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "wrapup"

// rule is one row of the table. Patterns are import paths relative to the module; "x/*" is any package below x.
type rule struct {
	pkg   string
	ours  []string // may import, besides internal/instance, internal/fault and internal/ordered
	never []string // libraries that are banned, as prefixes
}

var (
	sdk  = "github.com/aws/"
	io   = []string{"net/http", "net", "os", "database/sql", "os/exec", sdk, "github.com/uptrace/bun"}
	pure = append(slices.Clone(io), "log/slog")
)

// rules are matched in order; the first that fits a package binds it.
var rules = []rule{
	{pkg: "cmd/*", ours: []string{"*"}},
	{pkg: "web", ours: []string{"handlers", "static", "internal/people", "internal/reqctx", "internal/i18n", "views/layout", "views/ui"}, never: []string{sdk, "database/sql"}},
	{pkg: "handlers", ours: []string{"views/*", "static", "internal/flow", "internal/view", "internal/acw", "internal/audit", "internal/survey", "internal/readiness", "internal/operation", "internal/publish", "internal/people", "internal/reqctx", "internal/i18n", "internal/picture"}, never: []string{sdk, "database/sql"}},
	{pkg: "views/*", ours: []string{"views/layout", "views/ui", "static", "internal/i18n", "internal/flow", "internal/view", "internal/acw", "internal/audit", "internal/picture"}, never: append([]string{"net/http"}, io...)},
	{pkg: "views"}, // tests of all pages only
	{pkg: "static", never: []string{sdk}},
	{pkg: "internal/instance", never: pure},
	{pkg: "internal/fault", never: pure},
	{pkg: "internal/ordered", never: pure},
	{pkg: "internal/flow", never: pure},
	{pkg: "internal/flow/flowtest"}, // for tests
	{pkg: "internal/view", never: pure},
	{pkg: "internal/picture", ours: []string{"internal/flow"}, never: pure},
	{pkg: "internal/acw", ours: []string{"internal/flow", "internal/view"}, never: pure},
	{pkg: "internal/audit", ours: []string{"internal/flow", "internal/view", "internal/acw"}, never: pure},
	{pkg: "internal/survey", ours: []string{"internal/flow", "internal/view", "internal/acw", "internal/audit", "internal/operation"}, never: io},
	{pkg: "internal/operation", never: io},
	{pkg: "internal/webhook", ours: []string{"internal/operation"}, never: []string{sdk, "database/sql"}},
	{pkg: "internal/readiness", never: pure},
	{pkg: "internal/publish", ours: []string{"internal/flow", "internal/view", "internal/acw", "internal/audit", "internal/operation"}, never: io},
	{pkg: "internal/connect", ours: nil},
	{pkg: "internal/store", ours: []string{"internal/acw", "internal/audit", "internal/survey", "internal/operation", "internal/publish", "internal/people", "internal/flow", "internal/store/*"}, never: []string{sdk, "net/http"}},
	{pkg: "internal/store/*", ours: []string{"internal/acw", "internal/audit", "internal/survey", "internal/operation", "internal/publish", "internal/people", "internal/flow", "internal/store"}, never: []string{sdk, "net/http"}},
	{pkg: "internal/connectsim", ours: []string{"internal/flow", "internal/connectsim/*"}, never: []string{sdk, "testing"}},
	{pkg: "internal/connectsim/policy", never: pure},
	{pkg: "internal/connectsim/template", never: pure},
	{pkg: "internal/connectsim/internal/*"},
	{pkg: "internal/conform", never: []string{sdk, "testing"}},
	{pkg: "internal/people", never: append([]string{"net/http"}, io...)},
	{pkg: "internal/i18n", never: []string{"net/http", "database/sql", sdk}},
	{pkg: "internal/reqctx", never: []string{"net/http", "database/sql", sdk}},
	{pkg: "internal/skipcheck"},
	{pkg: "internal/benchtable"},
	{pkg: "internal/archtest"},
	{pkg: "internal/faults"}, // tests only
	{pkg: "e2e"},
}

// everywhere may be imported by all.
var everywhere = []string{"internal/instance", "internal/fault", "internal/ordered"}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		rel := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		r, ok := ruleFor(rel)
		if !ok {
			t.Errorf("%s is not in the import table: give it a row", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if why := r.refuses(imp); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imp, why)
			}
		}
	}
}

// The SDK ends in one package: everything else meets AWS through ports.
func TestOnlyTheGatewayImportsTheSDK(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if p.ImportPath == module+"/internal/connect" {
			continue
		}
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, sdk) {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
	}
}

func TestTheTableRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pkg, imp string }{
		{"handlers", module + "/internal/store"},
		{"internal/flow", module + "/internal/audit"},
		{"internal/publish", module + "/internal/connect"},
		{"internal/acw", "net/http"},
		{"views/flows", module + "/internal/publish"},
		{"web", module + "/cmd/wrapup"},
		{"internal/connectsim", "testing"},
		{"internal/survey", "github.com/aws/aws-sdk-go-v2/aws"},
	} {
		if r, _ := ruleFor(c.pkg); r.refuses(c.imp) == "" {
			t.Errorf("%s may import %s", c.pkg, c.imp)
		}
	}
}

func (r rule) refuses(imp string) string {
	for _, n := range r.never {
		if imp == n || strings.HasSuffix(n, "/") && strings.HasPrefix(imp, n) || strings.HasPrefix(imp, n+"/") && n != "net" {
			return "banned for " + r.pkg
		}
	}
	rel, ours := strings.CutPrefix(imp, module+"/")
	if !ours || slices.Contains(everywhere, rel) {
		return ""
	}
	if strings.HasPrefix(rel, "cmd/") {
		return "nobody imports a command"
	}
	for _, o := range r.ours {
		if match(o, rel) {
			return ""
		}
	}
	return "not in the row of " + r.pkg
}

func ruleFor(rel string) (rule, bool) {
	for _, r := range rules {
		if match(r.pkg, rel) {
			return r, true
		}
	}
	return rule{}, false
}

func match(pattern, rel string) bool {
	if pattern == "*" || pattern == rel {
		return true
	}
	dir, ok := strings.CutSuffix(pattern, "/*")
	return ok && strings.HasPrefix(rel, dir+"/")
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = path.Join("..", "..")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []listed
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}
