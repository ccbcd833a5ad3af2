package audit_test

import (
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// A set of flows in the cases is a root, and behind lines "== flow F3" and "== module F4" what it may lead to. A heading
// without blocks is a flow that cannot be read. "options: defaults=AgentWhisper:F5" names the instance's default flows.

// set is a root with what it may lead to.
type set struct {
	root    []byte
	options audit.Options
}

func readSet(t testing.TB, text string) set {
	t.Helper()
	rootText, rest, _ := strings.Cut("\n"+text, "\n== ")
	s := set{root: build(t, rootText), options: options(t, text)}
	units := map[audit.Link]*audit.Unit{}
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, "\n== ")
		heading, body, _ := strings.Cut(part, "\n")
		words := strings.Fields(heading)
		who := audit.Identity{Module: words[0] == "module", ID: long(words[1]), Name: words[1]}
		link := audit.Link{Module: who.Module, Ref: instance.Ref{ID: who.ID}}
		if units[link] = nil; strings.TrimSpace(body) != "" {
			units[link] = audit.Read(who, build(t, body), s.options).Compact()
		}
	}
	s.options.Follow = func(l audit.Link) audit.Followed {
		u := units[audit.Link{Module: l.Module, Ref: instance.Ref{ID: l.Ref.ID}}]
		if u == nil || l.Ref.Qualifier != "" && l.Ref.Qualifier != "$LATEST" {
			return audit.Followed{Why: fault.Msg("test.unreadable")}
		}
		return audit.Followed{Unit: u}
	}
	return s
}
