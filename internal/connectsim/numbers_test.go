package connectsim_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

func associations(t testing.TB, c *connect.Client, kind types.ListFlowAssociationResourceType) []types.FlowAssociationSummary {
	t.Helper()
	out, err := c.ListFlowAssociations(t.Context(), &connect.ListFlowAssociationsInput{InstanceId: aws.String(first), ResourceType: kind})
	if err != nil {
		t.Fatal(err)
	}
	return out.FlowAssociationSummaryList
}

func batch(t testing.TB, c *connect.Client, kind types.ListFlowAssociationResourceType, ids ...string) ([]types.FlowAssociationSummary, error) {
	t.Helper()
	out, err := c.BatchGetFlowAssociation(t.Context(), &connect.BatchGetFlowAssociationInput{InstanceId: aws.String(first), ResourceIds: ids, ResourceType: kind})
	if err != nil {
		return nil, err
	}
	return out.FlowAssociationSummaryList, nil
}

// bare is the id at the end of an ARN, with its qualifier.
func bare(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func TestAssociationsNameTheirEndsAsChosen(t *testing.T) {
	t.Parallel()
	const uuid = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	const number, social = `arn:aws:connect:us-east-1:111122223333:phone-number/`, `arn:aws:social-messaging:us-east-1:111122223333:phone-number-id/`
	id := regexp.MustCompile(`^` + uuid + ` ` + uuid + `(:live)?$`)
	arn := regexp.MustCompile(`^(` + number + `|` + social + `)` + uuid + ` ` + home + `/contact-flow/` + uuid + `(:live)?$`)
	seeded := associations(t, serve(t, "demo", connectsim.Options{}).client(t, east), "")
	for choice, x := range map[connectsim.AssociationIDs]struct{ ids, arns int }{"": {4, 7}, connectsim.AssociationsMixed: {4, 7},
		connectsim.AssociationsID: {11, 0}, connectsim.AssociationsARN: {0, 11}} {
		c := serve(t, "demo", connectsim.Options{Behaviour: connectsim.Behaviour{AssociationIDs: choice}}).client(t, east)
		ids, arns, pinned, all := 0, 0, 0, associations(t, c, "")
		for i, a := range all {
			switch both := *a.ResourceId + " " + *a.FlowId; {
			case id.MatchString(both):
				ids++
			case arn.MatchString(both):
				arns++
			default:
				t.Errorf("%q: %s", choice, both)
			}
			if strings.HasSuffix(*a.FlowId, ":live") {
				pinned++
			}
			if bare(*a.ResourceId) != bare(*seeded[i].ResourceId) || bare(*a.FlowId) != bare(*seeded[i].FlowId) || a.ResourceType != seeded[i].ResourceType {
				t.Errorf("%q: %v is another association than %v", choice, a, seeded[i])
			}
			for _, asked := range []string{*seeded[i].ResourceId, bare(*a.ResourceId)} {
				got, err := batch(t, c, "", asked)
				if err != nil || len(got) != 1 || *got[0].ResourceId != *a.ResourceId || *got[0].FlowId != *a.FlowId || got[0].ResourceType != a.ResourceType {
					t.Errorf("%q, asked for %s: %+v, %v", choice, asked, got, err)
				}
			}
		}
		if ids != x.ids || arns != x.arns || pinned != 1 {
			t.Errorf("%q: %d ids, %d ARNs, %d pinned", choice, ids, arns, pinned)
		}
	}
}

func TestAssociationsAreFoundByTheirResources(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	out, err := c.ListPhoneNumbersV2(t.Context(), &connect.ListPhoneNumbersV2Input{InstanceId: aws.String(first)})
	if err != nil {
		t.Fatal(err)
	}
	var ids, arns, mixed []string
	for i, n := range out.ListPhoneNumbersSummaryList {
		ids, arns = append(ids, *n.PhoneNumberId), append(arns, *n.PhoneNumberArn)
		mixed = append(mixed, []string{*n.PhoneNumberId, *n.PhoneNumberArn}[i%2])
	}
	voice := fmt.Sprint(show(associations(t, c, types.ListFlowAssociationResourceTypeVoicePhoneNumber)))
	if len(ids) != 11 || strings.Count(voice, "VOICE") != 10 {
		t.Fatalf("%d numbers, associations %s", len(ids), voice)
	}
	social := associations(t, c, types.ListFlowAssociationResourceTypeWhatsappMessagingPhoneNumber)
	for name, x := range map[string]struct {
		kind types.ListFlowAssociationResourceType
		ids  []string
		want string
	}{
		"by ids":                        {"", ids, voice},
		"by ARNs":                       {"", arns, voice},
		"by both":                       {"VOICE_PHONE_NUMBER", mixed, voice},
		"each once":                     {"", slices.Concat(ids, arns, ids), voice},
		"in their own order":            {"", reversed(ids), voice},
		"and those unknown left out":    {"", append([]string{"", "nonsense", "aaaaaaaa-bbbb-cccc-dddd-999999999999", home}, ids...), voice},
		"of the type":                   {"VOICE_PHONE_NUMBER", append([]string{*social[0].ResourceId}, ids...), voice},
		"of another type":               {"WHATSAPP_MESSAGING_PHONE_NUMBER", append([]string{*social[0].ResourceId}, ids...), fmt.Sprint(show(social))},
		"none of a type that has none":  {"INBOUND_EMAIL", ids, "[]"},
		"none of another account's ARN": {"", []string{strings.Replace(arns[0], "111122223333", "444455556666", 1)}, "[]"},
		"none of another Region's ARN":  {"", []string{strings.Replace(arns[0], "us-east-1", "eu-central-1", 1)}, "[]"},
	} {
		got, err := batch(t, c, x.kind, x.ids...)
		if err != nil || fmt.Sprint(show(got)) != x.want {
			t.Errorf("%s: %v, %v, want %s", name, show(got), err, x.want)
		}
	}
}

func show(list []types.FlowAssociationSummary) []string {
	out := []string{}
	for _, a := range list {
		out = append(out, *a.ResourceId+" "+*a.FlowId+" "+string(a.ResourceType))
	}
	return out
}

func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

func TestABatchOfAssociationsOutsideTheModelIsRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	_, err := batch(t, c, "", []string{}...)
	wantCode(t, err, "InvalidParameterException")
	_, err = batch(t, c, "", slices.Repeat([]string{"x"}, 101)...)
	wantCode(t, err, "InvalidParameterException")
	_, err = batch(t, c, "FAX", "x")
	wantCode(t, err, "InvalidParameterException")
	if got, err := batch(t, c, "", slices.Repeat([]string{"x"}, 100)...); err != nil || len(got) != 0 {
		t.Errorf("a hundred: %v, %v", got, err)
	}
	for body, want := range map[string]string{`{}`: "InvalidParameterException", `{"ResourceIds":"x"}`: "InvalidParameterException",
		`{"ResourceIds":[1]}`: "InvalidParameterException", `{"ResourceIds":[null]}`: "InvalidParameterException", `{`: "InvalidRequestException"} {
		if r := w.raw(t, "POST", "/flow-associations-batch/"+first, body); r.Header.Get("X-Amzn-ErrorType") != want {
			t.Errorf("%s: %s", body, answer(t, r))
		}
	}
	for _, in := range []string{second, third} {
		_, err := c.BatchGetFlowAssociation(t.Context(), &connect.BatchGetFlowAssociationInput{InstanceId: &in, ResourceIds: []string{"x"}})
		wantCode(t, err, "ResourceNotFoundException")
	}
}

func TestAnAssociationOutlivesItsFlow(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	id := named(t, c, first, "Store locator")
	before := show(associations(t, c, ""))
	if _, err := c.DeleteContactFlow(t.Context(), &connect.DeleteContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id}); err != nil {
		t.Fatal(err)
	}
	after := show(associations(t, c, ""))
	if !slices.Equal(before, after) || !strings.Contains(fmt.Sprint(after), id) {
		t.Errorf("before %q, after %q", before, after)
	}
}

func TestCountriesOfNumbersAreTheModels(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	list := func(codes ...types.PhoneNumberCountryCode) (int, error) {
		out, err := c.ListPhoneNumbersV2(t.Context(), &connect.ListPhoneNumbersV2Input{InstanceId: aws.String(first), PhoneNumberCountryCodes: codes})
		if err != nil {
			return 0, err
		}
		return len(out.ListPhoneNumbersSummaryList), nil
	}
	found := 0
	all := types.PhoneNumberCountryCode("").Values()
	for some := range slices.Chunk(all, 10) {
		n, err := list(some...)
		if err != nil {
			t.Error(some, err)
		}
		found += n
	}
	if len(all) < 200 || found != 11 {
		t.Errorf("of %d countries there are %d numbers", len(all), found)
	}
	for _, code := range []types.PhoneNumberCountryCode{"XX", "ZZ", "EU", "UK", "us", "USA", "U", ""} {
		_, err := list(code)
		wantCode(t, err, "InvalidParameterException")
	}
	_, err := list(all[:11]...)
	wantCode(t, err, "InvalidParameterException")
	if n, err := list(); n != 11 || err != nil {
		t.Errorf("of no country: %d, %v", n, err)
	}
}

func TestTheSDKsCountriesAreTheModels(t *testing.T) {
	t.Parallel()
	want := modelAtHand(t).Shapes["PhoneNumberCountryCode"].Enum
	var got []string
	for _, code := range types.PhoneNumberCountryCode("").Values() {
		got = append(got, string(code))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the SDK has %d countries, the model %d", len(got), len(want))
	}
}
