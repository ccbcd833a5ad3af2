package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

// sameChoice is an address of a choosing page that begins with what a change, or a plan that could not be made, was made of. It names
// that change or plan and not what was chosen: hundreds of flows are more than proxies let through in an address.
func sameChoice(path, id string) string { return path + "?" + url.Values{"again": {id}}.Encode() }

// sameAgain is what the change or plan that the address names was made of, where it is one of the instance; false where it names none.
func (h *Changes) sameAgain(r *http.Request, in instance.ID) (planInput, bool, error) {
	ctx, id := r.Context(), r.URL.Query().Get("again")
	if id == "" {
		return planInput{}, false, nil
	}
	missing := fault.New(fault.NotFound, "error.page-not-found")
	c, err := h.Publish.Change(ctx, id)
	switch {
	case err == nil && c.Instance.ID == in:
		return inputOf(c), true, nil
	case err == nil:
		return planInput{}, false, missing
	case !fault.Is(err, fault.NotFound):
		return planInput{}, false, err
	}
	op, input, err := h.planAsked(ctx, in, operation.ID(id))
	if err == nil && op.Kind == "" {
		err = missing
	}
	return input, err == nil, err
}

// continued is the change of an instance that a form says is continued; empty where there is none: it was planned without, or is another's.
func (h *Changes) continued(ctx context.Context, in instance.ID, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	c, err := h.Publish.Change(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && c.Instance.ID != in {
		return "", nil
	}
	return c.ID, err
}

// planAsked is a plan of an instance that was asked for in the background, with what it plans; the zero operation where there is none.
func (h *Changes) planAsked(ctx context.Context, in instance.ID, id operation.ID) (op operation.Operation, input planInput, err error) {
	if h.Operations == nil {
		return op, input, nil
	}
	op, err = h.Operations.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (op.Kind != PlanWork || op.Subject != string(in)) {
		return operation.Operation{}, input, nil
	}
	if err == nil {
		err = json.Unmarshal(op.Input, &input)
	}
	return op, input, err
}

// inputOf is what a change was made of.
func inputOf(c publish.Change) planInput {
	a := c.Asked
	if a.Former.Change != "" {
		return planInput{Instance: c.Instance.ID, Back: &backInput{Former: a.Former, OverDraft: a.OverDraft, Continues: c.Continues}}
	}
	ch := chosen{Guide: a.Guide, Flows: idTexts(a.Add), Remove: idTexts(a.Remove), Replace: a.Replace, Continues: c.Continues}
	if len(a.Add) == 0 && len(a.Remove) > 0 {
		ch.Do, ch.Flows, ch.Remove = doRemove, ch.Remove, nil
	}
	return planInput{Instance: c.Instance.ID, Chosen: ch}
}

func idTexts(ids []instance.FlowID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
