package store_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestDatabaseTellsItsVersion(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		text, major, err := s.Version(t.Context())
		if err != nil || major < 3 || !strings.HasPrefix(text, strconv.Itoa(major)+".") {
			t.Errorf("%q, %d, %v", text, major, err)
		}
	})
}
