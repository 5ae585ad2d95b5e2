package model

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is the size of a model's answer in bytes, whatever it says.
const maxAnswer = 1 << 20

var errAnswerTooLarge = errors.New("the model's answer is larger than 1 MiB")

// wire is one call's way through the HTTP client: it adds the call's headers,
// bounds the answer, and keeps what the library forgets.
type wire struct {
	client  *http.Client
	headers map[string]string
	key     string

	asked    bool
	answered bool
	after    time.Duration
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	for name, value := range w.headers {
		r.Header.Set(name, value)
	}
	w.asked = true
	resp, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	w.answered = true
	w.after = RetryAfter(resp.Header)
	resp.Body = &bounded{ReadCloser: resp.Body, left: maxAnswer}
	return resp, nil
}

// hide takes the key out of a text that the server wrote, before it is cut:
// half a key would not be found.
func (w *wire) hide(text string) string {
	if w.key == "" {
		return text
	}
	return strings.ReplaceAll(text, w.key, "[secret]")
}

// RetryAfter reads how long a server asks its callers to wait, from seconds or
// from a date; zero when it does not say.
func RetryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 86400)) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	// A date is a moment by the server's clock, and so is Date: the distance
	// between the two needs no clock of ours.
	sent, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(at.Sub(sent), 0), 24*time.Hour)
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
