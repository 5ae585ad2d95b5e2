package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Wait is how long the caller would rather be kept waiting than be told that
// there is nothing yet: Prefer: wait=N, in seconds (RFC 7240), and never longer
// than most. ok is false when it prefers nothing of the kind. What cannot be
// read is ignored, as the RFC demands: the answer then lacks Preference-Applied.
func (c *Call) Wait(most time.Duration) (wait time.Duration, ok bool) {
	for _, line := range c.Request.Header["Prefer"] {
		for _, preference := range preferences(line) {
			preference, _, _ = strings.Cut(preference, ";") // parameters, of which wait has none
			name, value, _ := strings.Cut(preference, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue
			}
			// Of a preference that is told twice the first counts.
			seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 32)
			if err != nil || seconds == 0 {
				return 0, false
			}
			return min(time.Duration(seconds)*time.Second, most.Truncate(time.Second)), true
		}
	}
	return 0, false
}

// prefers says that the caller prefers something, whatever it is.
func (c *Call) prefers() bool { return len(c.Request.Header.Values("Prefer")) > 0 }

// preferences splits a header line at its commas, but for those within quotes.
func preferences(line string) (all []string) {
	from, quoted := 0, false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ',' && !quoted:
			all = append(all, line[from:i])
			from = i + 1
		}
	}
	return append(all, line[from:])
}

// Waited says that the caller was kept waiting as it preferred.
func (c *Call) Waited(wait time.Duration) {
	c.Header.Set("Preference-Applied", fmt.Sprintf("wait=%d", int(wait/time.Second)))
}
