package main

import (
	"context"
	"fmt"
	"log/slog"

	"wrapup/internal/operation"
	"wrapup/internal/survey"
	"wrapup/internal/webhook"
)

// webhook makes the sender of the settings; nil where there is no webhook.
func (c config) webhook(log *slog.Logger) (*webhook.Sender, error) {
	if c.WebhookURL == "" {
		return nil, nil
	}
	sender, err := webhook.New(webhook.Options{URL: c.WebhookURL, Secret: c.WebhookSecret, Agent: "wrapup/" + userAgentVersion(), Log: log})
	if err != nil {
		return nil, fmt.Errorf("WRAPUP_WEBHOOK_URL and WRAPUP_WEBHOOK_SECRET: %w", err)
	}
	return sender, nil
}

// newsFrom passes what readings find on to the webhook, if there is one: each delivery is an operation of its own. Without one nobody is told.
func newsFrom(c config, work *operation.Service, log *slog.Logger) (func(context.Context, operation.ID, *survey.Reading, []survey.Change) error, error) {
	sender, err := c.webhook(log)
	if sender == nil {
		return nil, err
	}
	work.Handle(webhook.Kind, operation.Kind{Do: sender.Do, Most: 32})
	return func(ctx context.Context, id operation.ID, r *survey.Reading, news []survey.Change) error {
		list := make([]webhook.Change, len(news))
		for i, n := range news {
			list[i] = webhook.Change{Kind: string(n.Kind), Flow: n.Flow, Name: n.Name, From: string(n.From), To: string(n.To)}
		}
		_, _, err := work.Ask(ctx, webhook.Request(webhook.Changes(string(id), r.ReadAt, r.Instance, c.BaseURL, list)))
		return err
	}, nil
}
