package native

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var promoteDoc = api.Doc{
	ID: "promote", Summary: "Let an environment run the builds of another one",
	Detail: "Every graph that is named, or else every graph that has a build in `from`, gets the build that stands there. All of it happens or nothing does, and it is kept in the history. It is refused while the environment lacks a variable, a secret or a model that a build names, unless `force` says otherwise; `dry_run` tells what would happen. Runs that were accepted before keep their build, and triggers keep their environments.",
	Takes:  promotionWanted{}, Gives: api.Gives{http.StatusOK: moveDocument{}},
	Refuses: []fault.Code{fault.Conflict, fault.NoBuild, fault.EnvironmentNotAllowed},
}

// promote takes the builds that another environment runs. What is shown is what
// happens: where somebody changes a build in between, nothing does.
func (n Native) promote(ctx context.Context, c *api.Call) (int, any, error) {
	to, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[promotionWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	from, err := wanted.source(c, to)
	if err != nil {
		return 0, nil, err
	}
	changes, err := ahead(ctx, c, from, to, wanted.Graphs)
	if err != nil {
		return 0, nil, err
	}
	p := store.Promotion{Environment: to, Kind: store.Promoted, Source: from, CreatedBy: c.By(), Changes: changes}
	shown, err := n.moveOf(ctx, c, p)
	if err != nil {
		return 0, nil, err
	}
	shown.DryRun = wanted.DryRun
	if wanted.DryRun || len(changes) == 0 {
		c.Unaltered()
		return http.StatusOK, shown, nil
	}
	if !wanted.Force {
		if err := shown.lacking(); err != nil {
			return 0, nil, err
		}
	}
	return happen(ctx, c, p, shown)
}

// happen makes the change and says under which id it is kept.
func happen(ctx context.Context, c *api.Call, p store.Promotion, shown moveDocument) (int, any, error) {
	p, err := c.Store.Promote(ctx, p)
	shown.Promotion = &p.ID
	return http.StatusOK, shown, err
}

// source is the environment whose builds are taken.
func (w promotionWanted) source(c *api.Call, to string) (string, error) {
	from := strings.ToUpper(w.From)
	switch {
	case !tenant.IsEnvironment(from):
		return "", one("from", "invalid", "from is an environment: DEV, UAT or PROD")
	case from == to:
		return "", one("from", "invalid", "from is "+to+" itself: name the environment whose builds are to be taken")
	case w.Graphs != nil && len(w.Graphs) == 0:
		return "", one("graphs", "invalid", "name a graph, or leave graphs out for all of them")
	}
	return reached(c, from)
}

// ahead are the graphs of which the one environment runs another build than the
// other, by name.
func ahead(ctx context.Context, c *api.Call, from, to string, refs []string) ([]store.BuildChange, error) {
	there, err := c.Store.Standing(ctx, from)
	if err != nil {
		return nil, err
	}
	here, err := c.Store.Standing(ctx, to)
	if err != nil {
		return nil, err
	}
	meant, err := meantOf(ctx, c, from, there, refs)
	if err != nil {
		return nil, err
	}
	var changes []store.BuildChange
	for id, a := range meant {
		if standing := here[id].Build; standing != a.Build {
			changes = append(changes, store.BuildChange{GraphID: id, Graph: a.Graph, From: standing, To: a.Build})
		}
	}
	slices.SortFunc(changes, func(a, b store.BuildChange) int { return cmp.Compare(a.Graph, b.Graph) })
	return changes, nil
}

// meantOf are the assignments of the graphs that are named, or all of them.
func meantOf(ctx context.Context, c *api.Call, from string, there map[uuid.UUID]store.Assignment, refs []string) (map[uuid.UUID]store.Assignment, error) {
	if refs == nil {
		return there, nil
	}
	meant := map[uuid.UUID]store.Assignment{}
	for i, ref := range refs {
		g, err := c.Store.Graph(ctx, ref)
		if errors.Is(err, fault.NotFound) {
			return nil, one(fmt.Sprintf("graphs[%d]", i), "invalid", fault.Of(err).Message)
		}
		if err != nil {
			return nil, err
		}
		a, assigned := there[g.ID]
		if !assigned {
			return nil, fault.New(fault.NoBuild, "no build of graph %q is assigned to %s", g.Name, from)
		}
		meant[g.ID] = a
	}
	return meant, nil
}
