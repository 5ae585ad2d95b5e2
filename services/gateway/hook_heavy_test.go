package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// unended sends a large body except for its last byte, which waits.
func unended(size int, last <-chan struct{}) with {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, size-1)), waiting{last})), int64(size)
	}
}

// waiting is one byte that comes when its time has come.
type waiting struct{ until <-chan struct{} }

func (w waiting) Read(p []byte) (int, error) {
	<-w.until
	p[0] = 'x'
	return 1, io.EOF
}

func TestLargeForgeriesDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	var paths []string
	for _, name := range []string{"one", "other"} {
		id := ws1.made(http.MethodPut, "/triggers/"+name, `{"kind":"github","graph":"echo"}`).field("id").(string)
		ws1.knows(id, "sesame")
		paths = append(paths, "/api/v1/hooks/"+id)
	}
	const size = 25 << 20
	forged := header("X-Hub-Signature-256", "sha256=00")
	last, answers := make(chan struct{}), make(chan *reply, 4)
	for range cap(answers) {
		go func() { answers <- ws1.g.do(http.MethodPost, paths[0], "", forged, unended(size, last)) }()
	}
	// Two have room beside each other. Nobody has sent the whole yet.
	for range 2 {
		got := (<-answers).is(http.StatusServiceUnavailable)
		if got.header.Get("Retry-After") == "" {
			t.Errorf("one too many is told %v", got.header)
		}
	}
	// Neither another trigger nor a body of the usual size is in their way.
	ws1.g.do(http.MethodPost, paths[1], "", forged, unended(size, closed())).is(http.StatusUnauthorized)
	ws1.g.do(http.MethodPost, paths[0], `{}`, signedAs("github", "sesame", `{}`), header("X-GitHub-Event", "push")).is(http.StatusAccepted)
	close(last)
	for range 2 {
		(<-answers).is(http.StatusUnauthorized)
	}
	// The room is free again.
	for i := range 4 {
		got := ws1.g.do(http.MethodPost, paths[0], "", header("X-Hub-Signature-256", fmt.Sprintf("sha256=0%d", i)), unended(size, closed()))
		got.is(http.StatusUnauthorized)
	}
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
