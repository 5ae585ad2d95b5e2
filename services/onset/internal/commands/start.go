package commands

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
)

func start(at *server) *cobra.Command {
	var env, message, once string
	var wait, asJSON bool
	var given variables
	c := &cobra.Command{
		Use:     "start NAME",
		Short:   "Start a trigger in the background",
		Args:    Named("the name of a trigger"),
		Example: "  onset trigger start echo --message hello --var name=Ada --wait",
	}
	c.Flags().StringVar(&env, "env", "DEV", "environment: DEV, UAT or PROD")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	c.Flags().StringVar(&once, "idempotency-key", "", "starts with the same key are one run")
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end")
	c.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	given.flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx := c.Context()
		s, err := at.open(userKey)
		if err != nil {
			return err
		}
		if once != "" {
			s.Header = http.Header{"Idempotency-Key": {once}}
		}
		vars, err := given.read()
		if err != nil {
			return err
		}
		own, err := ownOf(ctx, s)
		if err != nil {
			return err
		}
		var a answer
		body := map[string]any{"message": message, "user_variables": vars}
		if err := s.Do(ctx, http.MethodPost, path("/trigger/start", own.ID, args[0], env), body, &a); err != nil {
			return unknownTrigger(args[0], err)
		}
		if wait {
			if a, err = await(ctx, s, own.ID, a, c.ErrOrStderr()); err != nil {
				return err
			}
		}
		return a.print(c.OutOrStdout(), asJSON)
	}
	return c
}

// unknownTrigger says where to look for the right name.
func unknownTrigger(name string, err error) error {
	var p *client.Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound && p.Code != "no_build" {
		return fmt.Errorf("there is no trigger %q in the key's workspace: bootstrap.json and GET …/triggers list those that exist", name)
	}
	return explained(err)
}
