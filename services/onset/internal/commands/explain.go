package commands

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/onsethq/onset/services/onset/internal/client"
)

// explained adds to a refusal what the person could do about it.
func explained(err error) error {
	var p *client.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch {
	case p.Status == http.StatusUnauthorized:
		return fmt.Errorf("%w\n  the server does not know this key: was it revoked, or does --server point elsewhere?", err)
	case p.Status == http.StatusForbidden:
		return fmt.Errorf("%w\n  this key may not do that: use one with the scope, such as the admin_key of bootstrap.json (onset key list shows what each may do)", err)
	case p.Code == "no_build":
		return fmt.Errorf("%w\n  assign one: `onset env promote`, or `onset apply` with `assign` in the manifest; or say another --env", err)
	case p.After > 0:
		return fmt.Errorf("%w\n  try again in %s", err, p.After)
	}
	return err
}
