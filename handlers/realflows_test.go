package handlers

import (
	"net/http"
	"strings"
	"testing"

	"wrapup/internal/flow"
	"wrapup/internal/flow/flowtest"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func TestRealFlowsHaveAPage(t *testing.T) {
	t.Parallel()
	for name, content := range flowtest.Real(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := rowOf(1, name, string(content))
			s := &surveyorInMemory{details: map[instance.FlowID]*survey.FlowDetail{row.Flow.ID: detailOf(row)}, last: readingOf(row)}
			p := newReadingPages(s, people.Publisher)
			p.page(t, flowsAt, http.StatusOK)
			doc := p.page(t, flowAt(1), http.StatusOK)
			if doc.Find("#json .line").Length() == 0 {
				t.Error("the content is not shown")
			}
			for _, a := range doc.Find("main a[href^='#']").EachIter() {
				if doc.Find(a.AttrOr("href", "#none")).Length() != 1 {
					t.Errorf("%q leads to %q", text(a), a.AttrOr("href", ""))
				}
			}
			if w := p.send(t, http.MethodGet, flowAt(1)+"/content.json"); w.Body.String() != string(content) {
				t.Error("the download differs")
			}
		})
	}
}

func TestRealFlowsDifferFromThemselvesInNothing(t *testing.T) {
	t.Parallel()
	for name, content := range flowtest.Real(t) {
		pretty, ok := prettyJSON(content)
		if ok && strings.TrimSuffix(string(pretty), "\n") != codeText(highlightJSON(pretty)) {
			t.Errorf("%s: highlighting changed a character", name)
		}
		if hunks := diffLines(content, pretty, 3); len(hunks) != 0 {
			t.Errorf("%s: by line: %v", name, hunks)
		}
		d, err := flow.Parse(content)
		if err != nil {
			continue
		}
		again, err := flow.Parse(pretty)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := diffBlocks(d, again); !got.same() || got.Layout {
			t.Errorf("%s: by block: %v", name, told(got))
		}
	}
}

func TestAnInsertedGuideIsOneBlockInTheDifference(t *testing.T) {
	t.Parallel()
	for name, content := range flowtest.Real(t) {
		d, err := flow.Parse(content)
		if err != nil {
			continue
		}
		after, err := d.Edit(flow.Edit{Kind: flow.Insert, Block: d.NewIdentifier(), Guide: string(guideID), Name: "ACW guide"})
		if err != nil {
			continue // what may not be edited is the flow package's own test
		}
		got := diffBlocks(d, after)
		if got.Start == nil || len(got.Blocks) != 1 || got.Blocks[0].Kind != blockAdded || len(got.Other) != 0 {
			t.Errorf("%s: %v", name, told(got))
		}
	}
}
