package boot

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/secret"
)

// Settings are what the environment says, read once at start. Every one has a
// default that works on a laptop; the help tag is what people read about it.
type Settings struct {
	Addr      string `env:"ONSET_ADDR" envDefault:"127.0.0.1:8080" help:"where the gateway listens"`
	AdminAddr string `env:"ONSET_ADMIN_ADDR" envDefault:"127.0.0.1:9090" help:"where /livez, /readyz and /metrics answer; no authentication"`
	PublicURL string `env:"ONSET_PUBLIC_URL" help:"the address that people and callbacks see; empty means http:// and ONSET_ADDR"`

	Mode        Mode          `env:"ONSET_MODE" help:"local (default of up) or hosted (default of the services)"`
	DataDir     string        `env:"ONSET_DATA_DIR" envDefault:"./data" help:"SQLite file, master key and bootstrap.json"`
	DatabaseURL secret.Secret `env:"DATABASE_URL" help:"postgres://...; empty means the SQLite file, which only up can open"`
	RedisURL    secret.Secret `env:"REDIS_URL" help:"redis://...; empty means the one inside the process, which only up has"`
	MasterKey   secret.Secret `env:"ONSET_MASTER_KEY" help:"32 random bytes in base64; up makes and keeps one in local mode"`

	Manifest    string   `env:"ONSET_MANIFEST" help:"a manifest that onset up applies at start"`
	DefaultTier string   `env:"ONSET_DEFAULT_TIER" envDefault:"enterprise" help:"the tier of a workspace that names none"`
	EgressAllow []string `env:"ONSET_EGRESS_ALLOW" help:"host:port pairs, with commas, that graphs may call although their address is private"`

	WebhookSecret secret.Secret `env:"TRIGGER_WEBHOOK_SECRET" help:"by which triggers of kind webhook that have no secret of their own know their senders; in hosted mode only in workspaces that ask for it"`

	RunLimit       time.Duration `env:"ONSET_RUN_LIMIT" envDefault:"2700s" help:"how long a run may execute, over all attempts"`
	SyncLimit      time.Duration `env:"ONSET_SYNC_LIMIT" envDefault:"150s" help:"how long a synchronous run may take from its acceptance"`
	Concurrency    int           `env:"ONSET_CONCURRENCY" envDefault:"32" help:"background runs at once in each worker; synchronous ones have half as many places beside them"`
	KeyRate        int           `env:"ONSET_KEY_RATE" envDefault:"10000" help:"requests a second that one key may send through each gateway, twice as many at once; 0 sets no limit"`
	AddressRate    int           `env:"ONSET_ADDRESS_RATE" envDefault:"20000" help:"requests a second that one source address (IPv6: one /64) may send through each gateway, twice as many at once, whatever its keys; 0 sets no limit"`
	AddressConns   int           `env:"ONSET_ADDRESS_CONNECTIONS" envDefault:"20000" help:"connections that one source address may hold to each gateway; 0 sets no limit"`
	TrustedProxies []string      `env:"ONSET_TRUSTED_PROXIES" help:"networks, with commas, whose X-Forwarded-For says where a request comes from, such as 10.0.0.0/8; empty believes nobody"`
	Drain          time.Duration `env:"ONSET_DRAIN" envDefault:"60s" help:"how long a stopping process lets its work finish"`

	RetainAudit time.Duration `env:"ONSET_RETAIN_AUDIT" envDefault:"8760h" help:"how long the record of who changed what is kept; it holds for what is recorded from then on"`
	RetainFires time.Duration `env:"ONSET_RETAIN_FIRES" envDefault:"2160h" help:"how long it is kept what became of the moments of schedules, and backfills that have ended"`

	RetainDeliveries time.Duration `env:"ONSET_RETAIN_DELIVERIES" envDefault:"168h" help:"how long what arrived at webhooks is kept; it holds for what arrives from then on"`
	RetainRejected   time.Duration `env:"ONSET_RETAIN_REJECTED" envDefault:"24h" help:"the same of what arrived and could not be verified"`

	Lease    time.Duration `env:"ONSET_LEASE" envDefault:"30s" help:"how long a run stays with a worker that is not heard of"`
	Sweep    time.Duration `env:"ONSET_SWEEP" envDefault:"5s" help:"how often lost leases and deadlines are looked for"`
	Dispatch time.Duration `env:"ONSET_DISPATCH" envDefault:"100ms" help:"how often waiting starts are admitted when nobody knocked"`
	BellPoll time.Duration `env:"ONSET_BELL_POLL" envDefault:"1s" help:"how often a worker looks for bells that no nudge announced"`
	Poll     time.Duration `env:"ONSET_POLL" envDefault:"2s" help:"how often a worker looks for runs that no bell announced"`

	Profile  bool       `env:"ONSET_PROFILE" help:"serve /debug/pprof/ at ONSET_ADMIN_ADDR: where the processor's time and the memory go"`
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error"`
}

// Mode says who else is on this machine.
type Mode string

const (
	// Local is one person's machine: what is missing is made up.
	Local Mode = "local"
	// Hosted serves others: what is missing stops the start.
	Hosted Mode = "hosted"
)

// BaseURL is where callers reach the gateway, without a slash at the end.
func (s Settings) BaseURL() string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	return "http://" + s.Addr
}

// shortestSync is below what synchronous callers of the published surfaces are
// told to expect.
const shortestSync = 120 * time.Second

// Warnings are sentences about settings that work and may surprise.
func (s Settings) Warnings() []string {
	var out []string
	if s.SyncLimit < shortestSync {
		out = append(out, fmt.Sprintf("ONSET_SYNC_LIMIT is %s: callers may expect a synchronous run to have %s", s.SyncLimit, shortestSync))
	}
	if len(s.EgressAllow) > 0 {
		out = append(out, "ONSET_EGRESS_ALLOW lets graphs call "+strings.Join(s.EgressAllow, ", ")+", whatever address that is")
	}
	return out
}
