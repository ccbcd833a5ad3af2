package ui_test

import (
	"strings"
	"testing"

	"wrapup/views/ui"
)

func TestALiveAlertIsAnnouncedByItsUrgency(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ui.StatusKind]string{ui.Error: "alert", ui.Warning: "alert", ui.Success: "status", ui.Info: "status"} {
		var b strings.Builder
		if err := ui.Alert(ui.AlertProps{Kind: kind, Title: "T", Live: true}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		tag, _, _ := strings.Cut(b.String(), ">")
		if !strings.Contains(tag, ` role="`+want+`"`) || strings.Count(tag, "role=") != 1 || strings.Contains(tag, "else") {
			t.Errorf("%s: %s", kind, tag)
		}
	}
	if doc := parse(t, ui.Alert(ui.AlertProps{Kind: ui.Error, Title: "T"})); doc.Find("[role]").Length() != 0 {
		t.Error("an alert that is there from the start is announced")
	}
}
