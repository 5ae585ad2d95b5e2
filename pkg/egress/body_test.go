package egress_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/egress"
)

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	answer := func(body, encoding string) *http.Response {
		return &http.Response{Header: http.Header{"Content-Encoding": {encoding}}, Body: io.NopCloser(strings.NewReader(body))}
	}
	if b, err := egress.ReadAll(answer("12345", ""), 5); err != nil || string(b) != "12345" {
		t.Errorf("exactly the limit: %q, %v", b, err)
	}
	if _, err := egress.ReadAll(answer("123456", ""), 5); !errors.Is(err, egress.ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
	if _, err := egress.ReadAll(answer("\x1f\x8b", "gzip"), 5); err == nil {
		t.Error("a compressed body was accepted")
	}
	if b, err := egress.ReadAll(answer("plain", "identity"), 5); err != nil || string(b) != "plain" {
		t.Errorf("identity: %q, %v", b, err)
	}
}
