package connectsim_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wrapup/internal/connectsim"
)

// within fails unless a search found the names, of that many in all.
func within(t *testing.T, got []string, total *int64, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) || aws.ToInt64(total) != int64(len(want)) {
		t.Errorf("got %q of %d, want %q", got, aws.ToInt64(total), want)
	}
}

// sorting is a filter by tags, as queues and modules have it.
func sorting(f types.ControlPlaneTagFilter) *types.ControlPlaneTagFilter { return &f }

func TestQueuesAreSearched(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	all := map[string]types.QueueSummary{}
	var names, started []string
	for _, q := range standard(t, c) {
		all[*q.Name], names = q, append(names, *q.Name)
		if strings.HasPrefix(strings.ToLower(*q.Name), "b") {
			started = append(started, *q.Name)
		}
	}
	for name, tags := range map[string]map[string]string{"Sales": {"team": "a", "tier": "1"}, "Billing": {"team": "b", "tier": "1"}, "BasicQueue": {"team": "a"}} {
		if err := setTags(t, c, *all[name].Arn, tags); err != nil {
			t.Fatal(err)
		}
	}
	type criteria = types.QueueSearchCriteria
	name := func(value string, how types.StringComparisonType) criteria {
		return criteria{StringCondition: text("name", value, how)}
	}
	sales, billing, basic := name("sales", "EXACT"), name("BILLING", "EXACT"), name("BasicQueue", "")
	order := func(want ...string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(want, n) })
	}
	for title, x := range map[string]struct {
		criteria *criteria
		filter   *types.ControlPlaneTagFilter
		want     []string
	}{
		"all but agents'":         {nil, nil, names},
		"of the type":             {&criteria{QueueTypeCondition: types.SearchableQueueTypeStandard}, nil, names},
		"a name":                  {&sales, nil, order("Sales")},
		"a name's beginning":      {&criteria{StringCondition: text("Name", "b", "STARTS_WITH")}, nil, started},
		"part of a name":          {&criteria{StringCondition: text("name", "ASICQ", "CONTAINS")}, nil, order("BasicQueue")},
		"an id":                   {&criteria{StringCondition: text("resourceID", *all["Sales"].Id, "EXACT")}, nil, order("Sales")},
		"a part of an id":         {&criteria{StringCondition: text("resourceID", strings.ToUpper((*all["Sales"].Id)[9:]), "CONTAINS")}, nil, order("Sales")},
		"a description none has":  {&criteria{StringCondition: text("description", "a", "CONTAINS")}, nil, nil},
		"no description, as all":  {&criteria{StringCondition: text("description", "", "EXACT")}, nil, names},
		"either":                  {&criteria{OrConditions: []criteria{sales, billing}}, nil, order("Sales", "Billing")},
		"both":                    {&criteria{AndConditions: []criteria{sales, billing}}, nil, nil},
		"a tag's value":           {nil, sorting(types.ControlPlaneTagFilter{TagCondition: tag("team", "a")}), order("Sales", "BasicQueue")},
		"a tag in other letters":  {nil, sorting(types.ControlPlaneTagFilter{TagCondition: tag("Team", "a")}), nil},
		"all of several tags":     {nil, sorting(types.ControlPlaneTagFilter{AndConditions: []types.TagCondition{*tag("team", "a"), *tag("tier", "")}}), order("Sales")},
		"one of several tags":     {nil, sorting(types.ControlPlaneTagFilter{OrConditions: [][]types.TagCondition{{*tag("team", "b")}, {*tag("team", "a"), *tag("tier", "1")}}}), order("Sales", "Billing")},
		"criteria and a tag":      {&basic, sorting(types.ControlPlaneTagFilter{TagCondition: tag("team", "a")}), order("BasicQueue")},
		"criteria without a tag":  {&basic, sorting(types.ControlPlaneTagFilter{TagCondition: tag("tier", "")}), nil},
		"nodes within nodes":      {&criteria{AndConditions: []criteria{{OrConditions: []criteria{sales, basic}}, {OrConditions: []criteria{billing, basic}}}}, nil, order("BasicQueue")},
		"a name of another queue": {&criteria{StringCondition: text("name", "zzz", "CONTAINS"), QueueTypeCondition: "STANDARD"}, nil, nil},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			in := &connect.SearchQueuesInput{InstanceId: aws.String(first), SearchCriteria: x.criteria, SearchFilter: &types.QueueSearchFilter{TagFilter: x.filter}}
			out, err := c.SearchQueues(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, q := range out.Queues {
				got = append(got, *q.Name)
				d, err := c.DescribeQueue(t.Context(), &connect.DescribeQueueInput{InstanceId: aws.String(first), QueueId: q.QueueId})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(*d.Queue, q, cmpopts.IgnoreUnexported(q)); diff != "" {
					t.Error(diff)
				}
			}
			within(t, got, out.ApproximateTotalCount, err, x.want...)
		})
	}
}

func TestModulesAreSearched(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	made, err := c.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: aws.String("Greeting"), Content: aws.String(validModule),
		Description: aws.String("Says hello."), Settings: aws.String(`{"a":1}`), Tags: map[string]string{"team": "a"}, ExternalInvocationConfiguration: &types.ExternalInvocationConfiguration{Enabled: true}})
	if err != nil {
		t.Fatal(err)
	}
	// A draft, which is not what is found.
	_, err = c.UpdateContactFlowModuleContent(t.Context(), &connect.UpdateContactFlowModuleContentInput{InstanceId: aws.String(first),
		ContactFlowModuleId: aws.String(*made.Id + ":$SAVED"), Content: aws.String("{}")})
	if err != nil {
		t.Fatal(err)
	}
	type criteria = types.ContactFlowModuleSearchCriteria
	all := []string{"Authenticate caller", "Language choice", "Greeting"}
	for title, x := range map[string]struct {
		criteria criteria
		filter   types.ControlPlaneTagFilter
		want     []string
	}{
		"all":                  {want: all},
		"a name":               {criteria: criteria{StringCondition: text("name", "greeting", "EXACT")}, want: all[2:]},
		"a description":        {criteria: criteria{StringCondition: text("description", "and", "CONTAINS")}, want: all[:2]},
		"what is published":    {criteria: criteria{StatusCondition: types.ContactFlowModuleStatusPublished}, want: all},
		"what was never":       {criteria: criteria{StatusCondition: types.ContactFlowModuleStatusSaved}},
		"what is in use":       {criteria: criteria{StateCondition: types.ContactFlowModuleStateActive}, want: all},
		"what is archived":     {criteria: criteria{StateCondition: types.ContactFlowModuleStateArchived}},
		"one or the other":     {criteria: criteria{OrConditions: []criteria{{StateCondition: "ARCHIVED"}, {StringCondition: text("name", "lang", "STARTS_WITH")}}}, want: all[1:2]},
		"the one and another":  {criteria: criteria{AndConditions: []criteria{{StateCondition: "ACTIVE"}, {StringCondition: text("name", "e", "CONTAINS")}}}, want: all},
		"a tag":                {filter: types.ControlPlaneTagFilter{TagCondition: tag("team", "")}, want: all[2:]},
		"another value of it":  {filter: types.ControlPlaneTagFilter{TagCondition: tag("team", "b")}},
		"a tag and its name":   {criteria{StringCondition: text("name", "gr", "STARTS_WITH")}, types.ControlPlaneTagFilter{AndConditions: []types.TagCondition{*tag("team", "a")}}, all[2:]},
		"a tag, not its name":  {criteria{StringCondition: text("name", "la", "STARTS_WITH")}, types.ControlPlaneTagFilter{AndConditions: []types.TagCondition{*tag("team", "a")}}, nil},
		"one of several tags":  {filter: types.ControlPlaneTagFilter{OrConditions: [][]types.TagCondition{{*tag("x", "")}, {*tag("team", "a")}}}, want: all[2:]},
		"none of several tags": {filter: types.ControlPlaneTagFilter{OrConditions: [][]types.TagCondition{{*tag("x", ""), *tag("team", "a")}}}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			out, err := c.SearchContactFlowModules(t.Context(), &connect.SearchContactFlowModulesInput{InstanceId: aws.String(first), SearchCriteria: &x.criteria,
				SearchFilter: &types.ContactFlowModuleSearchFilter{TagFilter: &x.filter}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range out.ContactFlowModules {
				got = append(got, *m.Name)
				d, err := c.DescribeContactFlowModule(t.Context(), &connect.DescribeContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: m.Id})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(*d.ContactFlowModule, m, cmpopts.IgnoreUnexported(m, types.ExternalInvocationConfiguration{})); diff != "" || *m.Content == "{}" {
					t.Error(diff)
				}
			}
			within(t, got, out.ApproximateTotalCount, err, x.want...)
		})
	}
}

func TestViewsAreSearched(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{})
	c := s.c
	draft := s.newView("Draft")
	draft.Status, draft.Description, draft.Tags = types.ViewStatusSaved, aws.String("Not yet shown"), map[string]string{"team": "a"}
	if _, err := c.CreateView(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	if err := setTags(t, c, s.viewARN, map[string]string{"team": "a", "tier": "1"}); err != nil {
		t.Fatal(err)
	}
	_, err := c.UpdateViewContent(t.Context(), &connect.UpdateViewContentInput{InstanceId: &s.instance, ViewId: &s.view, Status: types.ViewStatusSaved,
		Content: &types.ViewInputContent{Template: aws.String("{}"), Actions: []string{}}}) // a draft of what is published
	if err != nil {
		t.Fatal(err)
	}
	type criteria = types.ViewSearchCriteria
	theirs := []string{"after-contact-work", "cards", "confirmation", "detail", "form", "list"}
	ours := []string{"Draft", "Stage", "Store wrap-up"}
	and := func(tags ...types.TagCondition) types.CommonAttributeAndCondition {
		return types.CommonAttributeAndCondition{TagConditions: tags}
	}
	both := and(*tag("team", "a"), *tag("tier", "1"))
	for title, x := range map[string]struct {
		criteria criteria
		filter   types.ControlPlaneAttributeFilter
		want     []string
	}{
		"all, by type and name": {want: slices.Concat(theirs, ours)},
		"those of AWS":          {criteria: criteria{ViewTypeCondition: types.ViewTypeAwsManaged}, want: theirs},
		"ours":                  {criteria: criteria{ViewTypeCondition: types.ViewTypeCustomerManaged}, want: ours},
		"what was never live":   {criteria: criteria{ViewStatusCondition: types.ViewStatusSaved}, want: ours[:1]},
		"ours that are live":    {criteria: criteria{ViewStatusCondition: types.ViewStatusPublished, ViewTypeCondition: types.ViewTypeCustomerManaged}, want: ours[1:]},
		"a name's beginning":    {criteria: criteria{StringCondition: text("name", "ST", "STARTS_WITH")}, want: ours[1:]},
		"an exact name":         {criteria: criteria{StringCondition: text("name", "form", "EXACT")}, want: theirs[4:5]},
		"part of a description": {criteria: criteria{StringCondition: text("Description", "not YET", "CONTAINS")}, want: ours[:1]},
		"either": {criteria: criteria{OrConditions: []criteria{{StringCondition: text("name", "list", "EXACT")}, {ViewStatusCondition: "SAVED"}}},
			want: []string{"list", "Draft"}},
		"both": {criteria: criteria{AndConditions: []criteria{{StringCondition: text("name", "a", "CONTAINS")}, {ViewTypeCondition: "CUSTOMER_MANAGED"}}},
			want: []string{"Draft", "Stage", "Store wrap-up"}},
		"a tag":               {filter: types.ControlPlaneAttributeFilter{TagCondition: tag("team", "a")}, want: ours[:2]},
		"all of several tags": {filter: types.ControlPlaneAttributeFilter{AndCondition: &both}, want: ours[1:2]},
		"one group of tags":   {filter: types.ControlPlaneAttributeFilter{OrConditions: []types.CommonAttributeAndCondition{and(*tag("x", "")), both}}, want: ours[1:2]},
		"none of the groups":  {filter: types.ControlPlaneAttributeFilter{OrConditions: []types.CommonAttributeAndCondition{and(*tag("x", ""))}}},
		"a tag of a draft":    {criteria{ViewStatusCondition: "SAVED"}, types.ControlPlaneAttributeFilter{TagCondition: tag("tier", "")}, nil},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			out, err := c.SearchViews(t.Context(), &connect.SearchViewsInput{InstanceId: aws.String(home), SearchCriteria: &x.criteria,
				SearchFilter: &types.ViewSearchFilter{AttributeFilter: &x.filter}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range out.Views {
				got = append(got, *v.Name)
				id := *v.Arn
				if v.Status == types.ViewStatusSaved {
					id += ":$SAVED"
				}
				d, err := c.DescribeView(t.Context(), &connect.DescribeViewInput{InstanceId: aws.String(first), ViewId: &id})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(*d.View, v, cmpopts.IgnoreUnexported(v, types.ViewContent{})); diff != "" {
					t.Error(diff)
				}
			}
			within(t, got, out.ApproximateTotalCount, err, x.want...)
		})
	}
}

func TestTagsAreSearched(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{})
	c := s.c
	for arn, tags := range map[string]map[string]string{s.flowARN: {"team": "a", "Cost centre": "1"}, home + "/flow-module/" + s.module: {"team": "b", "tier": ""},
		*standard(t, c)[0].Arn: {"team": "a", "tier": "gold"}, s.viewARN: {"view": "v"}, *claimed(t, c)[0].PhoneNumberArn: {"number": "n"}, home: {"instance": "i"}} {
		if err := setTags(t, c, arn, tags); err != nil {
			t.Fatal(err)
		}
	}
	type condition = types.TagSearchCondition
	key := func(k string, how types.StringComparisonType) *condition {
		return &condition{TagKey: &k, TagKeyComparisonType: how}
	}
	value := func(v string, how types.StringComparisonType) *condition {
		return &condition{TagValue: &v, TagValueComparisonType: how}
	}
	seeded := []string{"aws:cloudformation:logical-id=ReturnsFlow", "aws:cloudformation:stack-name=contact-flows-prod", "managed-by=terraform"}
	for title, x := range map[string]struct {
		types     []string
		condition *condition
		want      []string
	}{
		"all":                     {nil, nil, slices.Concat([]string{"Cost centre=1"}, seeded, []string{"team=a", "team=b", "team=support", "tier=", "tier=gold"})},
		"of no type, as of all":   {[]string{}, key("team", ""), []string{"team=a", "team=b", "team=support"}},
		"of flows":                {[]string{"contact-flow"}, nil, slices.Concat([]string{"Cost centre=1"}, seeded, []string{"team=a", "team=support"})},
		"of modules":              {[]string{"flow-module"}, nil, []string{"team=b", "tier="}},
		"of queues":               {[]string{"standard-queue"}, nil, []string{"team=a", "tier=gold"}},
		"of several types":        {[]string{"flow-module", "standard-queue", "agent"}, nil, []string{"team=a", "team=b", "tier=", "tier=gold"}},
		"of what there is none":   {[]string{"agent", "agent-state", "routing-profile", "security-profile", "operating-hours", "prompt", "transfer-destination"}, nil, nil},
		"a key":                   {nil, key("tier", "EXACT"), []string{"tier=", "tier=gold"}},
		"a key's beginning":       {nil, key("T", "STARTS_WITH"), []string{"team=a", "team=b", "team=support", "tier=", "tier=gold"}},
		"part of a key":           {nil, key("CENT", "CONTAINS"), []string{"Cost centre=1"}},
		"a value":                 {nil, value("A", "EXACT"), []string{"team=a"}},
		"a value's beginning":     {nil, value("contact-", "STARTS_WITH"), seeded[1:2]},
		"no value":                {nil, value("", "EXACT"), []string{"tier="}},
		"a key and part of value": {nil, &condition{TagKey: aws.String("team"), TagValue: aws.String("pp"), TagValueComparisonType: "CONTAINS"}, []string{"team=support"}},
		"no such key":             {nil, key("view", "EXACT"), nil},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int32{100, 1, 2} {
				in := &connect.SearchResourceTagsInput{InstanceId: aws.String(first), ResourceTypes: x.types, MaxResults: &size}
				if x.condition != nil {
					in.SearchCriteria = &types.ResourceTagsSearchCriteria{TagSearchCondition: x.condition}
				}
				var got []string
				for p := connect.NewSearchResourceTagsPaginator(c, in); p.HasMorePages(); {
					out, err := p.NextPage(t.Context())
					if err != nil || len(out.Tags) > int(size) {
						t.Fatal(out, err)
					}
					for _, tag := range out.Tags {
						got = append(got, *tag.Key+"="+*tag.Value)
					}
				}
				if !slices.Equal(got, x.want) {
					t.Errorf("in pages of %d: %q, want %q", size, got, x.want)
				}
			}
		})
	}
}

// Tags of the longest keys and values there are, of characters that take the most room.
func TestPagesOfLongTags(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	arn := home + "/contact-flow/" + named(t, c, first, "Sales")
	tags := map[string]string{}
	for i := range 40 {
		tags[fmt.Sprintf("%s%02d", strings.Repeat("\u2028", 126), i)] = strings.Repeat("\x01", 256)
	}
	for i := range 8 { // the same key and the same beginning of the value, on other flows
		id := create(t, c, fmt.Sprint("Long ", i), valid, "")
		if err := setTags(t, c, home+"/contact-flow/"+id, map[string]string{strings.Repeat("\u2028", 128): strings.Repeat("\x01", 255) + fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := setTags(t, c, arn, tags); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	in := &connect.SearchResourceTagsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(1),
		SearchCriteria: &types.ResourceTagsSearchCriteria{TagSearchCondition: &types.TagSearchCondition{TagKey: aws.String("\u2028"), TagKeyComparisonType: "STARTS_WITH"}}}
	for p := connect.NewSearchResourceTagsPaginator(c, in); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range out.Tags {
			seen[*x.Key+*x.Value]++
		}
	}
	if len(seen) != len(tags)+8 || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
		t.Errorf("%d tags of %d", len(seen), len(tags)+8)
	}
}

func TestSearchesArePaged(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c, id := w.client(t, east), aws.String(first)
	// Each gives the ids of a page, what follows it, and how many there are.
	searches := map[string]func(size int32, token *string, other bool) ([]string, *string, *int64, error){
		"queues": func(size int32, token *string, other bool) (ids []string, next *string, n *int64, err error) {
			in := &connect.SearchQueuesInput{InstanceId: id, MaxResults: &size, NextToken: token}
			if other {
				in.SearchCriteria = &types.QueueSearchCriteria{QueueTypeCondition: "STANDARD"}
			}
			out, err := c.SearchQueues(t.Context(), in)
			if err != nil {
				return nil, nil, nil, err
			}
			for _, q := range out.Queues {
				ids = append(ids, *q.QueueId)
			}
			return ids, out.NextToken, out.ApproximateTotalCount, nil
		},
		"modules": func(size int32, token *string, other bool) (ids []string, next *string, n *int64, err error) {
			in := &connect.SearchContactFlowModulesInput{InstanceId: id, MaxResults: &size, NextToken: token}
			if other {
				in.SearchCriteria = &types.ContactFlowModuleSearchCriteria{StateCondition: "ACTIVE"}
			}
			out, err := c.SearchContactFlowModules(t.Context(), in)
			if err != nil {
				return nil, nil, nil, err
			}
			for _, m := range out.ContactFlowModules {
				ids = append(ids, *m.Id)
			}
			return ids, out.NextToken, out.ApproximateTotalCount, nil
		},
		"views": func(size int32, token *string, other bool) (ids []string, next *string, n *int64, err error) {
			in := &connect.SearchViewsInput{InstanceId: id, MaxResults: &size, NextToken: token}
			if other {
				in.SearchCriteria = &types.ViewSearchCriteria{ViewStatusCondition: "PUBLISHED"}
			}
			out, err := c.SearchViews(t.Context(), in)
			if err != nil {
				return nil, nil, nil, err
			}
			for _, v := range out.Views {
				ids = append(ids, *v.Id)
			}
			return ids, out.NextToken, out.ApproximateTotalCount, nil
		},
		"tags": func(size int32, token *string, other bool) (keys []string, next *string, n *int64, err error) {
			in := &connect.SearchResourceTagsInput{InstanceId: id, MaxResults: &size, NextToken: token}
			if other {
				in.ResourceTypes = []string{"contact-flow"}
			}
			out, err := c.SearchResourceTags(t.Context(), in)
			if err != nil {
				return nil, nil, nil, err
			}
			for _, x := range out.Tags {
				keys = append(keys, *x.Key)
			}
			return keys, out.NextToken, nil, nil
		},
	}
	tokens := map[string]*string{}
	for name, search := range searches {
		all, next, total, err := search(100, nil, false)
		if err != nil || next != nil || len(all) < 2 || total != nil && *total != int64(len(all)) {
			t.Fatal(name, len(all), next, total, err)
		}
		var ones []string
		for token := (*string)(nil); len(ones) == 0 || token != nil; {
			page, next, n, err := search(1, token, false)
			if err != nil || len(page) != 1 || n != nil && *n != int64(len(all)) {
				t.Fatal(name, page, n, err)
			}
			ones, token = append(ones, page...), next
		}
		if !slices.Equal(ones, all) {
			t.Errorf("%s on pages of one: %q, want %q", name, ones, all)
		}
		_, tokens[name], _, err = search(1, nil, false)
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, search := range searches {
		_, _, _, err := search(1, tokens[name], true)
		wantCode(t, err, "InvalidParameterException")
		for of, token := range tokens {
			if _, _, _, err := search(1, token, false); (of == name) != (err == nil) {
				t.Errorf("%s with a token of %s: %v", name, of, err)
			}
		}
		if rest, next, _, err := search(100, tokens[name], false); err != nil || next != nil || len(rest) == 0 {
			t.Errorf("%s: the rest on one page: %q, %v", name, rest, err)
		}
	}
}

func TestSearchesOutsideTheModelAreRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	const instance = `"InstanceId":"` + first + `"`
	long := func(n int) string { return strings.Repeat("x", n) }
	criteria := func(s string) string { return instance + `,"SearchCriteria":` + s }
	condition := func(s string) string { return criteria(`{"TagSearchCondition":` + s + `}`) }
	is := func(field string) string {
		return criteria(`{"AndConditions":[{"OrConditions":[{"StringCondition":{"FieldName":"` + field + `","Value":"x","ComparisonType":"EXACT"}}]}]}`)
	}
	const bad, gone = "InvalidParameterException", "ResourceNotFoundException"
	arn := func(partition string) string {
		return `"InstanceId":"` + strings.Replace(home, "arn:aws:", "arn:"+partition+":", 1) + `"`
	}
	of := func(id string) string { return `"InstanceId":"` + id + `"` }
	cases := map[string]map[string]string{
		"/search-queues": {of(home): "", of(strings.ToUpper(first)): "", instance + `,"MaxResults":500`: "", instance + `,"MaxResults":501`: bad, of("x"): gone, of(long(101)): bad,
			criteria(`{"QueueTypeCondition":"AGENT"}`): bad, is("resourceID"): "", is("RESOURCEID"): "", is("content"): bad, instance + `,"SearchFilter":{"TagFilter":[]}`: bad},
		"/search-contact-flow-modules": {of(home): "", of("x"): gone, of(long(101)): bad, criteria(`{"StateCondition":"LIVE"}`): bad, criteria(`{"StatusCondition":"LIVE"}`): bad,
			is("description"): "", is("resourceID"): bad, instance + `,"SearchFilter":{"TagFilter":{"OrConditions":[{}]}}`: bad},
		"/search-views": {of(home): "", arn("aws-us-gov"): "", arn("aws-cn"): bad, of(strings.ToUpper(first)): bad, of("x"): bad, of(long(251)): bad,
			criteria(`{"ViewTypeCondition":"OURS"}`): bad, criteria(`{"ViewStatusCondition":"LIVE"}`): bad, is("name"): "", is("resourceID"): bad, is("tag"): bad,
			instance + `,"SearchFilter":{"AttributeFilter":{"OrConditions":[[]]}}`: bad, instance + `,"SearchFilter":{"AttributeFilter":{"AndCondition":{"TagConditions":{}}}}`: bad},
		"/search-resource-tags": {of(home): "", arn("aws-cn"): bad, of("x"): bad, of(long(251)): bad, instance + `,"ResourceTypes":["view"]`: bad, instance + `,"ResourceTypes":["Contact-Flow"]`: bad,
			instance + `,"ResourceTypes":["flow-module"]`: "", instance + `,"ResourceTypes":"prompt"`: bad, instance + `,"ResourceTypes":[null]`: bad,
			condition(`{"tagKey":"` + long(128) + `"}`): "", condition(`{"tagKey":"` + long(129) + `"}`): bad, condition(`{"tagValue":"` + long(256) + `"}`): "", condition(`{"tagValue":"` + long(257) + `"}`): bad,
			condition(`{"tagKeyComparisonType":"LIKE"}`): bad, condition(`{"tagValueComparisonType":"exact"}`): bad, condition(`[]`): bad},
	}
	for path, of := range cases {
		maps.Copy(of, map[string]string{"": bad, instance: "", `"InstanceId":null`: bad, `"InstanceId":7`: bad, `"InstanceId":""`: bad, `"InstanceId":"` + missing + `"`: gone, `"InstanceId":"` + second + `"`: gone,
			`"InstanceId":"` + third + `"`: gone, instance + `,"MaxResults":0`: bad, instance + `,"MaxResults":1`: "", instance + `,"MaxResults":"1"`: bad, instance + `,"NextToken":""`: bad,
			instance + `,"NextToken":"invented"`: bad, instance + `,"NextToken":"` + long(2501) + `"`: bad, criteria(`[]`): bad, criteria(`{}`): "", criteria(`null`): "",
			instance + `,"Unknown":1`: ""})
		if path != "/search-queues" {
			of[instance+`,"MaxResults":100`], of[instance+`,"MaxResults":101`] = "", bad
		}
		if path != "/search-resource-tags" {
			of[is("name")], of[is("")] = "", bad
			of[criteria(`{"StringCondition":{"FieldName":"name","ComparisonType":"LIKE"}}`)] = bad
			of[criteria(`{"StringCondition":{}}`)], of[criteria(`{"OrConditions":{}}`)], of[criteria(`{"AndConditions":[]}`)] = bad, bad, ""
		}
		for body, want := range of {
			r := w.raw(t, http.MethodPost, path, "{"+body+"}")
			if got := r.Header.Get("X-Amzn-ErrorType"); got != want || (want == "") != (r.StatusCode == 200) {
				t.Errorf("%s {%.150s}: %d %.150s", path, body, r.StatusCode, answer(t, r))
			}
		}
		if r := w.raw(t, http.MethodPost, path, "{"); r.Header.Get("X-Amzn-ErrorType") != "InvalidRequestException" {
			t.Errorf("%s: half a body: %d", path, r.StatusCode)
		}
	}
}

// What was found before goes on behind what is deleted and renamed meanwhile.
func TestASearchGoesOnBehindWhatChanges(t *testing.T) {
	t.Parallel()
	s := newStage(t, connectsim.Options{})
	in := &connect.SearchViewsInput{InstanceId: &s.instance, MaxResults: aws.Int32(2), SearchCriteria: &types.ViewSearchCriteria{ViewTypeCondition: "CUSTOMER_MANAGED"}}
	for _, name := range []string{"Alpha", "Beta", "Gamma"} {
		if _, err := s.c.CreateView(t.Context(), s.newView(name)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := s.c.SearchViews(t.Context(), in)
	if err != nil || *out.Views[1].Name != "Beta" || *out.ApproximateTotalCount != 5 {
		t.Fatal(out, err)
	}
	for _, v := range out.Views {
		if _, err := s.c.DeleteView(t.Context(), &connect.DeleteViewInput{InstanceId: &s.instance, ViewId: v.Id}); err != nil {
			t.Fatal(err)
		}
	}
	in.NextToken = out.NextToken
	out, err = s.c.SearchViews(t.Context(), in)
	if err != nil || len(out.Views) != 2 || *out.Views[0].Name != "Gamma" || *out.Views[1].Name != "Stage" || *out.ApproximateTotalCount != 3 {
		t.Errorf("%+v, %v", out, err)
	}
}
