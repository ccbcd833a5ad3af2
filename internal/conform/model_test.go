package conform

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// thingsModel is a made-up model that has a bit of everything.
func thingsModel(t testing.TB) *Model {
	t.Helper()
	f, err := os.Open("testdata/things.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// service is Amazon Connect's own model; without it the test is skipped, in CI it fails.
func service(t testing.TB) *Model {
	t.Helper()
	m, err := AtHand()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the service model is not at hand: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAModelThatCannotBeFollowedIsRefused(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ model, want string }{
		"no JSON":                 {"{", "read the service model"},
		"an unknown type":         {`{"shapes":{"A":{"type":"blob"}}}`, `shape A: type "blob" is not known`},
		"a member without shape":  {`{"shapes":{"A":{"type":"structure","members":{"B":{"shape":"C"}}}}}`, `shape A: there is no shape "C"`},
		"a list of nothing":       {`{"shapes":{"A":{"type":"list"}}}`, `shape A: there is no shape ""`},
		"a map without keys":      {`{"shapes":{"A":{"type":"map","value":{"shape":"A"}}}}`, `shape A: there is no shape ""`},
		"an unreadable pattern":   {`{"shapes":{"A":{"type":"string","pattern":"("}}}`, "shape A: error parsing regexp"},
		"a look-ahead inside":     {`{"shapes":{"A":{"type":"string","pattern":"^a(?!b)"}}}`, "shape A: error parsing regexp"},
		"an output without shape": {`{"operations":{"Get":{"output":{"shape":"A"}}}}`, `operation Get: there is no shape "A"`},
	} {
		if _, err := Read(strings.NewReader(x.model)); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
}

func TestOperationsAreFoundByTheEscapedPath(t *testing.T) {
	t.Parallel()
	m := thingsModel(t)
	for _, x := range []struct{ method, path, want, id string }{
		{"GET", "/things/a", "GetThing", "a"},
		{"GET", "/things/a%2Fb%3Ac", "GetThing", "a%2Fb%3Ac"},
		{"GET", "/things/", "GetThing", ""},
		{"POST", "/things/list", "ListThings", ""},
		{"PUT", "/things/list", "PutThing", "list"},
		{"DELETE", "/things/a/parts/1", "DropThing", "a"},
		{"GET", "/ping", "Ping", ""},
		{"HEAD", "/ping", "", ""},
		{"GET", "/things/a/b", "", ""},
		{"GET", "//things/a", "", ""},
		{"POST", "/", "", ""},
	} {
		op, labels := m.Find(x.method, x.path)
		name := ""
		if op != nil {
			name = op.Name
		}
		if name != x.want || labels["ThingId"] != x.id {
			t.Errorf("%s %s: %s %v", x.method, x.path, name, labels)
		}
	}
}

func TestTheFixedOfTwoPathsWins(t *testing.T) {
	t.Parallel()
	m, err := Read(strings.NewReader(`{"operations":{"A":{"http":{"method":"GET","requestUri":"/x/{Id}"}},"Z":{"http":{"method":"GET","requestUri":"/x/all?deep=1"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if op, _ := m.Find("GET", "/x/all"); op.Name != "Z" {
		t.Error(op.Name)
	}
	if op, _ := m.Find("GET", "/x/al"); op.Name != "A" {
		t.Error(op.Name)
	}
}

func TestEveryOperationOfTheServiceIsFound(t *testing.T) {
	t.Parallel()
	m := service(t)
	if len(m.Operations) != 34 {
		t.Errorf("%d operations", len(m.Operations))
	}
	for name, op := range m.Operations {
		path := strings.NewReplacer("{", "", "}", "").Replace(op.HTTP.RequestURI)
		if found, _ := m.Find(op.HTTP.Method, path); found != op {
			t.Errorf("%s is not found by %s %s", name, op.HTTP.Method, path)
		}
	}
}

func TestPatternsThatCannotBeMeantAreReadAsMeant(t *testing.T) {
	t.Parallel()
	examples := map[string]struct{ good, bad, published string }{
		"PhoneNumber":       {"+18005550100", "18005550100", `\\+[1-9]\\d{1,14}$`},
		"PhoneNumberPrefix": {"+1800", "abc", `\\+?[0-9]{1,11}`},
		"ViewContentSha256": {strings.Repeat("0a", 32), "0a", `^[a-zA-Z0-9]$`},
		"InstanceArn": {"arn:aws-us-gov:connect:us-gov-west-1:111122223333:instance/aaaaaaaa-bbbb-cccc-dddd-111111111111", "arn:aws:connect:x",
			`^(arn:(aws|aws-us-gov):connect:[a-z]{2}-[a-z]+-[0-9]{1}:[0-9]{1,20}:instance/)?[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$`},
	}
	for _, b := range Bugs() {
		x, ok := examples[b.Shape]
		if !ok || b.Reason == "" {
			t.Errorf("%s: no example", b.Shape)
			continue
		}
		published, err := compile(x.published)
		if err != nil || published.match(x.good) {
			t.Errorf("%s: the published pattern is no bug: %v", b.Shape, err)
		}
		p, err := compile(meant(b.Shape, x.published))
		if err != nil || !p.match(x.good) || p.match(x.bad) {
			t.Errorf("%s: %v", b.Shape, err)
		}
	}
	if meant("PhoneNumber", "") != "" || meant("Name", "a") != "a" {
		t.Error("another pattern is changed")
	}
}

func TestALookAheadIsARefusedPrefix(t *testing.T) {
	t.Parallel()
	p, err := compile(`^(?!aws:)[a-z:]*$`)
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{"": true, "aws": true, "x:aws:": true, "aws:": false, "aws:x": false, "A": false} {
		if p.match(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
