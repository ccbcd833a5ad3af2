package flow

import "strings"

// minified is a flow on one line with a hand-off and no layout data.
const minified = `{"Version":"2019-10-30","StartAction":"a","Actions":[` +
	`{"Identifier":"a","Type":"MessageParticipant","Parameters":{"Text":"Hi"},"Transitions":{"NextAction":"b"}},` +
	`{"Identifier":"b","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

// designer is a flow as the console's designer writes it.
const designer = `{
  "Version": "2019-10-30",
  "StartAction": "5e3f2c1a-0000-4000-8000-000000000001",
  "Metadata": {
    "entryPointPosition": {
      "x": 40,
      "y": 40
    },
    "ActionMetadata": {
      "5e3f2c1a-0000-4000-8000-000000000001": {
        "position": {
          "x": 181.6,
          "y": 29.6
        }
      },
      "Say goodbye": {
        "position": {
          "x": 500,
          "y": 29.6
        },
        "isFriendlyName": true
      }
    }
  },
  "Actions": [
    {
      "Parameters": {
        "Text": "Hello"
      },
      "Identifier": "5e3f2c1a-0000-4000-8000-000000000001",
      "Type": "MessageParticipant",
      "Transitions": {
        "NextAction": "Say goodbye",
        "Errors": [
          {
            "NextAction": "Say goodbye",
            "ErrorType": "NoMatchingError"
          }
        ]
      }
    },
    {
      "Parameters": {},
      "Identifier": "Say goodbye",
      "Type": "DisconnectParticipant",
      "Transitions": {}
    }
  ]
}
`

// viewFlow has a Show view block with layout data: a path with its mark, a text, and a whole JSON value.
const viewFlow = `{
  "Version": "2019-10-30",
  "StartAction": "show",
  "Metadata": {
    "ActionMetadata": {
      "show": {
        "position": {"x": 0, "y": 0},
        "parameters": {
          "InvocationTimeLimitSeconds": {"unit": 60},
          "ViewData": {
            "Path": {"useDynamic": true},
            "Whole": {"useJson": true}
          }
        }
      },
      "end": {
        "position": {"x": 300, "y": 0}
      }
    }
  },
  "Actions": [
    {
      "Parameters": {
        "ViewResource": {"Id": "arn:aws:connect:eu-central-1:aws:view/after-contact-work:1"},
        "InvocationTimeLimitSeconds": "480",
        "ViewData": {
          "Path": "$.Attributes.name",
          "Text": "caf\u00e9",
          "Whole": {"Items": []}
        }
      },
      "Identifier": "show",
      "Type": "ShowView",
      "Transitions": {
        "NextAction": "end",
        "Errors": [
          {"NextAction": "end", "ErrorType": "NoMatchingError"},
          {"NextAction": "end", "ErrorType": "NoMatchingCondition"},
          {"NextAction": "end", "ErrorType": "TimeLimitExceeded"}
        ],
        "Conditions": []
      }
    },
    {
      "Parameters": {},
      "Identifier": "end",
      "Type": "DisconnectParticipant",
      "Transitions": {}
    }
  ]
}`

// hookFlow sets the event in the middle of the flow, in a block of somebody else's.
const hookFlow = `{
  "Version": "2019-10-30",
  "StartAction": "a",
  "Metadata": {
    "ActionMetadata": {
      "a": {"position": {"x": 0, "y": 0}},
      "hook": {"position": {"x": 240, "y": 0}, "parameters": {"EventHooks": {"DisconnectAgentUI": {"displayName": "Old guide"}}}},
      "z": {"position": {"x": 480, "y": 0}}
    }
  },
  "Actions": [
    {"Identifier": "a", "Type": "MessageParticipant", "Parameters": {"Text": "Hi"}, "Transitions": {"NextAction": "hook", "Errors": [{"NextAction": "hook", "ErrorType": "NoMatchingError"}]}},
    {"Identifier": "hook", "Type": "UpdateContactEventHooks", "Parameters": {"EventHooks": {"DisconnectAgentUI": "old"}}, "Transitions": {"NextAction": "z", "Errors": [{"NextAction": "z", "ErrorType": "NoMatchingError"}]}},
    {"Identifier": "z", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
  ]
}`

// fixtures are documents for laws and fuzzing: the layouts that real flows have, and those they lack.
func fixtures() map[string]string {
	return map[string]string{
		"minified":                minified,
		"the designer's":          designer,
		"a view":                  viewFlow,
		"an event in the middle":  hookFlow,
		"tabs":                    strings.ReplaceAll(designer, "  ", "\t"),
		"four spaces":             strings.ReplaceAll(designer, "  ", "    "),
		"CRLF":                    strings.ReplaceAll(designer, "\n", "\r\n"),
		"mixed line ends":         strings.Replace(designer, "\n", "\r\n", 9),
		"lone carriage returns":   strings.ReplaceAll(designer, "\n", "\r"),
		"no indentation":          strings.ReplaceAll(designer, "  ", ""),
		"blanks around all":       "\n\n " + strings.NewReplacer(":", " : ", ",", " , ", "[", "[ ", "]", " ]", "{", "{ ", "}", " }").Replace(minified) + " \t\n",
		"commas on the next line": strings.ReplaceAll(designer, ",\n", "\n,"),
		"one action":              oneAction(`{}`),
		"no metadata":             oneAction(""),
		"layout data of no block": "{" + `"Metadata":{"ActionMetadata":{}},` + minified[1:],
		"space in layout data":    "{" + `"Metadata":{"ActionMetadata":{  }},` + minified[1:],
		"lines in layout data":    strings.Replace(oneAction("{}"), `"ActionMetadata": {}`, "\"ActionMetadata\": {\n\n    }", 1),
		"layout data as designer": strings.Replace(oneAction("{}"), `"ActionMetadata": {}`, "\"ActionMetadata\": {\n    }", 1),
		"layout data is null":     strings.Replace(oneAction("{}"), `"ActionMetadata": {}`, `"ActionMetadata": null`, 1),
		"glued brackets":          "{\n  \"StartAction\": \"a\",\n  \"Actions\": [{\n    \"Identifier\": \"a\",\n    \"Type\": \"X\"\n  }]\n}",
		"actions first":           `{"Actions":[{"Type":"X","Identifier":"a"}],"StartAction":"a","Metadata":{"ActionMetadata":{"a":{}}}}`,
		"an escaped start":        strings.Replace(minified, `"StartAction":"a"`, `"StartAction":"\u0061"`, 1),
		"numbers":                 strings.Replace(designer, "181.6", "-0", 1),
		"exponents":               strings.Replace(designer, "181.6", "1.5E+2", 1),
		"a far position":          strings.Replace(designer, "181.6", "1e300", 1),
		"a big integer":           strings.Replace(designer, "\"x\": 40", "\"x\": 9007199254740993", 1),
		"a line separator":        strings.Replace(designer, "Hello", "\u2028\u2029", 1),
		"a lone surrogate":        strings.Replace(designer, "Hello", `\ud83d`, 1),
		"emoji":                   strings.ReplaceAll(designer, "Say goodbye", "再見 😀"),
		"the identifier is taken": strings.ReplaceAll(designer, "Say goodbye", InsertedBlock),
	}
}

func oneAction(meta string) string {
	if meta != "" {
		meta = "  \"Metadata\": {\n    \"ActionMetadata\": " + meta + "\n  },\n"
	}
	return "{\n  \"Version\": \"2019-10-30\",\n  \"StartAction\": \"a\",\n" + meta +
		"  \"Actions\": [\n    {\n      \"Identifier\": \"a\",\n      \"Type\": \"DisconnectParticipant\"\n    }\n  ]\n}\n"
}
