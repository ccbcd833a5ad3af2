package static_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"wrapup/static"
)

func TestVendoredFilesAreAsListed(t *testing.T) {
	t.Parallel()
	list, err := os.Open("vendor.sha256")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	n := 0
	for s := bufio.NewScanner(list); s.Scan(); n++ {
		want, name, _ := strings.Cut(s.Text(), "  ")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not as vendored; run npm run vendor", name)
		}
	}
	if n < 4 {
		t.Errorf("the list names %d files", n)
	}
}

func get(t *testing.T, url string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	t.Parallel()
	t.Run("a file is kept for ever under its hashed name", func(t *testing.T) {
		t.Parallel()
		res := get(t, static.URL("css/base.css"))
		if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%d %s", res.StatusCode, res.Header.Get("Cache-Control"))
		}
		if got := res.Header.Get("Content-Type"); got != "text/css; charset=utf-8" {
			t.Error(got)
		}
	})
	t.Run("a browser that takes gzip gets it", func(t *testing.T) {
		t.Parallel()
		res := get(t, static.URL("js/htmx.min.js"), "Accept-Encoding", "gzip, br")
		if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Error(res.Header)
		}
	})
	for _, url := range []string{"/static/css/base.css", "/static/css/base.0000000000000000.css", "/static/../go.mod", "/static/"} {
		t.Run("there is nothing at "+url, func(t *testing.T) {
			t.Parallel()
			if res := get(t, url); res.StatusCode != http.StatusNotFound {
				t.Error(res.StatusCode)
			}
		})
	}
}
