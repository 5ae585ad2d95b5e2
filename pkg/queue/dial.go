package queue

import (
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/onsethq/onset/pkg/secret"
)

// Dial opens a client for a redis:// or rediss:// URL. It connects to nothing
// yet. Every wait is short, and nothing is repeated behind our back: a bell
// that was lost is rung again by the database's word.
func Dial(url secret.Secret) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(url.Reveal())
	if err != nil {
		// The cause would quote the URL, and with it the password.
		return nil, errors.New("is not a Redis address: write redis://[user:password@]host:6379[/db], or rediss:// for TLS")
	}
	o.MaxRetries = -1
	o.DialTimeout = time.Second
	o.ReadTimeout = 2 * time.Second
	o.WriteTimeout = 2 * time.Second
	o.PoolTimeout = time.Second
	o.PoolSize = 20
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}
