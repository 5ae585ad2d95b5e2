package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// TurnBack moves where a schedule stands back in time, as if nobody had looked
// at it for so long.
func (s *Store) TurnBack(ctx context.Context, id uuid.UUID, by time.Duration) error {
	var r scheduleRow
	if err := s.db.WithContext(ctx).Where("trigger_id = ?", id).Take(&r).Error; err != nil {
		return err
	}
	for _, at := range []*stamp{r.NominalAt, r.NextAt, r.GapFrom, r.GapUntil, &r.Since} {
		if at != nil {
			*at = at.plus(-by)
		}
	}
	if err := s.db.WithContext(ctx).Table("schedule_audits").Where("trigger_id = ?", id).Update("audited_to", r.Since).Error; err != nil {
		return err
	}
	return s.db.WithContext(ctx).Save(&r).Error
}

// ExplainSchedules tells how Postgres finds what a scheduler looks at, by name.
func (s *Store) ExplainSchedules(ctx context.Context, workspace uuid.UUID, triggers []uuid.UUID) (map[string]string, error) {
	c := &change{dialect: postgres}
	which, _ := c.among("trigger_id", triggers)
	noon := time.Now()
	moments, at := c.amongMoments("nominal_at", []trigger.Slot{{At: noon}, {At: noon.Add(time.Hour)}})
	plans := map[string]string{}
	for name, text := range map[string]string{
		"due":             "explain " + dueSchedules + " order by next_at limit 100 for no key update skip locked",
		"next":            "explain " + nextDue,
		"waiting":         "explain " + waitingFires + which,
		"recent":          "explain " + newestRuns,
		"ended":           "explain " + newestEnded,
		"stand":           "explain " + postgres.stand(),
		"stray":           "explain " + stray + " for no key update skip locked",
		"distant":         "explain " + distant + " for no key update skip locked",
		"turns":           "explain " + turns + " for no key update skip locked",
		"overdue":         "explain " + overdue,
		"success":         "explain " + succeeded,
		"backfill due":    "explain " + dueBackfill + " for no key update skip locked",
		"backfill next":   "explain " + nextBackfill,
		"backfill active": "explain " + activeRuns,
		"moments":         "explain " + firesOfMoments + moments,
		"ranges":          "explain " + rangesBetween,
		"forgotten":       "explain " + forgottenFires,
		"collapse":        "explain " + oldFires,
	} {
		args := map[string][]any{"due": {stampOf(time.Now())}, "waiting": {triggers}, "recent": {triggers[0], 100}, "ended": {triggers[0], 50}, "stand": {"[]"},
			"backfill due": {stampOf(noon)}, "backfill active": {triggers[0]}, "moments": {at, workspace, triggers[0]},
			"ranges": {workspace, triggers[0], stampOf(noon), stampOf(noon)}, "forgotten": {stampOf(noon.Add(-time.Hour)), 100},
			"stray": {stampOf(time.Now()), 100}, "distant": {stampOf(time.Now().Add(farthest)), 100}, "turns": {100},
			"overdue": {stampOf(time.Now()), stamp{}, uuid.Nil, "", 200}, "success": {triggers[0], stampOf(time.Now()), "DEV"},
			"collapse": {triggers[0], stampOf(noon.Add(-24 * time.Hour)), stampOf(noon), 3000},
		}[name]
		pool, err := s.db.DB()
		if err != nil {
			return nil, err
		}
		rows, err := pool.QueryContext(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		lines, err := collect(rows, func(line *string) []any { return []any{line} })
		if err != nil {
			return nil, err
		}
		plans[name] = strings.Join(lines, "\n")
	}
	return plans, nil
}
