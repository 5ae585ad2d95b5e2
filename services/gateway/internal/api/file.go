package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// File is a body that is the same for everybody until the next release.
type File struct {
	ContentType string
	// Policy is the Content-Security-Policy of a page; empty for what is none.
	Policy string

	packed []byte
	tag    string
}

// NewFile packs a body once.
func NewFile(contentType string, body []byte) File {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return PackedFile(contentType, packed.Bytes())
}

// PackedFile is a body that comes as gzip.
func PackedFile(contentType string, packed []byte) File {
	sum := sha256.Sum256(packed)
	return File{ContentType: contentType, packed: packed, tag: hex.EncodeToString(sum[:16])}
}

// plain is the body as it was before it was packed.
func (f File) plain() []byte {
	r, err := gzip.NewReader(bytes.NewReader(f.packed))
	if err != nil {
		panic("api: a file is not packed: " + err.Error()) // a mistake in this repository
	}
	body, err := io.ReadAll(r)
	if err != nil {
		panic("api: a file cannot be unpacked: " + err.Error())
	}
	return body
}

// file sends a body that may be kept, packed for those who unpack it, and not at
// all to those who hold it.
func (a *API) file(w http.ResponseWriter, r *http.Request, status int, id string, f File) int {
	packed := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	tag := strconv.Quote(f.tag)
	if packed {
		tag = strconv.Quote(f.tag + "-gzip")
	}
	_ = http.NewResponseController(w).SetWriteDeadline(a.Now().Add(slowest))
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", tag)
	if f.Policy != "" {
		h.Set("Content-Security-Policy", f.Policy)
	}
	if holds(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	}
	body := f.packed
	if packed {
		h.Set("Content-Encoding", "gzip")
	} else {
		body = f.plain()
	}
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may have left
	return status
}
