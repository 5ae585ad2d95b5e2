package api

import (
	"io"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
)

const (
	// light is how much of a body weighs nothing: every call may have it.
	light = MaxBody
	// heavyOfOne is what the bodies of one trigger may weigh at the same time
	// beyond that, so that who knows one URL does not take the room of others;
	// heavyOfAll is what all may. A body can be twice as large in memory.
	heavyOfOne = 64 << 20
	heavyOfAll = 256 << 20
)

// Heavy is the room for large webhooks: whoever knows a URL can send them, and
// only who has read one whole can say that it is forged. The zero value is ready
// to use.
type Heavy struct {
	mu  sync.Mutex
	all int
	of  map[uuid.UUID]int
}

var errHeavy = fault.New(fault.Unavailable, "too many large bodies arrive at the same time").After(time.Second)

// take takes room for bytes more of a trigger's; false when there is none.
func (h *Heavy) take(of uuid.UUID, n int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all+n > heavyOfAll || h.of[of]+n > heavyOfOne {
		return false
	}
	if h.of == nil {
		h.of = map[uuid.UUID]int{}
	}
	h.all += n
	h.of[of] += n
	return true
}

// leave gives room back.
func (h *Heavy) leave(of uuid.UUID, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all -= n
	if h.of[of] -= n; h.of[of] == 0 {
		delete(h.of, of)
	}
}

// weighed is a body that takes room for all of it as soon as it is more than
// light.
type weighed struct {
	io.ReadCloser
	heavy *Heavy
	of    uuid.UUID
	// size is how many bytes will have come at most.
	size  int
	bytes int
	held  int
}

// weigh is the body of a call, of which most bytes are read.
func (h *Heavy) weigh(c *Call, of uuid.UUID, most int) *weighed {
	if said := c.Request.ContentLength; said >= 0 && said < int64(most) {
		most = int(said)
	}
	return &weighed{ReadCloser: c.Request.Body, heavy: h, of: of, size: most}
}

// Read fails with errHeavy when there is no room for what comes.
func (w *weighed) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.bytes += n
	if w.held > 0 || w.bytes <= light || w.size <= light {
		return n, err
	}
	if !w.heavy.take(w.of, w.size-light) {
		return 0, errHeavy
	}
	w.held = w.size - light
	return n, err
}

// free gives the room back when nobody needs the body any more.
func (w *weighed) free() {
	if w.held > 0 {
		w.heavy.leave(w.of, w.held)
	}
}
