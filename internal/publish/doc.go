// Package publish writes to Amazon Connect, and is the only part of wrapup that does: a plan that a person has seen,
// two proofs, intent and outcome in the journal around every call, and the content before every write kept by hash.
package publish
