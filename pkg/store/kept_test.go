package store_test

import (
	"errors"
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestDatabaseIsHeldToItsMasterKey(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		for _, step := range []struct {
			fingerprint string
			ours        bool
		}{{"one", true}, {"one", true}, {"other", false}, {"one", true}} {
			err := s.KeptUnder(t.Context(), step.fingerprint)
			if step.ours && err != nil || !step.ours && !errors.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", step.fingerprint, err)
			}
		}
	})
}
