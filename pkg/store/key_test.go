package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// newYork is seven hours off the machine's usual zone: a time that is not
// stored as an instant shows.
var newYork = time.FixedZone("EDT", -4*60*60)

func TestKeyOpensItsWorkspace(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		expires := time.Date(2030, 1, 1, 0, 30, 0, 123456789, newYork)
		made, err := w.CreateKey(ctx, key.Key{
			Name: "ci", Handle: "0123456789", Last4: "wxyz", Scopes: key.Presets["invoke"], Environments: []string{"DEV"},
			CreatedBy: "test", ExpiresAt: &expires,
		}, []byte("mac"))
		must(t, err)
		found, ws, err := s.Authenticate(ctx, []byte("mac"))
		must(t, err)
		if d := cmp.Diff(made, found); d != "" {
			t.Errorf("created and authenticated differ: %s", d)
		}
		if d := cmp.Diff(w.workspace, ws); d != "" {
			t.Error(d)
		}
		if want := time.Date(2030, 1, 1, 4, 30, 0, 123456000, time.UTC); *found.ExpiresAt != want {
			t.Errorf("expires %v, want %v", found.ExpiresAt, want)
		}
		_, _, err = s.Authenticate(ctx, []byte("another"))
		refused(t, err, fault.Unauthenticated)
	})
}

func TestRevokedKeyIsDeadAndItsNameFree(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		old, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("old"))
		must(t, err)
		_, err = w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("new"))
		refused(t, err, fault.Conflict)

		at := time.Date(2026, 7, 1, 12, 0, 0, 0, newYork)
		revoked, err := w.RevokeKey(ctx, "ci", at)
		must(t, err)
		again, err := w.RevokeKey(ctx, old.ID.String(), at.Add(time.Hour))
		must(t, err)
		found, _, err := s.Authenticate(ctx, []byte("old"))
		must(t, err)
		for _, k := range []key.Key{revoked, again, found} {
			if k.ID != old.ID || k.RevokedAt == nil || *k.RevokedAt != at.UTC() || k.Live(at.Add(-time.Hour)) {
				t.Errorf("revoked at %v, want %v: %+v", k.RevokedAt, at.UTC(), k)
			}
		}
		_, err = w.Key(ctx, "ci")
		refused(t, err, fault.NotFound)
		fresh, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("new"))
		must(t, err)
		byName, err := w.Key(ctx, "ci")
		must(t, err)
		if byName.ID != fresh.ID {
			t.Errorf("the name means %s, want the key in force %s", byName.ID, fresh.ID)
		}
	})
}

func TestOneValueIsOneKey(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		_, err := mine.CreateKey(ctx, key.Key{Name: "ci"}, []byte("mac"))
		must(t, err)
		_, err = theirs.CreateKey(ctx, key.Key{Name: "ci"}, []byte("mac"))
		refused(t, err, fault.Conflict)
		_, ws, err := s.Authenticate(ctx, []byte("mac"))
		must(t, err)
		if ws.ID != mine.workspace.ID {
			t.Error("the key changed hands")
		}
	})
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		k, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("mac"))
		must(t, err)
		first := time.Date(2026, 3, 29, 23, 59, 30, 0, newYork)
		for _, c := range []struct{ used, noted time.Time }{
			{first, first},
			{first.Add(59 * time.Second), first},
			{first.Add(time.Minute).UTC(), first.Add(time.Minute)},
		} {
			must(t, s.TouchKey(ctx, k.ID, c.used))
			got, err := w.Key(ctx, "ci")
			must(t, err)
			if got.LastUsedAt == nil || *got.LastUsedAt != c.noted.UTC() {
				t.Errorf("used at %v: noted %v, want %v", c.used, got.LastUsedAt, c.noted.UTC())
			}
		}
	})
}

func TestPagesHoldEveryKeyOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		var want []string
		for i := range 7 {
			name := fmt.Sprintf("k%d", i)
			_, err := w.CreateKey(ctx, key.Key{Name: name}, []byte(name))
			must(t, err)
			want = append([]string{name}, want...)
		}
		var got []string
		for p := (store.Page{Limit: 3}); ; {
			part, next, err := w.Keys(ctx, p, store.KeyFilter{})
			must(t, err)
			for _, k := range part {
				got = append(got, k.Name)
			}
			if p.Cursor = next; next == "" {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		for _, limit := range []int{-1, 201} {
			_, _, err := w.Keys(ctx, store.Page{Limit: limit}, store.KeyFilter{})
			refused(t, err, fault.CodeInvalid)
		}
	})
}
