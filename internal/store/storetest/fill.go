package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// hostile are strings that careless storage changes.
var hostile = []string{
	"", "'", `"`, "''; DROP TABLE operation; --", `\`, `\x41`, `\u0000`, "?", "$1", "%s", "<b>", "&amp;", "null", "[]", "a\x00b", "\r\n",
	" ", "\u2028", "é", "e\u0301", "客戶", "🙂", "\U000E0001", "\uFFFD", strings.Repeat("x", 70_000),
}

var numbered atomic.Int64

// fill puts random values into everything that v holds, fields added tomorrow included. Maps are nil or have members: an
// empty one may come back nil.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		sec := rapid.Int64Range(0, 4e9).Draw(t, "seconds")
		v.Set(reflect.ValueOf(time.Unix(sec, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()))
		return
	case json.RawMessage:
		if rapid.Bool().Draw(t, "there") {
			b, err := json.Marshal(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()).Draw(t, "text"))
			if err != nil {
				t.Fatal(err)
			}
			v.SetBytes(b)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(-1, 2).Draw(t, "length"); n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.Map:
		for range rapid.IntRange(0, 2).Draw(t, "members") {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key)
			fill(t, value)
			v.SetMapIndex(key, value)
		}
	default:
		t.Fatalf("the store's contract has no values for %s", v.Type())
	}
}

// anyChange is a random planned change of an instance of its own.
func anyChange(t *rapid.T) publish.Change {
	var c publish.Change
	fill(t, reflect.ValueOf(&c).Elem())
	n := numbered.Add(1)
	c.ID, c.Hash, c.Instance.ID = fmt.Sprintf("change-%d", n), fmt.Sprintf("hash-%d", n), instance.ID(fmt.Sprintf("instance-%d", n))
	c.State, c.Word, c.Stopped, c.Runs, c.Started, c.Finished = publish.Planned, publish.Word{}, nil, 0, time.Time{}, time.Time{}
	c.Proposal, c.Fell, c.Lost = nil, nil, 0
	if len(c.Steps) == 0 {
		c.Steps = nil
	}
	for i := range c.Steps {
		c.Steps[i].Key = fmt.Sprintf("flow:%d", i)
		named(t, &c.Steps[i].Before, &c.Steps[i].Saved, &c.Steps[i].After)
		c.Steps[i].State, c.Steps[i].Intent, c.Steps[i].Outcome = publish.StepPlanned, publish.Intent{}, publish.Outcome{}
	}
	return c
}

// theContent is what the journal names in these tests: what it names must be there.
const theContent = `{"Version":"2019-10-30"}`

// named makes each either no hash or that of theContent.
func named(t *rapid.T, hashes ...*string) {
	for _, h := range hashes {
		if *h = ""; rapid.Bool().Draw(t, "named") {
			sum := sha256.Sum256([]byte(theContent))
			*h = hex.EncodeToString(sum[:])
		}
	}
}

// change is a planned change with steps of these keys.
func change(in instance.ID, keys ...string) publish.Change {
	n := numbered.Add(1)
	c := publish.Change{
		ID: fmt.Sprintf("change-%d", n), Hash: fmt.Sprintf("hash-%d", n), State: publish.Planned,
		Instance: instance.Instance{ID: in, Region: "eu-central-1", Account: "111122223333"},
		By:       publish.Actor{ID: "p1", Name: "Ann"}, Created: time.Date(2026, 3, 1, 8, 0, int(n), 0, time.UTC),
	}
	for _, k := range keys {
		c.Steps = append(c.Steps, publish.Step{Key: k, Kind: publish.UpdateFlow, Flow: instance.FlowID(k), State: publish.StepPlanned})
	}
	return c
}
