package connectsim_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

// answerTests are one test per answer of each choice. The one of the default also runs with nothing chosen.
var answerTests = map[string]map[string]func(*testing.T, *chosen){
	"search-content": {
		"published": func(t *testing.T, x *chosen) { x.wantSearched(t, "b", "c") },
		"saved":     func(t *testing.T, x *chosen) { x.wantSearched(t, "b2", "c") },
		"none":      func(t *testing.T, x *chosen) { x.wantSearched(t, "", "") },
	},
	"search-lag":      {"0s": searchAtOnce, "1m0s": searchLater},
	"update":          {"replaces-draft": draftIsReplaced, "keeps-draft": draftIsKept},
	"saved-update":    {"draft": savedWritesTheDraft, "live": savedGoesLive},
	"stored":          {"as-sent": keptAsSent, "rewritten": keptRewritten},
	"flow-versions":   {"campaign": onlyCampaignsHaveVersions, "all": allHaveVersions},
	"association-ids": {"mixed": associationsOf(true, true), "id": associationsOf(true, false), "arn": associationsOf(false, true)},
	"search-limits":   {"seconds": limitsSearchedAs(1), "milliseconds": limitsSearchedAs(1000)},
}

func TestEveryAnswerToWhatIsNotDocumented(t *testing.T) {
	t.Parallel()
	for _, c := range connectsim.Choices() {
		tests := answerTests[c.Name]
		answers := c.Answers
		if len(answers) == 0 { // a duration: with and without
			answers = []string{"0s", "1m0s"}
		}
		if got := slices.Sorted(maps.Keys(tests)); !slices.Equal(got, slices.Sorted(slices.Values(answers))) {
			t.Errorf("%s: answers %v, tests of %v", c.Name, answers, got)
		}
		for answer, test := range tests {
			var b connectsim.Behaviour
			if err := c.Set(&b, answer); err != nil || c.Get(b) != answer {
				t.Errorf("%s: %s is set as %q: %v", c.Name, answer, c.Get(b), err)
			}
			t.Run(c.Name+" "+answer, func(t *testing.T) {
				t.Parallel()
				test(t, behaving(t, b))
			})
			if answer == answers[0] {
				t.Run(c.Name+" as it is", func(t *testing.T) {
					t.Parallel()
					test(t, behaving(t, connectsim.Behaviour{}))
				})
			}
		}
	}
	if len(answerTests) != len(connectsim.Choices()) {
		t.Errorf("%d choices, tests of %d", len(connectsim.Choices()), len(answerTests))
	}
}

func TestOnlyAnswersOfAQuestionAreTaken(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range connectsim.Choices() {
		if names[c.Name] || c.Question == "" || len(c.Answers) == 1 {
			t.Errorf("%s: %q, %v", c.Name, c.Question, c.Answers)
		}
		names[c.Name] = true
		var b connectsim.Behaviour
		wrong := []string{"", "other", " ", "PUBLISHED", "-1s", "30", "1x"}
		if len(c.Answers) > 0 {
			wrong = append(wrong, "30s", c.Answers[0]+" ", strings.ToUpper(c.Answers[1]))
		}
		for _, answer := range wrong {
			if err := c.Set(&b, answer); err == nil || !strings.Contains(err.Error(), c.Name) {
				t.Errorf("%s: %q is taken: %v", c.Name, answer, err)
			}
		}
		if b != (connectsim.Behaviour{}) {
			t.Errorf("%s: what was refused left %+v", c.Name, b)
		}
	}
}

// chosen is a world that behaves as chosen, with a client.
type chosen struct {
	*world
	*connect.Client
}

func behaving(t *testing.T, b connectsim.Behaviour) *chosen {
	t.Helper()
	w := serve(t, "demo", connectsim.Options{Behaviour: b})
	return &chosen{w, w.client(t, east)}
}

// put stores a flow from outside, whatever the choice; saved "" is no draft, published "" a flow never published.
func (x *chosen) put(name, published, saved string) string {
	return x.PutFlow(x.Instances()[0], connectsim.SeedFlow{Name: name, Published: published, Saved: saved})
}

func (x *chosen) update(t *testing.T, id, content string) error {
	t.Helper()
	_, err := x.UpdateContactFlowContent(t.Context(), &connect.UpdateContactFlowContentInput{InstanceId: aws.String(first), ContactFlowId: &id, Content: &content})
	return err
}

func (x *chosen) mustUpdate(t *testing.T, id, content string) {
	t.Helper()
	if err := x.update(t, id, content); err != nil {
		t.Fatal(err)
	}
}

// read gives a copy of a flow over the wire, "" where it was never published.
func (x *chosen) read(t *testing.T, id string) string {
	t.Helper()
	out, err := x.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id})
	if err != nil && code(err) == "ContactFlowNotPublishedException" {
		return ""
	} else if err != nil {
		t.Fatal(err)
	}
	return *out.ContactFlow.Content
}

func (x *chosen) wantCopies(t *testing.T, what, id, published, saved string) {
	t.Helper()
	if got := x.read(t, id); got != published {
		t.Errorf("%s: published is %q, want %q", what, got, published)
	}
	if got := x.read(t, id+":$SAVED"); got != saved {
		t.Errorf("%s: saved is %q, want %q", what, got, saved)
	}
}

// search finds the flow of a name, nil where search sees none.
func (x *chosen) search(t *testing.T, name string) *types.ContactFlow {
	t.Helper()
	out, err := x.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first),
		SearchCriteria: &types.ContactFlowSearchCriteria{StringCondition: text("name", name, types.StringComparisonTypeExact)}})
	if err != nil || len(out.ContactFlows) > 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if len(out.ContactFlows) == 0 {
		return nil
	}
	return &out.ContactFlows[0]
}

// wantSearched searches a published flow with a draft and one that was never published.
func (x *chosen) wantSearched(t *testing.T, drafted, unpublished string) {
	t.Helper()
	id := x.put("Drafted", "b", "b2")
	other := x.put("Unpublished", "", "c")
	for name, want := range map[string]string{"Drafted": drafted, "Unpublished": unpublished} {
		f := x.search(t, name)
		if f == nil || aws.ToString(f.Content) != want || len(aws.ToString(f.FlowContentSha256)) != 64 {
			t.Errorf("%s: %+v, want %q", name, f, want)
		}
	}
	x.wantCopies(t, "described", id, "b", "b2")
	x.wantCopies(t, "described", other, "", "c")
}

func searchAtOnce(t *testing.T, x *chosen) { x.writeInEveryWay(t, false) }
func searchLater(t *testing.T, x *chosen)  { x.writeInEveryWay(t, true) }

// writeInEveryWay writes a flow and looks after each write at what search sees of it: at once, or only a minute later.
func (x *chosen) writeInEveryWay(t *testing.T, lags bool) {
	t.Helper()
	seen := func(name string) string {
		t.Helper()
		if f := x.search(t, name); f != nil {
			return strings.Join([]string{*f.Name, string(f.State), aws.ToString(f.Content)}, " ")
		}
		return "nothing"
	}
	id, edited := "", differently("edited")
	for _, s := range []struct {
		what, name, before, after string
		listed                    bool
		write                     func() error
	}{
		{"created", "Early", "nothing", "Early ACTIVE " + valid, true, func() error { id = create(t, x.Client, "Early", valid, ""); return nil }},
		{"updated", "Early", "Early ACTIVE " + valid, "Early ACTIVE " + edited, true, func() error { return x.update(t, id, edited) }},
		{"archived", "Early", "Early ACTIVE " + edited, "Early ARCHIVED " + edited, true, func() error {
			_, err := x.UpdateContactFlowMetadata(t.Context(), &connect.UpdateContactFlowMetadataInput{InstanceId: aws.String(first),
				ContactFlowId: &id, ContactFlowState: types.ContactFlowStateArchived})
			return err
		}},
		{"renamed", "Late", "nothing", "Late ARCHIVED " + edited, true, func() error { return rename(t, x.Client, id, aws.String("Late"), nil) }},
		{"of the former name", "Early", "nothing", "nothing", false, func() error { return nil }},
		{"edited outside", "Late", "Late ARCHIVED " + edited, "Late ARCHIVED " + valid, true, func() error { return x.EditOutside(first, id, valid) }},
		{"deleted", "Late", "Late ARCHIVED " + valid, "nothing", false, func() error { return deleteFlow(t, x.Client, id) }},
	} {
		if err := s.write(); err != nil {
			t.Fatalf("%s: %v", s.what, err)
		}
		if slices.Contains(listed(t, x.Client), s.name) != s.listed || s.listed && x.read(t, id) == "" {
			t.Errorf("%s: listing or describing lags", s.what)
		}
		if lags {
			for _, wait := range []time.Duration{time.Minute - time.Nanosecond, time.Nanosecond} {
				if got := seen(s.name); got != s.before {
					t.Errorf("%s, %v before it is seen: %s, want %s", s.what, wait, got, s.before)
				}
				x.clock.add(wait)
			}
		}
		if got := seen(s.name); got != s.after {
			t.Errorf("%s: %s, want %s", s.what, got, s.after)
		}
	}
}

func draftIsReplaced(t *testing.T, x *chosen) { x.publishOver(t, true) }
func draftIsKept(t *testing.T, x *chosen)     { x.publishOver(t, false) }

// publishOver publishes flows with and without a draft. Where there is none, saving and publishing are the same.
func (x *chosen) publishOver(t *testing.T, replaces bool) {
	t.Helper()
	for what, f := range map[string]struct{ published, draft string }{
		"a flow with a draft":           {differently("old"), "a draft"},
		"a flow without one":            {differently("old"), ""},
		"a flow that was not published": {"", "a draft"},
	} {
		for _, qualifier := range []string{"", ":$LATEST"} {
			id := x.put(what+qualifier, f.published, f.draft)
			before := x.read(t, id+":$SAVED")
			wantCode(t, x.update(t, id+qualifier, dangling), "InvalidContactFlowException")
			x.wantCopies(t, what+", refused", id, f.published, before)
			for _, content := range []string{valid, differently("again")} {
				x.mustUpdate(t, id+qualifier, content)
				want := content
				if f.draft != "" && !replaces {
					want = f.draft
				}
				x.wantCopies(t, what, id, content, want)
			}
		}
	}
}

func savedWritesTheDraft(t *testing.T, x *chosen) {
	for what, published := range map[string]string{"a published flow": valid, "a flow that was not published": ""} {
		id := x.put(what, published, "")
		if published == "" {
			id = x.put(what, "", "first")
		}
		for _, content := range []string{dangling, "not JSON", differently("draft"), "{}"} {
			x.mustUpdate(t, id+":$SAVED", content)
			x.wantCopies(t, what, id, published, content)
		}
	}
}

func savedGoesLive(t *testing.T, x *chosen) {
	for what, f := range map[string]struct{ published, draft string }{
		"a flow with a draft":           {valid, "a draft"},
		"a flow without one":            {valid, valid},
		"a flow that was not published": {"", "a draft"},
	} {
		id := x.put(what, f.published, f.draft)
		for _, content := range []string{dangling, "not JSON", "{}"} {
			wantCode(t, x.update(t, id+":$SAVED", content), "InvalidContactFlowException")
			x.wantCopies(t, what+", refused", id, f.published, f.draft)
		}
		x.mustUpdate(t, id+":$SAVED", differently("new"))
		x.wantCopies(t, what, id, differently("new"), differently("new"))
	}
	// Drafts can still be made, and are not validated.
	create(t, x.Client, "Draft", dangling, types.ContactFlowStatusSaved)
}

// spaced is valid with white space, as an editor writes it, and numbers of a text that a decoder would change.
var spaced = strings.NewReplacer(`"Metadata":{}`, "\n \"Metadata\": {\"n\": 1.50}", `"Parameters":{}`, `"Parameters": { }`).Replace(valid)

// storedAs writes content in every way and gives what is read back, each with its id.
func (x *chosen) storedAs(t *testing.T, content string) map[string]string {
	t.Helper()
	published := create(t, x.Client, "Stored "+content, content, "")
	saved := create(t, x.Client, "Saved "+content, content, types.ContactFlowStatusSaved)
	updated := create(t, x.Client, "Updated "+content, valid, "")
	x.mustUpdate(t, updated, content)
	draft := create(t, x.Client, "Draft "+content, valid, "")
	x.mustUpdate(t, draft+":$SAVED", content)
	return map[string]string{"created": published, "created as a draft": saved + ":$SAVED", "updated": updated, "updated as a draft": draft + ":$SAVED"}
}

func keptAsSent(t *testing.T, x *chosen) {
	for what, id := range x.storedAs(t, spaced) {
		if got := x.read(t, id); got != spaced {
			t.Errorf("%s: %s", what, got)
		}
	}
}

func keptRewritten(t *testing.T, x *chosen) {
	const want = `{"Version":"2019-10-30","StartAction":"a","Metadata":{"n":1.50,"entryPointPosition":{"x":40,"y":40},"snapToGrid":false,` +
		`"ActionMetadata":{"a":{"position":{"x":240,"y":40}}},"Annotations":[]},` +
		`"Actions":[{"Parameters":{},"Identifier":"a","Type":"DisconnectParticipant","Transitions":{}}]}`
	for what, id := range x.storedAs(t, spaced) {
		if got := x.read(t, id); got != want {
			t.Errorf("%s: %s", what, got)
		}
	}
	id := create(t, x.Client, "Not JSON", "not  JSON", types.ContactFlowStatusSaved)
	x.wantCopies(t, "no JSON", id, "", "not  JSON")
	wantCode(t, x.update(t, id, "not  JSON"), "InvalidContactFlowException")
	x.mustUpdate(t, id, want) // what was read is written back
	x.wantCopies(t, "written back", id, want, want)
	out, err := x.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("Hashed"),
		Type: types.ContactFlowTypeCampaign, Content: &spaced})
	if err != nil {
		t.Fatal(err)
	}
	// The hash is of what is kept: it is taken for a version, and describing gives the same.
	_, err = x.CreateContactFlowVersion(t.Context(), &connect.CreateContactFlowVersionInput{InstanceId: aws.String(first),
		ContactFlowId: out.ContactFlowId, FlowContentSha256: out.FlowContentSha256})
	f := x.search(t, "Hashed")
	if err != nil || *f.FlowContentSha256 != *out.FlowContentSha256 || *f.Content != want {
		t.Errorf("%v, %s of %s, created as %s", err, *f.FlowContentSha256, *f.Content, *out.FlowContentSha256)
	}
	long := strings.Replace(valid, `{}`, `{"n":"`+strings.Repeat("n", 256_000-len(valid)-6)+`"}`, 1)
	id = create(t, x.Client, "Long", long, "")
	if got := x.read(t, id); len(long) != 256_000 || len(got) <= len(long) {
		t.Errorf("%d characters became %d", len(long), len(got)) // only what is sent is held against the limit
	}
}

// versionsOf tries to make a version of a flow of each of some types, and gives the codes.
func (x *chosen) versionsOf(t *testing.T, kinds ...types.ContactFlowType) (codes []string) {
	t.Helper()
	for _, k := range kinds {
		id := x.PutFlow(x.Instances()[0], connectsim.SeedFlow{Name: "A flow of " + string(k), Type: string(k), Published: valid})
		_, err := x.CreateContactFlowVersion(t.Context(), &connect.CreateContactFlowVersionInput{InstanceId: aws.String(first), ContactFlowId: &id})
		out, listErr := x.ListContactFlowVersions(t.Context(), &connect.ListContactFlowVersionsInput{InstanceId: aws.String(first), ContactFlowId: &id})
		if listErr != nil || len(out.ContactFlowVersionSummaryList) == 1 != (err == nil) {
			t.Errorf("%s: %v, then listed %+v, %v", k, err, out, listErr)
		}
		codes = append(codes, code(err))
		if err == nil && x.read(t, id+":1") != valid {
			t.Errorf("%s: version 1 is another content", k)
		}
	}
	return codes
}

func onlyCampaignsHaveVersions(t *testing.T, x *chosen) {
	kinds := types.ContactFlowType("").Values()
	for i, got := range x.versionsOf(t, kinds...) {
		if want := map[bool]string{true: "<nil>", false: "InvalidRequestException"}[kinds[i] == types.ContactFlowTypeCampaign]; got != want {
			t.Errorf("%s: %s, want %s", kinds[i], got, want)
		}
	}
}

func allHaveVersions(t *testing.T, x *chosen) {
	kinds := types.ContactFlowType("").Values()
	for i, got := range x.versionsOf(t, kinds...) {
		if got != "<nil>" {
			t.Errorf("%s: %s", kinds[i], got)
		}
	}
}

// associationsOf wants bare ids, ARNs or both among the ends of associations; a qualifier stays whichever it is.
func associationsOf(bare, arns bool) func(*testing.T, *chosen) {
	return func(t *testing.T, x *chosen) {
		out, err := x.ListFlowAssociations(t.Context(), &connect.ListFlowAssociationsInput{InstanceId: aws.String(first)})
		if err != nil {
			t.Fatal(err)
		}
		ids, named, pinned := 0, 0, 0
		for _, l := range out.FlowAssociationSummaryList {
			for _, end := range []string{*l.ResourceId, *l.FlowId} {
				if strings.HasPrefix(end, "arn:") {
					named++
				} else {
					ids++
				}
			}
			if strings.HasSuffix(*l.FlowId, ":live") || strings.HasSuffix(*l.FlowId, ":3") {
				pinned++
			}
		}
		if (ids > 0) != bare || (named > 0) != arns || pinned == 0 {
			t.Errorf("%d ids and %d ARNs, %d of them pinned", ids, named, pinned)
		}
	}
}

// The two choices about drafts meet where :$SAVED goes live: nothing is left that could be kept.
func TestWhatGoesLiveAsSavedIsNoDraft(t *testing.T) {
	t.Parallel()
	x := behaving(t, connectsim.Behaviour{SavedUpdate: connectsim.SavedUpdateLive, Update: connectsim.UpdateKeepsDraft})
	id := x.put("Both", differently("old"), "a draft")
	x.mustUpdate(t, id, valid)
	x.wantCopies(t, "unqualified", id, valid, "a draft")
	x.mustUpdate(t, id+":$SAVED", differently("new"))
	x.wantCopies(t, "saved", id, differently("new"), differently("new"))
	x.mustUpdate(t, id, valid)
	x.wantCopies(t, "unqualified again", id, valid, valid)
}
