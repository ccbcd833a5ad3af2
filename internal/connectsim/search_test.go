package connectsim_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

func text(field, value string, how types.StringComparisonType) *types.StringCondition {
	return &types.StringCondition{FieldName: &field, Value: &value, ComparisonType: how}
}

func tag(key, value string) *types.TagCondition {
	t := &types.TagCondition{TagKey: &key}
	if value != "" {
		t.TagValue = &value
	}
	return t
}

// library is a world of six flows, F0 to F5, besides the stock ones.
func library(t *testing.T, o connectsim.Options) *world {
	w := serve(t, "empty", o)
	in := w.Instances()[0]
	for _, f := range []connectsim.SeedFlow{
		{Name: "Find alpha", Published: "a", Tags: map[string]string{"team": "a", "tier": "1"}},
		{Name: "Find beta", Published: "b", Saved: "b2", Description: "Second", Tags: map[string]string{"team": "b", "tier": "1"}},
		{Name: "Find gamma", Saved: "c", Tags: map[string]string{"team": "a"}},
		{Name: "Find delta", Published: "d", State: "ARCHIVED"},
		{Name: "Find queue", Published: "e", Type: "CUSTOMER_QUEUE", Tags: map[string]string{"team": "a", "tier": "2"}},
	} {
		w.PutFlow(in, f)
	}
	return w
}

func TestSearchEvaluatesCriteriaAndFilters(t *testing.T) {
	t.Parallel()
	c := library(t, connectsim.Options{}).client(t, east)
	find := &types.ContactFlowSearchCriteria{StringCondition: text("name", "find ", types.StringComparisonTypeStartsWith)}
	type criteria = types.ContactFlowSearchCriteria
	type filter = types.ContactFlowSearchFilter
	and := func(cs ...criteria) *criteria { return &criteria{AndConditions: append(cs, *find)} }
	inboundType := &types.ContactFlowTypeCondition{ContactFlowType: types.ContactFlowTypeContactFlow}
	for name, x := range map[string]struct {
		criteria *criteria
		filter   *filter
		want     []string
	}{
		"a name's beginning":    {find, nil, []string{"alpha", "beta", "gamma", "delta", "queue"}},
		"part of a name":        {&criteria{StringCondition: text("Name", "ALPH", types.StringComparisonTypeContains)}, nil, []string{"alpha"}},
		"an exact description":  {&criteria{StringCondition: text("description", "second", types.StringComparisonTypeExact)}, nil, []string{"beta"}},
		"type and state":        {and(criteria{TypeCondition: "CONTACT_FLOW"}, criteria{StateCondition: "ACTIVE"}), nil, []string{"alpha", "beta", "gamma"}},
		"status":                {and(criteria{StatusCondition: "SAVED"}), nil, []string{"gamma"}},
		"one node, all hold":    {&criteria{StringCondition: find.StringCondition, TypeCondition: "CONTACT_FLOW", StateCondition: "ARCHIVED"}, nil, []string{"delta"}},
		"either":                {and(criteria{OrConditions: []criteria{{StateCondition: "ARCHIVED"}, {TypeCondition: "CUSTOMER_QUEUE"}}}), nil, []string{"delta", "queue"}},
		"none":                  {and(criteria{OrConditions: []criteria{{StringCondition: text("name", "zzz", "EXACT")}}}), nil, nil},
		"a tag's value":         {find, &filter{TagFilter: &types.ControlPlaneTagFilter{TagCondition: tag("team", "b")}}, []string{"beta"}},
		"a tag's presence":      {find, &filter{TagFilter: &types.ControlPlaneTagFilter{TagCondition: tag("tier", "")}}, []string{"alpha", "beta", "queue"}},
		"all of several tags":   {find, &filter{TagFilter: &types.ControlPlaneTagFilter{AndConditions: []types.TagCondition{*tag("team", "a"), *tag("tier", "1")}}}, []string{"alpha"}},
		"one group of tags":     {find, &filter{TagFilter: &types.ControlPlaneTagFilter{OrConditions: [][]types.TagCondition{{*tag("team", "b")}, {*tag("tier", "2"), *tag("team", "a")}}}}, []string{"beta", "queue"}},
		"an attribute's type":   {find, &filter{FlowAttributeFilter: &types.ContactFlowAttributeFilter{ContactFlowTypeCondition: &types.ContactFlowTypeCondition{ContactFlowType: "CUSTOMER_QUEUE"}}}, []string{"queue"}},
		"an attribute's tag":    {find, &filter{FlowAttributeFilter: &types.ContactFlowAttributeFilter{TagCondition: tag("team", "a")}}, []string{"alpha", "gamma", "queue"}},
		"a type and tags":       {find, &filter{FlowAttributeFilter: &types.ContactFlowAttributeFilter{AndCondition: &types.ContactFlowAttributeAndCondition{TagConditions: []types.TagCondition{*tag("team", "a")}, ContactFlowTypeCondition: inboundType}}}, []string{"alpha", "gamma"}},
		"one of two attributes": {find, &filter{FlowAttributeFilter: &types.ContactFlowAttributeFilter{OrConditions: []types.ContactFlowAttributeAndCondition{{TagConditions: []types.TagCondition{*tag("tier", "2")}}, {TagConditions: []types.TagCondition{*tag("team", "b")}}}}}, []string{"beta", "queue"}},
	} {
		t.Run("by "+name, func(t *testing.T) {
			t.Parallel()
			out, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first), SearchCriteria: x.criteria, SearchFilter: x.filter})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range out.ContactFlows {
				got = append(got, (*f.Name)[len("Find "):])
			}
			if !slices.Equal(got, x.want) || aws.ToInt64(out.ApproximateTotalCount) != int64(len(x.want)) {
				t.Errorf("got %q of %d, want %q", got, *out.ApproximateTotalCount, x.want)
			}
		})
	}
	_, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first),
		SearchCriteria: and(criteria{StringCondition: text("content", "x", "EXACT")})})
	wantCode(t, err, "InvalidParameterException")
}

func TestSearchAnswersTheChosenCopy(t *testing.T) {
	t.Parallel()
	for choice, want := range map[connectsim.SearchContent]string{"": "b c ", connectsim.SearchPublished: "b c ", connectsim.SearchSaved: "b2 c ", connectsim.SearchNone: "- - "} {
		c := library(t, connectsim.Options{Behaviour: connectsim.Behaviour{SearchContent: choice}}).client(t, east)
		got := ""
		for _, name := range []string{"Find beta", "Find gamma"} {
			out, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first),
				SearchCriteria: &types.ContactFlowSearchCriteria{StringCondition: text("name", name, types.StringComparisonTypeExact)}})
			if err != nil || len(out.ContactFlows) != 1 || len(aws.ToString(out.ContactFlows[0].FlowContentSha256)) != 64 {
				t.Fatalf("%+v, %v", out, err)
			}
			if c := out.ContactFlows[0].Content; c != nil {
				got += *c + " "
			} else {
				got += "- "
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", choice, got, want)
		}
	}
}

func TestASearchHasOnlySoManyConditions(t *testing.T) {
	t.Parallel()
	c := library(t, connectsim.Options{}).client(t, east)
	for n, ok := range map[int]bool{249: true, 250: false} {
		criteria := &types.ContactFlowSearchCriteria{OrConditions: make([]types.ContactFlowSearchCriteria, n)}
		for i := range criteria.OrConditions {
			criteria.OrConditions[i].StateCondition = types.ContactFlowStateActive
		}
		_, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first), SearchCriteria: criteria})
		if (err == nil) != ok || !ok && code(err) != "InvalidParameterException" {
			t.Errorf("%d conditions: %v", n, err)
		}
	}
}
