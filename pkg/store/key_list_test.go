package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestKeysAreListedByWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		now := time.Now()
		soon, past := now.Add(time.Hour), now.Add(-time.Hour)
		for _, k := range []key.Key{{Name: "forever"}, {Name: "soon", ExpiresAt: &soon}, {Name: "expired", ExpiresAt: &past}, {Name: "revoked"}, {Name: "used"}} {
			k, err := w.CreateKey(ctx, k, []byte(k.Name))
			must(t, err)
			if k.Name == "used" {
				must(t, s.TouchKey(ctx, k.ID, now.Add(100*24*time.Hour)))
			}
		}
		must(t, failure(w.RevokeKey(ctx, "revoked", now)))
		for name, c := range map[string]struct {
			filter store.KeyFilter
			want   []string
		}{
			"All":              {store.KeyFilter{}, []string{"used", "revoked", "expired", "soon", "forever"}},
			"Live":             {store.KeyFilter{Live: now}, []string{"used", "soon", "forever"}},
			"Ended":            {store.KeyFilter{Ended: now}, []string{"revoked", "expired"}},
			"LiveLater":        {store.KeyFilter{Live: now.Add(2 * time.Hour)}, []string{"used", "forever"}},
			"UnusedAndLive":    {store.KeyFilter{Live: now, UnusedSince: now.Add(time.Hour)}, []string{"soon", "forever"}},
			"UnusedForTooLong": {store.KeyFilter{UnusedSince: past}, nil},
		} {
			keys, next, err := w.Keys(ctx, store.Page{}, c.filter)
			must(t, err)
			var got []string
			for _, k := range keys {
				got = append(got, k.Name)
			}
			if d := cmp.Diff(c.want, got); d != "" || next != "" {
				t.Errorf("%s: %s, next %q", name, d, next)
			}
		}
	})
}
