package connectsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// tokenLife is how long a page token is good for (best practices for the Connect APIs).
const tokenLife = 24 * time.Hour

// pageToken is what an opaque NextToken holds: the last item given, where it stood, and the request it belongs to.
type pageToken struct {
	After   string `json:"a"`
	Index   int    `json:"i"`
	Request []byte `json:"r"`
	Expires int64  `json:"e"`
}

// page cuts the asked page out of a list. The list's order must not change between calls, but items may come and go.
func page[T any](c *call, all []T, size int, id func(T) string) (items []T, next string, fault *apiError) {
	return cut(c, all, size, id, func(t pageToken) int {
		if i := slices.IndexFunc(all, func(x T) bool { return id(x) == t.After }); i >= 0 {
			return i + 1
		}
		return t.Index // the item is gone: what stood behind it stands in its place
	})
}

// sortedPage is page for a list that ascends by unique keys: an item may also be renamed, or come before the page.
func sortedPage[T any](c *call, all []T, size int, key func(T) string) (items []T, next string, fault *apiError) {
	return cut(c, all, size, key, func(t pageToken) int {
		return sort.Search(len(all), func(i int) bool { return key(all[i]) > t.After })
	})
}

// newestFirst is the key by which a list of numbered versions ascends when the newest comes first.
func newestFirst(number int) string { return fmt.Sprintf("%010d", math.MaxInt32-number) }

func cut[T any](c *call, all []T, size int, id func(T) string, from func(pageToken) int) (items []T, next string, fault *apiError) {
	start, fault := c.start(from)
	if fault != nil {
		return nil, "", fault
	}
	start = min(start, len(all))
	end := min(start+c.in.number("MaxResults", size), len(all))
	items = append([]T{}, all[start:end]...)
	if end < len(all) {
		next = c.token(pageToken{After: id(all[end-1]), Index: end - 1, Expires: c.now.Add(tokenLife).Unix()})
	}
	return items, next, nil
}

// start reads NextToken. A foreign, changed or invented token is refused as a parameter; an expired one with the code
// that the best practices name.
func (c *call) start(at func(pageToken) int) (int, *apiError) {
	given := c.in.text("NextToken")
	if given == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(given)
	var t pageToken
	if err != nil || len(raw) < macSize || !hmac.Equal(mac(raw[macSize:]), raw[:macSize]) || json.Unmarshal(raw[macSize:], &t) != nil {
		return 0, c.op.invalid("NextToken is not one of ours")
	}
	if !hmac.Equal(t.Request, c.fingerprint()) {
		return 0, c.op.invalid("NextToken belongs to another request")
	}
	if c.now.Unix() >= t.Expires {
		return 0, fail("InvalidToken", "NextToken has expired")
	}
	return at(t), nil
}

func (c *call) token(t pageToken) string {
	t.Request = c.fingerprint()
	raw := encodeJSON(t)
	return base64.RawURLEncoding.EncodeToString(append(mac(raw), raw...))
}

const macSize = 8

// mac makes invented tokens fail; it guards no secret, so its key may stand here.
func mac(b []byte) []byte {
	h := hmac.New(sha256.New, []byte("connectsim page token"))
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

// fingerprint of the request without its paging members: a token is bound to all the others and to the caller.
func (c *call) fingerprint() []byte {
	in := values{}
	for k, v := range c.in {
		if k != "NextToken" && k != "MaxResults" {
			in[k] = v
		}
	}
	sum := sha256.Sum256(encodeJSON([]any{c.op.name, c.account, c.region, in}))
	return sum[:12]
}
