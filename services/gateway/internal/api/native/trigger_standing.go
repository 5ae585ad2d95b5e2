package native

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// standing is what changes of triggers while nobody changes them: their newest
// runs, and where their schedules stand.
type standing struct {
	last      map[uuid.UUID]store.LastRun
	positions map[uuid.UUID]store.Position
}

// stander is what reading a standing needs of a workspace's store.
type stander interface {
	LastRuns(ctx context.Context, triggers []uuid.UUID) (map[uuid.UUID]store.LastRun, error)
	Positions(ctx context.Context, triggers []uuid.UUID) (map[uuid.UUID]store.Position, error)
}

func standingOf(ctx context.Context, s stander, triggers []trigger.Trigger) (now standing, err error) {
	ids := make([]uuid.UUID, len(triggers))
	for i, t := range triggers {
		ids[i] = t.ID
	}
	if now.last, err = s.LastRuns(ctx, ids); err != nil {
		return standing{}, err
	}
	if slices.ContainsFunc(triggers, func(t trigger.Trigger) bool { return t.Kind == trigger.KindSchedule }) {
		now.positions, err = s.Positions(ctx, ids)
	}
	return now, err
}

const (
	// scheduleBroken says that a schedule cannot be acted upon any more.
	scheduleBroken = "schedule_broken"
	// clocksChange says what people may not expect when clocks are changed.
	clocksChange = "clocks_change"
)

// clockWarnings are what the maker of a schedule should know.
func (n Native) clockWarnings(t trigger.Trigger, now standing) (all []notice) {
	if t.Kind != trigger.KindSchedule || t.Status == trigger.Archived {
		return nil
	}
	if why := now.positions[t.ID].Broken; why != "" {
		return []notice{{scheduleBroken, why}}
	}
	table, err := t.Table()
	if err != nil {
		return []notice{{scheduleBroken, err.Error()}} // the scheduler has not looked at it yet
	}
	for _, text := range table.Warnings(n.Now()) {
		all = append(all, notice{clocksChange, text})
	}
	return all
}
