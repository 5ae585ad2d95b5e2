package signature

import (
	"errors"
	"strings"
)

// basicAuth is a user and a password. The secret is both, "user:password".
var basicAuth = Scheme{
	Name:     "basic",
	names:    []names{{proof: "Authorization"}},
	layout:   credentials("Basic"),
	encoding: inBase64,
	key:      basicKey,
}

var errBasicSecret = errors.New("the secret is not of basic authentication: user:password is expected")

func basicKey(secret string) (key, error) {
	user, password, found := strings.Cut(secret, ":")
	if !found || user+password == "" {
		return nil, errBasicSecret
	}
	return shared(secret), nil
}
