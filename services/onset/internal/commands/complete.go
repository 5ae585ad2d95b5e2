package commands

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/tenant"
)

// complete offers the words that a flag takes. It fails only for a flag that
// does not exist.
func complete[T ~string](c *cobra.Command, flag string, words ...T) {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = string(w)
	}
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(plain, cobra.ShellCompDirectiveNoFileComp))
}

func completeEnvironment(c *cobra.Command) { complete(c, "env", tenant.Environments...) }

// promptly bounds what a shell waits for when somebody presses the tab key.
const promptly = 2 * time.Second

// offered is how many things of a kind a shell is given to choose from.
const offered = 50

// choices offer the first argument from what the server has: the field of each
// thing in a list. A shell that asks for too much, of a server that is away or
// with a key that may not look, is offered nothing.
func (s *server) choices(of func(context.Context, workspace) (list, error), field string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), promptly)
		defer cancel()
		ws, err := s.enter(ctx, adminKey)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found, err := of(ctx, ws)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return fieldOf(found, field), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

func someRuns(ctx context.Context, w workspace) (list, error) {
	return w.runs(ctx, client.ListRunsParams{}, offered)
}

func someTriggers(ctx context.Context, w workspace) (list, error) {
	return w.triggers(ctx, client.ListTriggersParams{}, offered)
}

func someKeys(ctx context.Context, w workspace) (list, error) { return w.keys(ctx, offered) }

func fieldOf(l list, field string) (words []string) {
	for _, raw := range l.Items {
		var d map[string]any
		if json.Unmarshal(raw, &d) != nil {
			continue
		}
		if word, ok := d[field].(string); ok {
			words = append(words, word)
		}
	}
	return words
}
