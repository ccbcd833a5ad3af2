package connect

import (
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strconv"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"wrapup/internal/fault"
)

// Service codes that this package tells apart.
const (
	codeLimit   = "LimitExceededException"
	codeInvalid = "InvalidContactFlowException"
)

var (
	throttles = []string{
		"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestThrottled",
		"RequestThrottledException", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException",
		"BandwidthLimitExceeded", "ProvisionedThroughputExceededException", "TransactionInProgressException",
	}
	quotas   = []string{codeLimit, "ServiceQuotaExceededException"}
	denials  = []string{"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized", "UnauthorizedException"}
	expiries = []string{"ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"}
	clocks   = []string{"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
	badKeys  = []string{
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException",
		"IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "AuthFailure",
	}
	conflicts = []string{"ResourceConflictException", "ResourceInUseException", "ConditionalOperationFailedException", "IdempotencyException"}
	regions   = []string{"RegionDisabledException", "OptInRequired", "SubscriptionRequiredException"}
)

// toFault is the only map from SDK errors to faults. a may be nil.
func toFault(err error, a *attempts) *fault.Error {
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	f := classify(err, a)
	f.Err, f.Code = err, codeOf(err)
	if a != nil && f.Kind == fault.Throttled && f.Code == "" {
		if t := a.throttled.Load(); t != nil { // the call was ended while it waited: what the service said last is why
			err, f.Code = t.err, codeOf(t.err)
		}
	}
	var r *awshttp.ResponseError
	if errors.As(err, &r) {
		f.RequestID = r.ServiceRequestID()
	}
	return f
}

// writeFault is toFault for a write: a failure that leaves open whether the write was carried out is
// "aws.answer-lost", and only that one; every other fault says that nothing was written.
func writeFault(err error, a *attempts) *fault.Error {
	f := toFault(err, a)
	if ambiguous(err, a) {
		f.Kind, f.Message = fault.Unavailable, fault.Msg("aws.answer-lost")
	}
	return f
}

func classify(err error, a *attempts) *fault.Error {
	var credentials *credentialsError
	var api smithy.APIError
	switch {
	case isEnded(err):
		return ended(err, a)
	case errors.As(err, &credentials):
		return credentialsFault(credentials)
	case errors.As(err, &api):
		return apiFault(err, api)
	case isThrottle(err):
		return fault.New(fault.Throttled, "aws.throttled")
	case statusOf(err) >= 500:
		return fault.New(fault.Unavailable, "aws.service")
	case isTimeout(err):
		return fault.New(fault.Unavailable, "aws.timeout")
	case statusOf(err) > 0:
		return fault.New(fault.Unavailable, "aws.undecodable", "Status", strconv.Itoa(statusOf(err)))
	case isNetwork(err):
		return fault.New(fault.Unavailable, "aws.unreachable")
	}
	return fault.New(fault.Internal, "aws.config")
}

// ended explains a call that its own caller, or our pace, ended.
func ended(err error, a *attempts) *fault.Error {
	switch {
	case a != nil && a.throttled.Load() != nil, errors.As(err, new(paceError)) && !errors.Is(err, context.Canceled):
		return fault.New(fault.Throttled, "aws.throttled")
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Unavailable, "aws.cancelled")
	}
	return fault.New(fault.Unavailable, "aws.timeout")
}

// credentialsFault explains why there are no credentials to sign with.
func credentialsFault(err *credentialsError) *fault.Error {
	var sso *ssocreds.InvalidTokenError
	var api smithy.APIError
	switch {
	case errors.As(err, &sso):
		return fault.New(fault.Unavailable, "aws.expired")
	case errors.As(err, &api) && slices.Contains(denials, api.ErrorCode()):
		return fault.New(fault.Denied, "aws.role-denied", "Action", operationOf(err))
	case errors.As(err, &api):
		return apiFault(err, api)
	case operationOf(err) != "" && isNetwork(err): // the service that gives out keys, not the instance metadata service
		return fault.New(fault.Unavailable, "aws.unreachable")
	}
	return fault.New(fault.Unavailable, "aws.no-credentials")
}

// apiFault maps by code, never by type: on many operations a code that the model does not list arrives as a generic error.
func apiFault(err error, api smithy.APIError) *fault.Error {
	code, action := api.ErrorCode(), operationOf(err)
	is := func(list []string) bool { return slices.Contains(list, code) }
	switch {
	case is(quotas):
		return fault.New(fault.Conflict, "aws.quota")
	case isThrottle(err):
		return fault.New(fault.Throttled, "aws.throttled")
	case is(denials):
		return fault.New(fault.Denied, "aws.denied", "Action", denied(api, action))
	case is(expiries):
		return fault.New(fault.Unavailable, "aws.expired")
	case is(clocks):
		return fault.New(fault.Unavailable, "aws.clock")
	case is(badKeys):
		return fault.New(fault.Unavailable, "aws.bad-credentials")
	case is(regions):
		return fault.New(fault.Denied, "aws.region-off")
	case is(conflicts):
		return said(fault.New(fault.Conflict, "aws.conflict"), api)
	}
	return flowFault(err, api, action)
}

var deniedAction = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)\b`)

// denied is the action that the service says is missing: an operation may need another than its own.
func denied(api smithy.APIError, own string) string {
	if m := deniedAction.FindStringSubmatch(api.ErrorMessage()); m != nil {
		return m[1]
	}
	return own
}

// flowFault maps what the service says of a flow or view, then whatever is left by its status.
func flowFault(err error, api smithy.APIError, action string) *fault.Error {
	var flow *types.InvalidContactFlowException
	var module *types.InvalidContactFlowModuleException
	status := statusOf(err)
	switch code := api.ErrorCode(); {
	case errors.As(err, &flow):
		f := fault.New(fault.Invalid, "aws.invalid-flow")
		f.Problems = problems(flow.Problems)
		return f
	case errors.As(err, &module):
		f := fault.New(fault.Invalid, "aws.invalid-flow")
		f.Problems = problems(module.Problems)
		return f
	case code == codeInvalid:
		return said(fault.New(fault.Invalid, "aws.invalid-flow"), api)
	case code == "ContactFlowNotPublishedException":
		return fault.New(fault.NotFound, "aws.not-published")
	case code == "DuplicateResourceException":
		return fault.New(fault.Conflict, "aws.name-taken")
	case status >= 500 || status == 0 || status == 408:
		return fault.New(fault.Unavailable, "aws.service")
	case code == "ResourceNotFoundException" || status == 404:
		return fault.New(fault.NotFound, "aws.not-found")
	case status == 401:
		return fault.New(fault.Unavailable, "aws.bad-credentials")
	case status == 403:
		return fault.New(fault.Denied, "aws.denied", "Action", action)
	}
	return said(fault.New(fault.Invalid, "aws.refused"), api)
}

// said keeps the service's own words as a problem.
func said(f *fault.Error, api smithy.APIError) *fault.Error {
	if m := api.ErrorMessage(); m != "" {
		f.Problems = []string{m}
	}
	return f
}

func problems(list []types.ProblemDetail) []string {
	out := make([]string, 0, len(list))
	for _, p := range list {
		if p.Message != nil {
			out = append(out, *p.Message)
		}
	}
	return out
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// statusOf is the HTTP status of the answer; 0 where none came.
func statusOf(err error) int {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

// isThrottle knows a throttle by its code, or by 429 with any code but a full quota's.
func isThrottle(err error) bool {
	code := codeOf(err)
	return slices.Contains(throttles, code) || statusOf(err) == 429 && !slices.Contains(quotas, code)
}

// isEnded says whether the caller's context, or our pace, ended the call: the HTTP client's own time limit does not count.
func isEnded(err error) bool {
	var cancelled *smithy.CanceledError
	return errors.As(err, &cancelled) || errors.As(err, new(paceError)) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*smithyhttp.RequestSendError)) && statusOf(err) == 0
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, new(*smithyhttp.RequestSendError)) || errors.As(err, &n)
}
