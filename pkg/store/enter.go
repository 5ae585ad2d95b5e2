package store

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/tenant"
)

// Entry is a key, the workspace that it opens, and the trigger there that the
// caller means to start.
type Entry struct {
	Key       key.Key
	Workspace tenant.Workspace
	// Target is that trigger; Missing says why there is none.
	Target  Target
	Missing error

	// changes is what the workspace had counted of changes when the entry was
	// read; 0 when nothing counts them, or nothing was found to start.
	changes int64
}

// entering is a key as a caller shows it, beside what the caller aims at. The
// aim's workspace is the key's, whoever asks.
type entering struct {
	mac presented
	aim aim
}

func (e entering) size() int { return e.mac.size() + e.aim.size() }

type entryRow struct {
	login   login
	found   bool
	target  targetRow
	changes int64
}

func (r *entryRow) fields() []any {
	return append(append(append(r.login.fields(), &r.found), r.target.fields()...), &r.changes)
}

// orNothing are targetColumns that are there also when the trigger is not: a
// key that is right must not seem wrong because its caller mistook a name.
var orNothing = func() string {
	none := map[string]string{
		"id": "'" + uuid.Nil.String() + "'", "workspace_id": "w.id", "graph_id": "'" + uuid.Nil.String() + "'", "build": "0", "revision": "0",
		"environments": "'[]'", "config": "'{}'", "policies": "'{}'", "labels": "'{}'", "created_at": "w.created_at", "updated_at": "w.created_at",
	}
	var columns []string
	for name := range strings.SplitSeq("id workspace_id name title kind graph_id graph build environments status paused_reason config policies labels revision created_at updated_at", " ") {
		column := "t." + name
		if name == "graph" {
			column = "g.name"
		}
		instead, ok := none[name]
		if !ok {
			instead = "''"
		}
		columns = append(columns, "coalesce("+column+", "+instead+")")
	}
	return "g.id is not null, " + strings.Join(columns, ", ") + ", case when t.build > 0 then t.build else coalesce(a.build, 0) end"
}()

// entries are logins and targets as one question: who starts something asks
// both, and the second cannot be asked before the first is answered.
var entries = question[entering, entryRow]{
	postgres: `select h.n, ` + loginColumns + `, ` + orNothing + `, coalesce(c.changes, 0) from unnest($1::bytea[], $2::uuid[], $3::text[], $4::text[]) with ordinality as h (mac, id, name, environment, n)
 cross join lateral (select * from keys k where k.mac = h.mac offset 0) k
 cross join lateral (select * from workspaces w where w.id = k.workspace_id offset 0) w
 left join lateral (select changes from workspace_counters c where c.workspace_id = w.id offset 0) c on true
 left join lateral (
   select * from triggers t where t.id = h.id and t.workspace_id = w.id and t.deleted_at is null
   union all
   select * from triggers t where t.workspace_id = w.id and t.name = h.name and t.deleted_at is null offset 0) t on true
 left join lateral (select * from graphs g where g.id = t.graph_id and g.workspace_id = w.id offset 0) g on true
 left join lateral (
   select * from assignments a where a.workspace_id = w.id and a.environment = h.environment and a.graph_id = t.graph_id offset 0) a on true`,
	columns: func(items []entering) []any {
		return []any{
			column(items, func(e entering) []byte { return []byte(e.mac) }), column(items, func(e entering) uuid.UUID { return e.aim.id }),
			column(items, func(e entering) string { return e.aim.name }), column(items, func(e entering) string { return e.aim.environment }),
		}
	},
	sqlite: `select h.key, ` + loginColumns + `, ` + orNothing + `, 0 from json_each(?) h
 join keys k on k.mac = unhex(h.value ->> 0) join workspaces w on w.id = k.workspace_id
 left join triggers t on t.workspace_id = w.id and (t.id = h.value ->> 1 or t.name = h.value ->> 2) and t.deleted_at is null
 left join graphs g on g.id = t.graph_id and g.workspace_id = w.id
 left join assignments a on a.workspace_id = w.id and a.environment = h.value ->> 3 and a.graph_id = t.graph_id`,
	line: func(e entering) []any {
		return []any{hex.EncodeToString([]byte(e.mac)), e.aim.id, e.aim.name, e.aim.environment}
	},
	fields: (*entryRow).fields,
}

func entryOf(e entering, rows []entryRow) (Entry, error) {
	if len(rows) == 0 {
		return Entry{}, errNoKey
	}
	r := rows[0]
	entry := Entry{Key: r.login.key.noun(), Workspace: r.login.workspace.noun()}
	var found []targetRow
	if r.found {
		found = append(found, r.target)
	}
	entry.Target, entry.Missing = targetOf(e.aim, found)
	if r.found {
		entry.changes = r.changes
	}
	return entry, nil
}

// Enter is Authenticate and, in the same statement, Target in the workspace that
// the key opens. It fails as Authenticate does; a trigger that does not exist is
// told in the entry.
func (s *Store) Enter(ctx context.Context, mac []byte, ref, environment string) (Entry, error) {
	a, wrong := aimAt(ref, environment)
	if wrong != nil {
		k, ws, err := s.Authenticate(ctx, mac)
		return Entry{Key: k, Workspace: ws, Missing: wrong}, err
	}
	ask := entering{presented(mac), a}
	e, err := s.flush.enter.do(ctx, ask)
	if err == nil && e.changes != 0 {
		s.entered.Remember(ask, remembered{e, s.now()})
	}
	return e, err
}
