package connectsim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

const (
	// module is a module's content that the service would publish.
	module = `{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]},` +
		`"Actions":[{"Parameters":{},"Identifier":"a","Type":"EndFlowModuleExecution","Transitions":{}}]}`
	// contract is a module's resource-level settings.
	contract = `{"input":{"type":"object"}}`
)

// other is module with another identifier, so that copies can be told apart.
func other(id string) string { return strings.ReplaceAll(module, `"a"`, `"`+id+`"`) }

// modulesOf is the instance's modules as a reader sees them, both copies of each.
func modulesOf(t testing.TB, c *connect.Client) string {
	t.Helper()
	var out strings.Builder
	p := connect.NewListContactFlowModulesPaginator(c, &connect.ListContactFlowModulesInput{InstanceId: aws.String(first)})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.ContactFlowModulesSummaryList {
			live, draft := describeModule(t, c, *m.Id), describeModule(t, c, *m.Id+":$SAVED")
			fmt.Fprintln(&out, *m.Arn, *m.Name, *live.Content, aws.ToString(live.Settings), live.Tags, *draft.Content, aws.ToString(draft.Settings))
		}
	}
	return out.String()
}

func describeModule(t testing.TB, c *connect.Client, id string) *types.ContactFlowModule {
	t.Helper()
	out, err := c.DescribeContactFlowModule(t.Context(), &connect.DescribeContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: &id})
	if err != nil {
		t.Fatal(id, err)
	}
	return out.ContactFlowModule
}

func createModule(t testing.TB, c *connect.Client, name string) string {
	t.Helper()
	out, err := c.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: &name, Content: aws.String(module)})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Id
}

func deleteModule(t testing.TB, c *connect.Client, id string) error {
	_, err := c.DeleteContactFlowModule(t.Context(), &connect.DeleteContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: &id})
	return err
}

func TestAModuleIsPublishedAsItIsMade(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	arn := "arn:aws:connect:us-east-1:111122223333:instance/" + first
	out, err := c.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: &arn, Name: aws.String("Ask"), Content: aws.String(module),
		Description: aws.String("Asks."), Settings: aws.String(contract), Tags: map[string]string{"team": "a"},
		ExternalInvocationConfiguration: &types.ExternalInvocationConfiguration{Enabled: true}})
	if err != nil || *out.Arn != arn+"/flow-module/"+*out.Id {
		t.Fatalf("%+v, %v", out, err)
	}
	for id, status := range map[string]types.ContactFlowModuleStatus{*out.Id: "PUBLISHED", *out.Arn: "PUBLISHED", *out.Id + ":$LATEST": "PUBLISHED", *out.Id + ":$SAVED": "SAVED"} {
		m := describeModule(t, c, id)
		if m.Status != status || m.State != "ACTIVE" || *m.Id != *out.Id || *m.Arn != *out.Arn || *m.Name != "Ask" || *m.Description != "Asks." || *m.Content != module ||
			*m.Settings != contract || m.Tags["team"] != "a" || !m.ExternalInvocationConfiguration.Enabled || len(*m.FlowModuleContentSha256) != 64 {
			t.Errorf("%s: %+v", id, m)
		}
	}
	plain := describeModule(t, c, createModule(t, c, "Plain"))
	if plain.Description != nil || plain.Settings != nil || plain.Tags != nil || plain.ExternalInvocationConfiguration != nil {
		t.Errorf("members that were not given: %+v", plain)
	}
}

func TestAModuleThatCannotBeMadeIsRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	c := w.client(t, east)
	before := modulesOf(t, c)
	type input = connect.CreateContactFlowModuleInput
	broken := strings.Replace(module, `"Transitions":{}}`, `"Transitions":{"NextAction":"gone"}}`, 1)
	for name, x := range map[string]struct {
		change func(*input)
		code   string
	}{
		"a name that is taken":              {func(i *input) { i.Name = aws.String("Language choice") }, "DuplicateResourceException"},
		"no name":                           {func(i *input) { i.Name = aws.String("") }, "InvalidParameterException"},
		"a blank name":                      {func(i *input) { i.Name = aws.String(" \t") }, "InvalidParameterException"},
		"too long a name":                   {func(i *input) { i.Name = aws.String(strings.Repeat("é", 128)) }, "InvalidParameterException"},
		"a blank description":               {func(i *input) { i.Description = aws.String(" ") }, "InvalidParameterException"},
		"too long a description":            {func(i *input) { i.Description = aws.String(strings.Repeat("x", 501)) }, "InvalidParameterException"},
		"no content":                        {func(i *input) { i.Content = aws.String("") }, "InvalidParameterException"},
		"too long a content":                {func(i *input) { i.Content = aws.String(module + strings.Repeat(" ", 256_001-len(module))) }, "InvalidParameterException"},
		"content that is not JSON":          {func(i *input) { i.Content = aws.String("{") }, "InvalidContactFlowModuleException"},
		"content with problems":             {func(i *input) { i.Content = &broken }, "InvalidContactFlowModuleException"},
		"a flow's content":                  {func(i *input) { i.Content = aws.String(valid) }, "InvalidRequestException"},
		"half a block of settings":          {func(i *input) { i.Content = aws.String(strings.Replace(module, `"InputParameters":[],`, "", 1)) }, "InvalidRequestException"},
		"settings that are not JSON":        {func(i *input) { i.Settings = aws.String("{") }, "InvalidParameterException"},
		"too long a token":                  {func(i *input) { i.ClientToken = aws.String(strings.Repeat("x", 501)) }, "InvalidParameterException"},
		"a reserved tag":                    {func(i *input) { i.Tags = map[string]string{"aws:x": "1"} }, "InvalidParameterException"},
		"an instance that is not there":     {func(i *input) { i.InstanceId = aws.String("aaaaaaaa-bbbb-cccc-dddd-999999999999") }, "ResourceNotFoundException"},
		"another account's instance":        {func(i *input) { i.InstanceId = aws.String(third) }, "ResourceNotFoundException"},
		"too long an instance id":           {func(i *input) { i.InstanceId = aws.String(strings.Repeat("a", 101)) }, "InvalidParameterException"},
		"a tag key of a character too many": {func(i *input) { i.Tags = map[string]string{strings.Repeat("k", 129): "1"} }, "InvalidParameterException"},
	} {
		t.Run("with "+name, func(t *testing.T) {
			in := &input{InstanceId: aws.String(first), Name: aws.String("New"), Content: aws.String(module)}
			x.change(in)
			_, err := c.CreateContactFlowModule(t.Context(), in)
			wantCode(t, err, x.code)
		})
	}
	for name, body := range map[string]string{"content": `{"Name":"New"}`, "name": `{"Content":"x"}`} {
		if r := w.raw(t, "PUT", "/contact-flow-modules/"+first, body); r.Header.Get("X-Amzn-ErrorType") != "InvalidParameterException" {
			t.Errorf("without %s: %s", name, answer(t, r))
		}
	}
	if after := modulesOf(t, c); after != before {
		t.Errorf("the modules were %s\nthey are %s", before, after)
	}
}

func TestProblemsOfAModuleAreToldInTheModelsForm(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	create := func(content string) error {
		_, err := c.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: aws.String("New"), Content: &content})
		return err
	}
	var settings *types.InvalidRequestException
	if err := create(valid); !errors.As(err, &settings) || settings.ErrorMessage() != "JSON field is missing or null for field name: settings" {
		t.Errorf("without settings: %v", err)
	}
	many := strings.TrimSuffix(module, "]}")
	for i := range 60 {
		many += fmt.Sprintf(`,{"Parameters":{},"Identifier":"b%d","Type":"EndFlowModuleExecution","Transitions":{"NextAction":"gone"}}`, i)
	}
	var invalid *types.InvalidContactFlowModuleException
	if err := create(many + "]}"); !errors.As(err, &invalid) || len(invalid.Problems) != 50 || aws.ToString(invalid.Problems[0].Message) == "" {
		t.Errorf("%d problems: %v", len(invalid.Problems), err)
	}
	r := w.raw(t, "PUT", "/contact-flow-modules/"+first, `{"Name":"New","Content":"{"}`)
	if b := answer(t, r); r.StatusCode != 400 || !strings.HasPrefix(b, `{"Problems":[{"message":"`) {
		t.Errorf("%d %s", r.StatusCode, b)
	}
}

func TestAClientTokenMakesOneModule(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	create := func(name, token, content string, tags map[string]string) (string, error) {
		in := &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: &name, Content: &content, ClientToken: &token, Tags: tags}
		out, err := c.CreateContactFlowModule(t.Context(), in)
		if err != nil {
			return "", err
		}
		return *out.Id, nil
	}
	tags := map[string]string{"a": "1", "b": "2", "c": "3"}
	id, err := create("Ask", "token", module, tags)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.UpdateContactFlowModuleContent(t.Context(), &connect.UpdateContactFlowModuleContentInput{InstanceId: aws.String(first), ContactFlowModuleId: &id, Content: aws.String(other("z"))})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := create("Ask", "token", module, tags); err != nil || again != id {
		t.Errorf("sent again: %q, %v", again, err)
	}
	if m := describeModule(t, c, id); *m.Content != other("z") {
		t.Error("the repetition wrote the content")
	}
	for name, again := range map[string]func() (string, error){
		"name":    func() (string, error) { return create("Ask again", "token", module, tags) },
		"content": func() (string, error) { return create("Ask", "token", other("b"), tags) },
		"tags":    func() (string, error) { return create("Ask", "token", module, nil) },
	} {
		_, err := again()
		if wantCode(t, err, "IdempotencyException"); t.Failed() {
			t.Fatal("with another", name)
		}
	}
	if _, err := create("Ask", "another", module, tags); code(err) != "DuplicateResourceException" {
		t.Errorf("another token: %v", err)
	}
	if n := strings.Count(modulesOf(t, c), "\n"); n != 1 {
		t.Errorf("there are %d modules", n)
	}
	if err := deleteModule(t, c, id); err != nil {
		t.Fatal(err)
	}
	if again, err := create("Ask", "token", module, tags); err != nil || again == id {
		t.Errorf("after its module was deleted: %q, %v", again, err)
	}
	if _, err := create("Without a token", "", module, nil); err != nil {
		t.Error(err)
	}
	if _, err := create("Without a token", "", module, nil); code(err) != "DuplicateResourceException" {
		t.Errorf("an empty token is none: %v", err)
	}
}

func TestTheQuotaOfModulesIsKept(t *testing.T) {
	t.Parallel()
	c := serve(t, "empty", connectsim.Options{}).client(t, east)
	last := ""
	for i := range 200 {
		last = createModule(t, c, fmt.Sprint("Module ", i))
	}
	in := &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: aws.String("One more"), Content: aws.String(module)}
	_, err := c.CreateContactFlowModule(t.Context(), in)
	wantCode(t, err, "LimitExceededException")
	if err := deleteModule(t, c, last); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateContactFlowModule(t.Context(), in); err != nil {
		t.Error("a module was deleted, but:", err)
	}
}

func TestADeletedModuleIsGone(t *testing.T) {
	t.Parallel()
	c := serve(t, "empty", connectsim.Options{}).client(t, east)
	id := createModule(t, c, "Ask")
	createModule(t, c, "Stay")
	for _, q := range []string{":1", ":live"} {
		wantCode(t, deleteModule(t, c, id+q), "InvalidParameterException")
	}
	for _, x := range []string{"nonsense", "aaaaaaaa-bbbb-cccc-dddd-999999999999", "arn:aws:connect:us-east-1:111122223333:instance/" + second + "/flow-module/" + id} {
		wantCode(t, deleteModule(t, c, x), "ResourceNotFoundException")
	}
	wantCode(t, deleteModule(t, c, strings.Repeat("a", 257)), "InvalidParameterException")
	if err := deleteModule(t, c, "arn:aws:connect:us-east-1:111122223333:instance/"+first+"/flow-module/"+id); err != nil {
		t.Fatal(err)
	}
	wantCode(t, deleteModule(t, c, id), "ResourceNotFoundException")
	_, err := c.DescribeContactFlowModule(t.Context(), &connect.DescribeContactFlowModuleInput{InstanceId: aws.String(first), ContactFlowModuleId: &id})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = c.UpdateContactFlowModuleContent(t.Context(), &connect.UpdateContactFlowModuleContentInput{InstanceId: aws.String(first), ContactFlowModuleId: &id, Content: aws.String(module)})
	wantCode(t, err, "ResourceNotFoundException")
	if left := modulesOf(t, c); strings.Contains(left, id) || strings.Count(left, "\n") != 1 {
		t.Errorf("left is %s", left)
	}
	if createModule(t, c, "Ask") == id {
		t.Error("the id was given again")
	}
}

// TestAModulesCopiesAreWritten sends updates and names the content and the settings of both copies after them: 0 is as
// it was made.
func TestAModulesCopiesAreWritten(t *testing.T) {
	t.Parallel()
	type update struct{ qualifier, content, settings string }
	draft, draftSettings := update{":$SAVED", "d", ""}, update{":$SAVED", "", "d"}
	keeps := connectsim.Behaviour{Update: connectsim.UpdateKeepsDraft}
	goesLive := connectsim.Behaviour{SavedUpdate: connectsim.SavedUpdateLive}
	for name, x := range map[string]struct {
		choice  connectsim.Behaviour
		updates []update
		want    string // content and settings of the published copy, then of the saved one
	}{
		"an update goes live":                    {updates: []update{{"", "n", "n"}}, want: "nn nn"},
		"one of $LATEST too":                     {updates: []update{{":$LATEST", "n", ""}}, want: "n0 n0"},
		"one of the settings leaves the content": {updates: []update{{"", "", "n"}}, want: "0n 0n"},
		"a draft is for itself":                  {updates: []update{draft}, want: "00 d0"},
		"and so are its settings":                {updates: []update{draftSettings}, want: "00 0d"},
		"an update replaces the draft":           {updates: []update{draft, {"", "n", ""}}, want: "n0 n0"},
		"and its settings":                       {updates: []update{draftSettings, {"", "n", ""}}, want: "n0 n0"},
		"an update keeps the draft":              {keeps, []update{draft, {"", "n", "n"}}, "nn d0"},
		"an update keeps the draft's settings":   {keeps, []update{draftSettings, {"", "n", ""}}, "n0 0d"},
		"where there is none, both are written":  {keeps, []update{{"", "n", "n"}}, "nn nn"},
		"an update of $SAVED is live":            {goesLive, []update{draft}, "d0 d0"},
		"an update of $SAVED's settings is live": {goesLive, []update{draftSettings}, "0d 0d"},
		"a draft's settings join its content":    {updates: []update{draft, draftSettings}, want: "00 dd"},
		"and its content its settings":           {updates: []update{draftSettings, draft}, want: "00 dd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, "empty", connectsim.Options{Behaviour: x.choice}).client(t, east)
			out, err := c.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: aws.String("Ask"), Content: aws.String(other("0")), Settings: aws.String(`"0"`)})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range x.updates {
				in := &connect.UpdateContactFlowModuleContentInput{InstanceId: aws.String(first), ContactFlowModuleId: aws.String(*out.Id + u.qualifier)}
				if u.content != "" {
					in.Content = aws.String(other(u.content))
				}
				if u.settings != "" {
					in.Settings = aws.String(`"` + u.settings + `"`)
				}
				if _, err := c.UpdateContactFlowModuleContent(t.Context(), in); err != nil {
					t.Fatal(err)
				}
			}
			show := func(q string) string {
				m := describeModule(t, c, *out.Id+q)
				for _, id := range []string{"0", "d", "n"} {
					if *m.Content == other(id) {
						return id + strings.Trim(*m.Settings, `"`)
					}
				}
				return *m.Content
			}
			if got := show("") + " " + show(":$SAVED"); got != x.want {
				t.Errorf("the copies are %s, want %s", got, x.want)
			}
		})
	}
}

func TestAModulesUpdateThatCannotGoLiveIsRefused(t *testing.T) {
	t.Parallel()
	live := connectsim.Behaviour{SavedUpdate: connectsim.SavedUpdateLive}
	for name, x := range map[string]struct {
		choice                       connectsim.Behaviour
		qualifier, content, settings string
		code                         string
	}{
		"without content and settings": {code: "InvalidRequestException"},
		"content that is not JSON":     {content: "{", code: "InvalidContactFlowModuleException"},
		"content without settings":     {content: valid, code: "InvalidRequestException"},
		"too long a content":           {content: module + strings.Repeat(" ", 256_001-len(module)), code: "InvalidRequestException"},
		"settings that are not JSON":   {settings: "{", code: "InvalidRequestException"},
		"a draft's settings likewise":  {qualifier: ":$SAVED", settings: "{", code: "InvalidRequestException"},
		"a draft's length":             {qualifier: ":$SAVED", content: strings.Repeat("x", 256_001), code: "InvalidRequestException"},
		"a draft that goes live":       {choice: live, qualifier: ":$SAVED", content: "{", code: "InvalidContactFlowModuleException"},
		"a numbered version":           {qualifier: ":1", content: module, code: "InvalidRequestException"},
		"an alias":                     {qualifier: ":live", content: module, code: "InvalidRequestException"},
		"another id":                   {qualifier: "0", content: module, code: "ResourceNotFoundException"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, "empty", connectsim.Options{Behaviour: x.choice}).client(t, east)
			id := createModule(t, c, "Ask")
			before := modulesOf(t, c)
			in := &connect.UpdateContactFlowModuleContentInput{InstanceId: aws.String(first), ContactFlowModuleId: aws.String(id + x.qualifier)}
			if x.content != "" {
				in.Content = &x.content
			}
			if x.settings != "" {
				in.Settings = &x.settings
			}
			_, err := c.UpdateContactFlowModuleContent(t.Context(), in)
			wantCode(t, err, x.code)
			if after := modulesOf(t, c); after != before {
				t.Errorf("it was %s\nit is %s", before, after)
			}
		})
	}
}

func TestADraftOfAModuleIsNotValidated(t *testing.T) {
	t.Parallel()
	c := serve(t, "empty", connectsim.Options{}).client(t, east)
	id := createModule(t, c, "Ask")
	_, err := c.UpdateContactFlowModuleContent(t.Context(), &connect.UpdateContactFlowModuleContentInput{InstanceId: aws.String(first),
		ContactFlowModuleId: aws.String(id + ":$SAVED"), Content: aws.String("not even JSON")})
	if err != nil {
		t.Fatal(err)
	}
	if live, draft := describeModule(t, c, id), describeModule(t, c, id+":$SAVED"); *live.Content != module || *draft.Content != "not even JSON" || draft.Status != "SAVED" {
		t.Errorf("published %q, saved %q", *live.Content, *draft.Content)
	}
}

func TestModulesAreListedByStateInPages(t *testing.T) {
	t.Parallel()
	c := serve(t, "empty", connectsim.Options{}).client(t, east)
	var want, got []string
	for i := range 5 {
		want = append(want, createModule(t, c, fmt.Sprint("Module ", i)))
	}
	p := connect.NewListContactFlowModulesPaginator(c, &connect.ListContactFlowModulesInput{InstanceId: aws.String(first), MaxResults: aws.Int32(2), ContactFlowModuleState: "ACTIVE"})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.ContactFlowModulesSummaryList {
			got = append(got, *m.Id)
		}
		if len(got) == 2 { // the first page's last item goes: the next page begins behind it
			if err := deleteModule(t, c, got[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	out, err := c.ListContactFlowModules(t.Context(), &connect.ListContactFlowModulesInput{InstanceId: aws.String(first), ContactFlowModuleState: "ARCHIVED"})
	if err != nil || len(out.ContactFlowModulesSummaryList) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}
