package embedded

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/secret"
)

// inside starts a Redis in this process, on a loopback port, behind a password
// of its own. It forgets everything when the process ends; the database does
// not, and rings again.
func inside(env *boot.Env) (url secret.Secret, err error) {
	m := miniredis.NewMiniRedis()
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return "", fmt.Errorf("start the redis inside: %w", err)
	}
	stop := wind(m, time.Second)
	env.OnClose(func() error {
		stop()
		m.Close()
		return nil
	})
	return secret.Secret(fmt.Sprintf("redis://:%s@%s", password, m.Addr())), nil
}

// wind moves the clock of m, which has none of its own: without it nothing in
// it would ever expire.
func wind(m *miniredis.Miniredis, step time.Duration) (stop func()) {
	done := make(chan struct{})
	var turning sync.WaitGroup
	turning.Go(func() {
		tick := time.NewTicker(step)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				m.FastForward(step)
			}
		}
	})
	return func() {
		close(done)
		turning.Wait()
	}
}
