package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/acw"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// content draws a flow without a guide, in one of several forms.
func content(t *rapid.T, label string) string {
	text := strings.Replace(inbound, "Hello", rapid.StringMatching(`[a-zA-Zéß漢 /.,]{1,20}`).Draw(t, label), 1)
	switch indent := rapid.SampledFrom([]string{"", " ", "\t", "\r\n"}).Draw(t, label+" form"); indent {
	case "":
		return text
	case "\r\n":
		return strings.Replace(text, `,"Actions"`, ",\r\n\"Actions\"", 1) + "\r\n"
	default:
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(text), "", indent); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
}

// equal compares bytes; where the service rewrites what it is given, JSON without Metadata.
func equal(t *rapid.T, rewritten bool, got, want string) bool {
	if !rewritten {
		return got == want
	}
	read := func(s string) (m map[string]any) {
		if err := json.Unmarshal([]byte(s), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "Metadata")
		return m
	}
	return reflect.DeepEqual(read(got), read(want))
}

// Whatever a change wrote, putting it back brings every byte of what was live, with the draft that it replaced, and putting that back
// brings every byte of what was reviewed.
func TestPutBackIsTheInverse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guide := w.aws.live(wrapID)
	flows := []instance.FlowID{inboundID, secondID}
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		w.aws.rewrites, w.aws.keepsDraft = rapid.Bool().Draw(t, "rewrites"), rapid.Bool().Draw(t, "keeps drafts")
		w.aws.put(wrapID, "Wrap-up", guide)
		former := map[instance.FlowID]stored{}
		r := publish.Request{Instance: home, By: ana, Guide: publish.GuideChoice{Flow: wrapID}, OverDraft: map[instance.FlowID]bool{}}
		if rapid.Bool().Draw(t, "changes the guide") {
			m := acw.New("aws", "us-east-1", nil).With("Disposition_Header_Title", rapid.StringMatching(`[A-Z][a-z]{3,9}`).Draw(t, "title"))
			r.Guide.Model = &m
		}
		for i, id := range flows {
			name := []string{"Sales", "Billing"}[i]
			w.aws.put(id, name, content(t, name))
			if rapid.Bool().Draw(t, name+" has a draft") {
				w.aws.flows[id].saved, r.OverDraft[id] = content(t, name+" draft"), true
			}
			if i == 0 || rapid.Bool().Draw(t, name+" too") {
				r.Add = append(r.Add, id)
			}
		}
		for id, f := range w.aws.flows {
			former[id] = *f
		}
		apply := func(c publish.Change, err error) publish.Change {
			if err == nil {
				c, err = w.Publish(ctx, c.ID, approve(c))
			}
			if err != nil || c.State != publish.Published {
				t.Fatalf("%v: %s %+v, left out %+v", err, c.State, c.Steps, c.LeftOut)
			}
			return c
		}
		c := apply(w.Plan(ctx, r))
		written := map[instance.FlowID]string{}
		for _, st := range c.Steps {
			written[st.Flow] = w.aws.live(st.Flow)
		}
		q := publish.PutBackRequest{By: ana, Former: publish.Former{Change: c.ID, Drafts: flows}, OverDraft: flows}
		back := apply(w.PutBack(ctx, q))
		for id, was := range former {
			if now := w.aws.flows[id]; !equal(t, w.aws.rewrites, now.live, was.live) || !equal(t, w.aws.rewrites, now.saved, was.saved) {
				t.Fatalf("%s is not what it was:\n%s\n%s\n%s\n%s", id, now.live, was.live, now.saved, was.saved)
			}
		}
		q.Former = publish.Former{Change: back.ID}
		apply(w.PutBack(ctx, q))
		for id, want := range written {
			if !equal(t, w.aws.rewrites, w.aws.live(id), want) {
				t.Fatalf("%s does not hold what was reviewed:\n%s\n%s", id, w.aws.live(id), want)
			}
		}
	})
}
