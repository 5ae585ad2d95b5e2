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
		items = append(items, starting{&startRow{Start: run.Start{Run: run.Run{Workspace: s.workspace, Class: s.class}}, upon: 7}})
	}
	all, alike := shares(items)
	want := []share{{workspace: one, asked: 4, ahead: 2, upon: 7}, {workspace: other, asked: 2, upon: 7}}
	if diff := cmp.Diff(want, all, cmp.AllowUnexported(share{})); diff != "" || !alike {
		t.Errorf("alike %v, shares (-want +got):\n%s", alike, diff)
	}
	if diff := cmp.Diff([]int{3, 1, 1, 4, 2, 2}, ranks(items, all)); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
}

func TestStartsOfOneWorkspaceAreAlikeOrNot(t *testing.T) {
	t.Parallel()
	one, other := uuid.New(), uuid.New()
	start := func(workspace uuid.UUID, upon int64, key string) starting {
		return starting{&startRow{Start: run.Start{Run: run.Run{Workspace: workspace}, IdempotencyKey: key}, upon: upon}}
	}
	for name, c := range map[string]struct {
		items []starting
		alike bool
	}{
		"OneCount":            {[]starting{start(one, 3, ""), start(one, 3, "")}, true},
		"EachWorkspaceItsOwn": {[]starting{start(one, 3, ""), start(other, 4, "")}, true},
		"TwoCounts":           {[]starting{start(one, 3, ""), start(other, 4, ""), start(one, 4, "")}, false},
		"OneUponNothing":      {[]starting{start(one, 3, ""), start(one, 0, "")}, false},
		"OneWithAKey":         {[]starting{start(one, 3, ""), start(other, 3, "k")}, false},
	} {
		if _, alike := shares(c.items); alike != c.alike {
			t.Errorf("%s: alike is %v", name, alike)
		}
	}
}
