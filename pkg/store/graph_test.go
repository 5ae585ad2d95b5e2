package store_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// sameJSON compares documents by what they say: jsonb forgets how they were
// written.
var sameJSON = cmp.Transformer("json", func(b json.RawMessage) (v any) {
	_ = json.Unmarshal(b, &v)
	return v
})

func TestGraphIsFoundByIDAndName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, ref := range []string{"digest", w.graph.ID.String()} {
			got, err := w.Graph(t.Context(), ref)
			must(t, err)
			if d := cmp.Diff(w.graph, got, sameJSON); d != "" {
				t.Errorf("%s: %s", ref, d)
			}
		}
		for _, ref := range []string{"", "nothing", "a\x00b", "\xff", "' or 1=1 --", "00000000-0000-0000-0000-000000000000"} {
			if _, err := w.Graph(t.Context(), ref); !isNotFound(err) {
				t.Errorf("%q: %v", ref, err)
			}
		}
	})
}

func TestPutGraphHonoursIfMatch(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		put := func(g graph.Graph, ifRevision *int) (store.StoredGraph, bool, error) {
			return w.PutGraph(t.Context(), g, ifRevision)
		}
		for _, c := range []struct {
			name     string
			g        graph.Graph
			at       *int
			code     fault.Code
			revision int
			created  bool
		}{
			{"same again changes nothing", says("digest", "good morning"), nil, "", 1, false},
			{"must not exist but does", says("digest", "b"), new(0), fault.RevisionMismatch, 0, false},
			{"at its revision", says("digest", "b"), new(1), "", 2, false},
			{"at an old one", says("digest", "c"), new(1), fault.RevisionMismatch, 0, false},
			{"without If-Match", says("digest", "c"), nil, "", 3, false},
			{"at a revision of nothing", says("other", "c"), new(1), fault.RevisionMismatch, 0, false},
			{"must not exist and does not", says("other", "c"), new(0), "", 1, true},
		} {
			got, created, err := put(c.g, c.at)
			if c.code != "" {
				if fault.Of(err).Code != c.code {
					t.Errorf("%s: %v, want %s", c.name, err, c.code)
				}
				continue
			}
			if err != nil || got.Revision != c.revision || created != c.created {
				t.Errorf("%s: revision %d, created %v, %v", c.name, got.Revision, created, err)
			}
		}
		got, err := w.Graph(t.Context(), "digest")
		must(t, err)
		if d := cmp.Diff(says("digest", "c"), got.Definition, sameJSON); d != "" || got.ID != w.graph.ID {
			t.Error(d)
		}
	})
}

func TestDeletedGraphFreesItsName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		second := nightly()
		second.Name = "again"
		_, _, err := w.PutTrigger(ctx, second, nil)
		must(t, err)
		err = w.DeleteGraph(ctx, "digest")
		refused(t, err, fault.Conflict)
		if want := `graph "digest" is started by triggers "again", "nightly": delete them or let them start another graph first`; err.Error() != want {
			t.Errorf("got %s\nwant %s", err, want)
		}
		must(t, w.DeleteTrigger(ctx, "again"))
		must(t, w.DeleteTrigger(ctx, "nightly"))
		must(t, w.DeleteGraph(ctx, "digest"))
		_, err = w.Graph(ctx, w.graph.ID.String())
		refused(t, err, fault.NotFound)
		refused(t, w.DeleteGraph(ctx, "digest"), fault.NotFound)

		again, created, err := w.PutGraph(ctx, says("digest", "new"), nil)
		must(t, err)
		if !created || again.ID == w.graph.ID || again.Revision != 1 {
			t.Errorf("created %v: %+v", created, again)
		}
		_, err = w.Assignment(ctx, "DEV", "digest")
		refused(t, err, fault.NoBuild)
	})
}

func TestWhatPostgresCannotKeepIsInvalidEverywhere(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		g := says("nul", "x")
		g.Nodes[1].Config = json.RawMessage(`{"set":{"text":"a\u0000b"}}`)
		_, _, err := w.PutGraph(t.Context(), g, nil)
		refused(t, err, fault.CodeInvalid)
		g.Nodes[1].Config = json.RawMessage(`{"set":{"text":"a\\u0000b"}}`)
		_, _, err = w.PutGraph(t.Context(), g, nil)
		must(t, err)
		g.Title = "\xff"
		_, _, err = w.PutGraph(t.Context(), g, nil)
		refused(t, err, fault.CodeInvalid)
	})
}
