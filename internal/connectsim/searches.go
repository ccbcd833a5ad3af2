package connectsim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"wrapup/internal/instance"
)

// searchOperations are the searches besides that of flows.
func searchOperations() []*operation {
	strict := text(1, 250).matching(`^(arn:(aws|aws-us-gov):connect:[a-z]{2}-[a-z]+-[0-9]{1}:[0-9]{1,20}:instance/)?` +
		`[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$`)
	search := func(instance *shape, most int, more ...member) []member {
		return slices.Concat(members(body("InstanceId", instance).must(), body("NextToken", text(1, 2500)), body("MaxResults", number(1, most))), more)
	}
	return []*operation{
		{name: "SearchQueues", method: http.MethodPost, path: "/search-queues", handle: (*call).searchQueues, on: onInstance,
			in: search(instanceID.shape, 500, body("SearchFilter", object(tagFilter())),
				body("SearchCriteria", searchCriteria(body("QueueTypeCondition", enum(standardQueue))))),
			errors: flowErrors()},
		{name: "SearchContactFlowModules", method: http.MethodPost, path: "/search-contact-flow-modules", handle: (*call).searchModules, on: onInstance,
			in: search(instanceID.shape, 100, body("SearchFilter", object(tagFilter())), body("SearchCriteria",
				searchCriteria(body("StateCondition", enum(states...)), body("StatusCondition", enum(statuses...))))),
			errors: flowErrors()},
		{name: "SearchViews", method: http.MethodPost, path: "/search-views", handle: (*call).searchViews, on: onInstance,
			in: search(strict, 100, body("SearchFilter", object(attributeFilter("AttributeFilter"))), body("SearchCriteria",
				searchCriteria(body("ViewTypeCondition", enum(viewTypes...)), body("ViewStatusCondition", enum(statuses...))))),
			errors: flowErrors("AccessDeniedException")},
		{name: "SearchResourceTags", method: http.MethodPost, path: "/search-resource-tags", handle: (*call).searchTags, on: onInstance,
			in: search(strict, 100, body("ResourceTypes", listOf(enum(taggedTypes...), 0, 0)), body("SearchCriteria", object(body("TagSearchCondition",
				object(body("tagKey", text(0, 128)), body("tagKeyComparisonType", enum(comparisons...)),
					body("tagValue", text(0, 256)), body("tagValueComparisonType", enum(comparisons...))))))),
			errors: flowErrors("MaximumResultReturnedException")},
	}
}

// searchQueues knows no queues of agents: the one type that can be asked for is STANDARD.
func (c *call) searchQueues() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	standard := slices.DeleteFunc(slices.Clone(in.queues.list), func(q *queueRecord) bool { return q.Kind != standardQueue })
	all, fault := search(c, standard, (*queueRecord).searched, "name", "description", "resourceID")
	if fault != nil {
		return nil, fault
	}
	queues, next, fault := sortedPage(c, all, 100, in.queues.since)
	list := make([]wireQueue, len(queues))
	for i, q := range queues {
		list[i] = in.wireQueue(q)
	}
	return struct {
		Queues []wireQueue
		searchPage
	}{list, searchPage{next, len(all)}}, fault
}

func (q *queueRecord) searched() searched {
	return searched{id: q.ID, name: q.Name, kind: q.Kind, tags: q.Tags}
}

// searchModules answers with what is published, as every module is.
func (c *call) searchModules() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	all, fault := search(c, in.modules.list, (*moduleRecord).searched, "name", "description")
	if fault != nil {
		return nil, fault
	}
	modules, next, fault := sortedPage(c, all, 100, in.modules.since)
	list := make([]wireModule, len(modules))
	for i, m := range modules {
		list[i] = in.wireModule(m)
	}
	return struct {
		ContactFlowModules []wireModule
		searchPage
	}{list, searchPage{next, len(all)}}, fault
}

func (m *moduleRecord) searched() searched {
	return searched{id: m.ID, name: m.Name, description: m.Description, state: m.State, status: published, tags: m.Tags}
}

// searchViews finds those of AWS too, which have no tags.
func (c *call) searchViews() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	all, fault := search(c, in.allViews(), wireView.searched, "name", "description")
	if fault != nil {
		return nil, fault
	}
	list, next, fault := sortedPage(c, all, 100, wireView.place)
	return struct {
		Views []wireView
		searchPage
	}{list, searchPage{next, len(all)}}, fault
}

func (v wireView) searched() searched {
	return searched{id: v.ID, name: v.Name, description: v.Description, kind: v.Type, status: v.Status, tags: v.Tags}
}

// taggedTypes are the resource types whose tags can be searched, by the operation's page. It spells one "flow- module".
var taggedTypes = []string{instance.KindUser, "agent-state", "routing-profile", "standard-queue", instance.KindProfile, "operating-hours", "prompt",
	instance.KindFlow, instance.KindModule, "transfer-destination"}

type wireTag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// place is what the tags ascend by: the key, then the value. A page token has no room for every value as it is.
func (t wireTag) place() string {
	return fmt.Sprintf("%s\x00%.100s\x00%s", t.Key, t.Value, derivedID(t.Value))
}

// searchTags lists each tag once, however many resources have it.
func (c *call) searchTags() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	all := slices.DeleteFunc(in.usedTags(c.in.texts("ResourceTypes")), func(t wireTag) bool {
		return !t.meets(c.in.object("SearchCriteria").object("TagSearchCondition"))
	})
	list, next, fault := sortedPage(c, all, 100, wireTag.place)
	return struct {
		Tags      []wireTag
		NextToken string `json:",omitempty"`
	}{list, next}, fault
}

// meets compares key and value as other searches compare names, where the condition has them.
func (t wireTag) meets(v values) bool {
	return (!v.has("tagKey") || compares(t.Key, v.text("tagKey"), v.text("tagKeyComparisonType"))) &&
		(!v.has("tagValue") || compares(t.Value, v.text("tagValue"), v.text("tagValueComparisonType")))
}

// usedTags are the tags of resources of the types, of all types where there are none, in their places.
func (in *inst) usedTags(types []string) []wireTag {
	used := map[wireTag]bool{}
	use := func(kind string, tags map[string]string) {
		for k, v := range tags {
			if len(types) == 0 || slices.Contains(types, kind) {
				used[wireTag{k, v}] = true
			}
		}
	}
	for _, f := range in.flows.list {
		use(instance.KindFlow, f.Tags)
	}
	for _, m := range in.modules.list {
		use(instance.KindModule, m.Tags)
	}
	for _, q := range in.queues.list {
		use("standard-queue", q.Tags)
	}
	for _, p := range in.profiles.list {
		use(instance.KindProfile, p.Tags)
	}
	for _, u := range in.users.list {
		use(instance.KindUser, u.Tags)
	}
	return slices.SortedFunc(maps.Keys(used), func(a, b wireTag) int { return strings.Compare(a.place(), b.place()) })
}
