package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

func TestWhoIsWaitedForRanksFirstInHisWorkspace(t *testing.T) {
	t.Parallel()
	one, other := uuid.New(), uuid.New()
	var items []starting
	for _, s := range []struct {
		workspace uuid.UUID
		class     run.Class
	}{{one, run.Background}, {other, run.Background}, {one, run.Sync}, {one, run.Background}, {other, run.Background}, {one, run.Sync}} {
		items = append(items, starting{Start: run.Start{Run: run.Run{Workspace: s.workspace, Class: s.class}}})
	}
	ranks, waited := ranks(items)
	if diff := cmp.Diff([]int{3, 1, 1, 4, 2, 2}, ranks); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 0, 2, 2, 0, 2}, waited); diff != "" {
		t.Errorf("waited (-want +got):\n%s", diff)
	}
}
