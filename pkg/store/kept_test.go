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
		if keeper, err := s.Keeper(t.Context()); keeper != "" || err != nil {
			t.Errorf("before the first start: %q, %v", keeper, err)
		}
		for _, step := range []struct {
			fingerprint string
			ours        bool
		}{{"one", true}, {"one", true}, {"other", false}, {"one", true}} {
			err := s.KeptUnder(t.Context(), step.fingerprint)
			if step.ours && err != nil || !step.ours && !errors.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", step.fingerprint, err)
			}
		}
		if keeper, err := s.Keeper(t.Context()); keeper != "one" || err != nil {
			t.Errorf("the keeper is %q, %v", keeper, err)
		}
	})
}
