package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"wrapup/internal/fault"
)

// Limits of names and passwords, in characters. Length is the rule for passwords, rather than kinds of characters: a phrase
// is easier to keep and harder to guess.
const (
	MaxName     = 64
	MinPassword = 12
	MaxPassword = 128
	minDistinct = 4 // different characters in a password
)

// Key is a name without regard to case, width and composition: names with one key are the same name.
func Key(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(name))))
}

// CheckName gives the name as it is kept, or fault.Invalid with "people.name.*".
func CheckName(name string) (string, error) {
	name = norm.NFC.String(strings.TrimSpace(name))
	switch {
	case name == "":
		return "", fault.New(fault.Invalid, "people.name.empty")
	case utf8.RuneCountInString(name) > MaxName:
		return "", fault.New(fault.Invalid, "people.name.long", "Max", MaxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, invisible):
		return "", fault.New(fault.Invalid, "people.name.characters")
	}
	return name, nil
}

// invisible says whether a name with r in it could look like another name.
func invisible(r rune) bool { return r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) }

// CheckPassword says what is wrong with a new password for the account of that name: fault.Invalid "people.password.*".
func CheckPassword(name, password string) error {
	n := utf8.RuneCountInString(password)
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	switch {
	case n < MinPassword:
		return fault.New(fault.Invalid, "people.password.short", "Min", MinPassword)
	case n > MaxPassword:
		return fault.New(fault.Invalid, "people.password.long", "Max", MaxPassword)
	case Key(password) == Key(name):
		return fault.New(fault.Invalid, "people.password.name")
	case len(distinct) < minDistinct:
		return fault.New(fault.Invalid, "people.password.repeated")
	}
	return nil
}
