package handlers

import (
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

func TestTheDoNotTouchListNamesFlowsOfEveryType(t *testing.T) {
	t.Parallel()
	reading := readingOf(verdictRow(1, "Sales", audit.NotWired))
	reading.Others = []survey.FlowRow{{Flow: instance.Flow{ID: flowID(2), Name: "Hold music", Type: instance.TypeOutboundWhisper}}}
	reading.Guides = []survey.GuideRow{{Flow: instance.Flow{ID: flowID(3), Name: "Wrap up"}}}
	got := leftAlone(reading, publish.Rules{DoNotTouch: []instance.FlowID{flowID(1), flowID(2), flowID(3), flowID(4)}})
	for i, want := range []string{"Sales", "Hold music", "Wrap up", string(flowID(4))} {
		if len(got) != 4 || got[i].Text != want || got[i].Href != flowPath(reading.Instance.ID, flowID(i+1)) {
			t.Errorf("%s: %+v", want, got)
		}
	}
}
