package store

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/key"
)

// KeyFilter narrows a list of keys; zero fields do not.
type KeyFilter struct {
	// Live keeps the keys that open something at that moment, Ended the others.
	Live, Ended time.Time
	// UnusedSince keeps the keys that nobody has used since then, and that are
	// older themselves.
	UnusedSince time.Time
}

// Keys lists the workspace's keys, newest first, revoked and rotated ones
// included unless the filter says otherwise.
func (t Tenant) Keys(ctx context.Context, p Page, f KeyFilter) ([]key.Key, string, error) {
	query := t.rows(t.db(ctx), "keys")
	if !f.Live.IsZero() {
		query = query.Where("(keys.revoked_at is null and (keys.expires_at is null or keys.expires_at > ?))", stampOf(f.Live))
	}
	if !f.Ended.IsZero() {
		query = query.Where("(keys.revoked_at is not null or keys.expires_at <= ?)", stampOf(f.Ended))
	}
	if !f.UnusedSince.IsZero() {
		query = query.Where("coalesce(keys.last_used_at, keys.created_at) <= ?", stampOf(f.UnusedSince))
	}
	rows, next, err := newest[keyRow](t, "keys", "keys.id", p, query)
	return nouns(rows, keyRow.noun), next, err
}
