package model

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer is the size of a model's answer in bytes, whatever it says. One that
// is streamed is wrapped piece by piece, so its bytes on the wire may be more.
const (
	maxAnswer = 1 << 20
	maxStream = 32 << 20
)

var errAnswerTooLarge = errors.New("the model's answer is larger than 1 MiB")

// wire is one call's way through the HTTP client: it adds the call's headers,
// bounds the answer, and keeps what the library forgets.
type wire struct {
	client  *http.Client
	headers map[string]string
	key     string
	streams bool

	asked    bool
	answered bool
	after    time.Duration
	// whole says that a server answered in one piece although it was asked to
	// stream.
	whole bool
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	for name, value := range w.headers {
		// Under its canonical name the HTTP client takes the key for leave to
		// send the request again by itself when a kept connection breaks. Each
		// question costs money, so who asks again is whoever counts.
		r.Header[strings.ToLower(name)] = []string{value}
	}
	w.asked = true
	resp, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	w.answered = true
	w.after = Reset(resp.Header)
	switch {
	case !w.streams:
		resp.Body = &bounded{ReadCloser: resp.Body, left: maxAnswer}
	case isStream(resp):
		resp.Body = &bounded{ReadCloser: resp.Body, left: maxStream}
	case resp.StatusCode == http.StatusOK:
		w.whole = true
		resp.Body, err = asStream(&bounded{ReadCloser: resp.Body, left: maxAnswer})
	default:
		resp.Body = &bounded{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, err
}

// hide takes the key out of a text that the server wrote, before it is cut:
// half a key would not be found.
func (w *wire) hide(text string) string {
	if w.key == "" {
		return text
	}
	return strings.ReplaceAll(text, w.key, "[secret]")
}

// bounded is a body that ends with an error where it becomes too long.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errAnswerTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return n, errAnswerTooLarge
	}
	return n, err
}

// reason is the cause of a failed call without its URL.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
