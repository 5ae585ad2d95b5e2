package boot

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// newLog writes lines for people in local mode and JSON for machines else.
func newLog(w io.Writer, s Settings) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel}
	if s.Mode == Local {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// RedisLog sends what the Redis client has to say to log, at debug level. The
// client has one such place for the whole process.
func RedisLog(log *slog.Logger) { redis.SetLogger(redisLog{log}) }

// redisLog hands the Redis client's own lines to ours. Connections that come
// and go are no news: the queue says once when bells stop and once when they
// ring again.
type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "redis", "says", fmt.Sprintf(format, args...))
}
