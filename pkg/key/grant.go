package key

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
)

// Wanted is what somebody asks of a new key: a preset or scopes, and the
// environments it is bound to (none means all).
type Wanted struct {
	Preset       string
	Scopes       []string
	Environments []string
}

// Parse reads the words into scopes and environments, sorted and each once.
// Every mistake is told with its path.
func (w Wanted) Parse() (scopes []Scope, environments []string, err error) {
	var wrong []fault.Detail
	if w.Preset != "" && len(w.Scopes) > 0 {
		wrong = append(wrong, invalid("preset", "a key has either a preset or scopes"))
	}
	if w.Preset == "" && len(w.Scopes) == 0 {
		wrong = append(wrong, invalid("scopes", "a key needs a preset (invoke, operator or admin) or scopes"))
	}
	if preset, ok := Presets[w.Preset]; ok {
		scopes = append(scopes, preset...)
	} else if w.Preset != "" {
		wrong = append(wrong, invalid("preset", fmt.Sprintf("preset %q does not exist: invoke, operator or admin", w.Preset)))
	}
	for i, text := range w.Scopes {
		if !slices.Contains(Scopes, Scope(text)) {
			wrong = append(wrong, invalid(fmt.Sprintf("scopes[%d]", i), fmt.Sprintf("scope %q does not exist: %s", text, strings.Trim(fmt.Sprint(Scopes), "[]"))))
			continue
		}
		scopes = append(scopes, Scope(text))
	}
	for i, text := range w.Environments {
		name := strings.ToUpper(text)
		if !tenant.IsEnvironment(name) {
			wrong = append(wrong, invalid(fmt.Sprintf("environments[%d]", i), fmt.Sprintf("environment %q does not exist: DEV, UAT or PROD", text)))
			continue
		}
		environments = append(environments, name)
	}
	if len(wrong) > 0 {
		return nil, nil, fault.Invalid(wrong...)
	}
	return once(scopes), once(environments), nil
}

func invalid(path, message string) fault.Detail {
	return fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: message}
}

func once[T ~string](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// Grant says whether the creator may make a key with these scopes and
// environments that ends then (nil: never): nothing that it may not do itself,
// nowhere else and no longer. It names the first that is too much.
func Grant(creator Key, scopes []Scope, environments []string, ends *time.Time) error {
	if last := creator.ExpiresAt; last != nil && (ends == nil || ends.After(*last)) {
		return fault.New(fault.Forbidden, "a key cannot grant more than its creator has: expires_at after %s", last.UTC().Format(time.RFC3339))
	}
	for _, s := range scopes {
		if !creator.Allows(s) {
			return fault.New(fault.Forbidden, "a key cannot grant more than its creator has: %s", s)
		}
	}
	if len(environments) == 0 && len(creator.Environments) > 0 {
		return fault.New(fault.Forbidden, "a key cannot grant more than its creator has: every environment")
	}
	for _, e := range environments {
		if !creator.Reaches(e) {
			return fault.New(fault.Forbidden, "a key cannot grant more than its creator has: environment %s", e)
		}
	}
	return nil
}
