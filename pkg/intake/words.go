package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

// maxSeen is how much of a value is told, in characters.
const maxSeen = 100

// seen tells what an expression looked at: payload.action = "edited".
func seen(source string, scope expr.Scope) string {
	var all []string
	for _, m := range expr.Mentions(source, scope) {
		value := "nothing"
		if m.Found {
			raw, err := json.Marshal(m.Value)
			if err != nil {
				continue
			}
			value = string(raw)
		}
		if runes := []rune(value); len(runes) > maxSeen {
			value = string(runes[:maxSeen]) + "…"
		}
		all = append(all, m.Path+" = "+value)
	}
	return strings.Join(all, ", ")
}

// text is the value of an expression as a word.
func text(ctx context.Context, source string, scope expr.Scope) (string, error) {
	v, err := expr.Eval(ctx, source, scope)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case json.Number:
		return v.String(), nil
	}
	return "", fmt.Errorf("it gives a value that is no text and no whole number")
}

// longestKey is how long a name may be that is kept as it is.
const longestKey = 128

// bounded is a sender's name for a delivery as it is kept.
func bounded(name string) string {
	if len(name) <= longestKey && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// sizeOf is how many bytes a run is told.
func sizeOf(e trigger.Event) int {
	raw, err := json.Marshal(e.UserVariables)
	if err != nil {
		return 0 // the store refuses what is no JSON
	}
	return len(e.Message) + len(raw)
}

// hidden are headers or parameters without the trigger's secrets, under whatever
// name they were sent, and without what came in place of one.
func hidden(values map[string][]string, secrets []signature.Secret, conceal []string) map[string][]string {
	out := make(map[string][]string, len(values))
	for name, texts := range values {
		whole := slices.ContainsFunc(conceal, func(c string) bool { return strings.EqualFold(c, name) })
		for _, text := range texts {
			if whole || slices.ContainsFunc(secrets, func(s signature.Secret) bool { return s.Value != "" && strings.Contains(text, s.Value.Reveal()) }) {
				text = secret.Redacted
			}
			out[name] = append(out[name], text)
		}
	}
	return out
}
