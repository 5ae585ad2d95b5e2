package commands

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/client"
)

// explained adds to a refusal what the person could do about it.
func explained(err error) error {
	var refused *client.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Status == http.StatusUnauthorized:
		return fmt.Errorf("%w\n  the server does not know this key: was it revoked, or does --server point elsewhere?", told(err, refused))
	case refused.Status == http.StatusForbidden:
		return fmt.Errorf("%w\n  this key may not do that: use one with that scope and environment, such as the admin_key of bootstrap.json (onset key list shows what each may do)", told(err, refused))
	case refused.Code == client.NoBuild:
		return fmt.Errorf("%w\n  assign one: `onset env promote`, or `onset apply` with `assign` in the manifest; or say another --env", told(err, refused))
	case refused.RetryAfter > 0:
		return fmt.Errorf("%w\n  try again in %s", told(err, refused), refused.RetryAfter)
	}
	return told(err, refused)
}

// told is the error with a line of its own for each place that is wrong.
func told(err error, refused *client.Error) error {
	if len(refused.Errors) == 1 && refused.Errors[0].Message == refused.Detail {
		return err // it says where
	}
	text := refused.Detail
	if text == "" {
		text = "the server refused: " + refused.Error()
	}
	for _, wrong := range refused.Errors {
		text += "\n  " + strings.TrimPrefix(wrong.Path+": "+wrong.Message, ": ")
	}
	return errors.New(strings.Replace(err.Error(), refused.Error(), text, 1))
}

// missing says whether the server knows no such thing.
func missing(err error) bool {
	var refused *client.Error
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound && refused.Code != client.NoBuild
}
