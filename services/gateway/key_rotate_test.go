package gateway

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// rotate rotates a key with another and gives the new one.
func (s *side) rotate(name, body string, with secret.Secret) (*reply, secret.Secret) {
	s.g.t.Helper()
	got := s.g.do(http.MethodPost, "/api/v1/workspaces/"+s.ws.Name+"/keys/"+name+"/rotate", body, bearer(with))
	text, _ := got.field("key").(string)
	return got, secret.Secret(text)
}

// opens says whether a key starts a run.
func (s *side) opens(k secret.Secret) bool {
	s.g.t.Helper()
	got := s.g.do(http.MethodPost, "/trigger/start/"+s.ws.Name+"/t_echo/DEV", "{}", bearer(k))
	if got.status != http.StatusOK {
		got.says(http.StatusUnauthorized, auth)
	}
	return got.status == http.StatusOK
}

func TestBothKeysWorkDuringTheOverlap(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws := g.side("ws1")
		for _, c := range []struct {
			body    string
			overlap time.Duration
		}{{"", 24 * time.Hour}, {"{}", 24 * time.Hour}, {`{"overlap":"1h30m"}`, 90 * time.Minute}, {`{"overlap":"168h"}`, 7 * 24 * time.Hour}} {
			old := ws.plain
			before := ws.ok(http.MethodGet, "/keys/plain", "")
			got, fresh := ws.rotate("plain", c.body, ws.admin)
			got.is(http.StatusCreated)
			for _, field := range []string{"name", "expires_at", "expires_in"} {
				if got.field(field) != before.field(field) {
					t.Errorf("%s is %v, want %v", field, got.field(field), before.field(field))
				}
			}
			replaced := got.field("replaces").(map[string]any)
			left, _ := replaced["expires_in"].(float64)
			if replaced["id"] != before.field("id") || replaced["replaced_by"] != got.field("id") || left > c.overlap.Seconds() || left < (c.overlap-slow).Seconds() {
				t.Errorf("%q: the old key is told as %v", c.body, replaced)
			}
			if !ws.opens(old) || !ws.opens(fresh) {
				t.Errorf("%q: both keys must work at once", c.body)
			}
			g.ahead.Add(int64(c.overlap - slow))
			if !ws.opens(old) || !ws.opens(fresh) {
				t.Errorf("%q: both keys must work until the overlap ends", c.body)
			}
			g.ahead.Add(int64(slow))
			if ws.opens(old) || !ws.opens(fresh) || !ws.opens(ws.dev) {
				t.Errorf("%q: after the overlap only the new one works, and every other key as before", c.body)
			}
			ws.plain = fresh
		}
		if ws.ok(http.MethodGet, "/keys/plain", "").field("last_used_at") == nil {
			t.Error("nobody sees that the key is used")
		}
		if log := g.log.String(); strings.Contains(log, ws.plain.Reveal()) {
			t.Error("the log holds the key")
		}
	})
}

func TestRotationAtOnceAndRevocationEndTheOldKey(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws := serve(t, s).side("ws1")
		got, first := ws.rotate("plain", `{"overlap":"0s"}`, ws.admin)
		if got.is(http.StatusCreated); ws.opens(ws.plain) || !ws.opens(first) {
			t.Error("without an overlap the old key is dead and the new one works")
		}
		got, second := ws.rotate("plain", "", ws.admin)
		got.is(http.StatusCreated)
		got, third := ws.rotate("plain", "", ws.admin)
		got.is(http.StatusCreated)
		if !ws.opens(first) || !ws.opens(second) || !ws.opens(third) {
			t.Error("who rotates twice has promised two overlaps")
		}
		ws.call(http.MethodDelete, "/keys/plain", "").is(http.StatusNoContent)
		if ws.opens(first) || ws.opens(second) || ws.opens(third) || !ws.opens(ws.dev) {
			t.Error("revoking the name ends every key of that name, and no other")
		}
	})
}

func TestConcurrentRotationsLeaveOneBearerOfTheName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws := serve(t, s).side("ws1")
		id := ws.ok(http.MethodGet, "/keys/plain", "").field("id").(string)
		answers, fresh := make([]*reply, 6), make([]secret.Secret, 6)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i], fresh[i] = ws.rotate(id, "", ws.admin) })
		}
		all.Wait()
		made := 0
		for i, got := range answers {
			if got.status == http.StatusCreated {
				made++
				if !ws.opens(fresh[i]) {
					t.Error("the new key does not work")
				}
				continue
			}
			got.refused(http.StatusConflict, "conflict")
		}
		if made != 1 || !ws.opens(ws.plain) {
			t.Errorf("%d rotations of one key", made)
		}
	})
}

func TestRotationGivesNobodyMore(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	soon := time.Now().Add(time.Hour)
	ws.key("prod", key.Key{Scopes: key.Presets["invoke"], Environments: []string{"PROD"}})
	manager := ws.key("manager", key.Key{Scopes: []key.Scope{key.KeyManage}})
	brief := ws.key("brief", key.Key{Scopes: key.Scopes, ExpiresAt: &soon})
	for _, c := range []struct {
		name string
		with secret.Secret
		code string
	}{
		{"admin", manager, "forbidden"},             // more scopes
		{"admin", brief, "forbidden"},               // longer
		{"plain", ws.plain, "forbidden"},            // no key:manage
		{"prod", ws.dev, "environment_not_allowed"}, // elsewhere
		{"admin", ws.dev, "environment_not_allowed"},
	} {
		got, _ := ws.rotate(c.name, "", c.with)
		got.refused(http.StatusForbidden, c.code)
	}

	// A key may rotate itself, once: what was given up cannot win its place back.
	for name, k := range map[string]secret.Secret{"manager": manager, "brief": brief, "dev": ws.dev} {
		got, fresh := ws.rotate(name, "", k)
		got.is(http.StatusCreated)
		got, _ = ws.rotate(name, "", k)
		got.refused(http.StatusForbidden, "forbidden")
		got, _ = ws.rotate(name, "", fresh)
		got.is(http.StatusCreated)
	}
	old := ws.ok(http.MethodGet, "/keys", "")
	if strings.Contains(old.body, manager.Reveal()) {
		t.Error("a key is shown again")
	}
	g.do(http.MethodGet, "/api/v1/whoami", "", bearer(manager)).is(http.StatusOK)
}

func TestOverlapIsADurationUpToAWeek(t *testing.T) {
	t.Parallel()
	_, ws, _ := onSQLite(t)
	for _, body := range []string{`{"overlap":""}`, `{"overlap":"soon"}`, `{"overlap":"-1s"}`, `{"overlap":"168h0m1s"}`, `{"overlap":60}`} {
		got, _ := ws.rotate("plain", body, ws.admin)
		got.refused(http.StatusUnprocessableEntity, "invalid")
	}
	got, _ := ws.rotate("plain", `{"overlaps":"1h"}`, ws.admin)
	got.refused(http.StatusUnprocessableEntity, "unknown_field")
	if k := ws.ok(http.MethodGet, "/keys/plain", ""); k.field("replaced_by") != nil || k.field("expires_in") != nil {
		t.Errorf("a refused rotation changed the key: %s", k.body)
	}
}

func TestRevokedNameOpensNothingWhoeverRotatedItMeanwhile(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws := serve(t, s).side("ws1")
		for range 10 {
			old := ws.key("contested", key.Key{Scopes: key.Presets["invoke"]})
			var fresh secret.Secret
			var rotated, revoked *reply
			var both sync.WaitGroup
			both.Go(func() { rotated, fresh = ws.rotate("contested", "", ws.admin) })
			both.Go(func() { revoked = ws.call(http.MethodDelete, "/keys/contested", "") })
			both.Wait()
			revoked.is(http.StatusNoContent)
			if ws.opens(old) || rotated.status == http.StatusCreated && ws.opens(fresh) {
				t.Fatalf("a key of a revoked name works; its rotation was answered %d", rotated.status)
			}
		}
	})
}
