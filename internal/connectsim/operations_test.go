package connectsim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/smithy-go"

	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

// stage is a world with one of each thing that the operations work on.
type stage struct {
	*world
	c                               *connect.Client
	instance, flow, draft, campaign string // draft is a flow that was never published
	module, view, flowARN, viewARN  string
}

const (
	validView   = `{"Head":{"Title":"T","Configuration":{}},"Body":[{"_id":"s","Type":"Section","Props":{"Heading":"$.Heading"},"Content":[]}]}`
	validModule = `{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Actions":[{"Parameters":{},"Identifier":"a","Type":"EndFlowModuleExecution","Transitions":{}}],"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}`
)

func newStage(t *testing.T, o connectsim.Options, opts ...func(*connect.Options)) *stage {
	t.Helper()
	w := serve(t, "demo", o)
	s := &stage{world: w, c: w.client(t, east, opts...), instance: first}
	setup := w.client(t, east)
	s.flow = create(t, setup, "Stage", valid, types.ContactFlowStatusPublished)
	s.draft = create(t, setup, "Stage draft", valid, types.ContactFlowStatusSaved)
	out, err := setup.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("Stage campaign"),
		Type: types.ContactFlowTypeCampaign, Content: aws.String(valid)})
	if err != nil {
		t.Fatal(err)
	}
	s.campaign = *out.ContactFlowId
	m, err := setup.CreateContactFlowModule(t.Context(), &connect.CreateContactFlowModuleInput{InstanceId: aws.String(first), Name: aws.String("Stage"), Content: aws.String(validModule)})
	if err != nil {
		t.Fatal(err)
	}
	s.module = *m.Id
	v, err := setup.CreateView(t.Context(), s.newView("Stage"))
	if err != nil {
		t.Fatal(err)
	}
	s.view, s.viewARN = *v.View.Id, *v.View.Arn
	for _, err := range []error{version(s, setup, s.campaign), viewVersion(s, setup)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := setup.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &s.flow})
	if err != nil {
		t.Fatal(err)
	}
	s.flowARN = *d.ContactFlow.Arn
	return s
}

func version(s *stage, c *connect.Client, flow string) error {
	_, err := c.CreateContactFlowVersion(context.Background(), &connect.CreateContactFlowVersionInput{InstanceId: &s.instance, ContactFlowId: &flow})
	return err
}

func viewVersion(s *stage, c *connect.Client) error {
	_, err := c.CreateViewVersion(context.Background(), &connect.CreateViewVersionInput{InstanceId: &s.instance, ViewId: &s.view})
	return err
}

func updateView(x context.Context, s *stage, template string) error {
	return err(s.c.UpdateViewContent(x, &connect.UpdateViewContentInput{InstanceId: &s.instance, ViewId: &s.view, Status: types.ViewStatusPublished,
		Content: &types.ViewInputContent{Template: &template, Actions: []string{}}}))
}

func deleteView(x context.Context, s *stage) error {
	return err(s.c.DeleteView(x, &connect.DeleteViewInput{InstanceId: &s.instance, ViewId: &s.view}))
}

func deleteViewVersion(x context.Context, s *stage) error {
	return err(s.c.DeleteViewVersion(x, &connect.DeleteViewVersionInput{InstanceId: &s.instance, ViewId: &s.view, ViewVersion: aws.Int32(1)}))
}

func (s *stage) newView(name string) *connect.CreateViewInput {
	return &connect.CreateViewInput{InstanceId: &s.instance, Name: &name, Status: types.ViewStatusPublished,
		Content: &types.ViewInputContent{Template: aws.String(validView), Actions: []string{}}}
}

func (s *stage) newFlow(name, content string) *connect.CreateContactFlowInput {
	return &connect.CreateContactFlowInput{InstanceId: &s.instance, Name: &name, Type: types.ContactFlowTypeContactFlow, Content: &content}
}

func (s *stage) newModule(name, content string) *connect.CreateContactFlowModuleInput {
	return &connect.CreateContactFlowModuleInput{InstanceId: &s.instance, Name: &name, Content: &content}
}

type attempt func(context.Context, *stage) error

// drive is how one operation is called: rightly, and with what only it refuses.
type drive struct {
	right    attempt
	refusals map[string]attempt
	// scripted are errors that the model has and no rule of the simulator raises: a fault script does.
	scripted []string
}

// err drops an operation's output.
func err[T any](_ T, e error) error { return e }

// repeated gives the error of the first call that is refused: with one more than a quota of n, of the last at most.
func repeated(n int, call func(int) error) error {
	for i := range n + 1 {
		if e := call(i); e != nil {
			return e
		}
	}
	return nil
}

// drives has every operation of the service model.
func drives() map[string]drive {
	type ctx = context.Context
	return map[string]drive{
		"ListInstances": {right: func(x ctx, s *stage) error { return err(s.c.ListInstances(x, &connect.ListInstancesInput{})) },
			refusals: map[string]attempt{"InvalidRequestException": func(x ctx, s *stage) error {
				return err(s.c.ListInstances(x, &connect.ListInstancesInput{MaxResults: aws.Int32(11)}))
			}}},
		"DescribeInstance": {right: func(x ctx, s *stage) error {
			return err(s.c.DescribeInstance(x, &connect.DescribeInstanceInput{InstanceId: &s.instance}))
		}},
		"ListContactFlows": {right: func(x ctx, s *stage) error {
			return err(s.c.ListContactFlows(x, &connect.ListContactFlowsInput{InstanceId: &s.instance}))
		}},
		"SearchContactFlows": {right: func(x ctx, s *stage) error {
			return err(s.c.SearchContactFlows(x, &connect.SearchContactFlowsInput{InstanceId: &s.instance}))
		}},
		"DescribeContactFlow": {right: func(x ctx, s *stage) error {
			return err(s.c.DescribeContactFlow(x, &connect.DescribeContactFlowInput{InstanceId: &s.instance, ContactFlowId: &s.flow}))
		}, refusals: map[string]attempt{"ContactFlowNotPublishedException": func(x ctx, s *stage) error {
			return err(s.c.DescribeContactFlow(x, &connect.DescribeContactFlowInput{InstanceId: &s.instance, ContactFlowId: &s.draft}))
		}}},
		"CreateContactFlow": {right: func(x ctx, s *stage) error { return err(s.c.CreateContactFlow(x, s.newFlow("New", valid))) }, refusals: map[string]attempt{
			"DuplicateResourceException":  func(x ctx, s *stage) error { return err(s.c.CreateContactFlow(x, s.newFlow("Stage", valid))) },
			"InvalidContactFlowException": func(x ctx, s *stage) error { return err(s.c.CreateContactFlow(x, s.newFlow("New", dangling))) },
			"LimitExceededException": func(x ctx, s *stage) error {
				return repeated(60, func(n int) error { return err(s.c.CreateContactFlow(x, s.newFlow(fmt.Sprint("New ", n), valid))) })
			}}},
		"UpdateContactFlowContent": {right: func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowContent(x, &connect.UpdateContactFlowContentInput{InstanceId: &s.instance, ContactFlowId: &s.flow, Content: aws.String(valid)}))
		}, refusals: map[string]attempt{"InvalidContactFlowException": func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowContent(x, &connect.UpdateContactFlowContentInput{InstanceId: &s.instance, ContactFlowId: &s.flow, Content: aws.String(dangling)}))
		}}},
		"UpdateContactFlowMetadata": {right: func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowMetadata(x, &connect.UpdateContactFlowMetadataInput{InstanceId: &s.instance, ContactFlowId: &s.flow, Name: aws.String("New")}))
		}, refusals: map[string]attempt{"DuplicateResourceException": func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowMetadata(x, &connect.UpdateContactFlowMetadataInput{InstanceId: &s.instance, ContactFlowId: &s.flow, Name: aws.String("Stage draft")}))
		}}},
		"UpdateContactFlowName": {right: func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowName(x, &connect.UpdateContactFlowNameInput{InstanceId: &s.instance, ContactFlowId: &s.flow, Name: aws.String("New")}))
		}, refusals: map[string]attempt{"DuplicateResourceException": func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowName(x, &connect.UpdateContactFlowNameInput{InstanceId: &s.instance, ContactFlowId: &s.flow, Name: aws.String("Stage draft")}))
		}}},
		"DeleteContactFlow": {right: func(x ctx, s *stage) error {
			return err(s.c.DeleteContactFlow(x, &connect.DeleteContactFlowInput{InstanceId: &s.instance, ContactFlowId: &s.flow}))
		}},
		"CreateContactFlowVersion": {right: func(_ ctx, s *stage) error { return version(s, s.c, s.campaign) }, refusals: map[string]attempt{
			"LimitExceededException": func(_ ctx, s *stage) error {
				return repeated(200, func(int) error { return version(s, s.c, s.campaign) })
			}}},
		"ListContactFlowVersions": {right: func(x ctx, s *stage) error {
			return err(s.c.ListContactFlowVersions(x, &connect.ListContactFlowVersionsInput{InstanceId: &s.instance, ContactFlowId: &s.campaign}))
		}},
		"DeleteContactFlowVersion": {right: func(x ctx, s *stage) error {
			return err(s.c.DeleteContactFlowVersion(x, &connect.DeleteContactFlowVersionInput{InstanceId: &s.instance, ContactFlowId: &s.campaign, ContactFlowVersion: aws.Int64(1)}))
		}},
		"ListContactFlowModules": {right: func(x ctx, s *stage) error {
			return err(s.c.ListContactFlowModules(x, &connect.ListContactFlowModulesInput{InstanceId: &s.instance}))
		}},
		"DescribeContactFlowModule": {right: func(x ctx, s *stage) error {
			return err(s.c.DescribeContactFlowModule(x, &connect.DescribeContactFlowModuleInput{InstanceId: &s.instance, ContactFlowModuleId: &s.module}))
		}},
		"CreateContactFlowModule": {right: func(x ctx, s *stage) error {
			return err(s.c.CreateContactFlowModule(x, s.newModule("New", validModule)))
		}, refusals: map[string]attempt{
			"DuplicateResourceException": func(x ctx, s *stage) error {
				return err(s.c.CreateContactFlowModule(x, s.newModule("Stage", validModule)))
			},
			"InvalidContactFlowModuleException": func(x ctx, s *stage) error {
				return err(s.c.CreateContactFlowModule(x, s.newModule("New", strings.Replace(validModule, `"StartAction":"a"`, `"StartAction":"b"`, 1))))
			},
			"IdempotencyException": func(x ctx, s *stage) error {
				for _, name := range []string{"New", "Another"} {
					in := s.newModule(name, validModule)
					in.ClientToken = aws.String("token")
					if e := err(s.c.CreateContactFlowModule(x, in)); e != nil {
						return e
					}
				}
				return nil
			},
			"LimitExceededException": func(x ctx, s *stage) error {
				return repeated(200, func(n int) error {
					return err(s.c.CreateContactFlowModule(x, s.newModule(fmt.Sprint("New ", n), validModule)))
				})
			}}},
		"UpdateContactFlowModuleContent": {right: func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowModuleContent(x, &connect.UpdateContactFlowModuleContentInput{InstanceId: &s.instance, ContactFlowModuleId: &s.module, Content: aws.String(validModule)}))
		}, refusals: map[string]attempt{"InvalidContactFlowModuleException": func(x ctx, s *stage) error {
			return err(s.c.UpdateContactFlowModuleContent(x, &connect.UpdateContactFlowModuleContentInput{InstanceId: &s.instance, ContactFlowModuleId: &s.module,
				Content: aws.String(strings.Replace(validModule, `"StartAction":"a"`, `"StartAction":"b"`, 1))}))
		}}},
		"DeleteContactFlowModule": {right: func(x ctx, s *stage) error {
			return err(s.c.DeleteContactFlowModule(x, &connect.DeleteContactFlowModuleInput{InstanceId: &s.instance, ContactFlowModuleId: &s.module}))
		}},
		"ListViews": {right: func(x ctx, s *stage) error {
			return err(s.c.ListViews(x, &connect.ListViewsInput{InstanceId: &s.instance}))
		}},
		"DescribeView": {right: func(x ctx, s *stage) error {
			return err(s.c.DescribeView(x, &connect.DescribeViewInput{InstanceId: &s.instance, ViewId: &s.view}))
		}},
		"CreateView": {right: func(x ctx, s *stage) error { return err(s.c.CreateView(x, s.newView("New"))) }, refusals: map[string]attempt{
			"DuplicateResourceException": func(x ctx, s *stage) error { return err(s.c.CreateView(x, s.newView("Stage"))) },
			"ServiceQuotaExceededException": func(x ctx, s *stage) error {
				return repeated(200, func(n int) error { return err(s.c.CreateView(x, s.newView(fmt.Sprint("New ", n)))) })
			}},
			scripted: []string{"ResourceInUseException"}},
		"UpdateViewContent": {right: func(x ctx, s *stage) error {
			return updateView(x, s, validView)
		}, scripted: []string{"ResourceInUseException"}},
		"UpdateViewMetadata": {right: func(x ctx, s *stage) error {
			return err(s.c.UpdateViewMetadata(x, &connect.UpdateViewMetadataInput{InstanceId: &s.instance, ViewId: &s.view, Name: aws.String("New")}))
		}, refusals: map[string]attempt{"DuplicateResourceException": func(x ctx, s *stage) error {
			return err(s.c.UpdateViewMetadata(x, &connect.UpdateViewMetadataInput{InstanceId: &s.instance, ViewId: &s.view, Name: aws.String("Store wrap-up")}))
		}}, scripted: []string{"ResourceInUseException"}},
		"CreateViewVersion": {right: func(_ ctx, s *stage) error { return viewVersion(s, s.c) }, refusals: map[string]attempt{
			"ServiceQuotaExceededException": func(x ctx, s *stage) error {
				return repeated(200, func(n int) error { // the same content would keep its number
					template := strings.Replace(validView, `"Title":"T"`, fmt.Sprintf(`"Title":"T %d"`, n), 1)
					if e := updateView(x, s, template); e != nil {
						return e
					}
					return viewVersion(s, s.c)
				})
			}}, scripted: []string{"ResourceInUseException"}},
		"ListViewVersions": {right: func(x ctx, s *stage) error {
			return err(s.c.ListViewVersions(x, &connect.ListViewVersionsInput{InstanceId: &s.instance, ViewId: &s.view}))
		}},
		"DeleteViewVersion": {right: deleteViewVersion, refusals: map[string]attempt{"ResourceInUseException": func(x ctx, s *stage) error {
			if e := err(s.c.CreateContactFlow(x, s.newFlow("Guide", showing(s.viewARN+":1")))); e != nil {
				return e
			}
			return deleteViewVersion(x, s)
		}}},
		"DeleteView": {right: deleteView, refusals: map[string]attempt{"ResourceInUseException": func(x ctx, s *stage) error {
			if e := err(s.c.CreateContactFlow(x, s.newFlow("Guide", showing(s.viewARN+":$LATEST")))); e != nil {
				return e
			}
			return deleteView(x, s)
		}}},
		"ListPhoneNumbersV2": {right: func(x ctx, s *stage) error {
			return err(s.c.ListPhoneNumbersV2(x, &connect.ListPhoneNumbersV2Input{InstanceId: &s.instance}))
		}},
		"ListFlowAssociations": {right: func(x ctx, s *stage) error {
			return err(s.c.ListFlowAssociations(x, &connect.ListFlowAssociationsInput{InstanceId: &s.instance}))
		}},
		"BatchGetFlowAssociation": {right: func(x ctx, s *stage) error {
			return err(s.c.BatchGetFlowAssociation(x, &connect.BatchGetFlowAssociationInput{InstanceId: &s.instance, ResourceIds: []string{s.flowARN}}))
		}},
		"ListQueues": {right: func(x ctx, s *stage) error {
			return err(s.c.ListQueues(x, &connect.ListQueuesInput{InstanceId: &s.instance}))
		}},
		"TagResource": {right: func(x ctx, s *stage) error {
			return err(s.c.TagResource(x, &connect.TagResourceInput{ResourceArn: &s.flowARN, Tags: map[string]string{"k": "v"}}))
		}, refusals: map[string]attempt{"InvalidParameterException": func(x ctx, s *stage) error {
			return err(s.c.TagResource(x, &connect.TagResourceInput{ResourceArn: &s.flowARN, Tags: map[string]string{"aws:k": "v"}}))
		}}},
		"UntagResource": {right: func(x ctx, s *stage) error {
			return err(s.c.UntagResource(x, &connect.UntagResourceInput{ResourceArn: &s.flowARN, TagKeys: []string{"k"}}))
		}, refusals: map[string]attempt{"InvalidParameterException": func(x ctx, s *stage) error {
			return err(s.c.UntagResource(x, &connect.UntagResourceInput{ResourceArn: &s.flowARN, TagKeys: []string{"aws:k"}}))
		}}},
		"ListTagsForResource": {right: func(x ctx, s *stage) error {
			return err(s.c.ListTagsForResource(x, &connect.ListTagsForResourceInput{ResourceArn: &s.flowARN}))
		}, refusals: map[string]attempt{"InvalidParameterException": func(x ctx, s *stage) error {
			return err(s.c.ListTagsForResource(x, &connect.ListTagsForResourceInput{ResourceArn: aws.String("no ARN")}))
		}}},
	}
}

// garbled replaces every request's body by one that is no JSON.
type garbled struct{ http.RoundTripper }

func (g garbled) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader([]byte("{"))), 1
	r.Header.Set("Content-Type", "application/json")
	return g.RoundTripper.RoundTrip(r)
}

// refusal calls an operation so that it is refused with the code.
func (d drive) refusal(t *testing.T, op, code string) error {
	if own := d.refusals[code]; own != nil {
		return own(t.Context(), newStage(t, connectsim.Options{}))
	}
	if slices.Contains(d.scripted, code) || code == "InternalServiceException" {
		s := newStage(t, connectsim.Options{})
		s.Faults([]connectsim.FaultRule{{Op: op, Do: connectsim.DoError, Code: code}})
		return d.right(t.Context(), s)
	}
	switch code {
	case "ThrottlingException", "TooManyRequestsException":
		s := newStage(t, connectsim.Options{Rate: 1e-9, Burst: 6}) // making the stage takes some
		for range 7 {
			if err := d.right(t.Context(), s); errorCode(err) == code {
				return err
			}
		}
		return nil
	case "AccessDeniedException":
		p, err := policy.Read(strings.NewReader(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"connect:` + op + `","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"` + east + `"}}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		open := newStage(t, connectsim.Options{})
		closed := serve(t, "demo", connectsim.Options{Policy: p})
		open.c = closed.client(t, east) // nothing is looked up before it is denied
		return d.right(t.Context(), open)
	case "ResourceNotFoundException":
		s := newStage(t, connectsim.Options{})
		gone := "aaaaaaaa-bbbb-cccc-dddd-999999999999"
		s.instance, s.flowARN = gone, strings.Replace(s.flowARN, first, gone, 1)
		return d.right(t.Context(), s)
	case "InvalidParameterException":
		s := newStage(t, connectsim.Options{})
		s.instance = strings.Repeat("x", 101)
		return d.right(t.Context(), s)
	case "InvalidRequestException":
		s := newStage(t, connectsim.Options{}, func(o *connect.Options) { o.HTTPClient = &http.Client{Transport: garbled{conforming(t)}} })
		return d.right(t.Context(), s)
	}
	t.Fatalf("nothing shows %s of %s", code, op)
	return nil
}

func errorCode(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// modelledErrors gives the errors of each operation of the service model.
func modelledErrors(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for name, op := range modelAtHand(t).Operations {
		for _, e := range op.Errors {
			all[name] = append(all[name], e.Shape)
		}
	}
	return all
}

// TestTheTableIsTheModels holds the rows against the model: method, path and errors.
func TestTheTableIsTheModels(t *testing.T) {
	t.Parallel()
	errs := modelledErrors(t)
	table := connectsim.Rows()
	for name, op := range modelAtHand(t).Operations {
		row, ok := table[name]
		if !ok {
			t.Errorf("%s is not in the table", name)
			continue
		}
		path, _, _ := strings.Cut(op.HTTP.RequestURI, "?")
		if row.Method != op.HTTP.Method || row.Path != path {
			t.Errorf("%s is %s %s in the table, %s %s in the model", name, row.Method, row.Path, op.HTTP.Method, path)
		}
		if got, want := slices.Sorted(slices.Values(row.Errors)), slices.Sorted(slices.Values(errs[name])); !slices.Equal(got, want) {
			t.Errorf("%s has the errors %v in the table, %v in the model", name, got, want)
		}
	}
}

// TestEveryOperationAndEveryModelledError drives each operation of the model through the SDK: rightly, and into each error
// that the model gives it. An operation or an error that has no case fails.
func TestEveryOperationAndEveryModelledError(t *testing.T) {
	t.Parallel()
	modelled := modelledErrors(t)
	all := drives()
	for _, op := range slices.Sorted(maps.Keys(modelled)) {
		d, ok := all[op]
		if !ok {
			t.Errorf("%s is not driven", op)
			continue
		}
		delete(all, op)
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			if err := d.right(t.Context(), newStage(t, connectsim.Options{})); err != nil {
				t.Error(err)
			}
			for _, code := range modelled[op] {
				err := d.refusal(t, op, code)
				var unknown *smithy.GenericAPIError
				if errorCode(err) != code || errors.As(err, &unknown) {
					t.Errorf("%s: got %v", code, err)
				}
			}
			for _, code := range slices.Concat(slices.Collect(maps.Keys(d.refusals)), d.scripted) {
				if !slices.Contains(modelled[op], code) {
					t.Errorf("%s is not modelled", code)
				}
			}
		})
	}
	for op := range all {
		t.Errorf("%s is driven and not in the model", op)
	}
}
