package connectsim

import (
	"net/http"
	"slices"

	"wrapup/internal/instance"
)

// Types of queues. An agent's queue has no name, and an ARN of its own form.
const (
	standardQueue = "STANDARD"
	agentQueue    = "AGENT"
)

func queueOperations() []*operation {
	return []*operation{
		{name: "ListQueues", method: http.MethodGet, path: "/queues-summary/{InstanceId}", handle: (*call).listQueues, on: onQueues,
			in:     members(instanceID, query("QueueTypes", "queueTypes", listOf(enum(standardQueue, agentQueue), 0, 2)), nextToken, page1000),
			errors: flowErrors()},
		{name: "DescribeQueue", method: http.MethodGet, path: "/queues/{InstanceId}/{QueueId}", handle: (*call).describeQueue, on: onQueue,
			in: members(instanceID, path("QueueId", text(1, 0))), errors: flowErrors()},
	}
}

type queueSummary struct {
	ID                 string `json:"Id"`
	Arn                string
	Name               string `json:",omitempty"`
	QueueType          string
	LastModifiedTime   float64
	LastModifiedRegion string
}

// listQueues lists both types where none is asked for.
func (c *call) listQueues() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	kinds := c.in.texts("QueueTypes")
	var all []*queueRecord
	for _, q := range in.queues.list {
		if len(kinds) == 0 || slices.Contains(kinds, q.Kind) {
			all = append(all, q)
		}
	}
	queues, next, fault := sortedPage(c, all, 100, in.queues.since)
	list := make([]queueSummary, len(queues))
	for i, q := range queues {
		list[i] = queueSummary{q.ID, in.arnOfQueue(q), q.Name, q.Kind, epoch(q.Modified), in.Region}
	}
	return struct {
		QueueSummaryList []queueSummary
		NextToken        string `json:",omitempty"`
	}{list, next}, fault
}

// wireQueue is the model's Queue, without the hours and the caller's name that the simulator has none of. No operation
// here disables a queue.
type wireQueue struct {
	QueueID            string `json:"QueueId"`
	QueueArn           string
	Name               string
	Status             string
	Tags               map[string]string `json:",omitempty"`
	LastModifiedTime   float64
	LastModifiedRegion string
}

func (in *inst) wireQueue(q *queueRecord) wireQueue {
	return wireQueue{q.ID, in.arnOfQueue(q), q.Name, "ENABLED", q.Tags, epoch(q.Modified), in.Region}
}

func (c *call) describeQueue() (any, *apiError) {
	in, q, fault := c.queue()
	if fault != nil {
		return nil, fault
	}
	return struct{ Queue wireQueue }{in.wireQueue(q)}, nil
}

// queue finds the queue that the call names. Those of agents are listed and not found: DescribeQueue was seen to answer so.
func (c *call) queue() (*inst, *queueRecord, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, nil, fault
	}
	ref, ok := instance.ParseRef(c.in.text("QueueId"), instance.KindQueue)
	if q := in.queues.get(ref.ID); ok && in.owns(ref) && ref.Qualifier == "" && q != nil && q.Kind == standardQueue {
		return in, q, nil
	}
	return nil, nil, notFound("Queue not found")
}

func (in *inst) arnOfQueue(q *queueRecord) string {
	if q.Kind == agentQueue {
		return in.queueARN("agent/" + q.ID)
	}
	return in.queueARN(q.ID)
}
