package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// Generation leaves a mark in Redis and says whether the mark of the last look
// is gone: then Redis has lost data, and every bell that was rung must be taken
// for unheard. The first look of a process says so only when no mark was there.
func (q *Queue) Generation(ctx context.Context) (changed bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	fresh, err := q.client.SetNX(ctx, q.names.generation(), uuid.NewString(), 0).Result()
	if err != nil {
		return false, fmt.Errorf("mark redis: %w", err)
	}
	mark, err := q.client.Get(ctx, q.names.generation()).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, fmt.Errorf("read the mark of redis: %w", err)
	}
	changed = fresh || (q.generation != "" && mark != q.generation)
	q.generation = mark
	return changed, nil
}

// ErrEvicts says that this Redis throws keys away when memory is short.
var ErrEvicts = errors.New("redis evicts keys when memory is short: set maxmemory-policy to noeviction")

// CheckPolicy asks what Redis does when memory is short: anything but
// noeviction is ErrEvicts, because an evicted bell blocks its place for ever.
// Where asking is forbidden the policy is "unknown" and no error.
func (q *Queue) CheckPolicy(ctx context.Context) (policy string, err error) {
	const name = "maxmemory-policy"
	found, err := q.client.ConfigGet(ctx, name).Result()
	var refused redis.Error
	if errors.As(err, &refused) || (err == nil && found[name] == "") {
		return "unknown", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask redis for %s: %w", name, err)
	}
	if policy = found[name]; !strings.EqualFold(policy, "noeviction") {
		return policy, ErrEvicts
	}
	return policy, nil
}
