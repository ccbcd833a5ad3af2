package connectsim_test

import (
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

func TestOfManyCreatesOfOneNameOneSucceeds(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	c := w.client(t, east)
	const n = 20
	codes := make([]string, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			_, err := c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: aws.String("New"),
				Type: types.ContactFlowTypeContactFlow, Content: aws.String(valid)})
			codes[i] = code(err)
		})
	}
	wait.Wait()
	made := 0
	for _, c := range codes {
		switch c {
		case "<nil>":
			made++
		case "DuplicateResourceException":
		default:
			t.Error(c)
		}
	}
	if made != 1 {
		t.Errorf("%d were made", made)
	}
}
