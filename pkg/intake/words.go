package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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
			value = brief(m.Value)
		}
		all = append(all, m.Path+" = "+value)
	}
	return strings.Join(all, ", ")
}

// brief is the beginning of a value as JSON. The rest of it is not even written:
// a filter may name a large value, and many parts of it, in every delivery.
func brief(v any) string {
	var out beginning
	out.value(v)
	if runes := []rune(out.String()); len(runes) > maxSeen {
		return string(runes[:maxSeen]) + "…"
	}
	return out.String()
}

// beginning is JSON that is written until there is enough of it.
type beginning struct{ strings.Builder }

// enough says that what is there is longer than what is told: no character takes
// more bytes than utf8.UTFMax.
func (b *beginning) enough() bool { return b.Len() > maxSeen*utf8.UTFMax }

func (b *beginning) value(v any) {
	switch v := v.(type) {
	case map[string]any:
		b.object(v)
	case []any:
		b.list(v)
	case string:
		if len(v) > maxSeen*utf8.UTFMax {
			v = strings.ToValidUTF8(v[:maxSeen*utf8.UTFMax+1], "")
		}
		b.scalar(v)
	default:
		b.scalar(v)
	}
}

func (b *beginning) scalar(v any) {
	if raw, err := json.Marshal(v); err == nil {
		b.Write(raw)
	}
}

func (b *beginning) list(all []any) {
	b.WriteByte('[')
	for i, v := range all {
		if b.enough() {
			return
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.value(v)
	}
	b.WriteByte(']')
}

// mostSorted is how many fields are put in order to tell of the first few.
const mostSorted = 1000

func (b *beginning) object(fields map[string]any) {
	if len(fields) > mostSorted {
		fmt.Fprintf(b, "{%d fields}", len(fields))
		return
	}
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if b.enough() {
			return
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.value(name)
		b.WriteByte(':')
		b.value(fields[name])
	}
	b.WriteByte('}')
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
