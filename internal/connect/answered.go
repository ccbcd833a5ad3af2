package connect

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// answered refuses a success without a body, which the SDK takes for one with nothing in it: a list would read as "none", and what depends on
// it would be judged as if nothing led there. A body that leaves a member out is the service's answer: it may omit empty lists.
//
// It stands between the HTTP client and every reading operation's own deserializer, and not around writes: some of those answer nothing.
func answered(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("wrapup/answered", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
		middleware.DeserializeOutput, middleware.Metadata, error,
	) {
		out, md, err := next.HandleDeserialize(ctx, in)
		r, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok || r.StatusCode < 200 || r.StatusCode >= 300 {
			return out, md, err
		}
		body := bufio.NewReader(r.Body)
		r.Body = buffered{body, r.Body}
		if isBlank(body) {
			return out, md, empty()
		}
		return out, md, nil
	}), middleware.After)
}

// isBlank says whether nothing but JSON's white space is left. It consumes that; what breaks off is for the decoder to complain about.
func isBlank(r *bufio.Reader) bool {
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return errors.Is(err, io.EOF)
		case !strings.ContainsRune(" \t\r\n", rune(b)):
			return r.UnreadByte() != nil // never, behind a byte that was read
		}
	}
}

// buffered is a body of which something was looked at.
type buffered struct {
	io.Reader
	io.Closer
}
