package handlers

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"wrapup/internal/acw"
	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// guideForm is what was posted: the model it makes, and the new guide's name.
type guideForm struct {
	Name  string
	Model acw.Guide
	Rev   int64
	Base  string
	Then  string // save, preview, review, discard
	Mend  string // ViewData member, or "TimeLimit"
	Time  string // the time limit as typed, where it was refused
}

// parseGuideForm reads a posted guide over the guide g it was made from. A value that is the former one but for what browsers do
// to texts (line ends, white space around, control characters) stays the former one: nothing changes unmeant.
func parseGuideForm(r *http.Request, g guideState) (guideForm, FieldErrors) {
	var errs FieldErrors
	f := guideForm{Model: g.model, Then: posted(r, "then"), Mend: posted(r, "mend"), Base: posted(r, "base")}
	f.Rev, _ = strconv.ParseInt(posted(r, "rev"), 10, 64) // anything else is no revision that exists
	f.Model.Values = maps.Clone(g.model.Values)
	if f.Model.Values == nil {
		f.Model.Values = map[string]string{}
	}
	if g.live == nil {
		f.Name = posted(r, "name")
		errs.require("name", f.Name, maxGuideName)
		if strings.ContainsFunc(f.Name, unicode.IsControl) {
			errs.Add("name", "guides.error.name")
		}
	}
	for _, in := range g.view.Inputs {
		if _, nested := g.lifted.Nested[in.Name]; !nested {
			parseInput(r, g, in, &f, &errs)
		}
	}
	parseTimeLimit(r, g, &f, &errs)
	if g.live == nil {
		f.Model.Silent = posted(r, "silent") != ""
	}
	return f, errs
}

func parseInput(r *http.Request, g guideState, in view.Input, f *guideForm, errs *FieldErrors) {
	name := valueField(in.Name)
	if !r.PostForm.Has(name) {
		return // not part of the form that was shown
	}
	value := chosenValue(r, g, in, errs)
	if former, had := g.model.Values[in.Name]; had && typedAs(former) == value {
		value = former
	}
	errs.limit(name, value, acw.MaxValue)
	switch {
	case value != "":
		f.Model.Values[in.Name] = value
	case in.Required:
		errs.Add(name, "guides.error.required")
		delete(f.Model.Values, in.Name) // shown as it was typed; with an error nothing is saved
	default:
		delete(f.Model.Values, in.Name)
	}
}

// chosenValue is a field's value: for a dropdown, of the answer and the contact attribute the one that was changed.
func chosenValue(r *http.Request, g guideState, in view.Input, errs *FieldErrors) string {
	fixed, path := posted(r, valueField(in.Name)), posted(r, pathField(in.Name))
	if path == "" {
		return fixed
	}
	if !flow.IsPath(path) {
		errs.Add(pathField(in.Name), "guides.error.path")
		return path
	}
	former := typedAs(g.model.Values[in.Name])
	wasPath := flow.IsPath(former)
	switch {
	case fixed == "" || !wasPath && fixed == former:
		return path
	case wasPath && path == former:
		return fixed
	}
	errs.Add(pathField(in.Name), "guides.error.answer-and-path")
	return path
}

// typedAs is a value as a browser sends it back.
func typedAs(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(strings.ToValidUTF8(s, "�"))
}

func parseTimeLimit(r *http.Request, g guideState, f *guideForm, errs *FieldErrors) {
	text := posted(r, "time")
	if text == "" && g.model.TimeLimit == 0 {
		return // it could not be read, and stays as it is
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < acw.MinTime || n > acw.MaxTime {
		errs.Add("time", "guides.error.time", "Min", acw.MinTime, "Max", acw.MaxTime)
		f.Time = text
		return
	}
	f.Model.TimeLimit = n
}

// mend makes the one-click correction of a finding, if there is one for the key.
func (f *guideForm) mend(key string, findings []acw.Finding) bool {
	for _, x := range findings {
		if x.Key != key || x.Mend == nil {
			continue
		}
		if key == timeKey {
			f.Model.TimeLimit, _ = strconv.Atoi(*x.Mend)
		} else if *x.Mend == "" {
			delete(f.Model.Values, key)
		} else {
			f.Model.Values[key] = *x.Mend
		}
		return true
	}
	return false
}

// timeKey is the key of findings about the time limit.
const timeKey = acw.KeyTimeLimit

// Fields are named after the ViewData member they write.
func valueField(key string) string { return "v." + key }
func pathField(key string) string  { return "p." + key }

// controlID is the id of a field's control: ids hold no dots, so that they can be selected.
func controlID(field string) string { return strings.ReplaceAll(field, ".", "-") }
