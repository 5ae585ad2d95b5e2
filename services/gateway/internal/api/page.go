package api

import (
	"net/http"
	"strconv"
)

// Page is a document that is made for one person and one moment. Nobody keeps
// it, no other site may show it inside of its own, and no link on it says where
// it was followed from.
type Page []byte

// pagePolicy lets a page show text and its own styles, and send its form back
// to where it came from.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (a *API) page(w http.ResponseWriter, status int, id string, p Page) {
	a.open(w, id)
	h := w.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(p)))
	w.WriteHeader(status)
	_, _ = w.Write(p) // the reader may have left
}
