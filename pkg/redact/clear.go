package redact

import "strings"

// Clear is how much of a text that is still being written can be judged: where
// its end may be the beginning of a secret it stops before that, and never in
// the middle of one.
func (r Redactor) Clear(text string) int {
	end := len(text)
	for _, form := range r.forms {
		for n := min(len(form)-1, len(text)); n > len(text)-end; n-- {
			if strings.HasPrefix(form, text[len(text)-n:]) {
				end = len(text) - n
				break
			}
		}
	}
	for moved := true; moved; {
		moved = false
		for _, form := range r.forms {
			from := max(end-len(form)+1, 0)
			if i := strings.Index(text[from:min(end+len(form)-1, len(text))], form); i >= 0 && from+i < end {
				end, moved = from+i, true
			}
		}
	}
	return end
}
