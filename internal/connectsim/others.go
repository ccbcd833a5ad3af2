package connectsim

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./internal/catalogue

// othersFile is the service's operations that no other file has; internal/catalogue writes it and says how.
//
//go:embed data/others.tsv
var othersFile string

// otherOperations are what a client may read besides the operations with a handler of their own: instances have nothing
// of these kinds.
func otherOperations() []*operation {
	return append([]*operation{
		{name: "ListInstanceAttributes", method: http.MethodGet, path: "/instance/{InstanceId}/attributes", handle: (*call).listAttributes, on: onInstance,
			in: members(instanceID, nextToken, query("MaxResults", "maxResults", number(1, 7))), errors: flowErrors()},
		{name: "DescribeInstanceAttribute", method: http.MethodGet, path: "/instance/{InstanceId}/attribute/{AttributeType}", on: onInstance,
			handle: (*call).describeAttribute, in: members(instanceID, path("AttributeType", enum(instanceAttributes...))), errors: flowErrors()},
	}, catalogue().reads...)
}

// others are the rows of the file. What writes is known by name only.
type others struct{ reads, writes []*operation }

var catalogue = sync.OnceValue(func() others { return readOthers(othersFile) })

func readOthers(text string) (o others) {
	var sets [][]string
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch len(f) {
		case 2:
			sets = append(sets, strings.Fields(f[1]))
		case 3:
			o.writes = append(o.writes, &operation{name: f[0], method: f[1], path: f[2]})
		case 6:
			set, _ := strconv.Atoi(f[5])
			op := &operation{name: f[0], method: f[1], path: f[2], in: lookedAt(f[2], f[3]), errors: sets[set], handle: answering(f[4])}
			if len(op.in) > 0 && op.in[0].in != inQuery {
				op.on = onInstance
			}
			o.reads = append(o.reads, op)
		}
	}
	return o
}

// lookedAt are the members of a request that the simulator looks at: the instance and what it holds some of. The other
// constraints of these operations are not checked.
func lookedAt(p, at string) []member {
	var in []member
	switch wire, required := strings.CutSuffix(at, "!"); {
	case strings.Contains(p, "{InstanceId}"):
		in = members(instanceID)
	case strings.HasPrefix(wire, "?"):
		in = members(member{"InstanceId", wire[1:], inQuery, required, instanceID.shape})
	case wire != "":
		in = members(member{"InstanceId", wire, inBody, required, instanceID.shape})
	}
	for _, held := range []string{"QueueId", "ContactFlowModuleId"} {
		if strings.Contains(p, "{"+held+"}") {
			in = append(in, path(held, text(1, 0)))
		}
	}
	return in
}

// answering gives the empty page text, or where that is empty the news that there is no such resource.
func answering(text string) func(*call) (any, *apiError) {
	return func(c *call) (any, *apiError) {
		if fault := c.holds(); fault != nil {
			return nil, c.op.first(fault, "ResourceNotFoundException", "InvalidParameterException", "InvalidRequestException")
		}
		if text == "" {
			return nil, notFound("Resource not found")
		}
		return json.RawMessage(text), nil
	}
}

// holds refuses an instance that is not there, or a queue or a module that it has not.
func (c *call) holds() (fault *apiError) {
	switch {
	case c.in.has("ContactFlowModuleId"):
		_, _, _, fault = c.module()
	case c.in.has("QueueId"):
		_, _, fault = c.queue()
	case c.in.has("InstanceId"):
		_, fault = c.instance()
	}
	return fault
}

// unknown is the answer to a request that no handler is for.
func unknown(method, path string) *apiError {
	if op, _ := absent().route(method, path); op != nil {
		return fail("UnknownOperationException", "the simulator does not have %s", op.name)
	}
	return fail("UnknownOperationException", "the simulator has no operation at %s %s", method, path)
}

var absent = sync.OnceValue(func() *table { return newTable(catalogue().writes) })

// instanceAttributes are the model's InstanceAttributeType.
var instanceAttributes = strings.Fields(`INBOUND_CALLS OUTBOUND_CALLS CONTACTFLOW_LOGS CONTACT_LENS AUTO_RESOLVE_BEST_VOICES USE_CUSTOM_TTS_VOICES EARLY_MEDIA
	MULTI_PARTY_CONFERENCE HIGH_VOLUME_OUTBOUND ENHANCED_CONTACT_MONITORING ENHANCED_CHAT_MONITORING MULTI_PARTY_CHAT_CONFERENCE MESSAGE_STREAMING`)

type wireAttribute struct{ AttributeType, Value string }

// attribute is what DescribeInstance says of calls, and false for all that it does not tell: every instance has a value
// for each attribute, and which are on by default is not documented.
func (in *inst) attribute(kind string) wireAttribute {
	s := in.summary()
	on := kind == "INBOUND_CALLS" && s.InboundCallsEnabled || kind == "OUTBOUND_CALLS" && s.OutboundCallsEnabled
	return wireAttribute{kind, strconv.FormatBool(on)}
}

func (c *call) describeAttribute() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	return struct{ Attribute wireAttribute }{in.attribute(c.in.text("AttributeType"))}, nil
}

func (c *call) listAttributes() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	kinds, next, fault := page(c, instanceAttributes, 7, func(kind string) string { return kind })
	list := make([]wireAttribute, len(kinds))
	for i, kind := range kinds {
		list[i] = in.attribute(kind)
	}
	return struct {
		Attributes []wireAttribute
		NextToken  string `json:",omitempty"`
	}{list, next}, fault
}
