package flow

import (
	"crypto/sha256"
	"encoding/hex"
)

// Limits of the service. Sources: CreateContactFlow (content), administrator guide (actions).
const (
	MaxActions = 250
	MaxContent = 256_000 // UTF-16 code units
)

// Event names a hook of UpdateContactEventHooks. EventACW is the one constant for the event that
// opens the after-contact-work guide; a setting may override it.
const (
	EventACW        = "DisconnectAgentUI"
	EventDefaultUI  = "DefaultAgentUI"
	EventDisconnect = "CustomerRemaining"
	AttributeACW    = "DisconnectFlowForAgentUI"
	InsertedBlock   = "Set after-contact work guide"
	TypeEventHooks  = "UpdateContactEventHooks"
	TypeAttributes  = "UpdateContactAttributes"
	TypeShowView    = "ShowView"
)

// UTF16Len is the content's length as the service counts it: UTF-16 code units. Bytes that are no
// UTF-8 count one each where they could start a character.
func UTF16Len(content []byte) int {
	return units(content)
}

func units[T []byte | string](content T) int {
	n := 0
	for i := 0; i < len(content); i++ {
		c := content[i]
		if c < 0x80 {
			n++
			continue
		}
		if c&0xC0 != 0x80 { // not a continuation byte
			n++
		}
		if c >= 0xF0 { // four bytes: a surrogate pair
			n++
		}
	}
	return n
}

// Hash is our own content hash: lower-case hex SHA-256 of the bytes.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
