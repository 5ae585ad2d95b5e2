package chaos

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// evidence is everything that a scenario left behind, piece by piece, each with
// the name of the place where it was found.
type evidence struct {
	mu     sync.Mutex
	pieces []piece
}

type piece struct {
	place string
	bytes []byte
}

func (e *evidence) add(place string, content []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pieces = append(e.pieces, piece{place, bytes.Clone(content)})
}

// holds are the places where a text stands in any of its forms.
func (e *evidence) holds(text string) (places []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, form := range forms(text) {
		for _, p := range e.pieces {
			if bytes.Contains(p.bytes, []byte(form)) && !slices.Contains(places, p.place) {
				places = append(places, p.place)
			}
		}
	}
	return places
}

// forms are the ways in which a text may be written: as it is, in hex, in a URL,
// and inside a longer text in base64, where it may begin at three places.
func forms(text string) []string {
	all := []string{
		text, url.QueryEscape(text),
		hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
	}
	for shift := range 3 {
		whole := append(make([]byte, shift), text...)
		from, to := (shift*8+5)/6, len(whole)*8/6
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, enc.EncodeToString(whole)[from:to])
		}
	}
	return all
}

// A search that finds nothing proves nothing unless it finds what is there.
func TestTheSearchForCanariesFindsThem(t *testing.T) {
	t.Parallel()
	const canary = "canary+7f/3a=bird of one colour"
	for name, text := range map[string]string{
		"as it is": "a " + canary + " b",
		"hex":      fmt.Sprintf(`\x%x`, "a "+canary),
		"URL":      "?x=" + url.QueryEscape(canary) + "&",
		"base64":   base64.StdEncoding.EncodeToString([]byte("Basic a:" + canary + "!")),
		"shifted":  base64.URLEncoding.EncodeToString([]byte("Basic ab:" + canary + "!")),
		"and once": base64.RawStdEncoding.EncodeToString([]byte("Basic abc:" + canary)),
	} {
		e := &evidence{}
		e.add("elsewhere", []byte("nothing"))
		e.add(name, []byte(text))
		if got := e.holds(canary); !slices.Equal(got, []string{name}) {
			t.Errorf("%s: found at %q", name, got)
		}
	}
}
