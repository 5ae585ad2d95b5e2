package doctor

import (
	"context"
	"errors"

	"github.com/onsethq/onset/pkg/queue"
)

// redis looks at REDIS_URL.
func (d Doctor) redis(ctx context.Context) []Finding {
	if d.Settings.RedisURL == "" {
		return []Finding{unknown(redis, "REDIS_URL is not set here", "set it to that of the services to have it looked at")}
	}
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	client, err := queue.Dial(d.Settings.RedisURL)
	if err != nil {
		return []Finding{wrong(redis, "REDIS_URL "+err.Error(), "set REDIS_URL right")}
	}
	defer client.Close()
	absent := func(err error) []Finding {
		return []Finding{wrong(redis, "it cannot be asked: "+cause(err), "see that it runs, that it may be reached from here, and that REDIS_URL is right; until then runs start at poll speed")}
	}
	if err := client.Ping(ctx).Err(); err != nil { // a password that is not right is told here
		return absent(err)
	}
	q := queue.New(client, queue.Options{})
	version, err := q.Version(ctx)
	if err != nil {
		return absent(err)
	}
	out := []Finding{judgeRedis(version)}
	policy, err := q.CheckPolicy(ctx)
	if err != nil && !errors.Is(err, queue.ErrEvicts) {
		return append(out, silent(eviction, err))
	}
	return append(out, judgePolicy(policy))
}
