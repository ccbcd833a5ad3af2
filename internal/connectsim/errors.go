package connectsim

import (
	"fmt"
	"slices"

	"wrapup/internal/flow"
)

// status of every error the simulator answers with: the modelled ones as the service model has them, then
// those of the layers around the service.
var status = map[string]int{
	"AccessDeniedException":               403,
	"ConditionalOperationFailedException": 409,
	"ContactFlowNotPublishedException":    404,
	"DuplicateResourceException":          409,
	"IdempotencyException":                409,
	"InternalServiceException":            500,
	"InvalidContactFlowException":         400,
	"InvalidContactFlowModuleException":   400,
	"InvalidParameterException":           400,
	"InvalidRequestException":             400,
	"LimitExceededException":              429,
	"ResourceConflictException":           409,
	"ResourceInUseException":              409,
	"ResourceNotFoundException":           404,
	"ServiceQuotaExceededException":       402,
	"ThrottlingException":                 429,
	"TooManyRequestsException":            429,

	"ExpiredTokenException":               403,
	"IncompleteSignature":                 403,
	"InvalidToken":                        400,
	"MissingAuthenticationTokenException": 403,
	"RequestExpired":                      400,
	"ServiceUnavailable":                  503,
	"UnknownOperationException":           501,
	"UnrecognizedClientException":         403,
	"UnsupportedMediaTypeException":       415,

	"MissingAuthenticationToken": 403,
	"AccessDenied":               403, // STS from here on
	"ExpiredToken":               403,
	"InternalFailure":            500,
	"InvalidAction":              400,
	"Throttling":                 400,
	"ValidationError":            400,
}

// apiError is an error on its way to the wire.
type apiError struct {
	code     string
	status   int // 0: as the table says
	message  string
	problems []string // of InvalidContactFlowException and InvalidContactFlowModuleException
	user     user     // of ResourceInUseException
}

// user is what uses a resource: a type of the model's ResourceType, "" where it has none for it, and an ARN.
type user struct{ kind, arn string }

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) httpStatus() int {
	if e.status != 0 {
		return e.status
	}
	if n, ok := status[e.code]; ok {
		return n
	}
	return 400
}

func fail(code, format string, args ...any) *apiError {
	return &apiError{code: code, message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *apiError {
	return fail("ResourceNotFoundException", format, args...)
}

// invalid is a refused parameter in the words of the operation's model: not every operation has both exceptions. Which
// of them the service uses for which constraint is not documented; this is a choice.
func (op *operation) invalid(format string, args ...any) *apiError {
	return op.first(fail("", format, args...), "InvalidParameterException", "InvalidRequestException", "ValidationError")
}

// malformed is a request that cannot be read at all.
func (op *operation) malformed(format string, args ...any) *apiError {
	return op.first(fail("", format, args...), "InvalidRequestException", "InvalidParameterException", "ValidationError")
}

// throttled is the quota's answer: the view operations model another exception than the others.
func (op *operation) throttled() *apiError {
	if op.query {
		return fail("Throttling", "Rate exceeded")
	}
	return op.first(fail("", "Rate exceeded"), "TooManyRequestsException", "ThrottlingException")
}

// internal is a fault of ours, or one asked for.
func (op *operation) internal(message string) *apiError {
	return op.first(fail("", "%s", message), "InternalServiceException", "InternalFailure")
}

// first names e after the first of codes that the operation models; the last one where it models none.
func (op *operation) first(e *apiError, codes ...string) *apiError {
	e.code = codes[len(codes)-1]
	if i := slices.IndexFunc(codes, func(c string) bool { return slices.Contains(op.errors, c) }); i >= 0 {
		e.code = codes[i]
	}
	return e
}

// The service's model allows so many problems, and messages of so many characters.
const (
	maxProblems = 50
	maxProblem  = 256
)

// invalidContent is content with problems, as the exception of flows or of modules has them.
func invalidContent(code string, problems []flow.Problem) *apiError {
	e := &apiError{code: code}
	for _, p := range problems[:min(len(problems), maxProblems)] {
		m := []rune(p.Message)
		e.problems = append(e.problems, string(m[:min(len(m), maxProblem)]))
	}
	return e
}
