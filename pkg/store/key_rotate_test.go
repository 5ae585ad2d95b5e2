package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// reads is the key that a mac opens with, as it is kept.
func reads(t *testing.T, s *store.Store, mac string) key.Key {
	t.Helper()
	k, _, err := s.Authenticate(t.Context(), []byte(mac))
	must(t, err)
	return k
}

func TestRotatedKeyWorksUntilTheOverlapEnds(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, newYork)
		expires := now.Add(30 * 24 * time.Hour).UTC()
		first, err := w.CreateKey(ctx, key.Key{Name: "ci", Scopes: key.Presets["invoke"], Environments: []string{"DEV"}, ExpiresAt: &expires}, []byte("a"))
		must(t, err)
		_, err = w.CreateKey(ctx, key.Key{Name: "other"}, []byte("other"))
		must(t, err)
		other := reads(t, s, "other")

		made, old, err := w.RotateKey(ctx, "ci", key.Key{Handle: "0123456789", Last4: "wxyz", CreatedBy: "test"}, []byte("b"), now, 24*time.Hour)
		must(t, err)
		want := first
		want.ID, want.Handle, want.Last4, want.CreatedAt, want.CreatedBy = made.ID, "0123456789", "wxyz", made.CreatedAt, "test"
		if d := cmp.Diff(want, made); d != "" {
			t.Errorf("the successor is not like the first: %s", d)
		}
		end := now.Add(24 * time.Hour).UTC()
		want = first
		want.ExpiresAt, want.Successor = &end, &made.ID
		if d := cmp.Diff(want, old); d != "" {
			t.Errorf("the old key: %s", d)
		}
		for mac, k := range map[string]key.Key{"a": old, "b": made, "other": other} {
			if d := cmp.Diff(k, reads(t, s, mac)); d != "" {
				t.Errorf("%s is kept otherwise: %s", mac, d)
			}
		}
		if !old.Live(end.Add(-time.Microsecond)) || old.Live(end) || !made.Live(end) {
			t.Errorf("the overlap does not end at %v: %+v, %+v", end, old, made)
		}
		byName, err := w.Key(ctx, "ci")
		must(t, err)
		if byName.ID != made.ID {
			t.Errorf("the name means %s, want the successor %s", byName.ID, made.ID)
		}
		_, err = w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("c"))
		refused(t, err, fault.Conflict)
	})
}

func TestRotationNeverLengthensALife(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		soon := now.Add(time.Hour)
		_, err := w.CreateKey(ctx, key.Key{Name: "ci", ExpiresAt: &soon}, []byte("a"))
		must(t, err)
		made, old, err := w.RotateKey(ctx, "ci", key.Key{}, []byte("b"), now, 24*time.Hour)
		must(t, err)
		if *made.ExpiresAt != soon || *old.ExpiresAt != soon {
			t.Errorf("end %v and %v, want %v", made.ExpiresAt, old.ExpiresAt, soon)
		}
		for _, ref := range []string{"ci", old.ID.String()} { // expired; expired and replaced
			_, _, err = w.RotateKey(ctx, ref, key.Key{}, []byte("c"), soon, time.Hour)
			refused(t, err, fault.Conflict)
		}
		_, err = w.RevokeKey(ctx, "ci", now)
		must(t, err)
		_, _, err = w.RotateKey(ctx, made.ID.String(), key.Key{}, []byte("c"), now, time.Hour)
		refused(t, err, fault.Conflict)
		_, _, err = w.RotateKey(ctx, "ci", key.Key{}, []byte("c"), now, time.Hour)
		refused(t, err, fault.NotFound)
	})
}

func TestRevokingAKeyEndsThoseItReplaced(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		for _, name := range []string{"ci", "other"} {
			_, err := w.CreateKey(ctx, key.Key{Name: name}, []byte(name+"0"))
			must(t, err)
			for i := range 3 {
				made, old, err := w.RotateKey(ctx, name, key.Key{}, fmt.Appendf(nil, "%s%d", name, i+1), now, time.Hour)
				must(t, err)
				for n := range i + 1 {
					if k := reads(t, s, fmt.Sprint(name, n)); k.Successor == nil || *k.Successor != made.ID || !k.Live(now) {
						t.Errorf("after rotation %d key %d is %+v", i, n, k)
					}
				}
				if old.ID == made.ID {
					t.Error("the successor is the old key")
				}
			}
		}
		dead := func(mac string) bool { return !reads(t, s, mac).Live(now) }

		_, err := w.RevokeKey(ctx, reads(t, s, "ci1").ID.String(), now)
		must(t, err)
		if dead("ci0") || !dead("ci1") || dead("ci2") || dead("ci3") {
			t.Error("revoking one that was replaced must end that one alone")
		}
		_, err = w.RevokeKey(ctx, "ci", now)
		must(t, err)
		for n := range 4 {
			if !dead(fmt.Sprint("ci", n)) || dead(fmt.Sprint("other", n)) {
				t.Errorf("key %d: ci must be dead and other alive", n)
			}
		}
		_, err = w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("free"))
		must(t, err)
	})
}

func TestWithoutOverlapTheOldKeyIsRevoked(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		_, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("a"))
		must(t, err)
		_, _, err = w.RotateKey(ctx, "ci", key.Key{}, []byte("b"), now, 0)
		must(t, err)
		if k := reads(t, s, "a"); k.RevokedAt == nil || k.Live(now.Add(-time.Hour)) {
			t.Errorf("it is not revoked: %+v", k)
		}
		if k := reads(t, s, "b"); !k.Live(now) {
			t.Errorf("the successor is dead: %+v", k)
		}
	})
}

func TestOneOfManyRotationsOfAKeyIsMade(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		k, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("a"))
		must(t, err)
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, _, errs[i] = w.RotateKey(ctx, k.ID.String(), key.Key{}, fmt.Append(nil, "n", i), time.Now(), time.Hour)
			})
		}
		all.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
				continue
			}
			refused(t, err, fault.Conflict)
		}
		keys, _, err := w.Keys(ctx, store.Page{}, store.KeyFilter{})
		must(t, err)
		if made != 1 || len(keys) != 2 {
			t.Errorf("%d rotations were made, and there are %d keys", made, len(keys))
		}
	})
}
