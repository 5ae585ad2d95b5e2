package egress

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrTooLarge says that a body is longer than its reader wanted.
var ErrTooLarge = errors.New("the response is too large")

// errEncoded refuses what a small body could unpack to.
var errEncoded = errors.New("the response is compressed although nobody asked for that")

// ReadAll reads and closes a response's body of at most max bytes. The door
// never asks for compression; a body that comes compressed is refused.
func ReadAll(resp *http.Response, max int64) ([]byte, error) {
	defer resp.Body.Close()
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, errEncoded
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, max+1))
	if err != nil {
		return nil, fmt.Errorf("read the response: %w", err)
	}
	if int64(len(body)) > max {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, max)
	}
	return body, nil
}
