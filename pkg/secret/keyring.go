package secret

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// masterBytes is the length of a master key.
const masterBytes = 32

// derivation separates our uses of the master key from anyone else's. A changed
// meaning is a new word here, never the same word again.
const derivation = "onset/v1/"

// Keyring seals with keys that all follow from one master key: AES-256-GCM
// under a random nonce. What it sealed begins with the number of its key, so
// that a second key can be told from the first.
type Keyring struct {
	master []byte
	aead   tink.AEAD
}

// NewKeyring reads a master key as it is configured: 32 bytes in base64.
func NewKeyring(master Secret) (*Keyring, error) {
	raw, err := base64.StdEncoding.DecodeString(master.Reveal())
	if err != nil || len(raw) != masterBytes {
		return nil, fmt.Errorf("a master key is %d random bytes in base64, as `openssl rand -base64 %d` prints them", masterBytes, masterBytes)
	}
	k := &Keyring{master: raw}
	if k.aead, err = sealer(k.Derive("seal"), k.Derive("seal id")); err != nil {
		return nil, fmt.Errorf("make the sealing key: %w", err)
	}
	return k, nil
}

func sealer(key, id []byte) (tink.AEAD, error) {
	params, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: 32, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return nil, err
	}
	data := secretdata.NewBytesFromData(key, insecuresecretdataaccess.Token{})
	k, err := aesgcm.NewKey(data, binary.BigEndian.Uint32(id)|1, params)
	if err != nil {
		return nil, err
	}
	return aesgcm.NewAEAD(k)
}

// Derive gives the 32 bytes that belong to a purpose: always the same for the
// same master key, and telling nothing about it.
func (k *Keyring) Derive(purpose string) []byte {
	out, err := hkdf.Key(sha256.New, k.master, nil, derivation+purpose, 32)
	if err != nil {
		panic("secret: derive: " + err.Error()) // only for lengths beyond 8 kB
	}
	return out
}

// Seal encrypts plain so that it opens only for the same owner: the words that
// say whose it is and what (workspace, environment, name), in the same order.
func (k *Keyring) Seal(plain []byte, owner ...string) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plain, associated(owner))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// ErrSealed says that something does not open: it was sealed by another master
// key, for another owner, or was altered since.
var ErrSealed = errors.New("does not open: sealed by another master key or for another owner, or altered")

// Open decrypts what Seal made for the same owner; anything else is ErrSealed.
func (k *Keyring) Open(sealed []byte, owner ...string) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, associated(owner))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// associated writes each word behind its length, so that no two lists of words
// read the same.
func associated(words []string) []byte {
	var out []byte
	for _, w := range words {
		out = binary.AppendUvarint(out, uint64(len(w)))
		out = append(out, w...)
	}
	return out
}
