// Package i18n is the message catalogue: every sentence a person reads, by id. The catalogue is one
// TOML file per part of the product and language, embedded.
package i18n

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/BurntSushi/toml"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"wrapup/internal/fault"
)

//go:embed en
var files embed.FS

// supported are the languages in the order the matcher's index counts them.
var supported = []language.Tag{language.English}

type catalogue struct {
	matcher    language.Matcher
	localizers []*goi18n.Localizer
	ids        map[string]map[string]bool // language -> ids
}

var texts = mustLoad()

func mustLoad() *catalogue {
	c, err := load(files)
	if err != nil {
		panic("i18n: " + err.Error()) // embedded at build time: a test loads it
	}
	return c
}

func load(fsys fs.FS) (*catalogue, error) {
	b := goi18n.NewBundle(supported[0])
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	c := &catalogue{matcher: language.NewMatcher(supported), ids: map[string]map[string]bool{}}
	for _, tag := range supported {
		c.ids[tag.String()] = map[string]bool{}
		names, err := fs.Glob(fsys, tag.String()+"/*.toml")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			f, err := goi18n.ParseMessageFileBytes(data, tag.String()+".toml", map[string]goi18n.UnmarshalFunc{"toml": toml.Unmarshal})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			for _, m := range f.Messages {
				if c.ids[tag.String()][m.ID] {
					return nil, fmt.Errorf("%s: %s is defined twice", path.Base(name), m.ID)
				}
				c.ids[tag.String()][m.ID] = true
			}
			if err := b.AddMessages(tag, f.Messages...); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		c.localizers = append(c.localizers, goi18n.NewLocalizer(b, tag.String()))
	}
	return c, nil
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
	cfg := &goi18n.LocalizeConfig{MessageID: m.ID, TemplateData: m.Args}
	if n, err := strconv.Atoi(m.Args["Count"]); err == nil {
		cfg.PluralCount = n
	}
	s, err := texts.localizers[index(ctx)].Localize(cfg)
	var missing *goi18n.MessageNotFoundErr
	if errors.As(err, &missing) || s == "" {
		return "[" + m.ID + "]"
	}
	return s
}

// Has says whether the catalogue's first language knows the id.
func Has(id string) bool { return texts.ids[supported[0].String()][id] }
