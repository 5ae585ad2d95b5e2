package boot

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/queue"
	"github.com/onsethq/onset/pkg/secret"
)

// check is what a setting's type cannot say.
type check struct {
	name  string
	ok    bool
	write string
}

const (
	address  = "write host:port, such as 127.0.0.1:8080"
	positive = "write a duration above zero, such as 2s"
)

// shortestLease leaves a heartbeat (a sixth of it) time for a slow statement.
const shortestLease = time.Second

func (s Settings) checks() []check {
	return []check{
		{"ONSET_ADDR", isAddress(s.Addr), address},
		{"ONSET_ADMIN_ADDR", isAddress(s.AdminAddr), address},
		{"ONSET_PUBLIC_URL", s.PublicURL == "" || isHTTP(s.PublicURL), "write the whole address, such as https://onset.example.com"},
		{"ONSET_MODE", s.Mode == Local || s.Mode == Hosted, "write local or hosted"},
		{"DATABASE_URL", s.DatabaseURL == "" || isPostgres(s.DatabaseURL), "write postgres://user:password@host:5432/database"},
		{"REDIS_URL", s.RedisURL == "" || isRedis(s.RedisURL), "write redis://[user:password@]host:6379[/db], or rediss:// for TLS"},
		{"ONSET_MASTER_KEY", s.MasterKey == "" || isMaster(s.MasterKey), "write 32 random bytes in base64, as `openssl rand -base64 32` prints them"},
		{"ONSET_EGRESS_ALLOW", allAddresses(s.EgressAllow), "write host:port pairs with commas between them, such as 127.0.0.1:9999"},
		{"ONSET_RUN_LIMIT", s.RunLimit > 0, positive},
		{"ONSET_SYNC_LIMIT", s.SyncLimit > 0, positive},
		{"ONSET_CONCURRENCY", s.Concurrency >= 1 && s.Concurrency <= 10_000, "write a number from 1 to 10000"},
		{"ONSET_KEY_RATE", s.KeyRate >= 0 && s.KeyRate <= 1_000_000, "write a number from 0 (no limit) to 1000000"},
		{"ONSET_ADDRESS_RATE", s.AddressRate >= 0 && s.AddressRate <= 1_000_000, "write a number from 0 (no limit) to 1000000"},
		{"ONSET_ADDRESS_CONNECTIONS", s.AddressConns >= 0 && s.AddressConns <= 1_000_000, "write a number from 0 (no limit) to 1000000"},
		{"ONSET_TRUSTED_PROXIES", len(s.Proxies()) == len(s.TrustedProxies), "write networks with commas between them, such as 10.0.0.0/8,fd00::/8"},
		{"ONSET_RETAIN_FIRES", s.RetainFires >= 24*time.Hour, "write a duration of at least 24h"},
		{"ONSET_RETAIN_DELIVERIES", s.RetainDeliveries >= time.Hour, "write a duration of at least 1h"},
		{"ONSET_RETAIN_REJECTED", s.RetainRejected >= time.Minute, "write a duration of at least 1m"},
		{"ONSET_RETAIN_AUDIT", s.RetainAudit >= 24*time.Hour, "write a duration of at least 24h"},
		{"ONSET_DRAIN", s.Drain > 0, positive},
		{"ONSET_LEASE", s.Lease >= shortestLease, "write a duration of at least 1s"},
		{"ONSET_SWEEP", s.Sweep > 0, positive},
		{"ONSET_DISPATCH", s.Dispatch > 0, positive},
		{"ONSET_BELL_POLL", s.BellPoll > 0, positive},
		{"ONSET_POLL", s.Poll > 0, positive},
	}
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	return err == nil && port != ""
}

func allAddresses(texts []string) bool {
	for _, text := range texts {
		if host, _, err := net.SplitHostPort(text); err != nil || host == "" || !isAddress(text) {
			return false
		}
	}
	return true
}

// Proxies are the networks of ONSET_TRUSTED_PROXIES; a text that is none is left
// out. An address alone is a network of one.
func (s Settings) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range s.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if a, isAddress := netip.ParseAddr(text); isAddress == nil {
			network, err = a.Prefix(a.BitLen())
		}
		if err == nil {
			out = append(out, network.Masked())
		}
	}
	return out
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func isPostgres(s secret.Secret) bool {
	text := s.Reveal()
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

func isRedis(s secret.Secret) bool {
	client, err := queue.Dial(s)
	if err != nil {
		return false
	}
	_ = client.Close()
	return true
}

func isMaster(s secret.Secret) bool {
	_, err := secret.NewKeyring(s)
	return err == nil
}
