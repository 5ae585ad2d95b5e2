package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestSecretsOfATriggerAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		none, err := w.TriggerSecrets(ctx, "nightly")
		must(t, err)
		now := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
		end := now.Add(time.Hour)
		want := []trigger.Secret{
			{ID: uuid.New(), Sealed: []byte{0, 1, 255}, Last4: "cret", CreatedAt: now, NotAfter: &end},
			{ID: uuid.New(), Sealed: []byte("x"), CreatedAt: now, NotBefore: &now},
		}
		_, err = w.ChangeTriggerSecrets(ctx, w.trigger.ID.String(), func(kept []trigger.Secret) ([]trigger.Secret, error) {
			return append(kept, want...), nil
		})
		must(t, err)
		got, err := w.TriggerSecrets(ctx, "nightly")
		must(t, err)
		if d := cmp.Diff(want, got); d != "" || len(none) > 0 {
			t.Errorf("kept %s, before %v", d, none)
		}
		after, err := w.Trigger(ctx, "nightly")
		must(t, err)
		if after.Revision != w.trigger.Revision {
			t.Error("a secret is part of the revision")
		}
	})
}

func TestSecretsSurviveAReplacedTriggerAndARefusedChange(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, err := w.ChangeTriggerSecrets(ctx, "nightly", func([]trigger.Secret) ([]trigger.Secret, error) {
			return []trigger.Secret{{ID: uuid.New(), Sealed: []byte("x")}}, nil
		})
		must(t, err)
		changed := nightly()
		changed.Title = "Another one"
		_, _, err = w.PutTrigger(ctx, changed, nil)
		must(t, err)
		no := errors.New("no")
		_, err = w.ChangeTriggerSecrets(ctx, "nightly", func([]trigger.Secret) ([]trigger.Secret, error) { return nil, no })
		if !errors.Is(err, no) {
			t.Errorf("the editor's error became %v", err)
		}
		kept, err := w.TriggerSecrets(ctx, "nightly")
		must(t, err)
		if len(kept) != 1 {
			t.Errorf("%d secrets, want 1", len(kept))
		}
	})
}
