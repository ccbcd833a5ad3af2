package acw

import (
	"bytes"
	"encoding/json"
)

// The flow document in the order in which people read it.
type (
	document struct {
		Version     string
		StartAction string
		Metadata    metadata
		Actions     []action
	}
	metadata struct {
		EntryPoint  position       `json:"entryPointPosition"`
		Actions     members        `json:"ActionMetadata"`
		Annotations []annotation   `json:"Annotations"`
		Name        string         `json:"name,omitempty"`
		Description string         `json:"description,omitempty"`
		Type        string         `json:"type,omitempty"`
		Status      string         `json:"status,omitempty"`
		Hash        map[string]any `json:"hash,omitzero"`
	}
	position   struct{ X, Y float64 }
	annotation struct {
		Type     string   `json:"type"`
		ID       string   `json:"id"`
		Content  string   `json:"content"`
		ActionID string   `json:"actionId"`
		Folded   bool     `json:"isFolded"`
		Position position `json:"position"`
		Size     members  `json:"size"`
	}
	action struct {
		Parameters  members
		Identifier  string
		Type        string
		Transitions transitions
	}
	transitions struct {
		NextAction string      `json:",omitempty"`
		Conditions []condition `json:",omitempty"`
		Errors     []branch    `json:",omitempty"`
	}
	condition struct {
		NextAction string
		Condition  struct {
			Operator string
			Operands []string
		}
	}
	branch struct{ NextAction, ErrorType string }

	// members is an object whose members keep their order.
	members []member
	member  struct {
		name  string
		value any
	}
)

// MarshalJSON writes a position with the designer's lower-case names.
func (p position) MarshalJSON() ([]byte, error) {
	return members{{"x", p.X}, {"y", p.Y}}.MarshalJSON()
}

// MarshalJSON writes the members in their order.
func (m members) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, each := range m {
		if i > 0 {
			out.WriteByte(',')
		}
		for j, part := range []any{each.name, each.value} {
			if j == 1 {
				out.WriteByte(':')
			}
			text, err := plain(part, "")
			if err != nil {
				return nil, err
			}
			out.Write(text)
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// plain is JSON text without HTML escapes: people read it, and its length counts.
func plain(v any, indent string) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
