package api

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
)

var statuses = map[fault.Code]int{
	fault.BadJSON:               http.StatusBadRequest,
	fault.BadCursor:             http.StatusBadRequest,
	fault.KeyInQuery:            http.StatusBadRequest,
	fault.Unauthenticated:       http.StatusUnauthorized,
	fault.Quota:                 http.StatusPaymentRequired,
	fault.Forbidden:             http.StatusForbidden,
	fault.EnvironmentNotAllowed: http.StatusForbidden,
	fault.NotFound:              http.StatusNotFound,
	fault.MethodNotAllowed:      http.StatusMethodNotAllowed,
	fault.Conflict:              http.StatusConflict,
	fault.IdempotencyInProgress: http.StatusConflict,
	fault.TriggerPaused:         http.StatusConflict,
	fault.NoBuild:               http.StatusConflict,
	fault.NotWaiting:            http.StatusConflict,
	fault.AlreadyFinished:       http.StatusConflict,
	fault.RevisionMismatch:      http.StatusPreconditionFailed,
	fault.PayloadTooLarge:       http.StatusRequestEntityTooLarge,
	fault.UnsupportedMediaType:  http.StatusUnsupportedMediaType,
	fault.CodeInvalid:           http.StatusUnprocessableEntity,
	fault.IdempotencyConflict:   http.StatusUnprocessableEntity,
	fault.UnknownField:          http.StatusUnprocessableEntity,
	fault.RateLimited:           http.StatusTooManyRequests,
	fault.QueueFull:             http.StatusTooManyRequests,
	fault.Internal:              http.StatusInternalServerError,
	fault.Unavailable:           http.StatusServiceUnavailable,
}

// Status is the HTTP status of a fault; what has none is our own mistake.
func Status(code fault.Code) int {
	if s, ok := statuses[code]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Codes are those that a caller may meet, in order.
func Codes() []fault.Code { return slices.Sorted(maps.Keys(statuses)) }

// refuse answers with an error in the surface's words. The code for machines
// travels in a header, so that published bodies stay exactly as they are.
func (a *API) refuse(w http.ResponseWriter, s *Surface, id string, err error) (status int) {
	f := fault.Of(err)
	refusal := s.Refuse(err, id)
	w.Header().Set("X-Error-Code", string(f.Code))
	switch {
	case f.Code == fault.Unauthenticated:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case f.Code == fault.Unavailable:
		// Spread, so that those who were refused together do not return so.
		w.Header().Set("Retry-After", strconv.Itoa(1+rand.IntN(5)))
	case f.RetryAfter > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	if p, is := refusal.Body.(Page); is {
		a.page(w, refusal.Status, id, p)
		return refusal.Status
	}
	a.send(w, refusal.Status, refusal.ContentType, id, refusal.Body)
	return refusal.Status
}

// Said is a body that is written already: in the words of whoever sends to a
// webhook, or because it is always the same.
type Said struct {
	ContentType string
	Body        []byte
}

// said sends it.
func (a *API) said(w http.ResponseWriter, status int, id string, s Said) {
	a.open(w, id)
	text(w, status, s.ContentType, s.Body)
}

// slowest is how long a caller may take to read an answer.
const slowest = 30 * time.Second

// send writes an answer.
func (a *API) send(w http.ResponseWriter, status int, contentType, id string, body any) {
	a.open(w, id)
	if body == nil {
		w.WriteHeader(status)
		return
	}
	p := a.pen()
	defer a.put(p)
	text(w, status, contentType, p.write(body))
}

// counted is how long an answer may be for the server to tell its length by
// itself, which is cheaper.
const counted = 2 << 10

func text(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h["Content-Type"] = []string{contentType}
	if len(body) > counted {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may have left
}

// What every answer says is written once.
var (
	nosniff = []string{"nosniff"}
	noStore = []string{"no-store"}
)

// open begins an answer that nobody may keep.
func (a *API) open(w http.ResponseWriter, id string) {
	_ = http.NewResponseController(w).SetWriteDeadline(a.Now().Add(slowest))
	h := w.Header()
	h["X-Request-Id"] = []string{id}
	h["X-Content-Type-Options"] = nosniff
	h["Cache-Control"] = noStore
}

// requestID is the caller's name for this request where it is harmless, or one
// of ours.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); len(id) > 0 && len(id) <= 64 && plain(id) {
		return id
	}
	return drawn()
}

// drawn is an id that tells requests apart. It hides nothing, so the system is not
// asked for bytes that nobody could guess.
func drawn() string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // that of version 4
	return id.String()
}

func plain(text string) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
