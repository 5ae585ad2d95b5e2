package model_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/model"
)

func TestRefusalsAreToldApartByWhatToDoAboutThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status           int
		code             string
		want             model.Class
		again, elsewhere bool
	}{
		{0, "", model.Passing, true, true},
		{408, "", model.Passing, true, true},
		{500, "", model.Passing, true, true},
		{503, "", model.Passing, true, true},
		{429, "rate_limit_exceeded", model.Throttled, true, true},
		{529, "overloaded_error", model.Throttled, true, true},
		{429, "insufficient_quota", model.Unavailable, false, true},
		{401, "invalid_api_key", model.Unavailable, false, true},
		{404, "model_not_found", model.Unavailable, false, true},
		{400, "context_length_exceeded", model.TooLong, false, true},
		{413, "", model.TooLong, false, true},
		{400, "content_policy_violation", model.Policy, false, false},
		{200, "refusal", model.Policy, false, false},
		{400, "", model.Refused, false, false},
		{422, "invalid_request_error", model.Refused, false, false},
	} {
		e := &model.Error{Status: c.status, Code: c.code}
		if e.Class() != c.want || e.Retryable() != c.again || e.Elsewhere() != c.elsewhere {
			t.Errorf("%d %s: %s, again %v, elsewhere %v", c.status, c.code, e.Class(), e.Retryable(), e.Elsewhere())
		}
	}
}

func TestResetIsReadFromEveryHeaderThatSaysIt(t *testing.T) {
	t.Parallel()
	date := "Wed, 21 Oct 2026 07:28:00 GMT"
	for _, c := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"Nothing", http.Header{}, 0},
		{"RetryAfter", http.Header{"Retry-After": {"7"}, "X-Ratelimit-Reset-Requests": {"60s"}}, 7 * time.Second},
		{"Milliseconds", http.Header{"Retry-After-Ms": {"1500"}, "Retry-After": {"2"}}, 1500 * time.Millisecond},
		{"Longest", http.Header{"X-Ratelimit-Reset-Requests": {"120ms"}, "X-Ratelimit-Reset-Tokens": {"6m0s"}}, 6 * time.Minute},
		{"OfWhatIsUsedUp", http.Header{"X-Ratelimit-Reset-Requests": {"1m2.5s"}, "X-Ratelimit-Remaining-Requests": {"0"}, "X-Ratelimit-Reset-Tokens": {"6m0s"}, "X-Ratelimit-Remaining-Tokens": {"12"}}, 62500 * time.Millisecond},
		{"Seconds", http.Header{"X-Ratelimit-Reset": {"42"}}, 42 * time.Second},
		{"SinceTheEpoch", http.Header{"X-Ratelimit-Reset": {"1792567710"}, "Date": {date}}, 30 * time.Second},
		{"ADate", http.Header{"Anthropic-Ratelimit-Tokens-Reset": {"2026-10-21T07:28:30Z"}, "Date": {date}}, 30 * time.Second},
		{"ADateWithoutAClock", http.Header{"Anthropic-Ratelimit-Tokens-Reset": {"2026-10-21T07:28:30Z"}}, 0},
		{"ThePast", http.Header{"Anthropic-Ratelimit-Tokens-Reset": {"2020-10-21T07:28:30Z"}, "Date": {date}}, 0},
		{"Never", http.Header{"X-Ratelimit-Reset": {"99999999999999999999"}, "Date": {date}}, 24 * time.Hour},
		{"Nonsense", http.Header{"X-Ratelimit-Reset": {"soon"}, "Retry-After-Ms": {"-1"}}, 0},
		{"NaN", http.Header{"X-Ratelimit-Reset": {"NaN"}, "Retry-After-Ms": {"NaN"}}, 0},
	} {
		if got := model.Reset(c.header); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
