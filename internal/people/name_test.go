package people_test

import (
	"strings"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

func TestNamesThatLookTheSameAreTheSame(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"Ann", "ANN", " ann ", "ａｎｎ"}, {"Straße", "STRASSE"}, {"é", "e\u0301", "É"}, {"ΣΑΣ", "σας"}, {"安", "安"},
	} {
		for _, name := range same {
			if people.Key(name) != people.Key(same[0]) {
				t.Errorf("%q and %q are two names", name, same[0])
			}
		}
	}
	if people.Key("Ann") == people.Key("Anna") {
		t.Error("Ann is Anna")
	}
}

func TestNamesAreCheckedAndTrimmed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ann": "", " Ann Lee ": "", "安妮": "", strings.Repeat("安", people.MaxName): "",
		"": "people.name.empty", " \t": "people.name.empty",
		strings.Repeat("a", people.MaxName+1): "people.name.long",
		"a\x00b":                              "people.name.characters",
		"a\nb":                                "people.name.characters",
		"a\u200bb":                            "people.name.characters",
		"a\u202eb":                            "people.name.characters",
		"a\xffb":                              "people.name.characters",
	} {
		got, err := people.CheckName(name)
		if want == "" {
			if err != nil || got != strings.TrimSpace(name) {
				t.Errorf("%q: %q, %v", name, got, err)
			}
			continue
		}
		refused(t, err, fault.Invalid, want)
	}
}

func TestPasswordsAreChecked(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"correct horse battery":                      "",
		"安全的密碼要很長很長的喔":                               "",
		strings.Repeat("abcd", people.MaxPassword/4): "",
		"":                         "people.password.short",
		"elevenchars":              "people.password.short",
		"ann of the green gables ": "people.password.name",
		"ANN of the green gables":  "people.password.name",
		"aaaaaaaaaaaabc":           "people.password.repeated",
		strings.Repeat("abcd", people.MaxPassword/4) + "e": "people.password.long",
	} {
		err := people.CheckPassword("Ann of the green gables", password)
		if want == "" {
			if len([]rune(password)) >= people.MinPassword && err != nil {
				t.Errorf("%q: %v", password, err)
			}
			continue
		}
		refused(t, err, fault.Invalid, want)
	}
}
