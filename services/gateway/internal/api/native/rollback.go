package native

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var rollbackDoc = api.Doc{
	ID: "rollback", Summary: "Put back the builds that stood before a change",
	Detail: "Without `promotion` the newest change that still stands is taken back, be it a promotion or an assignment by hand, so that rolling back again goes one step further: whoever repeats a call after a lost answer names the promotion. A rollback can itself be rolled back by its id. Where another build stands by now than the change left, it is refused unless `force` says otherwise. What the environment lacks is shown and refuses nothing: a way back has to be open.",
	Takes:  rollbackWanted{}, Optional: true, Gives: api.Gives{http.StatusOK: moveDocument{}},
	Refuses: []fault.Code{fault.Conflict},
}

func (n Native) rollback(ctx context.Context, c *api.Call) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := optional[rollbackWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	undone, err := wanted.change(ctx, c, environment)
	if err != nil {
		return 0, nil, err
	}
	standing, err := c.Store.Standing(ctx, environment)
	if err != nil {
		return 0, nil, err
	}
	changes, err := back(undone, standing, wanted.Force)
	if err != nil {
		return 0, nil, err
	}
	p := store.Promotion{Environment: environment, Kind: store.RolledBack, Undoes: &undone.ID, CreatedBy: c.By(), Changes: changes}
	shown, err := n.moveOf(ctx, c, p)
	if err != nil {
		return 0, nil, err
	}
	shown.Warnings = append(shown.Warnings, gone(undone)...)
	if shown.DryRun = wanted.DryRun; wanted.DryRun {
		c.Unaltered()
		return http.StatusOK, shown, nil
	}
	return happen(ctx, c, p, shown)
}

// change is what is to be taken back.
func (w rollbackWanted) change(ctx context.Context, c *api.Call, environment string) (store.Promotion, error) {
	if w.Promotion == nil {
		return c.Store.LastStanding(ctx, environment)
	}
	p, err := c.Store.Promotion(ctx, environment, *w.Promotion)
	if err == nil && p.UndoneBy != nil {
		err = fault.New(fault.Conflict, "%s was rolled back already, by %s", p.ID, p.UndoneBy)
	}
	return p, err
}

// back is what it takes to make the builds stand that stood before a change.
// Graphs that were deleted since are left out.
func back(undone store.Promotion, standing map[uuid.UUID]store.Assignment, force bool) ([]store.BuildChange, error) {
	var changes []store.BuildChange
	for _, c := range undone.Changes {
		now := standing[c.GraphID].Build
		switch {
		case c.Gone:
		case now != c.To && !force:
			return nil, fault.New(fault.Conflict, "graph %q runs %s in %s by now, not %s: roll back what changed it since, or say force",
				c.Graph, build(now), undone.Environment, build(c.To))
		case now != c.From:
			changes = append(changes, store.BuildChange{GraphID: c.GraphID, Graph: c.Graph, From: now, To: c.From})
		}
	}
	return changes, nil
}
