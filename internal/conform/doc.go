// Package conform holds an endpoint of the Amazon Connect API against the service's own model: its answers, by a checking
// proxy or transport under other tests, and its refusals, by a probe that breaks each documented constraint of a request
// once. It is test support; the model is a file beside the repository.
package conform
