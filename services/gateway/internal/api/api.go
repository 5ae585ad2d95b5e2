package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/memo"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/peer"
)

// Store is what the door needs of the store: to find out whose key it is, and
// to narrow itself to that workspace.
type Store interface {
	Authenticate(ctx context.Context, mac []byte) (key.Key, tenant.Workspace, error)
	Enter(ctx context.Context, mac []byte, trigger, environment string) (store.Entry, error)
	Recall(mac []byte, trigger, environment string) (store.Entry, bool)
	Look(ctx context.Context, mac []byte, run uuid.UUID, records int) (store.Sight, error)
	Still(ctx context.Context, mac []byte, run uuid.UUID, state string) (bool, error)
	TouchKey(ctx context.Context, id uuid.UUID, at time.Time) error
	In(workspace uuid.UUID) store.Tenant
}

// API is the door: every surface behind one listener.
type API struct {
	Store Store
	// Pepper is under every key's MAC.
	Pepper []byte
	// Surfaces answer for the paths that begin with their prefixes; the last
	// one for all others as well.
	Surfaces []Surface
	// Patience is how long a call waits for the database before it says 503.
	Patience time.Duration
	// KeyRate is how many requests a second one key may send through this
	// gateway, and twice as many at once; 0 sets no limit.
	KeyRate int
	// AddressRate is the same of one source address, whatever keys it shows.
	AddressRate int
	// Proxies are those whose word about the source address counts.
	Proxies peer.Proxies
	Metrics *Metrics
	Log     *slog.Logger
	Now     func() time.Time

	hasher  key.Hasher
	pens    sync.Pool // of *pen
	guesses guesses
	paces   paces[uuid.UUID]
	crowds  paces[netip.Prefix]
	breaker breaker
	views   memo.Memo[viewer, *View]
	outages seldom
	floods  seldom
	known   []pattern
}

// Handler mounts every route of every surface.
func (a *API) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil) // nil cannot fail; a peer is who connects, whatever it says
	engine.UseRawPath = true
	engine.RedirectTrailingSlash = false
	for i := range a.Surfaces {
		s := &a.Surfaces[i]
		for j := range s.Routes {
			r := &s.Routes[j]
			engine.Handle(r.Method, r.Path, a.serve(s, r))
			a.known = append(a.known, patternOf(r))
		}
	}
	engine.NoRoute(a.unrouted)
	a.hasher.Pepper = a.Pepper
	a.breaker = newBreaker()
	a.views.Size, a.views.Weigh = viewBytes, (*View).size
	return a.fewHeaders(engine)
}

// Routes lists method and path of everything that Handler mounts.
func (a *API) Routes() []Route {
	var all []Route
	for _, s := range a.Surfaces {
		all = append(all, s.Routes...)
	}
	return all
}
