package store

import (
	"context"
	"encoding/hex"
	"strconv"

	"github.com/google/uuid"
)

// sightState is what a sight was read from: the versions of the rows k, w and r, and
// the last record of the run's journal, to which records are only added.
// stateOf writes it alike.
const sightState = `concat_ws(' ', k.version, w.version, r.version, j.seq)`

// stateOf is the state of a sight; empty on a database whose rows have no
// versions.
func stateOf(l login, r reading, records []recordRow) string {
	if r.version == 0 {
		return ""
	}
	var text []byte
	for _, version := range []uint32{l.keyVersion, l.workspaceVersion, r.version} {
		text = append(strconv.AppendUint(text, uint64(version), 10), ' ')
	}
	if len(records) == 0 {
		return string(text[:len(text)-1])
	}
	return string(strconv.AppendInt(text, int64(records[len(records)-1].Seq), 10))
}

// recalling is a sight that somebody remembers.
type recalling struct {
	mac   presented
	run   uuid.UUID
	state string
}

func (r recalling) size() int { return r.mac.size() + 16 + len(r.state) }

// proofs finds the sights that are still what they were.
var proofs = question[recalling, none]{
	postgres: `select h.n from unnest($1::bytea[], $2::uuid[], $3::text[]) with ordinality as h (mac, run, state, n)
 cross join lateral (select k.xmin as version, * from keys k where k.mac = h.mac offset 0) k
 cross join lateral (select w.xmin as version, * from workspaces w where w.id = k.workspace_id offset 0) w
 cross join lateral (select r.xmin as version, * from runs r where r.id = h.run and r.workspace_id = w.id offset 0) r
 left join lateral (select j.seq from journal j where j.run_id = r.id order by j.seq desc limit 1) j on true
 where h.state = ` + sightState,
	columns: func(items []recalling) []any {
		return []any{
			column(items, func(r recalling) []byte { return []byte(r.mac) }), column(items, func(r recalling) uuid.UUID { return r.run }),
			column(items, func(r recalling) string { return r.state }),
		}
	},
	// Without versions nothing is known to be the same.
	sqlite: `select h.key from json_each(?) h where false`,
	line:   func(r recalling) []any { return []any{hex.EncodeToString([]byte(r.mac)), r.run, r.state} },
	fields: func(*none) []any { return nil },
}

// Still says whether Look would see now what it saw in that state: neither the
// key nor its workspace nor the run was written since, and nothing was added to
// the journal. What is not known to be the same is not. Versions come round after
// a long time: a state older than a minute proves nothing.
func (s *Store) Still(ctx context.Context, mac []byte, id uuid.UUID, state string) (bool, error) {
	if state == "" {
		return false, nil
	}
	return s.flush.still.do(ctx, recalling{presented(mac), id, state})
}

func same(_ recalling, rows []none) (bool, error) { return len(rows) > 0, nil }
