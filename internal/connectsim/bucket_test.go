package connectsim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/connect"

	"wrapup/internal/connectsim"
)

func TestABucketHoldsTheBurstAndRefillsAtTheRate(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{Rate: 2, Burst: 5})
	c := w.client(t, east)
	call := func() error {
		_, err := c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: aws.String(first)})
		return err
	}
	taken := func() (n int) {
		for call() == nil {
			n++
		}
		return n
	}
	if n := taken(); n != 5 {
		t.Errorf("%d calls at once", n)
	}
	wantCode(t, call(), "ThrottlingException")
	for range 3 {
		w.clock.add(time.Second / 2)
		if n := taken(); n != 1 {
			t.Errorf("%d calls after half a second", n)
		}
	}
	w.clock.add(time.Hour)
	if n := taken(); n != 5 {
		t.Errorf("%d calls after an hour", n)
	}
	if n := w.Calls()["ListContactFlows"]; n != 5+1+1+3*2+5+1 {
		t.Errorf("%d attempts counted", n)
	}
}

func TestBucketsAreByAccountRegionAndOperation(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{Rate: 0.001, Burst: 1})
	c, eu := w.client(t, east), w.client(t, "eu-central-1")
	list := func(c *connect.Client, id string) error {
		_, err := c.ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: &id})
		return err
	}
	if err := list(c, first); err != nil {
		t.Fatal(err)
	}
	if err := list(eu, second); err != nil {
		t.Error("another Region:", err)
	}
	if _, err := c.DescribeInstance(t.Context(), &connect.DescribeInstanceInput{InstanceId: aws.String(first)}); err != nil {
		t.Error("another operation:", err)
	}
	wantCode(t, list(c, "another-instance"), "ThrottlingException")
}

func TestViewOperationsThrottleWithTheirOwnException(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{Rate: 0.001, Burst: 1})
	c := w.client(t, east)
	in := &connect.ListViewsInput{InstanceId: aws.String(first)}
	if _, err := c.ListViews(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	_, err := c.ListViews(t.Context(), in)
	wantCode(t, err, "TooManyRequestsException")
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) || resp.HTTPStatusCode() != 429 || resp.RequestID == "" {
		t.Errorf("%+v", resp)
	}
}

func TestTheDefaultSDKRetriesThrottlesAway(t *testing.T) {
	t.Parallel()
	w := serve(t, "demo", connectsim.Options{})
	w.Faults([]connectsim.FaultRule{{Op: "ListViews", Nth: 1, Do: connectsim.DoThrottle}})
	c := w.client(t, east, func(o *connect.Options) { o.RetryMaxAttempts = 3 })
	if _, err := c.ListViews(t.Context(), &connect.ListViewsInput{InstanceId: aws.String(first)}); err != nil {
		t.Fatal(err)
	}
	if n := w.Calls()["ListViews"]; n != 2 {
		t.Errorf("%d attempts", n)
	}
}
