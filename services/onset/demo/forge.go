package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

//go:embed forge
var repository embed.FS

// The repository that the forge holds.
const (
	forgeRepo = "/repos/nordlicht-books/checkout"
	forgePage = "https://github.com/nordlicht-books/checkout"
)

// forge is the world around the pull-request-review sample: as much of GitHub's
// REST API as a reviewer needs, for one repository. It refuses what GitHub
// refuses, and forgets its reviews at the end of the process.
type forge struct {
	now      func() time.Time
	pulls    map[string][]changedFile
	contents map[string]string

	mu       sync.Mutex
	reviews  map[string][]review
	comments map[string][]comment
	said     map[string]int
}

// changedFile is an entry of "List pull requests files".
type changedFile struct {
	SHA         string `json:"sha"`
	Filename    string `json:"filename"`
	Status      string `json:"status"`
	Additions   int    `json:"additions"`
	Deletions   int    `json:"deletions"`
	Changes     int    `json:"changes"`
	BlobURL     string `json:"blob_url"`
	RawURL      string `json:"raw_url"`
	ContentsURL string `json:"contents_url"`
	Patch       string `json:"patch"`
}

func newForge(now func() time.Time) (*forge, error) {
	f := &forge{now: now, reviews: map[string][]review{}, comments: map[string][]comment{}, said: map[string]int{}}
	for file, into := range map[string]any{"forge/pulls.json": &f.pulls, "forge/contents.json": &f.contents} {
		raw, err := repository.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return f, nil
}

func (f *forge) register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+forgeRepo+"/pulls/{number}/files", f.known(f.files))
	mux.HandleFunc("GET "+forgeRepo+"/pulls/{number}/reviews", f.known(f.listReviews))
	mux.HandleFunc("POST "+forgeRepo+"/pulls/{number}/reviews", f.known(f.review))
	mux.HandleFunc("GET "+forgeRepo+"/pulls/{number}/comments", f.known(f.listFindings))
	mux.HandleFunc("GET "+forgeRepo+"/issues/{number}/comments", f.known(f.listComments))
	mux.HandleFunc("POST "+forgeRepo+"/issues/{number}/comments", f.known(f.comment))
	mux.HandleFunc("GET "+forgeRepo+"/contents/{path...}", f.content)
	mux.HandleFunc("/repos/", func(w http.ResponseWriter, _ *http.Request) { f.refuse(w, http.StatusNotFound, "Not Found") })
}

// known lets those in who brought a token and ask for a pull request that
// exists.
func (f *forge) known(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !hasToken(r) {
			f.refuse(w, http.StatusUnauthorized, "Bad credentials")
			return
		}
		if _, ok := f.pulls[r.PathValue("number")]; !ok {
			f.refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		next(w, r)
	}
}

func hasToken(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (f *forge) files(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, f.pulls[r.PathValue("number")])
}

// content is a file as text: what GitHub answers to its "raw" media type.
func (f *forge) content(w http.ResponseWriter, r *http.Request) {
	text, ok := f.contents[r.PathValue("path")]
	switch {
	case !hasToken(r):
		f.refuse(w, http.StatusUnauthorized, "Bad credentials")
	case !ok:
		f.refuse(w, http.StatusNotFound, "Not Found")
	default:
		w.Header().Set("Content-Type", "application/vnd.github.raw+json; charset=utf-8")
		_, _ = w.Write([]byte(text)) // a caller that hung up is no failure of ours
	}
}

// refuse answers an error in GitHub's shape.
func (f *forge) refuse(w http.ResponseWriter, status int, message string, errors ...string) {
	body := map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": fmt.Sprint(status)}
	if len(errors) > 0 {
		body["errors"] = errors
	}
	answer(w, status, body)
}

// id counts what was said of a pull request: 412001, 412002 …
func (f *forge) id(number string) string {
	f.said[number]++
	return fmt.Sprintf("%s%03d", number, f.said[number])
}
