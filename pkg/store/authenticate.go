package store

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/tenant"
)

// presented is a key as a caller shows it: the bytes of its keyed hash.
type presented string

func (p presented) size() int { return len(p) }

// login is a key beside the workspace that it opens.
type login struct {
	key       keyRow
	workspace workspaceRow
	// The versions of the two rows are the transactions that wrote them: whatever
	// changes a row changes its version. Zero on a database that keeps none.
	keyVersion, workspaceVersion uint32
}

const (
	loginColumns = `k.id, k.workspace_id, k.name, k.handle, k.last4, k.scopes, k.environments, k.created_at, k.created_by,
 k.expires_at, k.revoked_at, k.last_used_at, k.successor_id, ` + workspaceColumns
	workspaceColumns = `w.id, w.name, w.title, w.tier, w.default_environment, w.limits, w.triggers_paused, w.revision, w.created_at, w.updated_at`
)

// fields are where a row of loginColumns is read to.
func (l *login) fields() []any {
	k := &l.key
	return append([]any{&k.ID, &k.WorkspaceID, &k.Name, &k.Handle, &k.Last4, &k.Scopes, &k.Environments, &k.CreatedAt, &k.CreatedBy,
		&k.ExpiresAt, &k.RevokedAt, &k.LastUsedAt, &k.SuccessorID}, l.workspace.fields()...)
}

// fields are where a row of workspaceColumns is read to.
func (w *workspaceRow) fields() []any {
	return []any{&w.ID, &w.Name, &w.Title, &w.Tier, &w.DefaultEnvironment, &w.Limits, &w.TriggersPaused, &w.Revision, &w.CreatedAt, &w.UpdatedAt}
}

// versioned are the fields and the versions behind them.
func (l *login) versioned() []any {
	return append(l.fields(), &l.keyVersion, &l.workspaceVersion)
}

// logins finds keys by their keyed hashes, each with its workspace.
var logins = question[presented, login]{
	postgres: `select h.n, ` + loginColumns + `, k.version, w.version from unnest($1::bytea[]) with ordinality as h (mac, n)
 cross join lateral (select k.xmin as version, * from keys k where k.mac = h.mac offset 0) k
 cross join lateral (select w.xmin as version, * from workspaces w where w.id = k.workspace_id offset 0) w`,
	columns: func(items []presented) []any {
		return []any{column(items, func(p presented) []byte { return []byte(p) })}
	},
	sqlite: `select h.key, ` + loginColumns + `, 0, 0 from json_each(?) h
 join keys k on k.mac = unhex(h.value ->> 0) join workspaces w on w.id = k.workspace_id`,
	line:   func(p presented) []any { return []any{hex.EncodeToString([]byte(p))} },
	fields: (*login).versioned,
}

var errNoKey = fault.New(fault.Unauthenticated, "the key is not valid")

func loginOf(_ presented, rows []login) (login, error) {
	if len(rows) == 0 {
		return login{}, errNoKey
	}
	return rows[0], nil
}

// Authenticate finds the key with that keyed hash and its workspace; an unknown
// one is fault.Unauthenticated. Callers that ask at the same time share one
// statement, which begins after each of them has asked: a key that was revoked
// before is seen revoked. A key that is found may be revoked or expired: the
// caller asks key.Live.
func (s *Store) Authenticate(ctx context.Context, mac []byte) (key.Key, tenant.Workspace, error) {
	l, err := s.flush.login.do(ctx, presented(mac))
	if err != nil {
		return key.Key{}, tenant.Workspace{}, err
	}
	return l.key.noun(), l.workspace.noun(), nil
}

// TouchKey notes that the key was used, at most once a minute: a busy key must
// not cost a write per call.
func (s *Store) TouchKey(ctx context.Context, id uuid.UUID, at time.Time) error {
	return translate(s.db.WithContext(ctx).Table("keys").
		Where("id = ? and (last_used_at is null or last_used_at <= ?)", id, stampOf(at.Add(-time.Minute))).
		Update("last_used_at", stampOf(at)).Error)
}
