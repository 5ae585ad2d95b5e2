package trigger

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/strictjson"
)

// secretWords are in the names of headers that carry a secret or prove that one
// is known.
var secretWords = []string{"authorization", "cookie", "secret", "signature", "token", "password", "api-key", "apikey", "credential", "hmac"}

// SecretHeader says whether the value of a header is neither kept nor shown to
// expressions.
func SecretHeader(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-") // parameters are written so
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}

// The most of a request's headers that is kept.
const (
	keptValues = 100
	keptValue  = 2 << 10 // bytes
)

// KeptHeader is what is kept of the headers of a delivery: those that may be
// secret without their values, and none that is long.
func KeptHeader(h http.Header) map[string][]string {
	kept := map[string][]string{}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(h)) { // so that the limit always takes the same
		for _, value := range h[name] {
			if n++; n > keptValues {
				return kept
			}
			if SecretHeader(name) {
				value = secret.Redacted
			}
			kept[strictjson.StorableText(name)] = append(kept[strictjson.StorableText(name)], cut(value))
		}
	}
	return kept
}

func cut(text string) string {
	if len(text) > keptValue {
		text = text[:keptValue] + "…"
	}
	return strictjson.StorableText(text)
}

// KeptQuery is what is kept of the parameters behind a URL.
func KeptQuery(q url.Values) map[string][]string { return KeptHeader(http.Header(q)) }
