// Package gateway is the door through which callers start and watch runs.
package gateway

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/api/docs"
	"github.com/onsethq/onset/services/gateway/internal/api/flowra"
	"github.com/onsethq/onset/services/gateway/internal/api/kortix"
	"github.com/onsethq/onset/services/gateway/internal/api/native"
	"github.com/onsethq/onset/services/gateway/internal/api/people"
	"github.com/onsethq/onset/services/gateway/internal/api/phinite"
	"github.com/onsethq/onset/services/gateway/internal/peer"
	"github.com/onsethq/onset/services/gateway/internal/wait"
	"github.com/onsethq/onset/services/gateway/internal/watch"
)

// Module listens on ONSET_ADDR and serves every surface there.
func Module(env *boot.Env) (boot.Service, error) { return open(env, patience) }

func open(env *boot.Env, patience time.Duration) (*service, error) {
	watcher, err := watch.New(env.Store, env.Metrics, env.Log)
	if err != nil {
		return nil, err
	}
	listener, err := env.Listen()
	if err != nil {
		return nil, err
	}
	room := wait.NewRoom(env.Queue, poll)
	door := doorOf(env, room, patience)
	env.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "onset_http_waiting", Help: "Calls and live views that wait for runs at this gateway.",
	}, func() float64 { return float64(room.Waiting()) }))
	bounded := &peer.Listener{
		Listener: listener, Most: env.Settings.AddressConns, Proxies: door.Proxies, Refused: door.Metrics.ConnectionRefused,
	}
	return &service{
		listener: bounded,
		room:     room,
		watcher:  watcher,
		drain:    env.Settings.Drain,
		server: &http.Server{
			Handler:  door.Handler(),
			ErrorLog: slog.NewLogLogger(env.Log.Handler(), slog.LevelDebug),
		},
	}, nil
}

const (
	// patience is how long a call waits for the database: a caller is to hear
	// within a second that it is away.
	patience = 900 * time.Millisecond
	// poll is how often a synchronous call looks at its run when nobody
	// announced its end.
	poll = time.Second
)

// doorOf puts the surfaces together.
func doorOf(env *boot.Env, room *wait.Room, patience time.Duration) *api.API {
	launcher := launch.Launcher{Bells: env.Queue, SyncLimit: env.Settings.SyncLimit, RunLimit: env.Settings.RunLimit}
	kinds := trigger.NewRegistry(providers.All()...)
	pepper := env.Keyring.Derive(key.Pepper)
	links := link.Signer{Key: env.Keyring.Derive(link.Purpose), Base: env.Settings.BaseURL()}
	inbound := api.Inbound{Heavy: &api.Heavy{}, Intake: intake.Intake{
		Store: env.Store, Launcher: launcher, Providers: kinds, Secrets: sendersOf(env).of, Noise: &intake.Noise{},
		Keep: env.Settings.RetainDeliveries, KeepRejected: env.Settings.RetainRejected, Now: env.Now,
	}}
	return &api.API{
		Store:  env.Store,
		Pepper: pepper,
		Surfaces: documented(
			phinite.Phinite{Launcher: launcher, Inbound: inbound, Providers: kinds, Room: room, Patience: patience, Now: env.Now, Announce: env.Queue.Announce}.Surface(),
			kortix.Kortix{Inbound: inbound, Patience: patience}.Surface(),
			flowra.Flowra{Inbound: inbound, Patience: patience}.Surface(),
			people.People{Store: env.Store, Links: links, Knock: env.Queue.Knock, Announce: env.Queue.Announce}.Surface(),
			native.Native{
				Workspaces: env.Store, Launcher: launcher, Inbound: inbound, Providers: kinds, Kinds: env.Kinds, Secrets: env.Keyring,
				Pepper: pepper, Random: rand.Reader, Links: links, Base: env.Settings.BaseURL(), Tier: env.Settings.DefaultTier, Now: env.Now,
				Room: room, Patience: patience, Announce: env.Queue.Announce,
			}.Surface(),
		),
		Patience:    patience,
		KeyRate:     env.Settings.KeyRate,
		AddressRate: env.Settings.AddressRate,
		Proxies:     env.Settings.Proxies(),
		Metrics:     api.NewMetrics(env.Metrics),
		Log:         env.Log,
		Now:         env.Now,
	}
}

// documented puts the document of the surfaces in front of them.
func documented(surfaces ...api.Surface) []api.Surface {
	said, err := docs.Surface(surfaces...)
	if err != nil {
		panic("gateway: a route is not documented: " + err.Error()) // a mistake in this repository
	}
	return append([]api.Surface{said}, surfaces...)
}

// Document is the OpenAPI document of everything that the gateway serves, as
// JSON.
func Document() ([]byte, error) {
	return docs.Document(phinite.Phinite{}.Surface(), kortix.Kortix{}.Surface(), flowra.Flowra{}.Surface(), people.People{}.Surface(), native.Native{}.Surface())
}

type service struct {
	listener net.Listener
	server   *http.Server
	room     *wait.Room
	watcher  *watch.Watcher
	drain    time.Duration
}

// Name is "gateway".
func (s *service) Name() string { return "gateway" }

// Run serves until ctx ends. Then calls that wait for a run are answered with
// what is known, and the others finish within the drain time.
func (s *service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.room.Run(ctx) })
	group.Go(func() error { s.watcher.Run(ctx); return nil })
	group.Go(func() error { return boot.Serve(ctx, s.server, s.listener, s.drain) })
	return group.Wait()
}
