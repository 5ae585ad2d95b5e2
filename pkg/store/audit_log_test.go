package store_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// by is the mark of a request.
func by(action string) *audit.Mark {
	return &audit.Mark{Entry: audit.Entry{
		Actor: "key:ci", ActorID: uuid.New(), Action: action, Object: "as the path says", Address: "203.0.113.7", RequestID: "r1",
	}}
}

// logged are the entries of a workspace, oldest first.
func logged(t *testing.T, w store.Tenant, f store.AuditFilter) []audit.Entry {
	t.Helper()
	entries, _, err := w.AuditLog(t.Context(), f, store.Page{Limit: 200})
	must(t, err)
	slices.Reverse(entries)
	return entries
}

func TestChangesAreRecordedWithWhatTheyChanged(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, ctx := newWorld(t, s), t.Context()
		as := func() store.Tenant { return w.Audited(by("change")) }
		accepted, err := w.Accept(ctx, w.start())
		must(t, err)
		for _, c := range []struct {
			object, changes string
			do              func() error
		}{
			{"graph/digest", `[{"field":"checksum"`, func() error { _, _, err := as().PutGraph(ctx, says("digest", "good evening"), nil); return err }},
			{"", "", func() error { _, _, err := as().PutGraph(ctx, says("digest", "good evening"), nil); return err }},
			{"graph/digest/build/2", `[{"field":"checksum","before":null`, func() error { _, _, err := as().Freeze(ctx, "digest", "test"); return err }},
			{"", "", func() error { _, _, err := as().Freeze(ctx, "digest", "test"); return err }},
			{"environment/DEV/assignment/digest", `[{"field":"build","before":1,"after":2}]`, func() error { return failure(as().Assign(ctx, "DEV", "digest", 2, "test")) }},
			{"", "", func() error { return failure(as().Assign(ctx, "DEV", "digest", 2, "test")) }},
			{"environment/UAT/assignment/digest", `[{"field":"build","before":0,"after":2}]`, func() error { return failure(as().Assign(ctx, "UAT", "digest", 2, "test")) }},
			{"environment/DEV/secret/TOKEN", `[{"field":"value"}]`, func() error { return as().PutSecret(ctx, "DEV", "TOKEN", []byte{9}, "oken") }},
			{"environment/DEV/variable/URL", `[{"field":"value"}]`, func() error { return as().PutVariable(ctx, "DEV", "URL", "x") }},
			{"", "", func() error { return as().PutVariable(ctx, "DEV", "URL", "x") }},
			{"environment/DEV/variable/URL", `[{"field":"value"}]`, func() error { return as().DeleteValue(ctx, "DEV", store.VariableValue, "URL") }},
			{"trigger/nightly", `[{"field":"paused_reason","before":"","after":"why"},{"field":"status","before":"active","after":"paused"}]`, func() error {
				_, err := as().SetTriggerStatus(ctx, w.trigger.ID.String(), trigger.Paused, "why")
				return err
			}},
			{"", "", func() error { _, err := as().SetTriggerStatus(ctx, "nightly", trigger.Paused, "why"); return err }},
			{"trigger/nightly", `[{"field":"config"},{"field":"title","before":"Nightly digest","after":"T"}]`, func() error {
				g := nightly()
				g.Title, g.Config = "T", json.RawMessage(`{"cron": "1 9 * * *"}`)
				_, _, err := as().PutTrigger(ctx, g, nil)
				return err
			}},
			{"trigger/nightly", `[{"field":"status","before":"paused","after":"archived"}]`, func() error { return failure(as().SetTriggerStatus(ctx, "nightly", trigger.Archived, "")) }},
			{"trigger/nightly", `[{"field":"status","before":"archived","after":"paused"}]`, func() error { return failure(as().RestoreTrigger(ctx, "nightly")) }},
			{"trigger/nightly", `[{"field":"paused_reason","before":"why","after":""}`, func() error {
				return failure(as().ResumeTriggers(ctx, store.TriggerFilter{}, "", func(trigger.Trigger) bool { return true }))
			}},
			{"", "", func() error {
				return failure(as().ResumeTriggers(ctx, store.TriggerFilter{}, "", func(trigger.Trigger) bool { return true }))
			}},
			{"trigger/nightly", `[{"field":"labels"`, func() error {
				return failure(as().ChangeTrigger(ctx, "nightly", nil, func(g trigger.Trigger) (trigger.Trigger, error) {
					g.Labels = map[string]string{"owner": "nobody"}
					return g, nil
				}))
			}},
			{"trigger/weekly", `[{"field":"build","before":null,"after":0}`, func() error {
				g := nightly()
				g.Name = "weekly"
				_, _, err := as().CreateTrigger(ctx, g, store.Once{})
				return err
			}},
			{"trigger/weekly", `[{"field":"build","before":0,"after":null}`, func() error { return as().DeleteTrigger(ctx, "weekly") }},
			{"trigger/nightly", `[{"field":"build","before":0,"after":null}`, func() error { return as().DeleteTrigger(ctx, "nightly") }},
			{"key/new", `[{"field":"environments","before":null,"after":["DEV"]}`, func() error {
				_, err := as().CreateKey(ctx, key.Key{Name: "new", Environments: []string{"DEV"}}, []byte("secret mac"))
				return err
			}},
			{"key/new", `[{"field":"id","before":"`, func() error {
				_, _, err := as().RotateKey(ctx, "new", key.Key{}, []byte("another mac"), time.Now(), time.Hour)
				return err
			}},
			{"key/new", `[{"field":"revoked","before":false,"after":true}]`, func() error { _, err := as().RevokeKey(ctx, "new", time.Now()); return err }},
			{"workspace/" + w.workspace.Name, `[{"field":"title","before":"","after":"W"}]`, func() error {
				return failure(as().ChangeWorkspace(ctx, nil, func(ws tenant.Workspace) tenant.Workspace {
					ws.Title = "W"
					return ws
				}))
			}},
			{"run/" + accepted.Run.String(), `[{"field":"cancelled","before":false,"after":true}]`, func() error { _, err := as().Cancel(ctx, accepted.Run, run.Requested); return err }},
			{"graph/digest", `[{"field":"checksum","before":"sha256:`, func() error { return as().DeleteGraph(ctx, "digest") }},
		} {
			before := len(logged(t, w.Tenant, store.AuditFilter{}))
			must(t, c.do())
			entries := logged(t, w.Tenant, store.AuditFilter{})[before:]
			if c.object == "" {
				if len(entries) != 0 {
					t.Errorf("what changed nothing is recorded: %+v", entries)
				}
				continue
			}
			if len(entries) != 1 {
				t.Errorf("%s: %d entries", c.object, len(entries))
				continue
			}
			e := entries[0]
			changes, err := json.Marshal(e.Changes)
			must(t, err)
			if text := strings.ReplaceAll(string(changes), ": ", ":"); e.Object != c.object || !strings.HasPrefix(text, c.changes) {
				t.Errorf("recorded %s %s\nwant     %s %s", e.Object, text, c.object, c.changes)
			}
			if e.Actor != "key:ci" || e.Action != "change" || e.Address != "203.0.113.7" || e.RequestID != "r1" || time.Since(e.At) > time.Hour {
				t.Errorf("recorded %+v", e)
			}
		}
	})
}

func TestChangeThatFailsIsNotRecorded(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, ctx := newWorld(t, s), t.Context()
		m := by("graph.delete")
		if err := w.Audited(m).DeleteGraph(ctx, "digest"); !errors.Is(err, fault.Conflict) {
			t.Fatalf("a graph that a trigger starts: %v", err)
		}
		if _, err := w.Audited(by("trigger.pause")).SetTriggerStatus(ctx, "nothing", trigger.Paused, ""); !errors.Is(err, fault.NotFound) {
			t.Fatalf("a trigger that is not there: %v", err)
		}
		if n := len(logged(t, w.Tenant, store.AuditFilter{})); n != 0 {
			t.Errorf("%d entries", n)
		}
		// What no transaction took notice of is recorded behind, once.
		audited := w.Audited(m)
		must(t, audited.Record(ctx))
		must(t, audited.Record(ctx))
		if e := logged(t, w.Tenant, store.AuditFilter{}); len(e) != 1 || e[0].Object != "as the path says" || len(e[0].Changes) != 0 {
			t.Errorf("recorded %+v", e)
		}
	})
}

func TestAuditLogIsOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		mine, theirs := newWorld(t, s), newWorld(t, s)
		must(t, theirs.Audited(by("a.b")).PutVariable(t.Context(), "DEV", "URL", "y"))
		if e := logged(t, mine.Tenant, store.AuditFilter{}); len(e) != 0 {
			t.Errorf("saw %+v", e)
		}
		if e := logged(t, theirs.Tenant, store.AuditFilter{}); len(e) != 1 {
			t.Errorf("they saw %+v", e)
		}
	})
}

func TestAuditLogIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, ctx := newWorld(t, s), t.Context()
		put := func(actor, action, environment, name string) audit.Entry {
			m := by(action)
			m.Entry.Actor = actor
			must(t, w.Audited(m).PutVariable(ctx, environment, name, uuid.NewString()))
			all := logged(t, w.Tenant, store.AuditFilter{})
			return all[len(all)-1]
		}
		a := put("key:a", "variable.put", "DEV", "X_1")
		b := put("key:b", "variable.put", "DEV", "X_11")
		c := put("key:a", "other.put", "PROD", "X_1")
		for name, q := range map[string]struct {
			f    store.AuditFilter
			want []audit.Entry
		}{
			"all":         {store.AuditFilter{}, []audit.Entry{a, b, c}},
			"object":      {store.AuditFilter{Object: "environment/DEV/variable/X_1"}, []audit.Entry{a}},
			"beginning":   {store.AuditFilter{Object: "environment/DEV"}, []audit.Entry{a, b}},
			"half a name": {store.AuditFilter{Object: "environment/D"}, nil},
			"wildcards":   {store.AuditFilter{Object: "environment/%"}, nil},
			"action":      {store.AuditFilter{Action: "other.put"}, []audit.Entry{c}},
			"actor":       {store.AuditFilter{Actor: "key:a"}, []audit.Entry{a, c}},
			"actor by id": {store.AuditFilter{Actor: b.ActorID.String()}, []audit.Entry{b}},
			"since":       {store.AuditFilter{Since: &b.At}, []audit.Entry{b, c}},
			"until":       {store.AuditFilter{Until: &b.At}, []audit.Entry{a}},
		} {
			got := logged(t, w.Tenant, q.f)
			if !slices.EqualFunc(got, q.want, func(a, b audit.Entry) bool { return a.ID == b.ID }) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		page, next, err := w.AuditLog(ctx, store.AuditFilter{}, store.Page{Limit: 2})
		must(t, err)
		rest, end, err := w.AuditLog(ctx, store.AuditFilter{}, store.Page{Limit: 2, Cursor: next})
		must(t, err)
		if len(page) != 2 || page[0].ID != c.ID || len(rest) != 1 || rest[0].ID != a.ID || end != "" {
			t.Errorf("pages %+v and %+v, then %q", page, rest, end)
		}
		_, _, err = w.AuditLog(ctx, store.AuditFilter{Object: "a\x00"}, store.Page{})
		refused(t, err, fault.CodeInvalid)
	})
}

func TestNobodyChangesOrDeletesAnEntryBeforeItsTime(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		must(t, w.Audited(by("a.b")).PutVariable(t.Context(), "DEV", "URL", "y"))
		for _, text := range []string{
			"update audit_log set actor = 'nobody'",
			"update audit_log set keep_until = at",
			"delete from audit_log",
			"insert into audit_log select * from audit_log where true on conflict (id) do update set actor = 'nobody'",
		} {
			if err := s.Exec(text); err == nil || !strings.Contains(err.Error(), "audit log may not be changed") {
				t.Errorf("%s: %v", text, err)
			}
		}
		n, err := s.Fleet().SweepAuditLog(t.Context(), 10)
		must(t, err)
		if e := logged(t, w.Tenant, store.AuditFilter{}); n != 0 || len(e) != 1 || e[0].Actor != "key:ci" {
			t.Errorf("%d were deleted, left is %+v", n, e)
		}
	})
}

func TestEntriesEndWithTheTimeTheyWerePromised(t *testing.T) {
	t.Parallel()
	var behind atomic.Int64
	behind.Store(int64(48 * time.Hour))
	o := storetest.Options()
	o.Now, o.AuditKeep = func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }, 24*time.Hour
	for name, s := range map[string]*store.Store{"sqlite": storetest.SQLiteWith(t, o), "postgres": storetest.PostgresWith(t, o)} {
		behind.Store(int64(48 * time.Hour))
		w := newWorld(t, s)
		for range 3 {
			must(t, w.Audited(by("old")).PutVariable(t.Context(), "DEV", "URL", uuid.NewString()))
		}
		behind.Store(0)
		must(t, w.Audited(by("young")).PutVariable(t.Context(), "DEV", "URL", uuid.NewString()))
		for _, want := range []int{2, 1, 0} {
			if n, err := s.Fleet().SweepAuditLog(t.Context(), 2); err != nil || n != want {
				t.Errorf("%s: %d were deleted, %v; want %d", name, n, err, want)
			}
		}
		if e := logged(t, w.Tenant, store.AuditFilter{}); len(e) != 1 || e[0].Action != "young" {
			t.Errorf("%s: left is %+v", name, e)
		}
	}
}
