// Package flow is a document of the Amazon Connect flow language that keeps every byte:
// parsing loses nothing, an edit returns a new document in which only the edit's own span
// differs, and a proof made with another JSON decoder shows it. Unknown types and members survive.
package flow
