package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/secret"
)

const canary = "canary-5f2c19aa"

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := secret.Secret(canary)
	nested := struct {
		Key secret.Secret
		Map map[string]secret.Secret
	}{s, map[string]secret.Secret{"k": s}}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%t"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", nested)
		fmt.Fprintf(&out, verb+"\n", &nested)
		fmt.Fprintf(&out, verb+"\n", fmt.Errorf("wrapped: %w: "+verb, fmt.Errorf("inner %v", s), s))
	}
	fmt.Fprintln(&out, s.String(), s.GoString())
	raw, err := json.Marshal(nested)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "key", s, "nested", nested)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "key", s, "nested", nested)

	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed: %s", out.String())
		}
	}
	if s.Reveal() != canary {
		t.Error("Reveal does not give the secret")
	}
}

func TestLast4OfAShortSecretIsNothing(t *testing.T) {
	t.Parallel()
	for s, want := range map[secret.Secret]string{"": "", "abc": "", "abcdefghijklmno": "", "abcdefghijklmnop": "mnop"} {
		if got := s.Last4(); got != want {
			t.Errorf("Last4 of %d characters = %q, want %q", len(s), got, want)
		}
	}
}

var (
	master = secret.Secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	other  = secret.Secret("/wECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
)

func open(t *testing.T, master secret.Secret) *secret.Keyring {
	t.Helper()
	k, err := secret.NewKeyring(master)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedOpensForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	k := open(t, master)
	sealed, err := k.Seal([]byte(canary), "ws", "DEV", "TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(canary)) {
		t.Fatal("sealed text holds the secret")
	}
	again, err := open(t, master).Open(sealed, "ws", "DEV", "TOKEN")
	if err != nil || string(again) != canary {
		t.Fatalf("a keyring of the same master key opens it: %q, %v", again, err)
	}
	for name, owner := range map[string][]string{
		"OtherWorkspace": {"ws2", "DEV", "TOKEN"},
		"OtherName":      {"ws", "DEV", "TOKEN2"},
		"WordsMoved":     {"wsDEV", "", "TOKEN"},
		"OneWord":        {"wsDEVTOKEN"},
		"OtherOrder":     {"DEV", "ws", "TOKEN"},
		"Nobody":         nil,
	} {
		if _, err := k.Open(sealed, owner...); err != secret.ErrSealed {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
	if _, err := open(t, other).Open(sealed, "ws", "DEV", "TOKEN"); err != secret.ErrSealed {
		t.Errorf("another master key: %v, want ErrSealed", err)
	}
}

func TestAlteredDoesNotOpen(t *testing.T) {
	t.Parallel()
	k := open(t, master)
	sealed, err := k.Seal([]byte(canary), "ws")
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := k.Open(altered, "ws"); err != secret.ErrSealed {
			t.Fatalf("byte %d altered: %v, want ErrSealed", i, err)
		}
	}
	for n := range sealed {
		if _, err := k.Open(sealed[:n], "ws"); err != secret.ErrSealed {
			t.Fatalf("cut to %d bytes: %v, want ErrSealed", n, err)
		}
	}
}

func TestSameTextSealsDifferently(t *testing.T) {
	t.Parallel()
	k := open(t, master)
	a, _ := k.Seal([]byte(canary), "ws")
	b, _ := k.Seal([]byte(canary), "ws")
	if bytes.Equal(a, b) {
		t.Error("two seals are equal: the nonce repeats")
	}
}

func TestDeriveDependsOnPurposeAndMaster(t *testing.T) {
	t.Parallel()
	k := open(t, master)
	pepper := k.Derive("key")
	if len(pepper) != 32 || !bytes.Equal(pepper, open(t, master).Derive("key")) {
		t.Error("the same purpose does not give the same 32 bytes")
	}
	if bytes.Equal(pepper, k.Derive("cursor")) || bytes.Equal(pepper, open(t, other).Derive("key")) {
		t.Error("another purpose or master key gives the same bytes")
	}
}

func TestMasterKeyOfWrongFormIsRefusedUnprinted(t *testing.T) {
	t.Parallel()
	for _, bad := range []secret.Secret{"", "canary", "AAEC", secret.Secret(strings.Repeat("A", 88)), secret.Secret(strings.Repeat("!", 44))} {
		_, err := secret.NewKeyring(bad)
		if err == nil {
			t.Errorf("%d characters were taken for a master key", len(bad))
			continue
		}
		if bad != "" && strings.Contains(err.Error(), bad.Reveal()) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}
