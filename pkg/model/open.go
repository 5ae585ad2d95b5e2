package model

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// EchoRef names the offline model, which every environment has.
const EchoRef = "onset/echo"

// What keeps a reference from being opened; trying again does not help.
var (
	ErrUnknown       = errors.New("no such model connection in this environment")
	ErrNoModel       = errors.New("neither the reference nor the connection names a model")
	ErrSecretMissing = errors.New("the secret of the model connection is not set")
)

// Open finds the model that ref names: "<connection>" for the connection's own
// model, or "<connection>/<model>" for another one of the same server.
func Open(ref string, connections map[string]Connection, secrets map[string]string, client *http.Client) (Chat, error) {
	if ref == EchoRef {
		return Echo{}, nil
	}
	name, model, _ := strings.Cut(ref, "/")
	c, ok := connections[name]
	if !ok {
		return nil, fmt.Errorf("model %q: %w", ref, ErrUnknown)
	}
	if model == "" {
		model = c.Model
	}
	if model == "" {
		return nil, fmt.Errorf("model %q: %w", ref, ErrNoModel)
	}
	key := secrets[c.Secret]
	if c.Secret != "" && key == "" {
		return nil, fmt.Errorf("model %q: %w: %s", ref, ErrSecretMissing, c.Secret)
	}
	return OpenAI{BaseURL: c.BaseURL, Key: key, Model: model, USDPerMTok: c.USDPerMTok, Whole: c.Whole, HTTP: client}, nil
}
