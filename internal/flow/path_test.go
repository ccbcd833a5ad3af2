package flow

import "testing"

func TestIsPath(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"$.Attributes.x": true, "$.Attributes.['my key']": true, "$.SegmentAttributes['connect:Subtype']": true,
		"$.Views.ViewResultData.Category.0": true, "$.External.a[0].b": true,
		"$.Attributes.x and more": false, "Hi $.Attributes.x": false, "$": false, "$.": false, "$5": false, "$.a.": false, "": false, "$.Attributes.x\n": false, "$[": false, "$.Attributes.a and more": false, " $.Attributes.a": false,
		"$['x']": true, "$.flow": true,
	} {
		if got := IsPath(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
