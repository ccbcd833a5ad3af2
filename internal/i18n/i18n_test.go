package i18n

import (
	"context"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPluralsAndArguments(t *testing.T) {
	t.Parallel()
	for count, want := range map[int]string{0: "Add the guide G to 0 flows", 1: "Add the guide G to F", 12: "Add the guide G to 12 flows"} {
		if got := T(t.Context(), "publish.title.add", "Guide", "G", "Flow", "F", "Count", count); got != want {
			t.Errorf("%d: %q, want %q", count, got, want)
		}
	}
	for count, want := range map[any]string{-1: "Add the guide G to F", -2: "Add the guide G to -2 flows", math.MinInt: "to -9223372036854775808 flows",
		"--1": "to --1 flows", "-": "to - flows", "": "to  flows", "many": "to many flows"} {
		if got := T(t.Context(), "publish.title.add", "Guide", "G", "Flow", "F", "Count", count); !strings.HasSuffix(got, want) {
			t.Errorf("%v: %q, want %q", count, got, want)
		}
	}
	if got := T(t.Context(), "no.such.id"); got != "[no.such.id]" {
		t.Errorf("unknown id: %q", got)
	}
}

func TestAnUnknownLanguageGetsTheFirst(t *testing.T) {
	t.Parallel()
	for _, accept := range []string{"", "tlh", "en-GB", "*", "\x00;;;q=x"} {
		if got := Language(With(context.Background(), accept)); got != "en" {
			t.Errorf("%q: %q", accept, got)
		}
	}
}

func TestAnIDIsDefinedOnce(t *testing.T) {
	t.Parallel()
	_, err := load(fstest.MapFS{
		"en/a.toml": {Data: []byte("[\"x.y\"]\nother = \"1\"\n")},
		"en/b.toml": {Data: []byte("[\"x.y\"]\nother = \"2\"\n")},
	})
	if err == nil || !strings.Contains(err.Error(), "x.y is defined twice") {
		t.Errorf("load: %v", err)
	}
}

var literal = regexp.MustCompile(`(?:i18n\.T\(\w+(?:\.\w+)*(?:\(\))?, |\b\w\.(?:t|say)\(|fault\.(?:Msg|New)\((?:fault\.\w+, )?|\.Add\("[^"]*", )"([a-z][a-z0-9-]*(?:\.[A-Za-z0-9-]+)+)"`)

// Every id that stands as a literal in the code is in the catalogue. Ids put together at run time are tested where they are.
func TestEveryIDInTheCodeIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	root, found := filepath.Join("..", ".."), 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".go" && ext != ".templ" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			found++
			if !Has(m[1]) {
				t.Errorf("%s: %s is not in the catalogue", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 200 {
		t.Errorf("found only %d ids: the pattern no longer fits the code", found)
	}
}

// House style: no exclamation marks, no "please", and no sentence without an end where it has several.
func TestSentencesFollowTheHouseStyle(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "en/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(b), "\n") {
			_, sentence, ok := strings.Cut(line, `= "`)
			if !ok {
				continue
			}
			if strings.Contains(sentence, "!") || strings.Contains(strings.ToLower(sentence), "please") {
				t.Errorf("%s:%d: %s", name, n+1, sentence)
			}
		}
	}
}

func TestAFileThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no form other":       "[\"a.b\"]\none = \"x\"\n",
		"an unknown form":     "[\"a.b\"]\nother = \"x\"\nmost = \"y\"\n",
		"an argument misread": "[\"a.b\"]\nother = \"{{Name}}\"\n",
		"a condition":         "[\"a.b\"]\nother = \"{{if .X}}y{{end}}\"\n",
		"no TOML":             "[",
	} {
		if _, err := load(fstest.MapFS{"en/a.toml": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestArgumentsStandWhereTheSentenceSays(t *testing.T) {
	t.Parallel()
	s, err := parseSentence("{{.B}} and {{.A}}, then {{.B}}")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.fill(map[string]string{"A": "{{.B}}", "B": "b"}); got != "b and {{.B}}, then b" {
		t.Errorf("filled: %q", got)
	}
	if got := s.fill(map[string]string{"A": "a"}); !strings.Contains(got, "<no value>") {
		t.Errorf("a missing argument: %q", got)
	}
}
