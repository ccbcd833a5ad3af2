// Package i18n is the message catalogue: every sentence a person reads, by id. The catalogue is one
// TOML file per part of the product and language, embedded.
package i18n

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"wrapup/internal/fault"
)

//go:embed en
var files embed.FS

// supported are the languages in the order the matcher's index counts them.
var supported = []language.Tag{language.English}

type catalogue struct {
	matcher language.Matcher
	texts   []map[string]message // by the language's index
}

// message is one sentence in the plural forms that its language has; Other is always there.
type message struct {
	forms map[plural.Form]sentence
}

// sentence is text with places for arguments: text, argument, text, …
type sentence []string

var texts = mustLoad()

func mustLoad() *catalogue {
	c, err := load(files)
	if err != nil {
		panic("i18n: " + err.Error()) // embedded at build time: a test loads it
	}
	return c
}

func load(fsys fs.FS) (*catalogue, error) {
	c := &catalogue{matcher: language.NewMatcher(supported)}
	for _, tag := range supported {
		names, err := fs.Glob(fsys, tag.String()+"/*.toml")
		if err != nil {
			return nil, err
		}
		all := map[string]message{}
		for _, name := range names {
			if err := loadFile(fsys, name, all); err != nil {
				return nil, fmt.Errorf("%s: %w", path.Base(name), err)
			}
		}
		c.texts = append(c.texts, all)
	}
	return c, nil
}

// formNames are the plural forms of CLDR as the files name them.
var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

func loadFile(fsys fs.FS, name string, all map[string]message) error {
	var file map[string]map[string]string
	if _, err := toml.DecodeFS(fsys, name, &file); err != nil {
		return err
	}
	for id, forms := range file {
		if _, twice := all[id]; twice {
			return fmt.Errorf("%s is defined twice", id)
		}
		m := message{forms: map[plural.Form]sentence{}}
		for form, text := range forms {
			f, ok := formNames[form]
			if !ok {
				return fmt.Errorf("%s: %q is no plural form", id, form)
			}
			s, err := parseSentence(text)
			if err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
			m.forms[f] = s
		}
		if _, ok := m.forms[plural.Other]; !ok {
			return fmt.Errorf("%s has no form other", id)
		}
		all[id] = m
	}
	return nil
}

var place = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

// parseSentence finds the places "{{.Name}}"; any other brace is a mistake in the file.
func parseSentence(text string) (sentence, error) {
	var s sentence
	from := 0
	for _, m := range place.FindAllStringSubmatchIndex(text, -1) {
		s = append(s, text[from:m[0]], text[m[2]:m[3]])
		from = m[1]
	}
	s = append(s, text[from:])
	for i := 0; i < len(s); i += 2 {
		if strings.ContainsAny(s[i], "{}") {
			return nil, fmt.Errorf("%q: an argument is written {{.Name}}", text)
		}
	}
	return s, nil
}

// fill writes the arguments into their places. One that is missing shows as "<no value>", which tests look for.
func (s sentence) fill(args map[string]string) string {
	if len(s) == 1 {
		return s[0]
	}
	var b strings.Builder
	for i, part := range s {
		if i%2 == 0 {
			b.WriteString(part)
		} else if v, ok := args[part]; ok {
			b.WriteString(v)
		} else {
			b.WriteString("<no value>")
		}
	}
	return b.String()
}

type key struct{}

// With puts the language that an Accept-Language header (or a saved choice) asks for into the context.
func With(ctx context.Context, accept ...string) context.Context {
	_, index := language.MatchStrings(texts.matcher, accept...)
	return context.WithValue(ctx, key{}, index)
}

// Language is the BCP 47 tag of the context's language, for <html lang>.
func Language(ctx context.Context) string { return supported[index(ctx)].String() }

func index(ctx context.Context) int {
	i, _ := ctx.Value(key{}).(int)
	return i
}

// T gives the sentence with this id in the context's language. Arguments are alternating names and values;
// "Count" also selects the plural form. An id that is not in the catalogue comes back in brackets.
func T(ctx context.Context, id string, args ...any) string {
	return Text(ctx, fault.Msg(id, args...))
}

// Text gives the sentence of a message.
func Text(ctx context.Context, m fault.Message) string {
	i := index(ctx)
	found, ok := texts.texts[i][m.ID]
	if !ok {
		return "[" + m.ID + "]"
	}
	s, ok := found.forms[formOf(supported[i], m.Args["Count"])]
	if !ok {
		s = found.forms[plural.Other]
	}
	return s.fill(m.Args)
}

// formOf is the plural form that a number takes in a language, by its absolute value (CLDR's operand n). What is no number takes the form Other.
func formOf(tag language.Tag, count string) plural.Form {
	n, err := strconv.ParseUint(strings.TrimPrefix(count, "-"), 10, 31)
	if err != nil {
		return plural.Other
	}
	return plural.Cardinal.MatchPlural(tag, int(n), 0, 0, 0, 0)
}

// Has says whether the catalogue's first language knows the id.
func Has(id string) bool { _, ok := texts.texts[0][id]; return ok }
