package store_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestCommitThatFailsLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		if err := s.AtomicallyTooLate(t.Context()); err == nil {
			t.Fatal("a transaction with half of a pair was committed")
		}
		newWorld(t, s) // writes in transactions of both kinds
	})
}
