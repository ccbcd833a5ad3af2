package connectsim

import (
	"maps"
	"net/http"
	"strings"

	"wrapup/internal/instance"
)

func tagOperations() []*operation {
	arn := path("resourceArn", text(0, 0))
	return []*operation{
		{name: "TagResource", method: http.MethodPost, path: "/tags/{resourceArn}", handle: (*call).tagResource, on: onTagged,
			in: members(arn, body("tags", tagMap()).must()), errors: flowErrors()},
		{name: "UntagResource", method: http.MethodDelete, path: "/tags/{resourceArn}", handle: (*call).untagResource, on: onTagged,
			in: members(arn, query("tagKeys", "tagKeys", listOf(tagMap().key, 1, maxTags)).must()), errors: flowErrors()},
		{name: "ListTagsForResource", method: http.MethodGet, path: "/tags/{resourceArn}", handle: (*call).listTags, on: onTagged,
			in: members(arn), errors: flowErrors()},
	}
}

// maxTags is how many tags a resource may have, those of AWS counted: the model's map of them holds no more.
const maxTags = 50

// tagged is a resource as the tag operations see it.
type tagged struct {
	in   *inst
	tags map[string]string
	with func(tags map[string]string) any // its record with other tags
}

// tagResource adds tags and replaces the values of those that are there.
func (c *call) tagResource() (any, *apiError) {
	t, fault := c.tagged()
	if fault != nil {
		return nil, fault
	}
	tags := c.in.strings("tags")
	for k, v := range t.tags {
		if _, ok := tags[k]; !ok {
			tags[k] = v
		}
	}
	if len(tags) > maxTags {
		return nil, fail("InvalidRequestException", "The resource would have %d tags; it may have %d", len(tags), maxTags)
	}
	c.put(t.in, t.with(tags))
	return nil, nil
}

// untagResource does not mind keys that are not there.
func (c *call) untagResource() (any, *apiError) {
	t, fault := c.tagged()
	if fault != nil {
		return nil, fault
	}
	tags := maps.Clone(t.tags)
	for _, k := range c.in.texts("tagKeys") {
		delete(tags, k)
	}
	c.put(t.in, t.with(tags))
	return nil, nil
}

func (c *call) listTags() (any, *apiError) {
	t, fault := c.tagged()
	if fault != nil {
		return nil, fault
	}
	return struct {
		Tags map[string]string `json:"tags,omitempty"`
	}{t.tags}, nil
}

// tagged finds the resource of the call's ARN among those of the caller's account and Region. Tags are a resource's, not
// those of one of its copies: an ARN with a qualifier is refused, and so is a view of AWS.
func (c *call) tagged() (*tagged, *apiError) {
	arn := c.in.text("resourceArn")
	p := strings.SplitN(arn, ":", 6)
	if len(p) < 6 || p[0] != "arn" || p[2] != "connect" {
		return nil, c.op.invalid("resourceArn is not the ARN of a resource of Amazon Connect")
	}
	if p[4] == "aws" {
		return nil, c.op.invalid("a view of AWS has no tags")
	}
	if strings.Contains(p[5], ":") {
		return nil, c.op.invalid("resourceArn must not have a qualifier")
	}
	for _, in := range c.visible() {
		if t := in.tagged(arn, p[5]); t != nil {
			return t, nil
		}
	}
	return nil, notFound("Resource not found")
}

// tagged finds a resource of the instance; nil where the ARN, of which resource is the last part, is of none.
func (in *inst) tagged(arn, resource string) *tagged {
	if r, ok := instance.ParseInstance(arn); ok && in.owns(r) {
		return tagsOf(in, &in.instRecord, func(r *instRecord) *map[string]string { return &r.Tags })
	}
	if n := in.numbers.get(strings.TrimPrefix(resource, "phone-number/")); n != nil && arn == in.numberARN(n.ID) {
		return tagsOf(in, n, func(r *numberRecord) *map[string]string { return &r.Tags })
	}
	s := strings.Split(resource, "/") // instance/{id}/{kind}/{id}
	if len(s) != 4 {
		return nil
	}
	r, ok := instance.ParseRef(arn, s[2])
	if !ok || !in.owns(r) {
		return nil
	}
	switch r.Kind {
	case instance.KindFlow:
		return tagsOf(in, in.flows.get(r.ID), func(r *flowRecord) *map[string]string { return &r.Tags })
	case instance.KindModule:
		return tagsOf(in, in.modules.get(r.ID), func(r *moduleRecord) *map[string]string { return &r.Tags })
	case instance.KindView:
		return tagsOf(in, in.views.get(r.ID), func(r *viewRecord) *map[string]string { return &r.Tags })
	case instance.KindProfile:
		return tagsOf(in, in.profiles.get(r.ID), func(r *profileRecord) *map[string]string { return &r.Tags })
	case instance.KindUser:
		return tagsOf(in, in.users.get(r.ID), func(r *userRecord) *map[string]string { return &r.Tags })
	case instance.KindQueue:
		if q := in.queues.get(r.ID); q != nil && q.Kind == standardQueue {
			return tagsOf(in, q, func(r *queueRecord) *map[string]string { return &r.Tags })
		}
	}
	return nil
}

// tagsOf is the tags of a record, nil where there is no record.
func tagsOf[T any](in *inst, r *T, tags func(*T) *map[string]string) *tagged {
	if r == nil {
		return nil
	}
	return &tagged{in, *tags(r), func(t map[string]string) any {
		n := *r
		*tags(&n) = t
		return &n
	}}
}
