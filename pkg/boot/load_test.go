package boot

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/secret"
)

func TestNothingSetMeansTheShippedDefaults(t *testing.T) {
	t.Parallel()
	got, err := Load(map[string]string{"ONSET_ADDR": " "}, Local)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Addr: "127.0.0.1:8080", AdminAddr: "127.0.0.1:9090", Mode: Local, DataDir: "./data", DefaultTier: "enterprise",
		RunLimit: 2700 * time.Second, SyncLimit: 150 * time.Second, Concurrency: 32, KeyRate: 10_000, Drain: time.Minute,
		AddressRate: 20_000, AddressConns: 20_000, RetainAudit: 365 * 24 * time.Hour, RetainFires: 90 * 24 * time.Hour, RetainDeliveries: 7 * 24 * time.Hour, RetainRejected: 24 * time.Hour,
		Lease: 30 * time.Second, Sweep: 5 * time.Second, Dispatch: 100 * time.Millisecond, BellPoll: time.Second, Poll: 2 * time.Second,
		LogLevel: slog.LevelInfo,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsSetIsRead(t *testing.T) {
	t.Parallel()
	const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	got, err := Load(map[string]string{
		"ONSET_MODE": "hosted", "ONSET_LEASE": "2s", "ONSET_EGRESS_ALLOW": "127.0.0.1:9999,[::1]:80", "LOG_LEVEL": "debug",
		"DATABASE_URL": "postgres://u:hunter2@h/d", "REDIS_URL": "rediss://:hunter2@h:6379/2", "ONSET_MASTER_KEY": key,
		"ONSET_PUBLIC_URL": "https://onset.example.com/",
	}, Local)
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode != Hosted || got.Lease != 2*time.Second || got.LogLevel != slog.LevelDebug || got.MasterKey != secret.Secret(key) ||
		!slices.Equal(got.EgressAllow, []string{"127.0.0.1:9999", "[::1]:80"}) || got.BaseURL() != "https://onset.example.com" {
		t.Errorf("read %+v", got)
	}
	if printed := fmt.Sprintf("%+v %#v", got, got); strings.Contains(printed, "hunter2") || strings.Contains(printed, key) {
		t.Error("printed settings show their secrets")
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"ONSET_ADDR":                "8080",
		"ONSET_ADMIN_ADDR":          "localhost",
		"ONSET_PUBLIC_URL":          "onset.example.com",
		"ONSET_MODE":                "cloud",
		"DATABASE_URL":              "mysql://u:hunter2@h/d",
		"REDIS_URL":                 "http://:hunter2@h",
		"ONSET_MASTER_KEY":          "hunter2",
		"ONSET_EGRESS_ALLOW":        "127.0.0.1",
		"ONSET_RUN_LIMIT":           "45",
		"ONSET_SYNC_LIMIT":          "-1s",
		"ONSET_CONCURRENCY":         "many",
		"ONSET_KEY_RATE":            "-1",
		"ONSET_ADDRESS_RATE":        "-1",
		"ONSET_ADDRESS_CONNECTIONS": "lots",
		"ONSET_TRUSTED_PROXIES":     "10.0.0.0/8,proxy.example",
		"ONSET_RETAIN_AUDIT":        "1h",
		"ONSET_RETAIN_FIRES":        "90d",
		"ONSET_DRAIN":               "0s",
		"ONSET_LEASE":               "10ms",
		"ONSET_SWEEP":               "soon",
		"ONSET_DISPATCH":            "0",
		"ONSET_BELL_POLL":           "-2s",
		"ONSET_POLL":                "0s",
		"LOG_LEVEL":                 "loud",
	}
	_, err := Load(bad, Local)
	if err == nil {
		t.Fatal("all of it was accepted")
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	if len(lines) != len(bad) {
		t.Errorf("%d mistakes told, %d made:\n%v", len(lines), len(bad), err)
	}
	for _, line := range lines {
		name, write, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if _, made := bad[name]; !made || !strings.HasPrefix(write, "write ") {
			t.Errorf("the line does not say what to write: %q", line)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error repeats a secret: %v", err)
	}
}

// Every setting has a check, or a type that needs none.
func TestChecksNameSettingsThatExist(t *testing.T) {
	t.Parallel()
	var names []string
	for _, v := range Variables() {
		names = append(names, v.Name)
		if v.Name == "" || v.Help == "" {
			t.Errorf("setting %+v is not explained", v)
		}
	}
	for _, c := range (Settings{}).checks() {
		if !slices.Contains(names, c.name) {
			t.Errorf("a check for %s, which is no setting", c.name)
		}
	}
}

func TestProxiesAreNetworksOrAddresses(t *testing.T) {
	t.Parallel()
	s, err := Load(map[string]string{"ONSET_TRUSTED_PROXIES": "10.1.2.3/8,fd00::/8,192.0.2.1"}, Local)
	if got := fmt.Sprint(s.Proxies()); err != nil || got != "[10.0.0.0/8 fd00::/8 192.0.2.1/32]" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTypingErrorsInNamesAreFound(t *testing.T) {
	t.Parallel()
	got := Unknown(map[string]string{"ONSET_LEESE": "1s", "ONSET_LEASE": "1s", "ONSET_API_KEY": "k", "PATH": "/bin", "ONSET_A": ""})
	if !slices.Equal(got, []string{"ONSET_A", "ONSET_LEESE"}) {
		t.Errorf("found %v", got)
	}
}

func TestSettingsThatMaySurpriseWarn(t *testing.T) {
	t.Parallel()
	s, err := Load(map[string]string{"ONSET_SYNC_LIMIT": "20s", "ONSET_EGRESS_ALLOW": "127.0.0.1:9"}, Local)
	if err != nil || len(s.Warnings()) != 2 {
		t.Errorf("warnings %q, %v", s.Warnings(), err)
	}
	if plain, _ := Load(nil, Local); len(plain.Warnings()) != 0 {
		t.Errorf("the defaults warn: %q", plain.Warnings())
	}
}
