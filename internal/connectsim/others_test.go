package connectsim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

const firstARN = "arn:aws:connect:us-east-1:111122223333:instance/" + first

var pathLabel = regexp.MustCompile(`{(\w*)}`)

// holdings are a queue and a module of the first instance.
type holdings struct{ queue, module string }

func (w *world) holdings(t *testing.T) holdings {
	t.Helper()
	c := w.client(t, east)
	q, err := c.ListQueues(t.Context(), &connect.ListQueuesInput{InstanceId: aws.String(first), QueueTypes: []types.QueueType{types.QueueTypeStandard}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.ListContactFlowModules(t.Context(), &connect.ListContactFlowModulesInput{InstanceId: aws.String(first)})
	if err != nil {
		t.Fatal(err)
	}
	return holdings{*q.QueueSummaryList[0].Id, *m.ContactFlowModulesSummaryList[0].Id}
}

// value is what a member of this name is sent with.
func (x holdings) value(name, instance string) string {
	switch name {
	case "InstanceId":
		return instance
	case "ResourceArn":
		return firstARN
	case "QueueId":
		return x.queue
	case "ContactFlowModuleId":
		return x.module
	case "AttributeType":
		return "CONTACT_LENS"
	}
	return "anything"
}

// request is the least that an operation can be sent.
func (x holdings) request(o connectsim.Other, instance string) (path, body string) {
	path = pathLabel.ReplaceAllStringFunc(o.Path, func(label string) string {
		return url.PathEscape(x.value(strings.Trim(label, "{}"), instance))
	})
	switch o.Place {
	case "query":
		path += "?" + o.Wire + "=" + url.QueryEscape(instance)
	case "body":
		body = fmt.Sprintf(`{"%s":"%s"}`, o.Wire, instance)
	}
	return path, body
}

// aboutAResource says whether an operation names something that the simulator cannot have: with an id in the path, or as
// those of the list, which name it in the query or the body, or want what an instance may lack.
func aboutAResource(o connectsim.Other) bool {
	for _, m := range pathLabel.FindAllStringSubmatch(o.Path, -1) {
		if !slices.Contains([]string{"InstanceId", "QueueId", "ContactFlowModuleId", "AttributeType"}, m[1]) {
			return true
		}
	}
	return slices.Contains([]string{"BatchGetAttachedFileMetadata", "DescribeUserHierarchyStructure", "GetContactMetrics", "GetFederationToken",
		"ListAssociatedContacts", "ListContactEvaluations", "ListEntitySecurityProfiles"}, o.Name)
}

func TestEveryOtherOperationAnswers(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x := w.holdings(t)
	reads, _ := connectsim.Others()
	if len(reads) < 117 {
		t.Fatalf("%d operations", len(reads))
	}
	for _, o := range reads {
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			path, body := x.request(o, first)
			r := w.raw(t, o.Method, path, body)
			text, code := answer(t, r), r.Header.Get("X-Amzn-ErrorType")
			var doc map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &doc); err != nil || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("x-amzn-RequestId") == "" {
				t.Fatalf("%v in %q, %v", err, text, r.Header)
			}
			if aboutAResource(o) {
				if r.StatusCode != 404 || code != "ResourceNotFoundException" || !slices.Contains(o.Errors, code) || len(doc["Message"]) < 5 {
					t.Errorf("%d %s %s", r.StatusCode, code, text)
				}
				return
			}
			if r.StatusCode != 200 || len(doc) == 0 {
				t.Errorf("%d %s %s", r.StatusCode, code, text)
			}
			for name, v := range doc {
				if !strings.Contains(o.Name, "InstanceAttribute") && string(v) != "[]" && !(string(v) == "0" && strings.HasSuffix(name, "TotalCount")) {
					t.Errorf("%s is %s", name, v)
				}
			}
		})
	}
}

// An instance that is not there, of another account or Region, or none where one is needed.
func TestOtherOperationsLookAtTheInstance(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x := w.holdings(t)
	reads, _ := connectsim.Others()
	lacking := map[string]string{"ListDefaultVocabularies": "InvalidRequestException", "ListTrafficDistributionGroups": "InvalidRequestException",
		"SearchAvailablePhoneNumbers": "InvalidParameterException", "SearchVocabularies": "InvalidRequestException"}
	without := []string{}
	for _, o := range reads {
		if o.Place == "" {
			without = append(without, o.Name)
			continue
		}
		want := "ResourceNotFoundException"
		if code, ok := lacking[o.Name]; ok {
			want = code
		}
		if !slices.Contains(o.Errors, want) {
			t.Errorf("%s does not model %s", o.Name, want)
		}
		for _, instance := range []string{"aaaaaaaa-bbbb-cccc-dddd-000000000000", second, third, "x", firstARN + "0", strings.Replace(firstARN, "east", "west", 1)} {
			path, body := x.request(o, instance)
			if r := w.raw(t, o.Method, path, body); r.Header.Get("X-Amzn-ErrorType") != want {
				t.Errorf("%s of %s: %d %s", o.Name, instance, r.StatusCode, answer(t, r))
			}
		}
		path, body := x.request(o, firstARN)
		if r := w.raw(t, o.Method, path, body); r.StatusCode != 200 && !aboutAResource(o) {
			t.Errorf("%s by ARN: %d %s", o.Name, r.StatusCode, answer(t, r))
		}
		for _, body := range []string{"{}", "", fmt.Sprintf(`{"%s":""}`, o.Wire), fmt.Sprintf(`{"%s":7}`, o.Wire)} {
			if o.Place != "body" || len(body) < 3 && o.Name == "SearchAvailablePhoneNumbers" {
				continue // which needs none
			}
			if r := w.raw(t, o.Method, o.Path, body); r.StatusCode != 400 || !slices.Contains(o.Errors, r.Header.Get("X-Amzn-ErrorType")) {
				t.Errorf("%s with %q: %d %s", o.Name, body, r.StatusCode, answer(t, r))
			}
		}
	}
	if diff := cmp.Diff([]string{"DescribeTrafficDistributionGroup", "GetTrafficDistribution", "ListTrafficDistributionGroupUsers"}, without); diff != "" {
		t.Error("without an instance: ", diff)
	}
	for _, path := range []string{"/traffic-distribution-groups", "/phone-number/search-available"} {
		method, body := http.MethodGet, ""
		if strings.HasPrefix(path, "/phone") {
			method, body = http.MethodPost, "{}"
		}
		if r := w.raw(t, method, path, body); r.StatusCode != 200 {
			t.Errorf("%s without an instance: %d %s", path, r.StatusCode, answer(t, r))
		}
	}
}

func TestWhatBelongsToAQueueOrAModuleIsEmpty(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x := w.holdings(t)
	const nobody = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	for _, p := range []string{"/queues/{in}/{id}/quick-connects", "/queues/{in}/{id}/email-addresses", "/contact-flow-modules/{in}/{id}/aliases",
		"/contact-flow-modules/{in}/{id}/versions"} {
		id, arn := x.queue, firstARN+"/queue/"+x.queue
		if strings.Contains(p, "module") {
			id, arn = x.module, firstARN+"/flow-module/"+x.module
		}
		for named, status := range map[string]int{id: 200, arn: 200, nobody: 404, "Sales": 404, strings.Replace(arn, first, second, 1): 404,
			strings.Replace(arn, "east", "west", 1): 404} {
			path := strings.NewReplacer("{in}", first, "{id}", url.PathEscape(named)).Replace(p)
			if r := w.raw(t, http.MethodGet, path, ""); r.StatusCode != status {
				t.Errorf("%s: %d %s", path, r.StatusCode, answer(t, r))
			}
		}
	}
}

// fill sets what the SDK wants before it sends anything: each member, and those of the structures below.
func (x holdings) fill(v reflect.Value, depth int) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if !f.CanSet() || name == "NextToken" {
			continue
		}
		switch {
		case f.Type() == reflect.TypeFor[*time.Time]():
			f.Set(reflect.ValueOf(aws.Time(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))))
		case f.Type() == reflect.TypeFor[*string]():
			f.Set(reflect.ValueOf(aws.String(x.value(name, first))))
		case f.Kind() == reflect.String:
			f.SetString(x.value(name, first))
		case f.Kind() == reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 0, 0))
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && depth < 4:
			f.Set(reflect.New(f.Type().Elem()))
			x.fill(f.Elem(), depth+1)
		}
	}
}

// call sends an operation through the SDK's method of its name.
func (x holdings) call(t *testing.T, c *connect.Client, name string) (reflect.Value, error) {
	t.Helper()
	method := reflect.ValueOf(c).MethodByName(name)
	if !method.IsValid() {
		t.Fatal("the SDK has no such operation")
	}
	in := reflect.New(method.Type().In(1).Elem())
	x.fill(in.Elem(), 0)
	out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
	err, _ := out[1].Interface().(error)
	return out[0], err
}

// TestTheSDKReadsEveryOtherOperation finds each list there and empty, or a 404 of the SDK's own type.
func TestTheSDKReadsEveryOtherOperation(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x, c := w.holdings(t), w.client(t, east)
	reads, _ := connectsim.Others()
	for _, o := range reads {
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			out, err := x.call(t, c, o.Name)
			var missing *types.ResourceNotFoundException
			if aboutAResource(o) {
				if !errors.As(err, &missing) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range out.Elem().NumField() {
				f, name := out.Elem().Field(i), out.Elem().Type().Field(i).Name
				if f.Kind() == reflect.Slice && (f.IsNil() || f.Len() > 0 && name != "Attributes") {
					t.Errorf("%s is %v", name, f)
				}
				if f.Type() == reflect.TypeFor[*int64]() && (f.IsNil() || f.Elem().Int() != 0) {
					t.Errorf("%s is %v", name, f)
				}
			}
		})
	}
}

func TestPaginatorsEndAtOnce(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c, id := w.client(t, east), aws.String(first)
	prompts := connect.NewListPromptsPaginator(c, &connect.ListPromptsInput{InstanceId: id, MaxResults: aws.Int32(1)})
	users := connect.NewListUsersPaginator(c, &connect.ListUsersInput{InstanceId: id})
	bots := connect.NewListBotsPaginator(c, &connect.ListBotsInput{InstanceId: id, LexVersion: types.LexVersionV2})
	found := connect.NewSearchPromptsPaginator(c, &connect.SearchPromptsInput{InstanceId: id})
	metrics := connect.NewGetCurrentMetricDataPaginator(c, &connect.GetCurrentMetricDataInput{InstanceId: id, Filters: &types.Filters{}, CurrentMetrics: []types.CurrentMetric{{Name: "AGENTS_ONLINE"}}})
	groups := connect.NewListTrafficDistributionGroupsPaginator(c, &connect.ListTrafficDistributionGroupsInput{})
	for name, next := range map[string]struct {
		more func() bool
		next func() (int, error)
	}{
		"ListPrompts":          {prompts.HasMorePages, func() (int, error) { o, e := prompts.NextPage(t.Context()); return len(o.PromptSummaryList), e }},
		"ListUsers":            {users.HasMorePages, func() (int, error) { o, e := users.NextPage(t.Context()); return len(o.UserSummaryList), e }},
		"ListBots":             {bots.HasMorePages, func() (int, error) { o, e := bots.NextPage(t.Context()); return len(o.LexBots), e }},
		"SearchPrompts":        {found.HasMorePages, func() (int, error) { o, e := found.NextPage(t.Context()); return len(o.Prompts), e }},
		"GetCurrentMetricData": {metrics.HasMorePages, func() (int, error) { o, e := metrics.NextPage(t.Context()); return len(o.MetricResults), e }},
		"ListTrafficDistributionGroups": {groups.HasMorePages, func() (int, error) {
			o, e := groups.NextPage(t.Context())
			return len(o.TrafficDistributionGroupSummaryList), e
		}},
	} {
		n := 0
		for ; next.more(); n++ {
			if items, err := next.next(); err != nil || items != 0 {
				t.Fatal(name, items, err)
			}
		}
		if n != 1 || w.Calls()[name] != 1 {
			t.Errorf("%s: %d pages, %d calls", name, n, w.Calls()[name])
		}
	}
}

func TestInstanceAttributes(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	for _, size := range []*int32{nil, aws.Int32(1), aws.Int32(7)} {
		p := connect.NewListInstanceAttributesPaginator(c, &connect.ListInstanceAttributesInput{InstanceId: aws.String(first), MaxResults: size})
		got := map[types.InstanceAttributeType]string{}
		for p.HasMorePages() {
			out, err := p.NextPage(t.Context())
			if err != nil || len(out.Attributes) > int(aws.ToInt32(size)) && size != nil {
				t.Fatal(out, err)
			}
			for _, a := range out.Attributes {
				got[a.AttributeType] = *a.Value
			}
		}
		want := map[types.InstanceAttributeType]string{}
		for _, kind := range types.InstanceAttributeType("").Values() {
			want[kind] = fmt.Sprint(kind == types.InstanceAttributeTypeInboundCalls || kind == types.InstanceAttributeTypeOutboundCalls)
			out, err := c.DescribeInstanceAttribute(t.Context(), &connect.DescribeInstanceAttributeInput{InstanceId: aws.String(firstARN), AttributeType: kind})
			if err != nil || out.Attribute.AttributeType != kind || *out.Attribute.Value != want[kind] {
				t.Fatal(kind, out, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for path, want := range map[string]string{
		"/attribute/CHAT": "InvalidParameterException", "/attribute/": "InvalidParameterException", "/attribute/contact_lens": "InvalidParameterException",
		"/attributes?maxResults=8": "InvalidParameterException", "/attributes?maxResults=0": "InvalidParameterException",
		"/attributes?nextToken=x": "InvalidParameterException"} {
		if r := w.raw(t, http.MethodGet, "/instance/"+first+path, ""); r.Header.Get("X-Amzn-ErrorType") != want {
			t.Errorf("%s: %d %s", path, r.StatusCode, answer(t, r))
		}
	}
}

func TestWhatTheSimulatorDoesNotHaveIsNamed(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	x := w.holdings(t)
	before := w.Calls()
	_, writes := connectsim.Others()
	if len(writes) < 207 {
		t.Fatalf("%d operations", len(writes))
	}
	for _, o := range writes {
		path, _ := x.request(o, first)
		r := w.raw(t, o.Method, path, "{}")
		if text := answer(t, r); r.StatusCode != 501 || r.Header.Get("X-Amzn-ErrorType") != "UnknownOperationException" ||
			text != `{"Message":"the simulator does not have `+o.Name+`"}` {
			t.Errorf("%s: %d %s", o.Name, r.StatusCode, text)
		}
	}
	r := w.raw(t, http.MethodPatch, "/nothing/at/all", "{}")
	if text := answer(t, r); r.StatusCode != 501 || text != `{"Message":"the simulator has no operation at PATCH /nothing/at/all"}` {
		t.Errorf("%d %s", r.StatusCode, text)
	}
	_, err := w.client(t, east).CreatePrompt(t.Context(), &connect.CreatePromptInput{InstanceId: aws.String(first), Name: aws.String("n"), S3Uri: aws.String("s3://b/k")})
	var unknown smithy.APIError
	if !errors.As(err, &unknown) || unknown.ErrorCode() != "UnknownOperationException" || unknown.ErrorMessage() != "the simulator does not have CreatePrompt" {
		t.Error(err)
	}
	if diff := cmp.Diff(before, w.Calls()); diff != "" {
		t.Error("counted: ", diff)
	}
}

// Each operation of the SDK's client is either answered or named, and none takes the requests of another.
func TestEveryOperationIsRoutedToItself(t *testing.T) {
	t.Parallel()
	reads, writes := connectsim.Others()
	all := map[string]bool{}
	for name, row := range connectsim.Rows() {
		if row.Path == "" {
			continue // of STS
		}
		all[name] = true
		path := pathLabel.ReplaceAllString(row.Path, "summary")
		if has, lacks := connectsim.Routed(row.Method, path); has != name || lacks != "" {
			t.Errorf("%s %s: %q, %q", row.Method, path, has, lacks)
		}
	}
	for _, o := range writes {
		path := pathLabel.ReplaceAllString(o.Path, "summary")
		if has, lacks := connectsim.Routed(o.Method, path); has != "" || lacks != o.Name || all[o.Name] {
			t.Errorf("%s %s: %q, %q", o.Method, path, has, lacks)
		}
		all[o.Name] = true
	}
	if len(all) < len(reads)+len(writes)+46 {
		t.Errorf("%d operations", len(all))
	}
	methods := reflect.TypeFor[*connect.Client]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; !all[name] && name != "Options" {
			t.Errorf("%s is neither answered nor named", name)
		}
		delete(all, methods.Method(i).Name)
	}
	for name := range maps.Keys(all) {
		t.Errorf("the SDK has no %s", name)
	}
}

func TestOtherOperationsAreThrottledCountedAndSpoiled(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{Rate: 2, Burst: 2})
	rules, err := connectsim.ReadFaults(strings.NewReader(`{"op":"ListUsers","nth":1,"do":"error","code":"InternalServiceException"}`))
	if err != nil {
		t.Fatal(err)
	}
	w.Faults(rules)
	for i, want := range []string{"InternalServiceException", "", "", "ThrottlingException", "ThrottlingException"} {
		_, err := w.client(t, east).ListUsers(t.Context(), &connect.ListUsersInput{InstanceId: aws.String(first)})
		if errorCode(err) != want {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if n := w.Calls()["ListUsers"]; n != 5 {
		t.Errorf("%d calls", n)
	}
}

func TestAPolicyHoldsForOtherOperations(t *testing.T) {
	t.Parallel()
	p, err := policy.Read(strings.NewReader(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"connect:ListPrompts","Resource":"` + firstARN + `"},
		{"Effect":"Allow","Action":"connect:SearchPrompts","Resource":"` + firstARN + `"},
		{"Effect":"Allow","Action":"connect:GetMetricDataV2","Resource":"` + firstARN + `"},
		{"Effect":"Allow","Action":"connect:DescribePhoneNumber","Resource":"*"},
		{"Effect":"Allow","Action":"connect:ListTrafficDistributionGroups","Resource":"` + firstARN + `"},
		{"Effect":"Allow","Action":"connect:ListUsers","Resource":"` + firstARN + `/agent/*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w := serve(t, "demo", connectsim.Options{Policy: p})
	for path, status := range map[string]int{"GET /prompts-summary/" + first: 200, "POST /search-prompts": 200, "POST /metrics/data": 200, "GET /phone-number/x": 404,
		"GET /users-summary/" + first: 403, "GET /routing-profiles-summary/" + first: 403, "GET /traffic-distribution-groups?instanceId=" + first: 403} {
		method, path, _ := strings.Cut(path, " ")
		body := ""
		if method == http.MethodPost {
			body = `{"InstanceId":"` + first + `","ResourceArn":"` + firstARN + `"}`
		}
		if r := w.raw(t, method, path, body); r.StatusCode != status || status == 403 && r.Header.Get("X-Amzn-ErrorType") != "AccessDeniedException" {
			t.Errorf("%s: %d %s", path, r.StatusCode, answer(t, r))
		}
	}
}

func BenchmarkReadOthers(b *testing.B) {
	for b.Loop() {
		if connectsim.ReadOthers() < 300 {
			b.Fatal("rows are missing")
		}
	}
}
