package survey

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// managing are the tags that tools put on what they manage, by the beginning of the key in lower case, the most
// telling first: what CDK makes carries CloudFormation's tags as well.
var managing = [...]struct{ prefix, name string }{
	{"aws:cdk", "CDK"},
	{"aws-cdk", "CDK"},
	{"terraform", "Terraform"},
	{"hashicorp-terraform", "Terraform"},
	{"pulumi", "Pulumi"},
	{"aws:cloudformation:", "CloudFormation"},
}

// managers are tag keys, in lower case without separators, whose value names the tool.
var managers = [...]string{"managedby", "provisionedby", "deployedby"}

// toolNames spells the tools in a tag's value as they call themselves.
var toolNames = map[string]string{"terraform": "Terraform", "cloudformation": "CloudFormation", "cdk": "CDK", "pulumi": "Pulumi"}

// ManagedBy gives the rule by which a reading says what manages a flow, for those who read a flow's tags themselves.
// extra maps more key prefixes to names.
func ManagedBy(extra map[string]string) func(tags map[string]string) string {
	return func(tags map[string]string) string { return managedBy(tags, extra) }
}

// managedBy names the tool that a flow's tags say manages it; empty where none does. extra (key prefix -> name) goes
// before what is known.
func managedBy(tags, extra map[string]string) string {
	keys := slices.Sorted(maps.Keys(tags))
	longestFirst := slices.SortedFunc(maps.Keys(extra), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	for _, prefix := range longestFirst {
		if hasPrefix(keys, strings.ToLower(prefix)) {
			return extra[prefix]
		}
	}
	for _, m := range managing {
		if hasPrefix(keys, m.prefix) {
			return m.name
		}
	}
	plain := strings.NewReplacer("-", "", "_", "", " ", "", ":", "")
	for _, k := range keys {
		if slices.Contains(managers[:], strings.ToLower(plain.Replace(k))) && isTool(tags[k]) {
			return toolNames[strings.ToLower(tags[k])]
		}
	}
	return ""
}

func hasPrefix(keys []string, prefix string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(strings.ToLower(k), prefix) })
}

// isTool: "ManagedBy: Operations team" names people, not a tool that would undo our change.
func isTool(value string) bool { return toolNames[strings.ToLower(value)] != "" }
