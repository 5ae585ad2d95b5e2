package reach

import (
	"fmt"
	"io"
	"net/http"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 32 << 20

// Answer is the document that a call gave, as the server wrote it. It takes what
// the calls of pkg/client return.
func Answer(resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, Explained(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	return body, nil
}
