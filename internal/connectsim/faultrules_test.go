package connectsim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/flow"
)

func TestEveryOperationThatNamesAResourceCanBeAimedAt(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	in, n := k.insts[0], 0
	f, m, v := in.flows.list[0], in.modules.list[0], in.views.list[0]
	for _, op := range operations().list {
		for member, x := range map[string]struct {
			id    string
			rules []FaultRule
		}{
			"{ContactFlowId}":       {f.ID, []FaultRule{{Flow: f.ID}, {Flow: f.Name}}},
			"{ContactFlowModuleId}": {m.ID, []FaultRule{{Module: m.ID}, {Module: m.Name}}},
			"{ViewId}":              {v.ID, []FaultRule{{View: v.ID}, {View: v.Name}}},
		} {
			if !strings.Contains(op.path, member) {
				continue
			}
			n++
			path := strings.NewReplacer("{InstanceId}", firstInstance, member, x.id).Replace(op.path)
			for strings.Contains(path, "{") {
				path = path[:strings.Index(path, "{")] + "1" + path[strings.Index(path, "}")+1:]
			}
			body := ""
			if op.method != "GET" && op.method != "DELETE" {
				body = "{}"
				for _, m := range op.in {
					if m.name == "Content" && m.required {
						body = `{"Content":"x"}`
					}
				}
			}
			if op.name == "UpdateViewContent" {
				body = `{"Status":"SAVED","Content":{"Actions":[],"Template":"{}"}}`
			}
			for _, r := range x.rules {
				r.Op, r.Do, r.Code = "*", DoError, "IAmHere"
				k.Faults([]FaultRule{r})
				if w := k.send(op.method, path, body); w.Header().Get("X-Amzn-ErrorType") != "IAmHere" {
					t.Errorf("%s: %+v does not fire: %d %s", op.name, r, w.Code, w.Body)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("%d operations name a flow, module or view", n)
	}
}

func TestWhatHasNoOutputIsUndecodableToo(t *testing.T) {
	t.Parallel()
	k := keepLittle(t, Options{})
	k.Faults([]FaultRule{{Op: "*", Do: DoUndecodable}})
	if w := k.send("DELETE", "/contact-flows/{in}/"+k.insts[0].flows.list[0].ID, ""); w.Code != 200 || w.Body.String() != "{" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if len(k.insts[0].flows.list) != 0 {
		t.Error("it is not done")
	}
	if c := k.counted()[0]; c.Seen != 1 || c.Fired != 1 {
		t.Errorf("%+v", c)
	}
	if w := k.send("GET", "/instance", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "not what the model says") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestAnInvalidRuleIsAFaultOfTheProgram(t *testing.T) {
	t.Parallel()
	s := seeded(t, "empty")
	s.Faults([]FaultRule{{Op: "*", Do: DoEmpty}})
	func() {
		defer func() {
			if p := fmt.Sprint(recover()); p != `rule 2: op: no operation "ListAll"` {
				t.Errorf("panic %s", p)
			}
		}()
		s.Faults([]FaultRule{{Op: "*", Do: DoError}, {Op: "ListAll", Do: DoError}})
	}()
	if now := s.counted(); len(now) != 1 || now[0].Do != DoEmpty {
		t.Errorf("now %+v", now)
	}
}

func TestARuleIsOneObjectAndNothingElse(t *testing.T) {
	t.Parallel()
	const rule = `{"op":"*","do":"empty"}`
	for _, more := range []string{"}", "}}garbage", "]", ",", "{}", "garbage", "null", "\x00"} {
		if _, err := ReadFaults(strings.NewReader(rule + "\n" + rule + more)); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%s: %v", more, err)
		}
	}
	if rules, err := ReadFaults(strings.NewReader(rule + " \t\r\n" + rule)); len(rules) != 2 || err != nil {
		t.Error(rules, err)
	}
}

func TestEditsWithoutContentEndWhereTheServiceWouldRefuseThem(t *testing.T) {
	t.Parallel()
	many := strings.Replace(plainFlow, `"Actions":[`, `"Actions":[`+strings.Repeat(`{"Identifier":"b"},`, flow.MaxActions-4), 1)
	long := func(n int) string { return strings.Repeat("x", n) }
	view := func(title string) string { return `{"Head":{"Title":"` + title + `"}}` }
	k := keepLittle(t, Options{})
	in := k.insts[0]
	f, m, v := in.flows.list[0], in.modules.list[0], in.views.list[0]
	room := maxViewContent - len(strings.Join(v.Saved.Actions, "")) - len(encodeJSON(map[string]any{"Head": map[string]string{"Title": ""}}))
	blocks := func(text string) int { return strings.Count(text, `"Identifier":`) }
	for name, x := range map[string]struct {
		rule  FaultRule
		path  string
		begin string
		size  func() int
		want  int
	}{
		"a flow of many blocks":    {FaultRule{Flow: f.ID}, "/contact-flows/{in}/" + f.ID, many, func() int { return blocks(in.flows.get(f.ID).Saved.text()) }, flow.MaxActions},
		"a module of many blocks":  {FaultRule{Module: m.ID}, "/contact-flow-modules/{in}/" + m.ID, many, func() int { return blocks(in.modules.get(m.ID).Saved.text()) }, flow.MaxActions},
		"a flow that is no flow":   {FaultRule{Flow: f.ID}, "/contact-flows/{in}/" + f.ID, strings.Repeat("世", flow.MaxContent-3), func() int { return flow.UTF16Len([]byte(in.flows.get(f.ID).Saved.text())) }, flow.MaxContent},
		"a module that is no flow": {FaultRule{Module: m.ID}, "/contact-flow-modules/{in}/" + m.ID, long(flow.MaxContent - 3), func() int { return len(in.modules.get(m.ID).Saved.text()) }, flow.MaxContent},
		"a long view":              {FaultRule{View: v.ID}, "/views/{in}/" + v.ID, view(long(room - 3)), func() int { return len(in.views.get(v.ID).Saved.Template) }, maxViewContent - len(strings.Join(v.Saved.Actions, ""))},
	} {
		x.rule.Op, x.rule.Do = "*", DoEdit
		given := x.rule
		given.Content = x.begin
		k.Faults([]FaultRule{given})
		k.do("GET", x.path, "")
		k.Faults([]FaultRule{x.rule})
		sizes := []int{x.size()}
		for range 5 {
			k.do("GET", x.path, "")
			sizes = append(sizes, x.size())
		}
		if want := []int{x.want - 3, x.want - 2, x.want - 1, x.want, x.want, x.want}; !slices.Equal(sizes, want) {
			t.Errorf("%s: %d, want %d", name, sizes, want)
		}
		given.Content = long(maxViewContent + 1)
		k.Faults([]FaultRule{given})
		if k.do("GET", x.path, ""); blocks(x.begin) < 2 && x.size() != maxViewContent+1 {
			t.Errorf("%s: content that is given is not written", name)
		}
	}
}
