package connectsim

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

// state is all there is, as text: also what a handler might change in place.
func (s *Sim) state() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b bytes.Buffer
	k := &keeper{known: map[string]bool{}}
	if err := k.dump(&b, &Sim{insts: s.insts, sessions: s.sessions}); err != nil {
		panic(err)
	}
	return b.String()
}

// little is a simulator with one record of each kind that fails the test when a handler panics.
func little(t testing.TB) *kept {
	k := &kept{t: t}
	log := slog.New(slog.NewTextHandler(noPanics{k}, &slog.HandlerOptions{Level: slog.LevelError}))
	k.Sim = New(Options{FlowQuota: 10_000, ViewQuota: 10_000, Log: log})
	k.fill()
	return k
}

type noPanics struct{ *kept }

func (k noPanics) Write(b []byte) (int, error) {
	k.t.Errorf("%.3000s", b)
	return len(b), nil
}

// refused says what is wrong with a refusal: it must be modelled, or that of the layers before the service.
func refused(op *operation, w *httptest.ResponseRecorder) string {
	code := w.Header().Get("X-Amzn-ErrorType")
	switch {
	case w.Code < 400 || w.Code >= 500:
		return "no refusal"
	case w.Header().Get("x-amzn-RequestId") == "":
		return "no request id"
	case op.query && strings.Contains(w.Body.String(), "<Code>"):
	case w.Code == http.StatusUnsupportedMediaType && code == "UnsupportedMediaTypeException":
	case !slices.Contains(op.errors, code):
		return "not modelled"
	case !json.Valid(w.Body.Bytes()):
		return "no JSON"
	}
	return ""
}

// garbled are versions of a JSON request that no operation takes.
func garbled(op *operation, body string) map[string]string {
	with := func(member string) string { return strings.Replace(body, "{", "{"+member+",", 1) }
	g := map[string]string{
		"two of them":             body + body,
		"rubbish after it":        body + "x",
		"a list of it":            "[" + body + "]",
		"a string of it":          quoted(body),
		"a mark before it":        "\ufeff" + body,
		"one quote less":          strings.Replace(body, `"`, "", 1),
		"bytes that are no UTF-8": with("\"\xff\":1"),
		"an endless number":       with(`"n":1e`),
		"depth":                   with(`"Deep":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)),
		"open depth":              strings.Repeat(`{"a":`, 100_000),
		"too many bytes":          with(`"Padding":"` + strings.Repeat("x", maxBody) + `"`),
		"too much of nothing":     strings.Repeat(" ", maxBody) + body,
		"NULs":                    strings.Repeat("\x00", 100),
		"UTF-16":                  string(utf16Bytes(body)),
		"gzip":                    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff",
		"XML":                     "<xml/>",
		"a form":                  "Name=x&Content=y",
	}
	if op.name == "CreateView" {
		g["ten megabytes"] = with(`"Padding":"` + strings.Repeat("x", 10_000_000) + `"`)
	}
	for i := 1; i < 8; i++ {
		g[fmt.Sprintf("%d/8 of it", i)] = body[:len(body)*i/8]
	}
	var doc map[string]any
	_ = json.Unmarshal([]byte(body), &doc)
	for _, m := range op.in {
		if _, ok := doc[m.wire]; m.in != inBody || !ok {
			continue
		}
		s := m.shape
		needs := slices.ContainsFunc(s.members, func(m member) bool { return m.required })
		for name, v := range map[string]any{"text": "?", "number": 1.5, "truth": true, "list": []any{map[string]any{}}, "object": map[string]any{"?": []any{}},
			"null": nil} {
			taken := map[string]bool{"text": s.kind == kindText && s.enum == nil, "truth": s.kind == kindBool, "null": !m.required, "object": s.kind == kindObject && !needs}
			if !taken[name] {
				n := map[string]any{}
				for k, x := range doc {
					n[k] = x
				}
				n[m.wire] = v
				g[m.wire+" of type "+name] = string(encodeJSON(n))
			}
		}
	}
	return g
}

func utf16Bytes(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func TestGarbledWritesAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, tried := little(t), 0
			k.first = func(op, method, path, body string) {
				if op != name || !strings.HasPrefix(body, "{") || tried > 0 {
					return
				}
				before := k.state()
				for what, bad := range garbled(operations().named[op], body) {
					tried++
					w := k.send(method, path, bad)
					if fault := refused(operations().named[op], w); fault != "" {
						t.Errorf("%s: %d %s %.200s: %s", what, w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body, fault)
					}
					if after := k.state(); after != before {
						t.Fatalf("%s has changed\n%.1000s\nto\n%.1000s", what, before, after)
					}
				}
				for _, kind := range []string{"", "text/plain", "application/xml", "application/json; charset", "multipart/form-data; boundary=x", "application/jsonx", "\x00"} {
					r := k.request(method, path, body)
					r.Header.Set("Content-Type", kind)
					w := httptest.NewRecorder()
					if k.ServeHTTP(w, r); w.Code != http.StatusUnsupportedMediaType || k.state() != before {
						t.Errorf("content type %q: %d", kind, w.Code)
					}
				}
			}
			write(k)
			if has := operations().named[name]; tried == 0 && slices.ContainsFunc(has.in, func(m member) bool { return m.in == inBody }) {
				t.Error("nothing was tried")
			}
		})
	}
}

func TestGarbledReadsAreRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"SearchContactFlows": `{"InstanceId":"` + firstInstance + `","MaxResults":1,"NextToken":"x","SearchFilter":{"TagFilter":{"TagCondition":{"TagKey":"a"}}},
			"SearchCriteria":{"TypeCondition":"CAMPAIGN"}}`,
		"ListPhoneNumbersV2": `{"InstanceId":"` + firstInstance + `","MaxResults":1,"PhoneNumberTypes":["DID"],"PhoneNumberCountryCodes":["US"],
			"PhoneNumberPrefix":"+1"}`,
		"BatchGetFlowAssociation": `{"ResourceIds":["x"],"ResourceType":"VOICE_PHONE_NUMBER"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := little(t)
			op := operations().named[name]
			before, path := k.state(), strings.Replace(op.path, "{InstanceId}", firstInstance, 1)
			for what, bad := range garbled(op, body) {
				w := k.send(op.method, path, bad)
				if strings.HasSuffix(what, "null") { // all of them but one operation's are optional
					continue
				}
				if fault := refused(op, w); fault != "" {
					t.Errorf("%s: %d %.200s: %s", what, w.Code, w.Body, fault)
				}
			}
			if k.state() != before {
				t.Error("the state has changed")
			}
		})
	}
}

// measured counts what is read of a body without an end.
type measured struct{ n int }

// blank is copied: set byte by byte, the race detector looks at each.
var blank = strings.Repeat(" ", 64<<10)

func (m *measured) Read(b []byte) (int, error) {
	n := copy(b, blank)
	m.n += n
	return n, nil
}

func TestABodyWithoutEndIsNotRead(t *testing.T) {
	t.Parallel()
	k := little(t)
	for _, op := range operations().list {
		path := op.path
		for _, p := range op.parts {
			if strings.HasPrefix(p, "{") {
				path = strings.Replace(path, p, "x", 1)
			}
		}
		if op.query {
			path = "/?Action=" + op.name + "&Version=2011-06-15"
		}
		endless := new(measured)
		r := k.request(op.method, path, "")
		r.Body = io.NopCloser(endless)
		w := httptest.NewRecorder()
		if k.ServeHTTP(w, r); refused(op, w) != "" && !op.query || endless.n > 2*maxBody {
			t.Errorf("%s: %d %s after %d bytes: %s", op.name, w.Code, w.Header().Get("X-Amzn-ErrorType"), endless.n, refused(op, w))
		}
	}
}

func TestTricksWithPathsFindAndChangeNothing(t *testing.T) {
	t.Parallel()
	k := little(t)
	in := k.insts[0]
	f, v := in.flows.list[0].ID, in.views.list[0].ID
	arn := url.QueryEscape(in.flowARN(f))
	srv := httptest.NewServer(k)
	defer srv.Close()
	before := k.state()
	for _, path := range []string{
		"/contact-flows/{in}/{f}/", "/contact-flows/{in}//{f}", "//contact-flows/{in}/{f}", "/contact-flows/./{in}/{f}",
		"/contact-flows/{in}/x/../{f}", "/contact-flows/{in}/x/%2e%2e/{f}", "/contact-flows/{in}%2F{f}", "/contact-flows%2F{in}/{f}",
		"/contact-flows/{in}/{f}%2F", "/contact-flows/{in}/%2F{f}", "/contact-flows/{in}/{f}%252F", "/contact-flows/{in}/..%2F{f}",
		"/contact-flows/{in}/..%252F{f}", "/contact-flows/{in}/{f}%00", "/contact-flows/{in}/%00{f}", "/contact-flows/{in}/{f}%20",
		"/contact-flows/{in}/{f};x", "/contact-flows/{in}/{f}%3A", "/contact-flows/{in}/{f}:1", "/contact-flows/{in}/{f}:live",
		"/contact-flows/{in}/{f}:%24SAVED:1", "/contact-flows/{in}/{f}%0D%0AX:y", "/contact-flows/{in}/%ff",
		"/contact-flows/{in}/" + strings.Repeat("%2F", 400), "/contact-flows/" + strings.Repeat("../", 400) + "{f}",
		"/contact-flows/{in}/" + strings.Repeat("a", 5000), "/contact-flows/{in}/", "/contact-flows/{in}", "/contact-flows//{f}",
		"/contact-flows/%20{in}/{f}", "/contact-flows/" + strings.Repeat("a", 101) + "/{f}", "/CONTACT-FLOWS/{in}/{f}",
		"/contact-flows/{in}/{arn}:1", "/contact-flows/{in}/arn:aws:connect", "/contact-flows/" + secondInstance + "/{f}",
		"/contact-flows/" + secondInstance + "/{arn}", "/contact-flow-modules/{in}/{f}", "/views/{in}/{f}", "/views/{in}/{v}%2F..",
		"/views/{in}/{v}:7", "/views/{in}/{v}/", "/views/{in}/..%2F..%2Fviews%2F{in}%2F{v}", "/views/{in}/{v}/versions/1/",
		"/views/{in}/{v}/versions/%31%2F", "/views/{in}/{v}/versions/1e0", "/views/{in}/{v}/versions/0x1",
		"/views/{in}/{v}/versions/99999999999999999999", "/views/{in}/{v}/versions/-1", "/contact-flows/{in}/{f}/version/1",
		"/contact-flows/{in}/{f}/version/", "/tags", "/tags/", "/tags/%2F?tagKeys=a", "/tags/x?tagKeys=a", "/tags/{arn}/?tagKeys=a",
		"/tags/{arn}%2F?tagKeys=a", "/tags/{arn}:1?tagKeys=a", "/tags/..%2F{arn}?tagKeys=a",
		"/tags/" + url.QueryEscape(url.QueryEscape(in.flowARN(f))) + "?tagKeys=a", "/tags/{arn}", "/tags/{arn}?tagKeys=",
		"/tags/{arn}?tagKeys=%ff", "/tags/{arn}?tagKeys=%zz", "/tags/{arn}?tagKeys=a;b", "/tags/{arn}?tagKeys=aws:x",
		"/tags/{arn}?" + strings.Repeat("tagKeys=a&", 51), "/tags/{arn}?" + strings.Repeat("tagKeys=a&", 3000), "/instance/{in}/x/y/z", "/",
		"*", "/%", "/.", "/..", "/%2e%2e/%2e%2e/etc/passwd", "/\\contact-flows\\{in}", "/_connectsim/faults",
		"http://evil.example/contact-flows/{in}/x",
	} {
		path = strings.NewReplacer("{in}", firstInstance, "{f}", f, "{v}", v, "{arn}", arn).Replace(path)
		status, code := k.dial(srv, "DELETE "+path+" HTTP/1.1\r\nHost: h\r\nAuthorization: "+anyone+"\r\n\r\n")
		switch {
		case status == 400 && code == "" && (strings.Contains(path, "%zz") || strings.HasSuffix(path, "%")): // net/http's own
		case status < 400 || status > 501 || status == 500 || code == "" && path != "/":
			t.Errorf("%.200s: %d %s", path, status, code)
		}
		if k.state() != before {
			t.Fatalf("%.200s has changed the state", path)
		}
	}
}

const anyone = "AWS4-HMAC-SHA256 Credential=KEY/20261122/us-east-1/connect/aws4_request, SignedHeaders=host, Signature=0"

// dial sends bytes to a server, ends its side of the connection and reads one answer; status 0 is none.
func (k *kept) dial(srv *httptest.Server, bytes string) (status int, code string) {
	k.t.Helper()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		k.t.Fatal(err)
	}
	defer c.Close()
	go func() {
		_, _ = io.WriteString(c, bytes) // a server that has heard enough hangs up
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType")
}

func TestGarbageInHeadersChangesNothing(t *testing.T) {
	t.Parallel()
	k := little(t)
	srv := httptest.NewServer(k)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	defer srv.Close()
	before := k.state()
	body := `{"Name":"n","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x"}`
	line := "PUT /contact-flows/" + firstInstance + " HTTP/1.1\r\n"
	length := "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	head := line + "Host: h\r\nContent-Type: application/json\r\n"
	signed := head + "Authorization: " + anyone + "\r\n"
	for name, x := range map[string]struct {
		request string
		status  []int // 0: cut off without an answer
	}{
		"no signature":                   {head + length + "\r\n" + body, []int{403}},
		"another kind of signature":      {head + "Authorization: Basic eDp5\r\n" + length + "\r\n" + body, []int{403}},
		"half a signature":               {head + "Authorization: AWS4-HMAC-SHA256 Credential=\r\n" + length + "\r\n" + body, []int{403}},
		"a scope of slashes":             {head + "Authorization: AWS4-HMAC-SHA256 Credential=" + strings.Repeat("/", 5000) + "\r\n" + length + "\r\n" + body, []int{403}},
		"a Region that is not there":     {head + "Authorization: AWS4-HMAC-SHA256 Credential=K/1/mars-north-1/connect/aws4_request\r\n" + length + "\r\n" + body, []int{404}},
		"two content types":              {signed + "Content-Type: text/plain\r\n" + length + "\r\n" + body, []int{200}}, // the first counts
		"a megabyte of header":           {signed + "X-Long: " + strings.Repeat("x", 2<<20) + "\r\n" + length + "\r\n" + body, []int{431, 0}},
		"a hundred thousand headers":     {signed + strings.Repeat("X: y\r\n", 400_000) + length + "\r\n" + body, []int{431, 0}},
		"a NUL":                          {signed + "X: a\x00b\r\n" + length + "\r\n" + body, []int{400}},
		"a name with a space":            {signed + "X y: z\r\n" + length + "\r\n" + body, []int{400}},
		"no host":                        {strings.Replace(signed, "Host: h\r\n", "", 1) + length + "\r\n" + body, []int{400}},
		"two hosts":                      {signed + "Host: other\r\n" + length + "\r\n" + body, []int{400}},
		"two lengths":                    {signed + length + "Content-Length: 3\r\n\r\n" + body, []int{400}},
		"a length below 0":               {signed + "Content-Length: -1\r\n\r\n" + body, []int{400}},
		"a length beyond all":            {signed + "Content-Length: 99999999999999999999\r\n\r\n" + body, []int{400}},
		"a longer body than is there":    {signed + "Content-Length: 5000\r\n\r\n" + body, []int{400}},
		"a length of 10 MB, no body":     {signed + "Content-Length: 10000000\r\n\r\n", []int{400}},
		"a shorter body than is there":   {signed + "Content-Length: 20\r\n\r\n" + body, []int{400}},
		"chunks without an end":          {signed + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(body), body), []int{400}},
		"a chunk of no length":           {signed + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body + "\r\n0\r\n\r\n", []int{400}},
		"an unknown transfer encoding":   {signed + "Transfer-Encoding: gzip\r\n\r\n" + body, []int{501}},
		"an unknown expectation":         {signed + "Expect: miracles\r\n" + length + "\r\n" + body, []int{417}},
		"another version of HTTP":        {strings.Replace(signed, "HTTP/1.1", "HTTP/9.9", 1) + length + "\r\n" + body, []int{505}},
		"no HTTP":                        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", []int{400, 0}},
		"nothing":                        {"", []int{0, 400}},
		"an answer in place of a header": {"HTTP/1.1 200 OK\r\n\r\n", []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			status, code := k.dial(srv, x.request)
			if !slices.Contains(x.status, status) {
				t.Errorf("%d %s", status, code)
			}
			if changed := k.state() != before; changed != (status == http.StatusOK) {
				t.Errorf("answered %d; the state has changed: %v", status, changed)
			}
			before = k.state()
		})
	}
}

func TestTruncatedWritesChangeNothing(t *testing.T) {
	t.Parallel()
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := little(t)
			srv := httptest.NewServer(k)
			defer srv.Close()
			k.first = func(op, method, path, body string) {
				if op != name || !strings.HasPrefix(body, "{") || len(body) < 3 {
					return
				}
				before := k.state()
				path = strings.ReplaceAll(path, "{in}", firstInstance)
				for _, n := range []int{0, 1, len(body) / 2, len(body) - 1} {
					status, code := k.dial(srv, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"+
						"Authorization: %s\r\nContent-Length: %d\r\n\r\n%s", method, path, anyone, len(body), body[:n]))
					if status != 400 || !slices.Contains(operations().named[op].errors, code) || k.state() != before {
						t.Errorf("%d of %d bytes: %d %s", n, len(body), status, code)
					}
				}
			}
			write(k)
		})
	}
}

func TestThousandsOfTagsAreRefused(t *testing.T) {
	t.Parallel()
	k := little(t)
	tags := func(from, to int) string {
		m := map[string]string{}
		for i := from; i < to; i++ {
			m[fmt.Sprintf("key %d", i)] = "v"
		}
		return string(encodeJSON(m))
	}
	flow := url.PathEscape(k.insts[0].flowARN(k.insts[0].flows.list[0].ID))
	before := k.state()
	for _, n := range []int{51, 5000} {
		for _, x := range []struct{ op, method, path, body string }{
			{"CreateContactFlow", "PUT", "/contact-flows/{in}", `{"Name":"n","Type":"CONTACT_FLOW","Status":"SAVED","Content":"x","Tags":` + tags(0, n) + `}`},
			{"CreateContactFlowModule", "PUT", "/contact-flow-modules/{in}", `{"Name":"n","Content":"x","Tags":` + tags(0, n) + `}`},
			{"CreateView", "PUT", "/views/{in}", `{"Name":"n","Status":"SAVED","Content":{"Template":"{}","Actions":[]},"Tags":` + tags(0, n) + `}`},
			{"TagResource", "POST", "/tags/" + flow, `{"tags":` + tags(0, n) + `}`},
			{"UntagResource", "DELETE", "/tags/" + flow + "?" + strings.Repeat("tagKeys=a&", n), ""},
		} {
			if w := k.send(x.method, x.path, x.body); refused(operations().named[x.op], w) != "" || k.state() != before {
				t.Errorf("%s with %d: %d %.200s", x.op, n, w.Code, w.Body)
			}
		}
	}
	k.do("POST", "/tags/"+flow, `{"tags":`+tags(0, 50)+`}`)
	before = k.state()
	if w := k.send("POST", "/tags/"+flow, `{"tags":`+tags(50, 51)+`}`); refused(operations().named["TagResource"], w) != "" || k.state() != before {
		t.Error("a tag too many:", w.Code, w.Body)
	}
}

// Eight writers on the same three resources and on others of their own, and readers: each copy that is read is one that
// somebody wrote, with its own hash, and all is in order afterwards.
func TestConcurrentWritersLeaveNothingInHalf(t *testing.T) {
	t.Parallel()
	k := little(t)
	flow, module, view := k.flow("shared", campaign, ""), k.module("shared"), k.view("shared", "PUBLISHED")
	arns := k.arns()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 25 {
				n := fmt.Sprintf("%d %d", i, j)
				content := strings.Replace(plainFlow, `"Metadata":{}`, `"Metadata":{"by":"`+n+strings.Repeat(" ", 100*i)+`"}`, 1)
				template := strings.Replace(plainView, `"Confirmation"`, `"`+n+`"`, 1)
				for _, x := range []struct{ method, path, body string }{
					{"POST", "/contact-flows/{in}/" + flow + "/content", `{"Content":` + quoted(content) + `}`},
					{"POST", "/contact-flows/{in}/" + flow + ":$SAVED/content", `{"Content":` + quoted(content+" ") + `}`},
					{"PUT", "/contact-flows/{in}/" + flow + "/version", `{}`},
					{"DELETE", "/contact-flows/{in}/" + flow + "/version/" + strconv.Itoa(j*4+1), ""},
					{"POST", "/contact-flows/{in}/" + flow + "/name", `{"Name":"shared ` + n + `"}`},
					{"PUT", "/contact-flows/{in}", `{"Name":"new ` + strconv.Itoa(j) + `","Type":"CONTACT_FLOW","Content":` + quoted(content) + `}`},
					{"POST", "/contact-flow-modules/{in}/" + module + ":$SAVED/content", `{"Content":` + quoted(content) + `,"Settings":"{}"}`},
					{"POST", "/views/{in}/" + view, `{"Status":"PUBLISHED","Content":{"Actions":["Next"],"Template":` + quoted(template) + `}}`},
					{"PUT", "/views/{in}/" + view + "/versions", `{}`},
					{"POST", "/views/{in}/" + view + "/metadata", `{"Name":"shared ` + n + `"}`},
					{"PUT", "/views/{in}", `{"Name":"own ` + n + `","Status":"SAVED","Content":{"Actions":[],"Template":"{}"}}`},
					{"POST", "/tags/" + url.PathEscape(arns[j%len(arns)]), `{"tags":{"k` + strconv.Itoa(j%7) + `":"` + n + `"}}`},
					{"DELETE", "/tags/" + url.PathEscape(arns[j%len(arns)]) + "?tagKeys=k1", ""},
				} {
					w := k.send(x.method, x.path, x.body)
					if op, _ := operations().route(x.method, strings.Replace(strings.Split(x.path, "?")[0], "{in}", firstInstance, 1)); w.Code != 200 && refused(op, w) != "" {
						t.Errorf("%s: %d %s", op.name, w.Code, w.Body)
					}
				}
				for _, qualifier := range []string{"", ":$SAVED"} {
					var got struct {
						ContactFlow struct{ Content, FlowContentSha256 string }
					}
					w := k.send("GET", "/contact-flows/{in}/"+flow+qualifier, "")
					_ = json.Unmarshal(w.Body.Bytes(), &got)
					sum := sha256.Sum256([]byte(got.ContactFlow.Content))
					if w.Code != 200 || hex.EncodeToString(sum[:]) != got.ContactFlow.FlowContentSha256 || !json.Valid([]byte(got.ContactFlow.Content)) {
						t.Errorf("read %d %.300s", w.Code, w.Body)
					}
				}
			}
		})
	}
	wait.Wait()
	in := k.insts[0]
	inOrder(t, &in.flows)
	inOrder(t, &in.modules)
	inOrder(t, &in.views)
	if n := len(in.views.list); n != 2+8*25 {
		t.Errorf("%d views", n)
	}
	if f := in.flows.get(flow); f.LastVersion != 8*25 || !slices.IsSortedFunc(f.Versions, func(a, b flowVersion) int { return a.Number - b.Number }) {
		t.Errorf("%d versions of the flow were numbered", f.LastVersion)
	}
}

func inOrder[T record](t *testing.T, s *shelf[T]) {
	t.Helper()
	if len(s.at) != len(s.list) || len(s.named) != len(s.list) {
		t.Errorf("%d records, %d ids, %d names", len(s.list), len(s.at), len(s.named))
	}
	for i, r := range s.list {
		if s.at[r.key()] != i || s.named[r.label()] != r.key() {
			t.Errorf("%s %q is not where it should be", r.key(), r.label())
		}
	}
}
