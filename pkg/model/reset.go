package model

import (
	"net/http"
	"strconv"
	"time"
)

// maxReset bounds what a server may ask its callers to wait.
const maxReset = 24 * time.Hour

// RetryAfter reads how long a server asks its callers to wait, from seconds or
// from a date; zero when it does not say.
func RetryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(maxReset/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return until(h, at)
}

// Reset is how long a model's server asks its callers to wait: by Retry-After,
// or else until what they have used up is theirs again. Of several limits those
// count that say that nothing remains, and of those the one that takes longest.
func Reset(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return bound(time.Duration(min(ms, float64(maxReset.Milliseconds()))) * time.Millisecond)
	}
	if d := RetryAfter(h); d > 0 {
		return d
	}
	longest, spent := time.Duration(0), time.Duration(0)
	for _, name := range limits {
		d := resetIn(h, h.Get(name.reset))
		longest = max(longest, d)
		if h.Get(name.remaining) == "0" {
			spent = max(spent, d)
		}
	}
	if spent > 0 {
		return spent
	}
	return longest
}

// limits are the headers in which providers tell of their limits.
var limits = []struct{ remaining, reset string }{
	{"X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"},
	{"X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"},
	{"X-Ratelimit-Remaining", "X-Ratelimit-Reset"},
	{"Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"},
	{"Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"},
}

// resetIn reads the ways in which a moment is told: 6m0s, seconds, seconds
// since 1970, or a date.
func resetIn(h http.Header, text string) time.Duration {
	if d, err := time.ParseDuration(text); err == nil {
		return bound(d)
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if seconds > 1e9 {
			return until(h, time.Unix(int64(min(seconds, 1e11)), 0))
		}
		return bound(time.Duration(max(seconds, 0) * float64(time.Second)))
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return until(h, at)
	}
	return 0
}

// until is the distance to a moment by the server's clock, which is also that
// of Date: it needs no clock of ours.
func until(h http.Header, at time.Time) time.Duration {
	sent, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return bound(at.Sub(sent))
}

func bound(d time.Duration) time.Duration { return min(max(d, 0), maxReset) }
