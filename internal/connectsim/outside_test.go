package connectsim_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"

	"wrapup/internal/connectsim"
	"wrapup/internal/flow/flowtest"
)

func TestLoadTakesEveryFileTheWireCanCarry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"b.json": "{", "a.json": "\ufeff{}", "Sample AB test.json": "taken", "empty.json": "", "latin.json": "\xe9", "c.txt": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := serve(t, "empty", connectsim.Options{FlowQuota: 20})
	n, err := w.Load(dir)
	if n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	c := w.client(t, east)
	for name, want := range map[string]string{"a": "\ufeff{}", "b": "{", "Sample AB test (2)": "taken"} {
		id := named(t, c, first, name)
		out, err := c.DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: &id})
		if err != nil || *out.ContactFlow.Content != want {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
	create(t, c, "Room for more", valid, "")
	if _, err := w.Load(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there went unnoticed")
	}
	if _, err := connectsim.New(connectsim.Options{}).Load(dir); err == nil {
		t.Error("there is no instance to load into")
	}
}

func TestRealFlowsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	flows := flowtest.Real(t, flowtest.Valid)
	w := serve(t, "empty", connectsim.Options{})
	if n, err := w.Load(flowtest.Folder(t, flowtest.Valid)); n != len(flows) || err != nil {
		t.Fatal(n, err)
	}
	c := w.client(t, east)
	for p := connect.NewSearchContactFlowsPaginator(c, &connect.SearchContactFlowsInput{InstanceId: aws.String(first)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.ContactFlows {
			if b, ok := flows[*f.Name+".json"]; ok && string(b) != *f.Content {
				t.Errorf("%s has changed", *f.Name)
			}
		}
	}
}

func TestFlowsPutInAreServedAndReplaced(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	in := w.Instances()[0]
	id := w.PutFlow(in, connectsim.SeedFlow{Name: "One", Published: "a"})
	if again := w.PutFlow(in, connectsim.SeedFlow{Name: "One", Published: "b", Saved: "c"}); again != id {
		t.Error("the same name has another id")
	}
	if live, draft, ok := w.Contents(in.ID, id); live != "b" || draft != "c" || !ok {
		t.Error(live, draft, ok)
	}
	other := connectsim.InstanceInfo{Alias: "other", ID: "aaaaaaaa-bbbb-cccc-dddd-444444444444", Region: "eu-west-2", Account: "111122223333"}
	w.PutFlow(other, connectsim.SeedFlow{ID: "00000000-0000-0000-0000-00000000000a", Name: "Two", Saved: "d"})
	out, err := w.client(t, "eu-west-2").ListContactFlows(t.Context(), &connect.ListContactFlowsInput{InstanceId: &other.ID})
	if err != nil || len(out.ContactFlowSummaryList) != 1 || out.ContactFlowSummaryList[0].ContactFlowStatus != "SAVED" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestAnEditOutsideWritesBothCopies(t *testing.T) {
	t.Parallel()
	w := serve(t, "empty", connectsim.Options{})
	in := w.Instances()[0]
	id := w.PutFlow(in, connectsim.SeedFlow{Name: "One", Published: "a", Saved: "b"})
	if err := w.EditOutside(in.ID, id, "c"); err != nil {
		t.Fatal(err)
	}
	if live, draft, _ := w.Contents(in.ID, id); live+draft != "cc" {
		t.Error(live, draft)
	}
	for _, err := range []error{w.EditOutside(in.ID, "x", "c"), w.EditOutside("x", id, "c")} {
		if err == nil || !strings.HasPrefix(err.Error(), "no ") {
			t.Error(err)
		}
	}
	if _, _, ok := w.Contents("x", id); ok {
		t.Error("a flow of no instance")
	}
}
