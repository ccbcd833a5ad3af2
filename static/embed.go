// Package static holds the style sheets, scripts and icons, and serves them under names that carry a hash of
// their content, so that a browser may keep them for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed css/*.css js/*.js *.svg
var files embed.FS

// Prefix is where Handler expects to be mounted.
const Prefix = "/static/"

type file struct {
	url, integrity, mime string
	plain                []byte
	zipped               func() []byte // made at the first request: starting does not wait for it
}

// assets are read once: byName for pages, byURL for requests.
var byName, byURL = mustRead(files)

func mustRead(fsys fs.FS) (map[string]*file, map[string]*file) {
	names, urls := map[string]*file{}, map[string]*file{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f := newFile(name, data)
		names[name], urls[f.url] = f, f
		return nil
	})
	if err != nil {
		panic("static: " + err.Error()) // embedded at build time
	}
	return names, urls
}

func newFile(name string, data []byte) *file {
	sum, sri := sha256.Sum256(data), sha512.Sum384(data)
	ext := path.Ext(name)
	f := &file{
		url:       Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext,
		integrity: "sha384-" + base64.StdEncoding.EncodeToString(sri[:]),
		mime:      map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}[ext],
		plain:     data,
	}
	f.zipped = sync.OnceValue(func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(data) // a bytes.Buffer takes everything
		_ = z.Close()
		return b.Bytes()
	})
	return f
}

// URL is the address of a file, with its hash; it panics for a name that is not embedded, which every page test would meet.
func URL(name string) string { return byName[name].url }

// Integrity is the file's sha384 for an integrity attribute.
func Integrity(name string) string { return byName[name].integrity }

// Handler serves the files below Prefix. Anything else there, an old hash included, is 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.mime)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := f.plain
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped()
		}
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // the client went away; there is nobody to tell
		}
	})
}
