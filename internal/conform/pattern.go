package conform

import (
	"regexp"
	"slices"
	"strings"
)

// Bug is a pattern of the published model that cannot be what the service checks.
type Bug struct {
	Shape  string
	Meant  string // the pattern used instead
	Reason string
}

// Bugs lists the patterns that are not taken as they stand.
func Bugs() []Bug { return slices.Clone(bugs) }

var bugs = []Bug{
	{"PhoneNumber", `\+[1-9]\d{1,14}$`, `the published pattern \\+[1-9]\\d{1,14}$ is escaped once too often: it asks for back-slashes, which no number has`},
	{"PhoneNumberPrefix", `\+?[0-9]{1,11}`, `the published pattern \\+?[0-9]{1,11} is escaped once too often: it asks for a back-slash in front of every prefix`},
	{"ViewContentSha256", `^[a-zA-Z0-9]{64}$`, `the published pattern ^[a-zA-Z0-9]$ admits one character; a SHA-256 has 64, as those of flows and modules (the trimmed model has it so already)`},
	{"InstanceArn", `^(arn:(aws|aws-us-gov):connect:[a-z]{2}(-gov)?-[a-z]+-[0-9]{1}:[0-9]{1,20}:instance/)?[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$`,
		"the published pattern admits the partition aws-us-gov and none of its Regions, whose names have a part more (the shape is not in the trimmed model)"},
}

// meant is the pattern to use for a shape; "" is none.
func meant(shape, published string) string {
	i := slices.IndexFunc(bugs, func(b Bug) bool { return b.Shape == shape })
	if published == "" || i < 0 {
		return published
	}
	return bugs[i].Meant
}

// pattern is a pattern of the model in Go's terms, which have no look-ahead: the model's are all refused prefixes.
type pattern struct {
	source string
	not    string
	re     *regexp.Regexp
}

var lookAhead = regexp.MustCompile(`^\^\(\?!([-:\w]+)\)`)

func compile(source string) (*pattern, error) {
	p := &pattern{source: source}
	rest := source
	if found := lookAhead.FindStringSubmatch(source); found != nil {
		p.not, rest = found[1], "^"+strings.TrimPrefix(source, found[0])
	}
	var err error
	p.re, err = regexp.Compile(rest)
	return p, err
}

func (p *pattern) match(s string) bool {
	return (p.not == "" || !strings.HasPrefix(s, p.not)) && p.re.MatchString(s)
}
