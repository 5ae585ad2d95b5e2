package store_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestOnlyOwnCursorsAreTaken(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		_, _, err := mine.PutGraph(ctx, says("second", "x"), nil)
		must(t, err)
		_, cursor, err := mine.Graphs(ctx, store.Page{Limit: 1}, store.GraphFilter{})
		must(t, err)
		rest, next, err := mine.Graphs(ctx, store.Page{Limit: 1, Cursor: cursor}, store.GraphFilter{})
		must(t, err)
		if len(rest) != 1 || rest[0].ID != mine.graph.ID || next != "" {
			t.Errorf("the second page is %v with cursor %q", rest, next)
		}
		_, _, err = theirs.Graphs(ctx, store.Page{Cursor: cursor}, store.GraphFilter{})
		refused(t, err, fault.BadCursor)
		_, _, err = mine.Triggers(ctx, store.Page{Cursor: cursor}, store.TriggerFilter{})
		refused(t, err, fault.BadCursor)
		_, _, err = mine.Builds(ctx, "digest", store.Page{Cursor: cursor})
		refused(t, err, fault.BadCursor)

		altered := []string{cursor + "A", cursor + "\n", cursor[1:], cursor[:20], "A", "=", "\x00", cursor + cursor}
		for i := range cursor {
			b := []byte(cursor)
			b[i] ^= 1
			altered = append(altered, string(b))
		}
		for _, c := range altered {
			if _, _, err := mine.Graphs(ctx, store.Page{Cursor: c}, store.GraphFilter{}); fault.Of(err).Code != fault.BadCursor {
				t.Errorf("cursor %q gives %v", c, err)
			}
		}
	})
}
