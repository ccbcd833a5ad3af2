package connectsim_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"wrapup/internal/connectsim"
)

// queues lists an instance's queues in pages of a size, 0 for the default.
func queues(t testing.TB, c *connect.Client, instance string, size int32, kinds ...types.QueueType) (all []types.QueueSummary, pages int) {
	t.Helper()
	in := &connect.ListQueuesInput{InstanceId: &instance, QueueTypes: kinds}
	if size > 0 {
		in.MaxResults = &size
	}
	for p := connect.NewListQueuesPaginator(c, in); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.QueueSummaryList...)
	}
	return all, pages
}

// theirs is a client of the account that an instance is in.
func (w *world) theirs(t testing.TB, in connectsim.InstanceInfo) *connect.Client {
	t.Helper()
	if in.Account == "111122223333" {
		return w.client(t, in.Region)
	}
	s := sts.New(sts.Options{Region: in.Region, BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider("AKIAANYKEY", "secret", "")})
	out, err := s.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(connectsim.DemoRole), RoleSessionName: aws.String("me")})
	if err != nil {
		t.Fatal(err)
	}
	keys := credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return w.client(t, in.Region, func(o *connect.Options) { o.Credentials = keys })
}

func TestEveryQueueThatASeededFlowNamesIsListed(t *testing.T) {
	t.Parallel()
	reference := regexp.MustCompile(`arn:aws:connect:[^"]*/queue/[^"]*`)
	for _, seed := range []string{"demo", "empty"} {
		w := serve(t, seed, connectsim.Options{})
		w.Generate(20)
		for _, in := range w.Instances() {
			c, listed, named := w.theirs(t, in), map[string]string{}, 0
			all, _ := queues(t, c, in.ID, 0, types.QueueTypeStandard)
			for _, q := range all {
				listed[*q.Arn] = *q.Name
			}
			flows := connect.NewListContactFlowsPaginator(c, &connect.ListContactFlowsInput{InstanceId: &in.ID})
			for flows.HasMorePages() {
				out, err := flows.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range out.ContactFlowSummaryList {
					live, draft, _ := w.Contents(in.ID, *f.Id)
					for _, arn := range reference.FindAllString(live+draft, -1) {
						if named++; listed[arn] == "" {
							t.Errorf("%s, %s: %s is not listed", in.Alias, *f.Name, arn)
						}
					}
				}
			}
			if named == 0 || !slices.Contains(slices.Collect(maps.Values(listed)), "BasicQueue") {
				t.Errorf("%s: %d references, queues %v", in.Alias, named, listed)
			}
		}
	}
}

func TestQueuesAreListedByType(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	standard, _ := queues(t, c, first, 0, types.QueueTypeStandard)
	agents, _ := queues(t, c, home, 0, types.QueueTypeAgent)
	both, _ := queues(t, c, first, 0)
	again, _ := queues(t, c, first, 0, types.QueueTypeAgent, types.QueueTypeStandard)
	if len(standard) < 20 || len(agents) == 0 || len(both) != len(standard)+len(agents) || len(again) != len(both) {
		t.Fatalf("%d standard, %d of agents, %d and %d of both", len(standard), len(agents), len(both), len(again))
	}
	for _, q := range standard {
		if q.QueueType != "STANDARD" || aws.ToString(q.Name) == "" || *q.Arn != home+"/queue/"+*q.Id || q.LastModifiedTime == nil || *q.LastModifiedRegion != east {
			t.Errorf("%+v", q)
		}
	}
	for _, q := range agents {
		if q.QueueType != "AGENT" || q.Name != nil || *q.Arn != home+"/queue/agent/"+*q.Id {
			t.Errorf("an agent's: %+v", q)
		}
	}
}

func TestQueuesArePaged(t *testing.T) {
	t.Parallel()
	c := serve(t, "demo", connectsim.Options{}).client(t, east)
	ids := func(qs []types.QueueSummary) (out []string) {
		for _, q := range qs {
			out = append(out, *q.Id)
		}
		return out
	}
	all, pages := queues(t, c, first, 1000)
	some, more := queues(t, c, first, 7)
	if pages != 1 || more != (len(all)+6)/7 || !slices.Equal(ids(some), ids(all)) {
		t.Errorf("%d queues in %d pages, %d in %d", len(all), pages, len(some), more)
	}
	out, err := c.ListQueues(t.Context(), &connect.ListQueuesInput{InstanceId: aws.String(first), MaxResults: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ListQueues(t.Context(), &connect.ListQueuesInput{InstanceId: aws.String(first), NextToken: out.NextToken, QueueTypes: []types.QueueType{"AGENT"}})
	wantCode(t, err, "InvalidParameterException")
}

func TestAListOfQueuesOutsideTheModelIsRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	for query, want := range map[string]string{
		first + "?queueTypes=NONE":                           "InvalidParameterException",
		first + "?queueTypes=":                               "InvalidParameterException",
		first + "?maxResults=0":                              "InvalidParameterException",
		first + "?maxResults=1001":                           "InvalidParameterException",
		first + "?nextToken=invented":                        "InvalidParameterException",
		first + "?" + strings.Repeat("queueTypes=AGENT&", 3): "InvalidParameterException",
		second:                   "ResourceNotFoundException",
		third:                    "ResourceNotFoundException",
		strings.Repeat("a", 101): "InvalidParameterException",
	} {
		if r := w.raw(t, http.MethodGet, "/queues-summary/"+query, ""); r.Header.Get("X-Amzn-ErrorType") != want {
			t.Errorf("%s: %d %s", query, r.StatusCode, answer(t, r))
		}
	}
}
