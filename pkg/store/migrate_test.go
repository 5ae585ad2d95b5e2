package store_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestMigrateTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Pending(t.Context()); n != 0 || err != nil {
			t.Fatalf("Pending = %d, %v; want 0", n, err)
		}
	})
}
