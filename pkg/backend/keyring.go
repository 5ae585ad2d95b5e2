package backend

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
)

var errNoMasterKey = errors.New("ONSET_MASTER_KEY is not set: write 32 random bytes in base64, as `openssl rand -base64 32` prints them, the same for every service")

// Keyring opens ONSET_MASTER_KEY. In local mode, and only there, a missing one
// is made once and kept in the data folder.
func Keyring(env *boot.Env) error {
	master := env.Settings.MasterKey
	if master == "" {
		if env.Settings.Mode != boot.Local {
			return errNoMasterKey
		}
		var err error
		if master, err = kept(env.Settings.DataDir); err != nil {
			return err
		}
	}
	keyring, err := secret.NewKeyring(master)
	if err != nil {
		return fmt.Errorf("open the master key: %w", err)
	}
	env.Keyring = keyring
	return nil
}

// SameKey stops a program whose master key is not the one of its database: it
// would refuse every API key and open no secret, and seem to be well.
func SameKey(ctx context.Context, env *boot.Env) error {
	err := env.Store.KeptUnder(ctx, Fingerprint(env.Keyring))
	if errors.Is(err, fault.Conflict) {
		return errors.New("ONSET_MASTER_KEY is not the key that this database was made with: set the one that the other services have")
	}
	return err
}

// Fingerprint tells a master key from others without telling it.
func Fingerprint(k *secret.Keyring) string {
	return base64.RawStdEncoding.EncodeToString(k.Derive("fingerprint")[:9])
}

// KeyFile is where a data folder keeps the master key that was made for it.
const KeyFile = "master.key"

// kept reads the master key of a data folder, after making it when there is
// none. Whoever makes it first wins; a half-written key is never seen.
func kept(folder string) (secret.Secret, error) {
	path := filepath.Join(folder, KeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(folder, path); err != nil {
			return "", fmt.Errorf("make the master key: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("read the master key: %w", err)
	}
	return secret.Secret(strings.TrimSpace(string(text))), nil
}

func makeKey(folder, path string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(folder, "master.key.*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	_, err = draft.WriteString(base64.StdEncoding.EncodeToString(raw) + "\n")
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
