package key_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
)

func fresh(t *testing.T) string {
	t.Helper()
	k, err := key.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k.Reveal()
}

func TestNewKeyHasThePublishedForm(t *testing.T) {
	t.Parallel()
	text := fresh(t)
	if !regexp.MustCompile(`^` + key.Pattern + `$`).MatchString(text) {
		t.Errorf("a new key of %d characters does not match the published pattern", len(text))
	}
	parsed, err := key.Parse(text)
	if err != nil || parsed.Reveal() != text {
		t.Errorf("a new key does not parse: %v", err)
	}
	if h := key.Handle(parsed); h != text[4:14] {
		t.Errorf("handle %q, want the ten characters behind ons_", h)
	}
}

// The checksum's alphabet and order are on the wire: other programs check keys.
func TestChecksumIsThePublishedOne(t *testing.T) {
	t.Parallel()
	known := "ons_0000000000_0000000000000000000000000000000000000000000" + "1rS2gi"
	if _, err := key.Parse(known); err != nil {
		t.Errorf("the known key is refused: %v", err)
	}
}

func TestEveryTypingErrorIsRefused(t *testing.T) {
	t.Parallel()
	text := fresh(t)
	for i := range text {
		wrong := []byte(text)
		wrong[i]++
		if _, err := key.Parse(string(wrong)); i >= len("ons_") && !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("character %d mistyped: %v, want unauthenticated", i, err)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	ok := fresh(t)
	tests := []struct {
		name, text string
		accepted   bool
	}{
		{"Fresh", ok, true},
		{"Cut", ok[:len(ok)-1], false},
		{"Longer", ok + "0", false},
		{"Spaced", ok + " ", false},
		{"Dashed", ok[:20] + "-" + ok[21:], false},
		{"Unparted", ok[:14] + "0" + ok[15:], false},
		{"Empty", "", false},
		{"PrefixOnly", "ons_", false},
		{"Migrated31", strings.Repeat("k", 31), false},
		{"Migrated32", strings.Repeat("k", 32), true},
		{"Migrated512", strings.Repeat("k", 512), true},
		{"Migrated513", strings.Repeat("k", 513), false},
		{"MigratedSpace", strings.Repeat("k", 32) + " x", false},
		{"MigratedTab", strings.Repeat("k", 32) + "\t", false},
		{"MigratedNUL", strings.Repeat("k", 32) + "\x00", false},
		{"MigratedNotASCII", strings.Repeat("é", 32), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := key.Parse(tt.text)
			if tt.accepted && err != nil || !tt.accepted && !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("accepted = %v, want %v (%v)", err == nil, tt.accepted, err)
			}
		})
	}
}

func TestMACDependsOnPepperAndKey(t *testing.T) {
	t.Parallel()
	a, b := secret.Secret(fresh(t)), secret.Secret(fresh(t))
	mac := key.MAC([]byte("pepper"), a)
	if len(mac) != 32 || !bytes.Equal(mac, key.MAC([]byte("pepper"), a)) {
		t.Error("the same key does not give the same 32 bytes")
	}
	hasher := key.Hasher{Pepper: []byte("pepper")}
	if again := [][]byte{hasher.MAC(b), hasher.MAC(a), hasher.MAC(a)}; !bytes.Equal(again[1], mac) || !bytes.Equal(again[2], mac) || bytes.Equal(again[0], mac) {
		t.Error("a hasher gives another MAC")
	}
	if bytes.Equal(mac, key.MAC([]byte("pepper"), b)) || bytes.Equal(mac, key.MAC([]byte("salt"), a)) {
		t.Error("another key or pepper gives the same MAC")
	}
}

func TestLettersAreDrawnEvenly(t *testing.T) {
	t.Parallel()
	// 248 is the first byte that would make some letters likelier: it and all
	// above are thrown away, so a stream of them followed by zeros is a key of
	// zeros.
	stream := append(bytes.Repeat([]byte{248, 255}, 64), make([]byte, 256)...)
	k, err := key.New(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(k.Reveal(), "ons_0000000000_0000000") {
		t.Error("bytes of 248 and above were used")
	}
	if _, err := key.New(bytes.NewReader(stream[:32])); err == nil {
		t.Error("a key was made of too little randomness")
	}
}

var whole = regexp.MustCompile(`^` + key.Pattern + `$`)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "ons_", "ons_0000000000_" + strings.Repeat("0", 49), strings.Repeat("k", 40), "Bearer x", "\xff\xfe", strings.Repeat("é", 20)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := key.Parse(text)
		if err != nil {
			if !errors.Is(err, fault.Unauthenticated) || strings.Contains(err.Error(), text) && len(text) > 3 {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if k.Reveal() != text || len(text) < 32 || len(text) > 512 {
			t.Errorf("accepted %q", text)
		}
		if h := key.Handle(k); h != "" && len(h) != 10 || (h != "") != whole.MatchString(text) {
			t.Errorf("handle %q", h)
		}
	})
}
