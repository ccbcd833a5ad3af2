package flow

import "regexp"

var wholePath = regexp.MustCompile(`^\$(?:\.[^\s.\[\]'"]+|\.?\[(?:'[^']*'|[^\]\s']*)\])+$`)

// IsPath says whether a value as a whole is one JSONPath, which the service resolves during the contact:
// $.Attributes.x, $.Attributes.['my key'], $.Views.ViewResultData.Category.0. A text that only contains
// one ("$.Attributes.x and more") is none.
func IsPath(value string) bool { return wholePath.MatchString(value) }
