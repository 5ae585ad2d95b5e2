package signature

import (
	"encoding/hex"
	"strconv"
	"time"
)

// Verify says which secret the request was signed with. The error is a Refusal.
func (s Scheme) Verify(r Request) (Match, error) {
	keys := s.keys(r)
	if len(keys) == 0 {
		return Match{}, NoSecret
	}
	c, err := s.claimed(r.Header)
	if err != nil {
		return Match{}, err
	}
	if s.tolerance > 0 && !near(c.timestamp, r.Now, s.tolerance) {
		return Match{}, Stale
	}
	m := Match{Secret: -1, ID: c.id}
	content := s.signed.of(c.id, c.timestamp, r.Body)
	for i, k := range keys {
		for _, p := range c.proofs {
			if k != nil && k.version() == p.version && k.proves(content, p.value) && m.Secret < 0 {
				m.Secret = i
				m.Proof = s.spelled(p.value)
			}
		}
	}
	if m.Secret < 0 {
		return Match{}, Mismatch
	}
	return m, nil
}

// keys are those of the secrets that count now, nil for the others; none when no
// secret counts.
func (s Scheme) keys(r Request) []key {
	all, usable := make([]key, len(r.Secrets)), 0
	for i, candidate := range r.Secrets {
		if usable == MostSecrets || !candidate.live(r.Now) {
			continue
		}
		if k, err := s.key(candidate.Value.Reveal()); err == nil {
			all[i] = k
			usable++
		}
	}
	if usable == 0 {
		return nil
	}
	return all
}

// spelled is a proof as it is remembered: never a secret that travelled itself.
func (s Scheme) spelled(proof []byte) string {
	if !s.SignsBody() {
		return ""
	}
	return hex.EncodeToString(proof)
}

// near says whether a timestamp in seconds is close to now, on either side.
func near(timestamp string, now time.Time, tolerance time.Duration) bool {
	seconds, err := strconv.ParseUint(timestamp, 10, 36) // no sign, and no overflow below
	if err != nil {
		return false
	}
	away := now.Sub(time.Unix(int64(seconds), 0))
	return away.Abs() <= tolerance
}
