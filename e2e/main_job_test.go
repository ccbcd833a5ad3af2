package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestMainJob is the product in one test: from the link on the terminal to what Amazon Connect holds.
func TestMainJob(t *testing.T) {
	t.Parallel()
	for mode, script := range map[string]string{"In a browser": "on", "Without script": "off"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			needsBrowser(t)
			d := startDemo(t)
			mainJob(t, d.program, d.sim, map[string]string{"base": d.base, "link": d.link, "script": script})
		})
	}
	t.Run("With an account, at the service's pace", func(t *testing.T) {
		t.Parallel()
		needsBrowser(t)
		sim := startSim(t, "")
		p := startServe(t, sim, filepath.Join(t.TempDir(), "wrapup.db"))
		mainJob(t, p, sim, map[string]string{"base": p.find(listens), "link": p.find(firstLink), "script": "on", "password": password})
	})
}

func mainJob(t *testing.T, p *program, s simulator, args map[string]string) {
	t.Helper()
	facts := browse(t, "main-job.mjs", args)
	t.Run("Amazon Connect holds the guide and the block that opens it", func(t *testing.T) {
		assertPublished(t, s, facts["flow"])
	})
	p.stop()
}

func assertPublished(t *testing.T, s simulator, flow string) {
	t.Helper()
	guide := s.flow(t, "Night desk wrap-up")
	if guide == nil {
		t.Fatal("the guide was not created")
	}
	values := documentOf(t, guide).viewData()
	for key, want := range map[string]string{"ContactWrapUp_Header_Title": "Wrap up the night", "Category_DefaultValue": "Support"} {
		if values[key] != want {
			t.Errorf("%s = %v, want %q", key, values[key], want)
		}
	}
	f := s.describe(t, flow)
	if aws.ToString(f.Name) != "Sales" {
		t.Fatalf("the page showed the flow %q", aws.ToString(f.Name))
	}
	opens := documentOf(t, f).opens()
	if !strings.HasSuffix(opens, aws.ToString(guide.Id)) {
		t.Errorf("the flow's start opens %q, want the guide %s", opens, aws.ToString(guide.Arn))
	}
}
