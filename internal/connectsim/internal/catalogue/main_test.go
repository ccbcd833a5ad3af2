package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sim is the simulator's package from here.
var sim = filepath.Join("..", "..")

func TestTheCommittedFileIsTheModulesAndTheTables(t *testing.T) {
	t.Parallel()
	want, err := fresh(sim)
	if errors.Is(err, errNoSource) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file(sim))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error("run go generate ./internal/connectsim:\n", diff)
	}
}

// tidy is a small client in the form that the SDK's generator writes.
func tidy(input, output string) map[string]string {
	return map[string]string{
		"api_op_GetThing.go": "package p\n\n// GetThingInput is sent.\ntype GetThingInput struct {\n" + input + "\n}\n\ntype GetThingOutput struct {\n" + output + "\n}\n",
		"serializers.go": `package p

func (m *awsRestjson1_serializeOpGetThing) HandleSerialize() {
	opPath, opQuery := httpbinding.SplitURI("/things/{InstanceId}/{ThingId}")
	request.Method = "GET"
}

func (m *awsRestjson1_serializeOpPutThing) HandleSerialize() {
	opPath, opQuery := httpbinding.SplitURI("/things/{InstanceId}/{ThingId}/put")
	request.Method = "PUT"
}

func awsRestjson1_serializeOpHttpBindingsGetThingInput(v *GetThingInput) error {
	encoder.SetQuery("resourceArn").String(*v.ResourceArn)
	return nil
}
`,
		"deserializers.go": `package p

func awsRestjson1_deserializeOpErrorGetThing() error {
	switch {
	case strings.EqualFold("BException", errorCode):
	case strings.EqualFold("AException", errorCode):
	}
}

func awsRestjson1_deserializeOpErrorPutThing() error { return nil }

func awsRestjson1_deserializeOpDocumentGetThingOutput(v **GetThingOutput) {
	for key, value := range shape {
		switch key {
		case "NextToken":
			sv.NextToken = ptr.String(jtv)

		case "things":
			f(&sv.Things, value)

		case "ApproximateTotalCount":
			sv.ApproximateTotalCount = ptr.Int64(i64)

		case "Size":
			sv.Size = ptr.Int64(i64)

		}
	}
}
`}
}

const required = "\t// It is needed.\n\t//\n\t// This member is required.\n"

func TestOneRowOfASource(t *testing.T) {
	t.Parallel()
	const (
		inst = required + "\tInstanceId *string\n"
		list = "\tThings []types.Thing\n\tNextToken *string\n"
	)
	for name, x := range map[string]struct{ input, output, row, err string }{
		"a list":                          {inst, list, "\t\t" + `{"things":[]}`, ""},
		"a list with its total":           {inst, list + "\tApproximateTotalCount *int64\n\tSize *int64\n", "\t\t" + `{"things":[],"ApproximateTotalCount":0}`, ""},
		"a list with a number besides":    {inst, list + required + "\tSize *int64\n", "", "Size of the output is required"},
		"nothing to list":                 {inst, "\tSize *int64\n", "\t\t", ""},
		"a list about a resource":         {inst + required + "\tThingId *string\n", list, "\t\t", ""},
		"a list about an ARN":             {inst + required + "\tThingArn *string\n", list, "\t\t", ""},
		"a list that an id may narrow":    {inst + "\tThingId *string\n", list, "\t\t" + `{"things":[]}`, ""},
		"a list about what is held":       {inst + required + "\tQueueId *string\n", list, "\t\t" + `{"things":[]}`, ""},
		"an instance in the query":        {"\tResourceArn *string\n", list, "\t?resourceArn\t" + `{"things":[]}`, ""},
		"an instance needed in the query": {required + "\tResourceArn *string\n", list, "\t?resourceArn!\t" + `{"things":[]}`, ""},
		"no instance":                     {"\tName *string\n", list, "\t\t" + `{"things":[]}`, ""},
		"a list that is not read":         {inst, list + "\tOthers []types.Thing\n", "", "1 of the output's 2 lists are read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ops, err := operationsOf(t, tidy(x.input, x.output), nil)
			if x.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), "GetThing: "+x.err) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := "errors\tBException AException\nGetThing\tGET\t/things/{InstanceId}/{ThingId}" + x.row + "\t0\nPutThing\tPUT\t/things/{}/{}/put\n"
			if diff := cmp.Diff(want, lines(ops)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatHasAHandlerIsLeftOut(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"things.go":      `package p; var rows = []*operation{{name: "GetThing", method: "GET", handle: f}, {name: "PutThing"}, {handle: f}}`,
		"things_test.go": `package p; var rows = []*operation{{name: "PutThing", handle: f}}`})
	own, err := declared(dir)
	if err != nil || len(own) != 1 || !own["GetThing"] {
		t.Fatal(own, err)
	}
	ops, err := operationsOf(t, tidy("\tName *string", "\tName *string"), own)
	if err != nil || len(ops) != 1 || ops[0].name != "PutThing" {
		t.Error(ops, err)
	}
}

// An operation must never go missing because the SDK's source took another form.
func TestAnotherFormOfSourceIsRefused(t *testing.T) {
	t.Parallel()
	for file, forms := range map[string][]string{
		"serializers.go":   {"HandleSerialize() {\n\topPath", "func awsRestjson1_serializeOpHttpBindingsGetThingInput", "package p"},
		"deserializers.go": {"awsRestjson1_deserializeOpError", "awsRestjson1_deserializeOpDocumentGetThingOutput", "(&sv.Things,"},
	} {
		for _, form := range forms {
			source := tidy("\tResourceArn *string", "\tThings []types.Thing\n\tApproximateTotalCount *int64")
			if _, err := operationsOf(t, source, nil); err != nil {
				t.Fatal(err)
			}
			changed := strings.ReplaceAll(source[file], form, strings.ToUpper(form))
			if changed == source[file] {
				t.Fatalf("%s has no %q", file, form)
			}
			source[file] = changed
			if ops, err := operationsOf(t, source, nil); err == nil {
				t.Errorf("without %q: %v", form, ops)
			}
		}
	}
	if _, err := declared(t.TempDir()); err == nil {
		t.Error("a package without operations")
	}
	if _, err := readSource(t.TempDir()); err == nil {
		t.Error("a folder without source")
	}
}

func operationsOf(t *testing.T, files map[string]string, without map[string]bool) ([]operation, error) {
	t.Helper()
	s, err := readSource(folder(t, files))
	if err != nil {
		return nil, err
	}
	return s.operations(without)
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestVerbsThatRead(t *testing.T) {
	t.Parallel()
	var read []string
	for _, name := range []string{"ListUsers", "SearchUsers", "DescribeUser", "GetMetricData", "BatchGetThing", "CreateUser", "Listen", "BatchPutContact"} {
		if (operation{name: name}).reads() {
			read = append(read, name)
		}
	}
	if want := []string{"ListUsers", "SearchUsers", "DescribeUser", "GetMetricData", "BatchGetThing"}; !slices.Equal(read, want) {
		t.Error(read)
	}
}
