package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestRunsAreFoundByWhatTheyAre(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 10, 10)
		three, one, two := begin(), begin(), begin()
		other, _, err := f.tenant.PutGraph(ctx, says("other", "x"), nil)
		f.check(err)
		_, _, err = f.tenant.PutGraph(ctx, says("digest", "x"), nil)
		f.check(err)
		nightly, _, err := f.tenant.PutTrigger(ctx, nightly(), nil)
		f.check(err)
		one.Run.TriggerID, one.Run.Trigger, one.Run.Tags = nightly.ID, "nightly", []string{"blue", `qu"ote`}
		two.Run.GraphID, two.Run.Graph, two.Run.Environment = other.ID, "other", "PROD"
		two.Run.Cause = run.Cause{Kind: "replay", ReplayOf: one.Run.ID.String()}
		three.Run.Environment = "UAT"
		one.Run.ThreadID, three.Run.ThreadID = one.Run.ID, one.Run.ID
		f.accept(three)
		f.check(f.Finish(ctx, run.Lease{Run: f.claim(1)[0].Run.ID, Epoch: 1}, run.Outcome{Status: run.StatusFailed, ErrorCode: run.NodeFailed, Error: "no"}, nil))
		f.accept(one)
		f.claim(1)
		f.accept(two)
		f.check(f.tenant.DeleteTrigger(ctx, "nightly")) // its runs still bear its name
		first := f.read(one.Run.ID)
		after := first.CreatedAt.Add(time.Microsecond)
		for name, c := range map[string]struct {
			filter store.RunFilter
			want   []uuid.UUID
		}{
			"Everything":    {store.RunFilter{}, []uuid.UUID{two.Run.ID, one.Run.ID, three.Run.ID}},
			"TriggerName":   {store.RunFilter{Trigger: "nightly"}, []uuid.UUID{one.Run.ID}},
			"TriggerID":     {store.RunFilter{Trigger: one.Run.TriggerID.String()}, []uuid.UUID{one.Run.ID}},
			"GraphName":     {store.RunFilter{Graph: "other"}, []uuid.UUID{two.Run.ID}},
			"GraphID":       {store.RunFilter{Graph: one.Run.GraphID.String()}, []uuid.UUID{one.Run.ID}},
			"Environment":   {store.RunFilter{Environments: []string{"UAT", "PROD"}}, []uuid.UUID{two.Run.ID, three.Run.ID}},
			"Status":        {store.RunFilter{Status: []run.Status{run.StatusRunning, run.StatusFailed}}, []uuid.UUID{one.Run.ID, three.Run.ID}},
			"Since":         {store.RunFilter{Since: &after}, []uuid.UUID{two.Run.ID}},
			"Until":         {store.RunFilter{Until: &after}, []uuid.UUID{one.Run.ID, three.Run.ID}},
			"Tag":           {store.RunFilter{Tag: "blue"}, []uuid.UUID{one.Run.ID}},
			"QuotedTag":     {store.RunFilter{Tag: `qu"ote`}, []uuid.UUID{one.Run.ID}},
			"Thread":        {store.RunFilter{Thread: two.Run.ThreadID}, []uuid.UUID{two.Run.ID}},
			"ItsOwnThread":  {store.RunFilter{Thread: one.Run.ID}, []uuid.UUID{one.Run.ID, three.Run.ID}},
			"NotItsThread":  {store.RunFilter{Thread: two.Run.ID}, nil},
			"Cause":         {store.RunFilter{Cause: "api"}, []uuid.UUID{one.Run.ID, three.Run.ID}},
			"ReplayOf":      {store.RunFilter{ReplayOf: one.Run.ID}, []uuid.UUID{two.Run.ID}},
			"ErrorCode":     {store.RunFilter{ErrorCode: run.NodeFailed}, []uuid.UUID{three.Run.ID}},
			"OtherCode":     {store.RunFilter{ErrorCode: run.InternalError}, nil},
			"NoSuchTrigger": {store.RunFilter{Trigger: "digest"}, nil},
			"NoSuchGraph":   {store.RunFilter{Graph: "nightly"}, nil},
			"NoSuchTag":     {store.RunFilter{Tag: "b"}, nil},
			"SeveralAtOne":  {store.RunFilter{Trigger: "nightly", Environments: []string{"UAT", "PROD"}}, nil},
		} {
			runs, next, err := f.tenant.Runs(ctx, c.filter, store.Page{})
			f.check(err)
			if len(runs) != len(c.want) || next != "" {
				t.Errorf("%s: %d runs, next %q; want %d", name, len(runs), next, len(c.want))
				continue
			}
			for i, r := range runs {
				if r.ID != c.want[i] {
					t.Errorf("%s: run %d is %s, want %s", name, i, r.ID, c.want[i])
				}
			}
		}
		_, _, err = f.tenant.Runs(ctx, store.RunFilter{Tag: "\x00"}, store.Page{})
		refused(t, err, fault.CodeInvalid)
	})
}

func TestPagesHoldEveryRunOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 10, 10)
		want := map[uuid.UUID]bool{}
		for range 5 {
			want[f.accept(begin()).Run] = true
		}
		var page store.Page
		for page.Limit = 2; ; {
			runs, next, err := f.tenant.Runs(t.Context(), store.RunFilter{}, page)
			f.check(err)
			for _, r := range runs {
				if !want[r.ID] {
					t.Errorf("run %s twice, or of nobody", r.ID)
				}
				delete(want, r.ID)
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		if len(want) != 0 {
			t.Errorf("no page held %v", want)
		}
	})
}

func TestNewRunsMoveNoPage(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 10, 100)
		var want []uuid.UUID
		for range 6 {
			want = append([]uuid.UUID{f.accept(begin()).Run}, want...)
		}
		var got []uuid.UUID
		page := store.Page{Limit: 2}
		for more := true; more; more = page.Cursor != "" {
			runs, next, err := f.tenant.Runs(t.Context(), store.RunFilter{Cause: "api"}, page)
			f.check(err)
			for _, r := range runs {
				got = append(got, r.ID)
			}
			f.accept(begin())
			page.Cursor = next
		}
		if !slices.Equal(got, want) {
			t.Errorf("the pages hold %v, want %v", got, want)
		}
	})
}

func TestCutGivesEveryPlaceOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, storetest.SQLite(t), 10, 10)
	other := newFleet(t, f.s, 10, 10)
	all := []int{1, 2, 5, 8, 9}
	same := func(n int) int { return n }
	var got []int
	page := store.Page{Limit: 2}
	for more := true; more; more = page.Cursor != "" {
		part, next, err := store.Cut(f.tenant, "numbers", all, same, page)
		f.check(err)
		got = append(got, part...)
		all = append(all, all[len(all)-1]+1) // it grows meanwhile
		page.Cursor = next
	}
	if !slices.Equal(got, []int{1, 2, 5, 8, 9, 10, 11, 12, 13}[:len(got)]) || len(got) < 5 {
		t.Errorf("the pages hold %v", got)
	}
	_, cursor, err := store.Cut(f.tenant, "numbers", all, same, store.Page{Limit: 1})
	f.check(err)
	for name, ask := range map[string]func() error{
		"Stranger": func() error {
			_, _, err := store.Cut(other.tenant, "numbers", all, same, store.Page{Cursor: cursor})
			return err
		},
		"AnotherList": func() error {
			_, _, err := store.Cut(f.tenant, "letters", all, same, store.Page{Cursor: cursor})
			return err
		},
		"Invented": func() error {
			_, _, err := store.Cut(f.tenant, "numbers", all, same, store.Page{Cursor: "x"})
			return err
		},
	} {
		if err := ask(); !errors.Is(err, fault.BadCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := store.Cut(f.tenant, "numbers", all, same, store.Page{Limit: 201}); !errors.Is(err, fault.CodeInvalid) {
		t.Errorf("too many: %v", err)
	}
}
