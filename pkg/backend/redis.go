package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/queue"
	"github.com/onsethq/onset/pkg/secret"
)

// asking bounds the one question that is put to Redis at start.
const asking = 2 * time.Second

// Redis opens the queue at url. A Redis that is away stops nobody: work is
// found in the database until it is back. A Redis that would throw bells away
// does stop the start.
func Redis(ctx context.Context, env *boot.Env, url secret.Secret) error {
	client, err := queue.Dial(url)
	if err != nil {
		return fmt.Errorf("REDIS_URL %w", err)
	}
	env.OnClose(client.Close)
	env.Queue = queue.New(client, queue.Options{BellPoll: env.Settings.BellPoll, Log: env.Log})

	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	policy, err := env.Queue.CheckPolicy(ctx)
	switch {
	case errors.Is(err, queue.ErrEvicts):
		return fmt.Errorf("REDIS_URL: %w (it is %s)", err, policy)
	case err != nil:
		env.Log.WarnContext(ctx, "redis is away; runs start at poll speed", "error", err)
	}
	return nil
}
