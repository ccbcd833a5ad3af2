package connectsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

func TestPagesHoldEachItemOnce(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	w.Generate(237)
	c := w.client(t, east)
	seen := map[string]int{}
	pages := 0
	for p := connect.NewSearchContactFlowsPaginator(c, &connect.SearchContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(50)}); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.ContactFlows {
			seen[*f.Id]++
		}
	}
	listed := map[string]int{}
	for p := connect.NewListContactFlowsPaginator(c, &connect.ListContactFlowsInput{InstanceId: aws.String(first)}); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.ContactFlowSummaryList {
			listed[*f.Id]++
		}
	}
	if len(seen) != 257 || len(listed) != 257 || pages != 6+3 {
		t.Errorf("searched %d, listed %d, in %d pages", len(seen), len(listed), pages)
	}
	for id, n := range seen {
		if n != 1 || listed[id] != 1 {
			t.Errorf("%s: found %d times, listed %d times", id, n, listed[id])
		}
	}
}

func TestEveryListIsPaged(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	one, id := aws.Int32(1), aws.String(first)
	check := func(name string, n, want int, err error) {
		t.Helper()
		if err != nil || n != want {
			t.Errorf("%s: %d items on pages of one, want %d: %v", name, n, want, err)
		}
	}
	views := connect.NewListViewsPaginator(c, &connect.ListViewsInput{InstanceId: id, MaxResults: one})
	n := 0
	for views.HasMorePages() {
		out, err := views.NextPage(t.Context())
		check("views page", len(out.ViewsSummaryList), 1, err)
		n++
	}
	check("views", n, 7, nil)
	modules := connect.NewListContactFlowModulesPaginator(c, &connect.ListContactFlowModulesInput{InstanceId: id, MaxResults: one})
	for n = 0; modules.HasMorePages(); n++ {
		out, err := modules.NextPage(t.Context())
		check("modules page", len(out.ContactFlowModulesSummaryList), 1, err)
	}
	check("modules", n, 2, nil)
	numbers := connect.NewListPhoneNumbersV2Paginator(c, &connect.ListPhoneNumbersV2Input{InstanceId: id, MaxResults: one})
	for n = 0; numbers.HasMorePages(); n++ {
		out, err := numbers.NextPage(t.Context())
		check("numbers page", len(out.ListPhoneNumbersSummaryList), 1, err)
	}
	check("numbers", n, 11, nil)
	links := connect.NewListFlowAssociationsPaginator(c, &connect.ListFlowAssociationsInput{InstanceId: id, MaxResults: one})
	for n = 0; links.HasMorePages(); n++ {
		out, err := links.NextPage(t.Context())
		check("associations page", len(out.FlowAssociationSummaryList), 1, err)
	}
	check("associations", n, 11, nil)
}

func TestTokensAreBoundAndExpire(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	in := connect.ListContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(2)}
	out, err := c.ListContactFlows(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	token := *out.NextToken
	list := func(change func(*connect.ListContactFlowsInput)) error {
		next := in
		next.NextToken = &token
		change(&next)
		_, err := c.ListContactFlows(t.Context(), &next)
		return err
	}
	if err := list(func(in *connect.ListContactFlowsInput) { in.MaxResults = aws.Int32(9) }); err != nil {
		t.Error("the size of the page is not part of the request:", err)
	}
	wantCode(t, list(func(in *connect.ListContactFlowsInput) {
		in.ContactFlowTypes = []types.ContactFlowType{types.ContactFlowTypeContactFlow}
	}), "InvalidParameterException")
	for _, bad := range []string{"x", "%", strings.Repeat("A", 3000), token + "A", "B" + token[1:]} {
		wantCode(t, list(func(in *connect.ListContactFlowsInput) { in.NextToken = &bad }), "InvalidParameterException")
	}
	_, err = c.ListContactFlowModules(t.Context(), &connect.ListContactFlowModulesInput{InstanceId: aws.String(first), NextToken: &token})
	wantCode(t, err, "InvalidParameterException")
	w.clock.add(24*time.Hour - time.Second)
	if err := list(func(*connect.ListContactFlowsInput) {}); err != nil {
		t.Error("a token of less than a day:", err)
	}
	w.clock.add(time.Second)
	in.NextToken = &token
	_, err = w.lenient(east).ListContactFlows(t.Context(), &in)
	wantCode(t, err, "InvalidToken")
}

func TestWhatIsAddedBetweenPagesMovesNothing(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	in := connect.ListContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(19)}
	out, err := c.ListContactFlows(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	create(t, c, "New", valid, "")
	in.NextToken = out.NextToken
	rest, err := c.ListContactFlows(t.Context(), &in)
	if err != nil || len(rest.ContactFlowSummaryList) != 2 || *rest.ContactFlowSummaryList[1].Name != "New" || rest.NextToken != nil {
		t.Errorf("%+v, %v", rest, err)
	}
}

// TestWhatIsDeletedBetweenPagesHidesNothing deletes the last flow of the page that was given, and one before it.
func TestWhatIsDeletedBetweenPagesHidesNothing(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	all, err := c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first)})
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(5)})
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(5)})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 2, 4} {
		if _, err := c.DeleteContactFlow(t.Context(), &connect.DeleteContactFlowInput{InstanceId: aws.String(first), ContactFlowId: page.ContactFlowSummaryList[i].Id}); err != nil {
			t.Fatal(err)
		}
	}
	next, err := c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(5), NextToken: page.NextToken})
	if err != nil || *next.ContactFlowSummaryList[0].Id != *all.ContactFlowSummaryList[5].Id {
		t.Errorf("the list goes on with %v (%v)", next, err)
	}
	more, err := c.SearchContactFlows(t.Context(), &connect.SearchContactFlowsInput{InstanceId: aws.String(first), MaxResults: aws.Int32(5), NextToken: found.NextToken})
	if err != nil || *more.ContactFlows[0].Id != *all.ContactFlowSummaryList[5].Id {
		t.Errorf("the search goes on with %v (%v)", more, err)
	}
}
