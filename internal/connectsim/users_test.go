package connectsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connectsim"
)

func profiles(t testing.TB, c *connect.Client, instance string) []types.SecurityProfileSummary {
	t.Helper()
	out, err := c.ListSecurityProfiles(t.Context(), &connect.ListSecurityProfilesInput{InstanceId: &instance})
	if err != nil {
		t.Fatal(err)
	}
	return out.SecurityProfileSummaryList
}

// found gives the users of the first instance that criteria find, in pages of seven.
func found(t testing.TB, c *connect.Client, criteria *types.UserSearchCriteria) []types.UserSearchSummary {
	t.Helper()
	var all []types.UserSearchSummary
	p := connect.NewSearchUsersPaginator(c, &connect.SearchUsersInput{InstanceId: aws.String(first), SearchCriteria: criteria, MaxResults: aws.Int32(7)})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.Users...)
	}
	return all
}

func logins(users []types.UserSearchSummary) []string {
	names := []string{}
	for _, u := range users {
		names = append(names, *u.Username)
	}
	return names
}

func described(t testing.TB, c *connect.Client, id string) types.User {
	t.Helper()
	out, err := c.DescribeUser(t.Context(), &connect.DescribeUserInput{InstanceId: aws.String(first), UserId: &id})
	if err != nil {
		t.Fatal(err)
	}
	return *out.User
}

// granted gives a profile's permissions, in pages of the size.
func granted(t testing.TB, c *connect.Client, profile string, size *int32) (list []string, pages int) {
	t.Helper()
	p := connect.NewListSecurityProfilePermissionsPaginator(c, &connect.ListSecurityProfilePermissionsInput{InstanceId: aws.String(first), SecurityProfileId: &profile, MaxResults: size})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if out.LastModifiedTime.IsZero() || *out.LastModifiedRegion != east {
			t.Errorf("%v %v", out.LastModifiedTime, *out.LastModifiedRegion)
		}
		list, pages = append(list, out.Permissions...), pages+1
	}
	return list, pages
}

func TestSecurityProfilesAndWhatTheyPermit(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	custom, ccp := map[string]bool{}, map[string]bool{}
	var names []string
	for _, p := range profiles(t, c, first) {
		names = append(names, *p.Name)
		if *p.Arn != home+"/security-profile/"+*p.Id || *p.LastModifiedRegion != east || p.LastModifiedTime.IsZero() {
			t.Errorf("%+v", p)
		}
		all, pages := granted(t, c, *p.Id, nil)
		byARN, one := granted(t, c, *p.Arn, aws.Int32(1000))
		if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) || one != 1 || pages != (len(all)+99)/100 || !slices.Equal(all, byARN) {
			t.Errorf("%s: %d permissions on %d pages, by ARN %d on %d", *p.Name, len(all), pages, len(byARN), one)
		}
		custom[*p.Name], ccp[*p.Name] = slices.Contains(all, "CustomViews.Access"), slices.Contains(all, "BasicAgentAccess")
		if *p.Name == "Admin" && pages < 2 {
			t.Errorf("an administrator's %d permissions are on one page", len(all))
		}
	}
	if diff := cmp.Diff([]string{"Admin", "Agent", "CallCenterManager", "QualityAnalyst", "Store agent"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]bool{"Admin": true, "Agent": true, "CallCenterManager": true, "QualityAnalyst": false, "Store agent": false}, custom); diff != "" {
		t.Error("custom views:", diff)
	}
	if diff := cmp.Diff(map[string]bool{"Admin": true, "Agent": true, "CallCenterManager": true, "QualityAnalyst": false, "Store agent": true}, ccp); diff != "" {
		t.Error("the contact control panel:", diff)
	}
	p := connect.NewListSecurityProfilesPaginator(c, &connect.ListSecurityProfilesInput{InstanceId: aws.String(first), MaxResults: aws.Int32(2)})
	var paged []string
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil || len(out.SecurityProfileSummaryList) > 2 {
			t.Fatal(out, err)
		}
		for _, s := range out.SecurityProfileSummaryList {
			paged = append(paged, *s.Name)
		}
	}
	if !slices.Equal(paged, names) {
		t.Errorf("in pages %q", paged)
	}
}

func TestUsersAreSearched(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	all := found(t, c, nil)
	if len(all) != 25 {
		t.Fatalf("%d users", len(all))
	}
	id := map[string]string{}
	for _, p := range profiles(t, c, first) {
		id[*p.Name] = *p.Id
	}
	type criteria = types.UserSearchCriteria
	on := func(field, value string, how types.StringComparisonType) criteria {
		return criteria{StringCondition: text(field, value, how)}
	}
	store := on("SecurityProfileId", id["Store agent"], "EXACT")
	for title, x := range map[string]struct {
		criteria criteria
		want     []string
	}{
		"a login":                     {on("Username", "mei.chen", "EXACT"), []string{"mei.chen"}},
		"a login's beginning":         {on("username", "MEI", "STARTS_WITH"), []string{"mei.chen"}},
		"a first name":                {on("FirstName", "grace", "EXACT"), []string{"grace.kim"}},
		"part of a last name":         {on("LastName", "'bri", "CONTAINS"), []string{"eoin.obrien"}},
		"an id":                       {on("resourceId", *all[3].Id, "EXACT"), []string{*all[3].Username}},
		"any of a user's profiles":    {store, []string{"nora.b", "omar.said", "paula.costa", "quinn.taylor", "rosa.diaz"}},
		"both profiles":               {criteria{AndConditions: []criteria{store, on("SecurityProfileId", id["Agent"], "EXACT")}}, []string{"rosa.diaz"}},
		"either":                      {criteria{OrConditions: []criteria{on("Username", "mei.chen", ""), on("Username", "rosa.diaz", "")}}, []string{"mei.chen", "rosa.diaz"}},
		"a routing profile":           {on("RoutingProfileId", *all[0].RoutingProfileId, "EXACT"), logins(all)},
		"a profile that nobody has":   {on("SecurityProfileId", missing, "EXACT"), []string{}},
		"a name with markup in it":    {on("LastName", "<b>", "STARTS_WITH"), []string{"nora.b"}},
		"a name in Chinese":           {on("LastName", "陳", "EXACT"), []string{"mei.chen"}},
		"a name within another field": {on("FirstName", "chen", "CONTAINS"), []string{}},
	} {
		if diff := cmp.Diff(x.want, logins(found(t, c, &x.criteria))); diff != "" {
			t.Errorf("%s: %s", title, diff)
		}
	}
}

func TestUsersAreFilteredByTags(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	all := found(t, c, nil)
	for i, tags := range []map[string]string{{"team": "a", "site": "x"}, {"team": "a"}} {
		if err := setTags(t, c, *all[i].Arn, tags); err != nil {
			t.Fatal(err)
		}
	}
	if got := described(t, c, *all[0].Id).Tags; got["site"] != "x" || len(got) != 2 {
		t.Errorf("tags %v", got)
	}
	by := func(f types.UserSearchFilter) []string {
		out, err := c.SearchUsers(t.Context(), &connect.SearchUsersInput{InstanceId: aws.String(first), SearchFilter: &f})
		if err != nil {
			t.Fatal(err)
		}
		if int(*out.ApproximateTotalCount) != len(out.Users) {
			t.Errorf("%d of %d", len(out.Users), *out.ApproximateTotalCount)
		}
		return logins(out.Users)
	}
	two, one := []string{*all[0].Username, *all[1].Username}, []string{*all[0].Username}
	for i, x := range []struct {
		filter types.UserSearchFilter
		want   []string
	}{
		{types.UserSearchFilter{TagFilter: &types.ControlPlaneTagFilter{TagCondition: tag("team", "a")}}, two},
		{types.UserSearchFilter{UserAttributeFilter: &types.ControlPlaneUserAttributeFilter{TagCondition: tag("team", "a")}}, two},
		{types.UserSearchFilter{UserAttributeFilter: &types.ControlPlaneUserAttributeFilter{AndCondition: &types.AttributeAndCondition{
			TagConditions: []types.TagCondition{*tag("team", "a"), *tag("site", "")}}}}, one},
		{types.UserSearchFilter{UserAttributeFilter: &types.ControlPlaneUserAttributeFilter{OrConditions: []types.AttributeAndCondition{
			{TagConditions: []types.TagCondition{*tag("site", "x")}}, {TagConditions: []types.TagCondition{*tag("site", "y")}}}}}, one},
	} {
		if diff := cmp.Diff(x.want, by(x.filter)); diff != "" {
			t.Errorf("filter %d: %s", i, diff)
		}
	}
}

func TestSearchesOfUsersThatAreRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	group := &types.HierarchyGroupCondition{Value: aws.String(missing), HierarchyGroupMatchType: types.HierarchyGroupMatchTypeExact}
	search := func(in connect.SearchUsersInput) error {
		in.InstanceId = aws.String(first)
		return err(c.SearchUsers(t.Context(), &in))
	}
	criteria := func(x types.UserSearchCriteria) connect.SearchUsersInput {
		return connect.SearchUsersInput{SearchCriteria: &x}
	}
	byTag := &types.ControlPlaneTagFilter{TagCondition: tag("a", "b")}
	for title, x := range map[string]struct {
		in   connect.SearchUsersInput
		code string
		says string
	}{
		"a hierarchy group": {criteria(types.UserSearchCriteria{HierarchyGroupCondition: group}), "InvalidParameterException", "HierarchyGroupCondition is not supported"},
		"a hierarchy group below": {criteria(types.UserSearchCriteria{AndConditions: []types.UserSearchCriteria{{HierarchyGroupCondition: group}}}),
			"InvalidParameterException", "HierarchyGroupCondition is not supported"},
		"a hierarchy group to filter by": {connect.SearchUsersInput{SearchFilter: &types.UserSearchFilter{UserAttributeFilter: &types.ControlPlaneUserAttributeFilter{HierarchyGroupCondition: group}}},
			"InvalidParameterException", "HierarchyGroupCondition is not supported"},
		"proficiencies": {criteria(types.UserSearchCriteria{ListCondition: &types.ListCondition{TargetListType: types.TargetListTypeProficiencies, Conditions: []types.Condition{
			{NumberCondition: &types.NumberCondition{FieldName: aws.String("level"), MinValue: aws.Int32(1), ComparisonType: types.NumberComparisonTypeGreater}}}}}),
			"InvalidParameterException", "ListCondition is not supported"},
		"a field that cannot be searched": {criteria(types.UserSearchCriteria{StringCondition: text("Email", "x", "EXACT")}), "InvalidParameterException", "FieldName must be Username or"},
		"both filters": {connect.SearchUsersInput{SearchFilter: &types.UserSearchFilter{TagFilter: byTag, UserAttributeFilter: &types.ControlPlaneUserAttributeFilter{TagCondition: tag("a", "b")}}},
			"AccessDeniedException", "cannot be combined"},
		"a page that is too large": {connect.SearchUsersInput{MaxResults: aws.Int32(501)}, "InvalidParameterException", "between 1 and 500"},
		"a page of none":           {connect.SearchUsersInput{MaxResults: aws.Int32(0)}, "InvalidParameterException", "between 1 and 500"},
		"an invented token":        {connect.SearchUsersInput{NextToken: aws.String("x")}, "InvalidParameterException", "not one of ours"},
	} {
		if e := search(x.in); errorCode(e) != x.code || !strings.Contains(e.Error(), x.says) {
			t.Errorf("%s: %v", title, e)
		}
	}
	out, e := c.SearchUsers(t.Context(), &connect.SearchUsersInput{InstanceId: aws.String(first), MaxResults: aws.Int32(5)})
	if e != nil || out.NextToken == nil || *out.ApproximateTotalCount != 25 {
		t.Fatal(out, e)
	}
	other := criteria(types.UserSearchCriteria{StringCondition: text("Username", "a", "CONTAINS")})
	other.NextToken = out.NextToken
	if e := search(other); errorCode(e) != "InvalidParameterException" {
		t.Errorf("a token of another search: %v", e)
	}
	w.clock.add(25 * 60 * 60 * 1e9)
	if e := search(connect.SearchUsersInput{MaxResults: aws.Int32(5), NextToken: out.NextToken}); errorCode(e) != "InvalidToken" {
		t.Errorf("an old token: %v", e)
	}
}

func TestWhatNamesNoUserAndNoSecurityProfile(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	u, p := found(t, c, nil)[0], profiles(t, c, first)[0]
	for title, x := range map[string]struct{ instance, user, profile string }{
		"another instance's":        {second, *u.Id, *p.Id},
		"another instance's by ARN": {first, strings.Replace(*u.Arn, first, second, 1), strings.Replace(*p.Arn, first, second, 1)},
		"another Region's":          {first, strings.Replace(*u.Arn, "east", "west", 1), strings.Replace(*p.Arn, "east", "west", 1)},
		"none":                      {first, missing, missing},
		"each other's":              {first, *p.Id, *u.Id},
		"a name":                    {first, *u.Username, *p.Name},
		"a qualifier":               {first, *u.Id + ":1", *p.Id + ":1"},
	} {
		if e := err(c.DescribeUser(t.Context(), &connect.DescribeUserInput{InstanceId: &x.instance, UserId: &x.user})); code(e) != "ResourceNotFoundException" {
			t.Errorf("%s: user: %v", title, e)
		}
		if e := err(c.ListSecurityProfilePermissions(t.Context(), &connect.ListSecurityProfilePermissionsInput{InstanceId: &x.instance, SecurityProfileId: &x.profile})); code(e) != "ResourceNotFoundException" {
			t.Errorf("%s: profile: %v", title, e)
		}
	}
	for _, path := range []string{"/users/" + first + "/", "/security-profiles-permissions/" + first + "/", "/security-profiles-summary/" + first + "?maxResults=1001"} {
		if r := w.raw(t, http.MethodGet, path, ""); r.Header.Get("X-Amzn-ErrorType") != "InvalidParameterException" {
			t.Errorf("%s: %d %s", path, r.StatusCode, answer(t, r))
		}
	}
}

// The unit of a limit differs between the two operations, by their pages.
func TestLimitsOfAfterContactWorkAndTheirUnits(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	limits := map[string]int32{}
	for _, s := range found(t, c, nil) {
		d := described(t, c, *s.Id)
		if s.PhoneConfig.AfterContactWorkTimeLimit != 1000*d.PhoneConfig.AfterContactWorkTimeLimit || d.PhoneConfig.PhoneType != types.PhoneTypeSoftPhone {
			t.Errorf("%s: searched %d, described %d", *s.Username, s.PhoneConfig.AfterContactWorkTimeLimit, d.PhoneConfig.AfterContactWorkTimeLimit)
		}
		if *d.Arn != home+"/agent/"+*d.Id || *d.Arn != *s.Arn || *d.Username != *s.Username || *d.IdentityInfo.FirstName != *s.IdentityInfo.FirstName ||
			*d.IdentityInfo.Email != *d.Username+"@example.com" || !slices.Equal(d.SecurityProfileIds, s.SecurityProfileIds) || *d.LastModifiedRegion != east || d.LastModifiedTime.IsZero() {
			t.Errorf("%+v\n%+v", d, s)
		}
		limits[*d.Username] = d.PhoneConfig.AfterContactWorkTimeLimit
	}
	if limits["alex.moreau"] != 600 || limits["deepa.nair"] != 0 || limits["hugo.brandt"] != 120 {
		t.Errorf("limits %v", limits)
	}
}

// limitsSearchedAs wants a user's limits per channel to be so many times what a description says.
func limitsSearchedAs(times int32) func(*testing.T, *chosen) {
	return func(t *testing.T, x *chosen) {
		with := 0
		for _, s := range found(t, x.Client, nil) {
			d := described(t, x.Client, *s.Id)
			if len(s.AfterContactWorkConfigs) != len(d.AfterContactWorkConfigs) {
				t.Fatalf("searched %v, described %v", s.AfterContactWorkConfigs, d.AfterContactWorkConfigs)
			}
			for i, a := range s.AfterContactWorkConfigs {
				b := d.AfterContactWorkConfigs[i]
				if a.Channel != b.Channel || a.AfterContactWorkConfig.AfterContactWorkTimeLimit != times*b.AfterContactWorkConfig.AfterContactWorkTimeLimit {
					t.Errorf("searched %+v, described %+v", a, b)
				}
				with++
				if a.Channel == types.ChannelVoice && (b.AgentFirstCallbackAfterContactWorkConfig.AfterContactWorkTimeLimit != 120 ||
					a.AgentFirstCallbackAfterContactWorkConfig.AfterContactWorkTimeLimit != times*120) {
					t.Errorf("callbacks: searched %+v, described %+v", a, b)
				}
			}
		}
		if with != 4 {
			t.Errorf("%d limits per channel", with)
		}
	}
}
