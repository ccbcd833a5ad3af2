package connectsim

import (
	"net/http"
	"slices"
	"strings"

	"wrapup/internal/instance"
)

// userOperations tell of security profiles and users. Members are the SDK's, constraints those of the API reference.
func userOperations() []*operation {
	profile := path("SecurityProfileId", text(1, 0))
	group := body("HierarchyGroupCondition", object(body("Value", text(0, 0)), body("HierarchyGroupMatchType", enum("EXACT", "WITH_CHILD_GROUPS"))))
	criteria := searchCriteria(group, body("ListCondition", object(body("TargetListType", enum("PROFICIENCIES")), body("Conditions", listOf(object(
		body("StringCondition", stringCondition()), body("NumberCondition", object(body("FieldName", text(0, 0)), body("MinValue", number(0, 0)), body("MaxValue", number(0, 0)),
			body("ComparisonType", enum("GREATER_OR_EQUAL", "GREATER", "LESSER_OR_EQUAL", "LESSER", "EQUAL", "NOT_EQUAL", "RANGE"))))), 0, 0)))))
	return []*operation{
		{name: "ListSecurityProfiles", method: http.MethodGet, path: "/security-profiles-summary/{InstanceId}", handle: (*call).listProfiles, on: onInstance,
			in: members(instanceID, nextToken, page1000), errors: flowErrors()},
		{name: "ListSecurityProfilePermissions", method: http.MethodGet, path: "/security-profiles-permissions/{InstanceId}/{SecurityProfileId}",
			handle: (*call).listPermissions, on: onProfile, in: members(instanceID, profile, nextToken, page1000), errors: flowErrors()},
		{name: "SearchUsers", method: http.MethodPost, path: "/search-users", handle: (*call).searchUsers, on: onInstance,
			in: members(body("InstanceId", instanceID.shape).must(), body("NextToken", text(1, 2500)), body("MaxResults", number(1, 500)),
				body("SearchFilter", object(tagFilter(), attributeFilter("UserAttributeFilter", group))), body("SearchCriteria", criteria)),
			errors: flowErrors()},
		{name: "DescribeUser", method: http.MethodGet, path: "/users/{InstanceId}/{UserId}", handle: (*call).describeUser, on: onUser,
			in: members(instanceID, path("UserId", text(1, 0))), errors: flowErrors()},
	}
}

type profileSummary struct {
	ID                 string `json:"Id"`
	Arn                string
	Name               string
	LastModifiedTime   float64
	LastModifiedRegion string
}

func (c *call) listProfiles() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	profiles, next, fault := sortedPage(c, in.profiles.list, 100, in.profiles.since)
	list := make([]profileSummary, len(profiles))
	for i, p := range profiles {
		list[i] = profileSummary{p.ID, in.profileARN(p.ID), p.Name, epoch(p.Modified), in.Region}
	}
	return struct {
		SecurityProfileSummaryList []profileSummary
		NextToken                  string `json:",omitempty"`
	}{list, next}, fault
}

func (c *call) listPermissions() (any, *apiError) {
	in, p, fault := c.profile()
	if fault != nil {
		return nil, fault
	}
	list, next, fault := sortedPage(c, p.Permissions, 100, func(permission string) string { return permission })
	return struct {
		Permissions        []string
		NextToken          string `json:",omitempty"`
		LastModifiedTime   float64
		LastModifiedRegion string
	}{list, next, epoch(p.Modified), in.Region}, fault
}

// profile finds the security profile that the call names.
func (c *call) profile() (*inst, *profileRecord, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, nil, fault
	}
	ref, ok := instance.ParseRef(c.in.text("SecurityProfileId"), instance.KindProfile)
	if p := in.profiles.get(ref.ID); ok && in.owns(ref) && ref.Qualifier == "" && p != nil {
		return in, p, nil
	}
	return nil, nil, notFound("Security profile not found")
}

// user finds the user that the call names.
func (c *call) user() (*inst, *userRecord, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, nil, fault
	}
	ref, ok := instance.ParseRef(c.in.text("UserId"), instance.KindUser)
	if u := in.users.get(ref.ID); ok && in.owns(ref) && ref.Qualifier == "" && u != nil {
		return in, u, nil
	}
	return nil, nil, notFound("User not found")
}

type (
	// wireUser is what the model's User and UserSearchSummary share, without what the simulator has none of: hierarchy
	// groups, directories, proficiencies, and the per-channel settings that are not about after-contact work.
	wireUser struct {
		ID                      string `json:"Id"`
		Arn                     string
		Username                string
		IdentityInfo            wireIdentity
		PhoneConfig             wirePhone
		RoutingProfileID        string            `json:"RoutingProfileId"`
		SecurityProfileIDs      []string          `json:"SecurityProfileIds"`
		AfterContactWorkConfigs []wireLimits      `json:",omitempty"`
		Tags                    map[string]string `json:",omitempty"`
	}
	describedUser struct {
		wireUser
		LastModifiedTime   float64
		LastModifiedRegion string
	}
	wireIdentity struct {
		FirstName, LastName string
		Email               string `json:",omitempty"` // not of a search
	}
	wirePhone struct {
		PhoneType                 string
		AutoAccept                bool
		AfterContactWorkTimeLimit int
	}
	wireLimits struct {
		Channel                                  string
		AfterContactWorkConfig                   wireLimit
		AgentFirstCallbackAfterContactWorkConfig *wireLimit `json:",omitempty"`
	}
	wireLimit struct{ AfterContactWorkTimeLimit int }
)

// wireUser writes a user. The units are what one second is in the phone configuration and in the limits per channel.
func (in *inst) wireUser(u *userRecord, phone, channel int) wireUser {
	w := wireUser{ID: u.ID, Arn: in.userARN(u.ID), Username: u.Name, IdentityInfo: wireIdentity{FirstName: u.First, LastName: u.Last},
		PhoneConfig: wirePhone{"SOFT_PHONE", false, u.Limit * phone}, RoutingProfileID: u.Routing, SecurityProfileIDs: u.Profiles, Tags: u.Tags}
	for _, l := range u.Limits {
		limits := wireLimits{Channel: l.Channel, AfterContactWorkConfig: wireLimit{l.Limit * channel}}
		if l.Callback != nil {
			limits.AgentFirstCallbackAfterContactWorkConfig = &wireLimit{*l.Callback * channel}
		}
		w.AfterContactWorkConfigs = append(w.AfterContactWorkConfigs, limits)
	}
	return w
}

// describeUser answers limits in seconds.
func (c *call) describeUser() (any, *apiError) {
	in, u, fault := c.user()
	if fault != nil {
		return nil, fault
	}
	w := in.wireUser(u, 1, 1)
	w.IdentityInfo.Email = u.Email
	return struct{ User describedUser }{describedUser{w, epoch(u.Modified), in.Region}}, nil
}

// searchUsers answers the phone configuration's limit in milliseconds, as the API reference says twice. Of the limits per
// channel one page of it says milliseconds and another seconds: the option chooses.
func (c *call) searchUsers() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	if fault := c.checkUserSearch(); fault != nil {
		return nil, fault
	}
	all, fault := search(c, in.users.list, (*userRecord).searched, "Username", "FirstName", "LastName", "RoutingProfileId", "SecurityProfileId", "resourceId")
	if fault != nil {
		return nil, fault
	}
	channel := 1
	if c.sim.o.SearchLimits == LimitsMilliseconds {
		channel = 1000
	}
	users, next, fault := sortedPage(c, all, 100, in.users.since)
	list := make([]wireUser, len(users))
	for i, u := range users {
		list[i] = in.wireUser(u, 1000, channel)
	}
	return struct {
		Users []wireUser
		searchPage
	}{list, searchPage{next, len(all)}}, fault
}

func (u *userRecord) searched() searched {
	return searched{id: u.ID, tags: u.Tags, fields: map[string][]string{"username": {u.Name}, "firstname": {u.First}, "lastname": {u.Last},
		"routingprofileid": {u.Routing}, "securityprofileid": u.Profiles}}
}

// checkUserSearch refuses conditions on what no user here has, which would else find nobody and look like an answer. Both
// filters at once are an AccessDeniedException by the API reference, although the operation does not model it.
func (c *call) checkUserSearch() *apiError {
	filter := c.in.object("SearchFilter")
	if filter.has("TagFilter") && filter.has("UserAttributeFilter") {
		return fail("AccessDeniedException", "TagFilter and UserAttributeFilter cannot be combined")
	}
	for _, name := range []string{"HierarchyGroupCondition", "ListCondition"} {
		if mentions(c.in.object("SearchCriteria"), name) || mentions(filter, name) {
			return c.op.invalid("the simulator has no hierarchy groups and no proficiencies: %s is not supported", name)
		}
	}
	return nil
}

// mentions says whether a member of the name is anywhere in a value.
func mentions(v any, name string) bool {
	switch v := v.(type) {
	case values:
		for k, x := range v {
			if k == name || mentions(x, name) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return mentions(x, name) })
	}
	return false
}

// seedProfile puts a security profile; permissions are words, each either a permission or a family with its verbs, as in
// "Users:Create,Edit".
func (in *inst) seedProfile(name, description, permissions string) {
	var all []string
	for _, word := range strings.Fields(permissions) {
		family, verbs, ok := strings.Cut(word, ":")
		if !ok {
			all = append(all, word)
			continue
		}
		for verb := range strings.SplitSeq(verbs, ",") {
			all = append(all, family+"."+verb)
		}
	}
	slices.Sort(all)
	in.profiles.put(&profileRecord{ID: derivedID(in.ID, "profile", name), Name: name, Description: description, Permissions: all, Modified: since})
}

// seedUser puts a user with the security profiles and the limit of after-contact work, in seconds.
func (in *inst) seedUser(login, first, last string, limit int, profiles string, limits ...channelLimit) {
	u := &userRecord{ID: derivedID(in.ID, "user", login), Name: login, First: first, Last: last, Email: login + "@example.com", Limit: limit, Limits: limits,
		Routing: derivedID(in.ID, "routing-profile", "Basic Routing Profile"), Modified: since}
	for p := range strings.SplitSeq(profiles, "+") {
		u.Profiles = append(u.Profiles, derivedID(in.ID, "profile", p))
	}
	in.users.put(u)
}
