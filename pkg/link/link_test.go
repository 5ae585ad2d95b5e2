package link

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

var (
	ours   = Signer{Key: []byte("a key of thirty-two bytes, or so"), Base: "https://onset.example"}
	theirs = Signer{Key: []byte("another key of thirty-two bytes!"), Base: "https://onset.example"}
	pass   = Pass{
		Workspace: uuid.MustParse("0199c0de-0000-7000-8000-000000000001"),
		Ask:       uuid.MustParse("0199c0de-0000-7000-8000-000000000002"), For: "ada@example.com",
	}
)

// parts are the ask and the token behind the root of an address.
func parts(t testing.TB, address, root string) (ask, token string) {
	t.Helper()
	rest, ok := strings.CutPrefix(address, ours.Base+root)
	ask, token, found := strings.Cut(rest, "/")
	if !ok || !found {
		t.Fatalf("%s is no address below %s", address, root)
	}
	return ask, token
}

func TestAnAddressOpensToWhatItWasMadeOf(t *testing.T) {
	t.Parallel()
	ask, token := parts(t, ours.Person(pass), People)
	if got, ok := ours.Open(People, ask, token); !ok || got != pass {
		t.Errorf("opened %+v, %v", got, ok)
	}
	ask, token = parts(t, ours.Callback(pass.Workspace, pass.Ask), Systems)
	want := Pass{Workspace: pass.Workspace, Ask: pass.Ask}
	if got, ok := ours.Open(Systems, ask, token); !ok || got != want {
		t.Errorf("opened %+v, %v", got, ok)
	}
}

func TestForgedAddressesDoNotOpen(t *testing.T) {
	t.Parallel()
	ask, token := parts(t, ours.Person(pass), People)
	_, foreign := parts(t, theirs.Person(pass), People)
	other := pass
	other.For = "eve@example.com"
	_, renamed := parts(t, ours.Person(other), People)
	for name, c := range map[string]struct{ root, ask, token string }{
		"another key":      {People, ask, foreign},
		"another ask":      {People, uuid.NewString(), token},
		"another kind":     {Systems, ask, token},
		"another receiver": {People, ask, token[:64] + renamed[64:]},
		"cut":              {People, ask, token[:len(token)-1]},
		"longer":           {People, ask, token + "A"},
		"empty":            {People, ask, ""},
		"no id":            {People, "urn:uuid:" + ask, token},
		"a line more":      {People, ask, token + "\n"},
	} {
		if p, ok := ours.Open(c.root, c.ask, c.token); ok {
			t.Errorf("%s: opened as %+v", name, p)
		}
	}
}

func FuzzOnlyOurAddressesOpen(f *testing.F) {
	ask, token := parts(f, ours.Person(pass), People)
	_, foreign := parts(f, theirs.Person(pass), People)
	f.Add(ask, token)
	f.Add(ask, foreign)
	f.Add(ask, token[:len(token)-2]+"__")
	f.Fuzz(func(t *testing.T, ask, token string) {
		p, ok := ours.Open(People, ask, token)
		if ok && ours.Person(p) != ours.Base+People+strings.ToLower(ask)+"/"+token {
			t.Errorf("%q %q opened as %+v, which is written otherwise", ask, token, p)
		}
	})
}
