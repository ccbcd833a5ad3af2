package acw

import (
	_ "embed" // the sample and the known view are data
	"encoding/json"
	"maps"

	"wrapup/internal/view"
)

// sampleJSON holds the texts and identifiers of the sample guide that AWS publishes in the Amazon Connect
// administrator guide, "Enable smart default guides for after contact work". They are AWS's words, kept in this one
// file; NOTICE names their source.
//
//go:embed sample.json
var sampleJSON []byte

// viewJSON describes the after-contact-work view as a template; what it says to agents in helper texts is ours.
//
//go:embed view.json
var viewJSON string

type sample struct {
	Name, Description, ViewName string
	TimeLimit                   int
	Values                      map[string]string

	Show, Current, Related, SaveError, ShowError, End, Note spot
}

// spot is a block of the sample: its identifier, its place in the designer, its text.
type spot struct {
	ID, Text            string
	X, Y, Width, Height float64
}

func loadSample() sample {
	var s sample
	if err := json.Unmarshal(sampleJSON, &s); err != nil {
		panic("acw: sample.json: " + err.Error()) // embedded at build time: a test loads it
	}
	return s
}

// Sample is the documentation's own guide for a partition and Region; its texts and ids are one data file.
func Sample(partition, region string) Guide {
	s := loadSample()
	return Guide{ViewARN: ViewARN(partition, region), ViewName: s.ViewName, Values: s.Values, TimeLimit: s.TimeLimit}
}

// SampleName and SampleDescription are what the documentation calls its flow. CompileFor with them gives the
// documentation's document.
func SampleName() string        { return loadSample().Name }
func SampleDescription() string { return loadSample().Description }

// New is the guide that wrapup offers: headers as the sample, who called from contact attributes, no answer
// given in advance. v may be nil: then the known view. A required input that has no sensible value stays absent, and Check reports it.
func New(partition, region string, v *view.View) Guide {
	if v == nil {
		v = KnownView()
	}
	s := loadSample()
	g := Guide{ViewARN: ViewARN(partition, region), ViewName: s.ViewName, Values: map[string]string{}, TimeLimit: s.TimeLimit}
	for _, in := range v.Inputs {
		if value := startValue(in, s); value != "" {
			g.Values[in.Name] = value
		}
	}
	return g
}

func startValue(in view.Input, s sample) string {
	switch {
	case bindings()[in.Name] != "":
		return bindings()[in.Name]
	case in.Name == "Example_Label" && in.Required:
		return "-"
	case in.Use == view.UseTitle || in.Use == view.UseDescription:
		return s.Values[in.Name]
	}
	return ""
}

// bindings are the contact attributes that say who called. The guide runs as a contact of its own whose
// CustomerEndpoint may be empty; attributes are copied to it.
func bindings() map[string]string {
	return map[string]string{"CustomerName": "$.Attributes.CustomerName", "PhoneNumber": "$.Attributes.CustomerPhoneNumber"}
}

// KnownView is the after-contact-work view as wrapup knows it, for when the instance's own cannot be read.
func KnownView() *view.View {
	v, err := view.Parse(viewJSON, "", []string{OutcomeCancel, OutcomeSubmit})
	if err != nil {
		panic("acw: view.json: " + err.Error()) // embedded at build time: a test loads it
	}
	return v
}

// demoValues are the sample's stand-ins for a caller and a link; fillerValues its stand-ins for what an agent writes.
func demoValues() map[string]string {
	return subset("CustomerName", "PhoneNumber", "Example_Label", "Example_Url")
}

func fillerValues() map[string]string {
	return subset("ContactSummary_DefaultValue", "AdditionalNotes_DefaultValue")
}

// subset maps the sample's texts under these keys back to their keys.
func subset(keys ...string) map[string]string {
	s, out := loadSample(), map[string]string{}
	for _, key := range keys {
		out[s.Values[key]] = key
	}
	maps.DeleteFunc(out, func(text, _ string) bool { return text == "" })
	return out
}
