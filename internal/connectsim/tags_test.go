package connectsim_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

const home = "arn:aws:connect:us-east-1:111122223333:instance/" + first

func tagsOf(t testing.TB, c *connect.Client, arn string) map[string]string {
	t.Helper()
	out, err := c.ListTagsForResource(t.Context(), &connect.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		t.Fatal(arn, err)
	}
	return out.Tags
}

func setTags(t testing.TB, c *connect.Client, arn string, tags map[string]string) error {
	t.Helper()
	_, err := c.TagResource(t.Context(), &connect.TagResourceInput{ResourceArn: &arn, Tags: tags})
	return err
}

func untag(t testing.TB, c *connect.Client, arn string, keys ...string) error {
	t.Helper()
	_, err := c.UntagResource(t.Context(), &connect.UntagResourceInput{ResourceArn: &arn, TagKeys: keys})
	return err
}

// taggable is the ARN of one resource of each kind that has tags.
func taggable(t testing.TB, c *connect.Client) map[string]string {
	t.Helper()
	in := aws.String(first)
	views, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: in, Type: types.ViewTypeCustomerManaged})
	if err != nil {
		t.Fatal(err)
	}
	modules, err := c.ListContactFlowModules(t.Context(), &connect.ListContactFlowModulesInput{InstanceId: in})
	if err != nil {
		t.Fatal(err)
	}
	queues, err := c.ListQueues(t.Context(), &connect.ListQueuesInput{InstanceId: in, QueueTypes: []types.QueueType{types.QueueTypeStandard}})
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := c.ListPhoneNumbersV2(t.Context(), &connect.ListPhoneNumbersV2Input{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"an instance": home, "a flow": home + "/contact-flow/" + named(t, c, first, "Sales"), "a view": *views.ViewsSummaryList[0].Arn,
		"a module": *modules.ContactFlowModulesSummaryList[0].Arn, "a queue": *queues.QueueSummaryList[0].Arn, "a number": *numbers.ListPhoneNumbersSummaryList[0].PhoneNumberArn}
}

func TestResourcesAreTaggedAndUntagged(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	all := taggable(t, c)
	for name, arn := range all {
		t.Run("such as "+name, func(t *testing.T) {
			before := tagsOf(t, c, arn)
			others := map[string]map[string]string{}
			for n, a := range all {
				if n != name {
					others[a] = tagsOf(t, c, a)
				}
			}
			want := maps.Clone(before)
			if want == nil {
				want = map[string]string{}
			}
			for _, step := range []map[string]string{{"team": "a", "größe/Ω @1": ""}, {"team": "b"}} {
				if err := setTags(t, c, arn, step); err != nil {
					t.Fatal(err)
				}
				maps.Copy(want, step)
				if got := tagsOf(t, c, arn); !maps.Equal(got, want) {
					t.Errorf("tags are %v, want %v", got, want)
				}
			}
			if err := untag(t, c, arn, "team", "not there", "größe/Ω @1"); err != nil {
				t.Fatal(err)
			}
			if got := tagsOf(t, c, arn); !maps.Equal(got, before) {
				t.Errorf("untagged, tags are %v, want %v", got, before)
			}
			for a, was := range others {
				if got := tagsOf(t, c, a); !maps.Equal(got, was) {
					t.Errorf("%s has %v", a, got)
				}
			}
		})
	}
}

func TestTagsShowWhereTheResourceIsDescribed(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	all, in := taggable(t, c), aws.String(first)
	for _, arn := range all {
		if err := setTags(t, c, arn, map[string]string{"new": "yes"}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: in, ContactFlowId: aws.String(all["a flow"])})
	if err != nil || f.ContactFlow.Tags["new"] != "yes" {
		t.Errorf("the flow: %+v, %v", f, err)
	}
	if m := describeModule(t, c, all["a module"]); m.Tags["new"] != "yes" {
		t.Errorf("the module: %+v", m)
	}
	v, err := c.DescribeView(t.Context(), &connect.DescribeViewInput{InstanceId: in, ViewId: aws.String(all["a view"])})
	if err != nil || v.View.Tags["new"] != "yes" {
		t.Errorf("the view: %+v, %v", v, err)
	}
	i, err := c.DescribeInstance(t.Context(), &connect.DescribeInstanceInput{InstanceId: in})
	if err != nil || i.Instance.Tags["new"] != "yes" || i.Instance.Tags["environment"] != "production" {
		t.Errorf("the instance: %+v, %v", i, err)
	}
	found := func() (names string) {
		t.Helper()
		out, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: in,
			SearchFilter: &types.ContactFlowSearchFilter{TagFilter: &types.ControlPlaneTagFilter{TagCondition: tag("new", "yes")}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.ContactFlows {
			names += *f.Name
		}
		return names
	}
	if got := found(); got != "Sales" {
		t.Errorf("search finds %q", got)
	}
	if err := untag(t, c, all["a flow"], "new"); err != nil {
		t.Fatal(err)
	}
	if got := found(); got != "" {
		t.Errorf("untagged, search finds %q", got)
	}
}

func TestTagsOfAWSStay(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	arn := home + "/contact-flow/" + named(t, c, first, "Returns")
	const key = "aws:cloudformation:stack-name"
	wantCode(t, untag(t, c, arn, key), "InvalidParameterException")
	wantCode(t, setTags(t, c, arn, map[string]string{key: "mine"}), "InvalidParameterException")
	if err := setTags(t, c, arn, map[string]string{"team": "a"}); err != nil {
		t.Fatal(err)
	}
	if got := tagsOf(t, c, arn); got[key] != "contact-flows-prod" || len(got) != 3 {
		t.Errorf("tags are %v", got)
	}
}

func TestAnARNThatNamesNothingTaggableIsRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	all := taggable(t, c)
	agents, err := c.ListQueues(t.Context(), &connect.ListQueuesInput{InstanceId: aws.String(first), QueueTypes: []types.QueueType{types.QueueTypeAgent}})
	if err != nil {
		t.Fatal(err)
	}
	agent := agents.QueueSummaryList[0]
	const gone = "aaaaaaaa-bbbb-cccc-dddd-999999999999"
	for name, x := range map[string]struct{ arn, code string }{
		"an id":                     {strings.TrimPrefix(all["a flow"], home+"/contact-flow/"), "InvalidParameterException"},
		"words":                     {"not an ARN", "InvalidParameterException"},
		"a climb":                   {"../../instance", "InvalidParameterException"},
		"half an ARN":               {"arn:aws:connect:us-east-1", "InvalidParameterException"},
		"another service's":         {"arn:aws:s3:us-east-1:111122223333:bucket", "InvalidParameterException"},
		"a view of AWS":             {"arn:aws:connect:us-east-1:aws:view/form", "InvalidParameterException"},
		"a draft":                   {all["a flow"] + ":$SAVED", "InvalidParameterException"},
		"a version":                 {all["a view"] + ":1", "InvalidParameterException"},
		"another Region":            {strings.Replace(all["a flow"], "us-east-1", "eu-central-1", 1), "ResourceNotFoundException"},
		"another Region's instance": {strings.Replace(home, first, second, 1), "ResourceNotFoundException"},
		"another account":           {strings.Replace(all["a flow"], "111122223333", "444455556666", 1), "ResourceNotFoundException"},
		"another account's":         {"arn:aws:connect:us-east-1:444455556666:instance/" + third, "ResourceNotFoundException"},
		"another account's, as own": {strings.Replace(home, first, third, 1), "ResourceNotFoundException"},
		"another's number":          {strings.Replace(all["a number"], "111122223333", "444455556666", 1), "ResourceNotFoundException"},
		"no instance":               {strings.Replace(home, first, gone, 1), "ResourceNotFoundException"},
		"no flow":                   {home + "/contact-flow/" + gone, "ResourceNotFoundException"},
		"no module":                 {home + "/flow-module/" + gone, "ResourceNotFoundException"},
		"no view":                   {home + "/view/" + gone, "ResourceNotFoundException"},
		"no queue":                  {home + "/queue/" + gone, "ResourceNotFoundException"},
		"no number":                 {"arn:aws:connect:us-east-1:111122223333:phone-number/" + gone, "ResourceNotFoundException"},
		"a flow as a module":        {strings.Replace(all["a flow"], "contact-flow", "flow-module", 1), "ResourceNotFoundException"},
		"an agent's queue":          {*agent.Arn, "ResourceNotFoundException"},
		"an agent's queue as ours":  {home + "/queue/" + *agent.Id, "ResourceNotFoundException"},
		"a resource beyond us":      {home + "/routing-profile/" + gone, "ResourceNotFoundException"},
		"too deep a resource":       {all["a flow"] + "/x", "ResourceNotFoundException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.ListTagsForResource(t.Context(), &connect.ListTagsForResourceInput{ResourceArn: &x.arn})
			wantCode(t, err, x.code)
			wantCode(t, setTags(t, c, x.arn, map[string]string{"k": "v"}), x.code)
			wantCode(t, untag(t, c, x.arn, "k"), x.code)
		})
	}
	for name, arn := range all {
		if tagsOf(t, c, arn)["k"] != "" {
			t.Error(name, "was tagged")
		}
	}
}

// many gives n tags.
func many(n int) map[string]string {
	m := make(map[string]string, n)
	for i := range n {
		m[fmt.Sprintf("key %04d", i)] = "v"
	}
	return m
}

func TestTagsOutsideTheModelAreRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	arn := home + "/contact-flow/" + named(t, c, first, "Technical support")
	before := tagsOf(t, c, arn)
	long := func(n int) string { return strings.Repeat("Ω", n) }
	for name, tags := range map[string]map[string]string{
		"no tags":          {},
		"51 tags":          many(51),
		"thousands of":     many(5000),
		"an empty key":     {"": "v"},
		"too long a key":   {long(129): "v"},
		"too long a value": {"k": long(257)},
		"a reserved key":   {"aws:k": "v"},
		"a bad key":        {"k<>": "v"},
		"a good and a bad": {"k": "v", "k%": "v"},
	} {
		if err := setTags(t, c, arn, tags); code(err) != "InvalidParameterException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, keys := range map[string][]string{
		"no keys":        {},
		"51 keys":        strings.Split(strings.Repeat("k,", 50)+"k", ","),
		"an empty key":   {""},
		"too long a key": {long(129)},
		"a reserved key": {"aws:k"},
		"a bad key":      {"team", "k%"},
	} {
		if err := untag(t, c, arn, keys...); code(err) != "InvalidParameterException" {
			t.Errorf("untagging %s: %v", name, err)
		}
	}
	if got := tagsOf(t, c, arn); !maps.Equal(got, before) {
		t.Errorf("tags are %v, want %v", got, before)
	}
	if err := setTags(t, c, arn, map[string]string{long(128): long(256)}); err != nil {
		t.Error("the longest key and value:", err)
	}
}

func TestAResourceHasAtMostFiftyTags(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	arn := home + "/contact-flow/" + named(t, c, first, "Sales")
	if err := setTags(t, c, arn, many(50)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, setTags(t, c, arn, map[string]string{"one more": "v", "key 0000": "changed"}), "InvalidRequestException")
	if got := tagsOf(t, c, arn); !maps.Equal(got, many(50)) {
		t.Errorf("a refusal changed tags: %v", got)
	}
	if err := setTags(t, c, arn, map[string]string{"key 0000": "changed"}); err != nil {
		t.Error("a value of one of fifty:", err)
	}
	if err := untag(t, c, arn, "key 0001"); err != nil {
		t.Fatal(err)
	}
	if err := setTags(t, c, arn, map[string]string{"one more": "v"}); err != nil {
		t.Error("after one was taken away:", err)
	}
}

func TestTagsTravelAsTheModelSays(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	arn := home + "/contact-flow/" + named(t, c, first, "Sales")
	escaped := strings.ReplaceAll(arn, "/", "%2F") // colons may stand
	for i, x := range []struct{ method, path, body, want string }{
		{http.MethodGet, "/tags/" + escaped, "", `{}`},
		{http.MethodPost, "/tags/" + escaped, `{"tags":{"b":"2","a c":"1","d":"<&>"}}`, `{}`},
		{http.MethodGet, "/tags/" + url.QueryEscape(arn), "", `{"tags":{"a c":"1","b":"2","d":"<&>"}}`},
		{http.MethodDelete, "/tags/" + escaped + "?tagKeys=b&tagKeys=a+c&tagKeys=none", "", `{}`},
		{http.MethodGet, "/tags/" + escaped, "", `{"tags":{"d":"<&>"}}`},
	} {
		if r := w.raw(t, x.method, x.path, x.body); r.StatusCode != 200 || answer(t, r) != x.want {
			t.Errorf("step %d: %d", i, r.StatusCode)
		}
	}
	for name, x := range map[string]struct {
		method, path, body, code string
	}{
		"slashes as they are":     {http.MethodGet, "/tags/" + arn, "", "UnknownOperationException"},
		"an escape of the escape": {http.MethodGet, "/tags/" + strings.ReplaceAll(escaped, "%", "%25"), "", "ResourceNotFoundException"},
		"no ARN":                  {http.MethodGet, "/tags/", "", "InvalidParameterException"},
		"no keys":                 {http.MethodDelete, "/tags/" + escaped, "", "InvalidParameterException"},
		"no body":                 {http.MethodPost, "/tags/" + escaped, "", "InvalidParameterException"},
		"tags of another case":    {http.MethodPost, "/tags/" + escaped, `{"Tags":{"a":"1"}}`, "InvalidParameterException"},
		"a list of tags":          {http.MethodPost, "/tags/" + escaped, `{"tags":["a"]}`, "InvalidParameterException"},
		"null for a value":        {http.MethodPost, "/tags/" + escaped, `{"tags":{"a":null}}`, "InvalidParameterException"},
		"a number for a value":    {http.MethodPost, "/tags/" + escaped, `{"tags":{"a":1}}`, "InvalidParameterException"},
		"no JSON":                 {http.MethodPost, "/tags/" + escaped, `{"tags":`, "InvalidRequestException"},
	} {
		if r := w.raw(t, x.method, x.path, x.body); r.Header.Get("X-Amzn-ErrorType") != x.code {
			t.Errorf("%s: %d %s", name, r.StatusCode, answer(t, r))
		}
	}
	if got := tagsOf(t, c, arn); !maps.Equal(got, map[string]string{"d": "<&>"}) {
		t.Errorf("tags are %v", got)
	}
}
