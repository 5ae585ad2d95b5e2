package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Version is which release this Redis is, such as "7.0.15", or the one that a
// relative of it claims to be. Where asking is forbidden it is empty and no
// error.
func (q *Queue) Version(ctx context.Context) (string, error) {
	said, err := q.client.Info(ctx, "server").Result()
	var refused redis.Error
	if errors.As(err, &refused) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask redis for its version: %w", err)
	}
	for line := range strings.Lines(said) {
		if version, ok := strings.CutPrefix(line, "redis_version:"); ok {
			return strings.TrimSpace(version), nil
		}
	}
	return "", nil
}
