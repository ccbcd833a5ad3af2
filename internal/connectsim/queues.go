package connectsim

import (
	"net/http"
	"slices"
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

func (in *inst) arnOfQueue(q *queueRecord) string {
	if q.Kind == agentQueue {
		return in.queueARN("agent/" + q.ID)
	}
	return in.queueARN(q.ID)
}
