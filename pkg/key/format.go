package key

import (
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
)

// The printed form is ons_<10 handle>_<43 secret><6 checksum>, all of it in the
// 62 letters and digits. The prefix is for scanners of leaked keys; the
// checksum refuses a typing error without asking the database.
const (
	prefix      = "ons_"
	handleSize  = 10
	secretSize  = 43
	checkSize   = 6
	printedSize = len(prefix) + handleSize + 1 + secretSize + checkSize
)

// Pattern finds a printed key in any text.
const Pattern = `ons_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}`

// printed says whether a text has the form that Pattern finds, and nothing else.
func printed(text string) bool {
	const body = len(prefix) + handleSize + 1
	return len(text) == printedSize && text[:len(prefix)] == prefix && text[body-1] == '_' &&
		alphanumeric(text[len(prefix):body-1]) && alphanumeric(text[body:])
}

// Keys made elsewhere keep working after a move as long as they could not be
// guessed: their length is all that is known of them.
const (
	minMigrated = 32
	maxMigrated = 512
)

// New makes a key from random bytes (crypto/rand.Reader outside tests). The
// printed form is shown once; its MAC, handle and last4 are what is stored.
func New(random io.Reader) (secret.Secret, error) {
	handle, err := letters(random, handleSize)
	if err != nil {
		return "", err
	}
	body, err := letters(random, secretSize)
	if err != nil {
		return "", err
	}
	text := prefix + handle + "_" + body
	return secret.Secret(text + checksum(text)), nil
}

// Parse reads the text of an Authorization header. A key of ours must have the
// right checksum; any other text is a migrated key when it has 32 to 512
// printable ASCII characters. Everything else is fault.Unauthenticated.
func Parse(text string) (secret.Secret, error) {
	if printed(text) {
		if checksum(text[:printedSize-checkSize]) != text[printedSize-checkSize:] {
			return "", refused()
		}
		return secret.Secret(text), nil
	}
	if strings.HasPrefix(text, prefix) || len(text) < minMigrated || len(text) > maxMigrated || !printableASCII(text) {
		return "", refused()
	}
	return secret.Secret(text), nil
}

func refused() error { return fault.New(fault.Unauthenticated, "the key is not valid") }

// Handle is the public part inside a key: its ten characters, or nothing for a
// migrated key.
func Handle(k secret.Secret) string {
	if text := k.Reveal(); printed(text) {
		return text[len(prefix) : len(prefix)+handleSize]
	}
	return ""
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// letters draws n letters evenly: bytes beyond the largest multiple of 62 are
// thrown away.
func letters(random io.Reader, n int) (string, error) {
	const even = 256 / len(alphabet) * len(alphabet)
	out := make([]byte, 0, n)
	buf := make([]byte, n)
	for len(out) < n {
		if _, err := io.ReadFull(random, buf); err != nil {
			return "", fmt.Errorf("draw a key: %w", err)
		}
		for _, b := range buf {
			if int(b) < even && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out), nil
}

// checksum is CRC-32 in six letters, most significant first.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	var out [checkSize]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = alphabet[sum%uint32(len(alphabet))]
		sum /= uint32(len(alphabet))
	}
	return string(out[:])
}

func alphanumeric(text string) bool {
	for i := range len(text) {
		c := text[i]
		if small := c | 0x20; (small < 'a' || small > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func printableASCII(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
