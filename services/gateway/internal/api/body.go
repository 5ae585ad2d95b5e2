package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
)

// MaxBody is how many bytes a request may have.
const MaxBody = 1 << 20

// read takes the body in, whole and bounded, of those methods that have one.
func (c *Call) read(form bool) error {
	r := c.Request
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		return nil
	}
	if err := c.plainBody(); err != nil {
		return err
	}
	fits, misfit := isJSON, errNotJSON
	if form {
		fits, misfit = isForm, errNotForm
	}
	if r.ContentLength != 0 && !fits(r.Header["Content-Type"]) {
		return misfit
	}
	raw, err := c.body(MaxBody)
	switch {
	case err != nil:
		return err
	case isUTF16(raw):
		return misfit
	}
	c.Raw = raw
	return nil
}

// plainBody refuses what would have to be unpacked.
func (c *Call) plainBody() error {
	if encoding := c.Request.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.New(fault.UnsupportedMediaType, "Content-Encoding is not supported")
	}
	return nil
}

// promised is how much room a body gets because its caller says that it is no
// longer. More than that has to come first.
const promised = 16 << 10

// body is the body as it comes, whole, if it is not larger than most.
func (c *Call) body(most int) ([]byte, error) {
	steady := steadily(http.MaxBytesReader(c.writer, c.Request.Body, int64(most)), http.NewResponseController(c.writer), c.door.Now)
	raw, err := readAll(steady, c.Request.ContentLength)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		return nil, fault.New(fault.PayloadTooLarge, "Request body is larger than %d bytes", most)
	case errors.Is(err, errHeavy):
		return nil, err
	case err != nil:
		// The caller left or stalled: nobody is there to be answered.
		panic(http.ErrAbortHandler)
	}
	return raw, nil
}

// readAll reads a body of which length is said, -1 when nothing is. What is small
// and says so takes its room at once; what is large keeps none beyond its size.
func readAll(from io.Reader, length int64) ([]byte, error) {
	if length < 0 || length > promised {
		return io.ReadAll(from)
	}
	raw := bytes.NewBuffer(make([]byte, 0, length+bytes.MinRead))
	_, err := raw.ReadFrom(from)
	return raw.Bytes(), err
}

var errNotJSON = fault.New(fault.UnsupportedMediaType, "Content-Type must be application/json")

// isJSON accepts application/json and its relatives in UTF-8; a caller who says
// nothing means JSON.
func isJSON(types []string) bool {
	if len(types) == 0 || len(types) == 1 && types[0] == "application/json" {
		return true
	}
	kind, params, err := mime.ParseMediaType(types[0])
	if err != nil || len(types) > 1 {
		return false
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

var errNotForm = fault.New(fault.UnsupportedMediaType, "Content-Type must be application/x-www-form-urlencoded")

// isForm accepts what a page sends.
func isForm(types []string) bool {
	if len(types) != 1 {
		return false
	}
	kind, _, err := mime.ParseMediaType(types[0])
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// isUTF16 knows the two byte order marks, and the zero that stands beside the
// first character of a JSON text in UTF-16.
func isUTF16(raw []byte) bool {
	if len(raw) < 2 {
		return false
	}
	a, b := raw[0], raw[1]
	return a == 0xff && b == 0xfe || a == 0xfe && b == 0xff || (a == 0) != (b == 0)
}
