package trigger

import (
	"time"

	"github.com/onsethq/onset/pkg/expr"
)

// Breaker is how many runs one subject may start in a while. Beyond it something
// goes in a circle, and the trigger is paused until a person has looked.
type Breaker struct {
	Max int    `json:"max,omitempty" doc:"How many; 30 when it is left out, and -1 sets no limit."`
	Per string `json:"per,omitempty" doc:"In how long, like 1m, which it is when it is left out."`
}

const (
	shippedBreak = 30
	shippedPer   = time.Minute
	longestPer   = time.Hour
	mostBreak    = 10_000
)

// Rule is how many runs in how long; 0 sets no limit.
func (b Breaker) Rule() (most int, per time.Duration) {
	most, per = b.Max, shippedPer
	if d, err := time.ParseDuration(b.Per); err == nil && d > 0 {
		per = d
	}
	switch {
	case most == 0:
		most = shippedBreak
	case most < 0:
		most = 0
	}
	return most, per
}

// checkWebhook says what is wrong with the policies of a webhook.
func (p Policies) checkWebhook(mistake func(path, format string, args ...any)) {
	if p.Filter != "" {
		if problem := expr.CheckConditionOver(p.Filter, hookNames()); problem != nil {
			mistake("filter", "%s", problem.Message)
		}
	}
	if p.Idempotency != "" {
		if problem := expr.CheckOver(p.Idempotency, hookNames()); problem != nil {
			mistake("idempotency", "%s", problem.Message)
		}
	}
	if b := p.Breaker; b.Max < -1 || b.Max > mostBreak {
		mistake("breaker.max", "max is at most %d, or -1 for no limit", mostBreak)
	}
	if d, err := time.ParseDuration(p.Breaker.Per); p.Breaker.Per != "" && (err != nil || d < time.Second || d > longestPer) {
		mistake("breaker.per", "per is a duration from 1s to %s, like 1m", longestPer)
	}
}
