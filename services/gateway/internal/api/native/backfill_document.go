package native

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// backfillDocument is a backfill as it is shown.
type backfillDocument struct {
	ID           uuid.UUID              `json:"id"`
	Trigger      string                 `json:"trigger"`
	Mode         trigger.BackfillMode   `json:"mode"`
	Environments []string               `json:"environments"`
	Since        moment                 `json:"since"`
	Until        moment                 `json:"until"`
	MaxActive    int                    `json:"max_active"`
	Status       trigger.BackfillStatus `json:"status" doc:"running, completed (every moment is decided and its runs have ended) or aborted."`
	Reason       *string                `json:"reason" doc:"Why it stands still, or why it ended before it was completed."`
	Moments      int                    `json:"moments" doc:"How many it names, in all of its environments."`
	Started      int                    `json:"started" doc:"For how many it has started a run."`
	Kept         int                    `json:"kept" doc:"How many it has left as they were."`
	Skipped      int                    `json:"skipped" doc:"How many cannot start a run: the message or the variables could not be computed."`
	Left         int                    `json:"left" doc:"How many are not decided yet."`
	NextAt       *moment                `json:"next_at" doc:"The moment that is decided next; null when none is left."`
	Runs         backfillRuns           `json:"runs"`
	CreatedAt    moment                 `json:"created_at"`
	CreatedBy    string                 `json:"created_by"`
	FinishedAt   *moment                `json:"finished_at"`
}

// backfillRuns is what the runs of a backfill have come to.
type backfillRuns struct {
	Active    int `json:"active"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
	Cancelled int `json:"cancelled"`
}

func backfillOf(t trigger.Trigger, b store.Backfilling) backfillDocument {
	return backfillDocument{
		ID: b.ID, Trigger: t.Name, Mode: b.Mode, Environments: b.Environments, Since: moment(b.Since), Until: moment(b.Until),
		MaxActive: b.MaxActive, Status: b.Status, Reason: orNull(b.Reason),
		Moments: b.Moments, Started: b.Started, Kept: b.Kept, Skipped: b.Skipped, Left: b.Moments - b.Started - b.Kept - b.Skipped, NextAt: maybe(b.Next),
		Runs:      backfillRuns{Active: b.Active, Completed: b.Completed, Failed: b.Failed, Cancelled: b.Cancelled},
		CreatedAt: moment(b.CreatedAt), CreatedBy: b.CreatedBy, FinishedAt: maybe(b.FinishedAt),
	}
}

// backfillForeseen is what a backfill would do.
type backfillForeseen struct {
	DryRun       bool                 `json:"dry_run"`
	Mode         trigger.BackfillMode `json:"mode"`
	Environments []string             `json:"environments"`
	Since        moment               `json:"since"`
	Until        moment               `json:"until"`
	Moments      int                  `json:"moments" doc:"How many it would name, in all of its environments."`
	Starts       int                  `json:"starts" doc:"For how many it would start a run."`
	Keeps        int                  `json:"keeps" doc:"How many it would leave as they are."`
	First        []foreseenMoment     `json:"first" doc:"The first moments for which it would start a run, ten at most."`
}

// foreseenMoment is a moment for which a run would be started.
type foreseenMoment struct {
	At          time.Time `json:"at"`
	Local       string    `json:"local" doc:"The same moment on the clocks of the schedule's zone."`
	Environment string    `json:"environment"`
	Recorded    *string   `json:"recorded" doc:"What became of it until now; null when nothing is recorded."`
}

// foreseenShown is how many moments are shown one by one.
const foreseenShown = 10

// foresee tells what a backfill would do now.
func (n Native) foresee(ctx context.Context, c *api.Call, t trigger.Trigger, b trigger.Backfill) (int, any, error) {
	table, err := t.Table()
	if err != nil {
		return 0, nil, err
	}
	shown := backfillForeseen{
		DryRun: true, Mode: b.Mode, Environments: b.Environments, Since: moment(b.Since), Until: moment(b.Until), Moments: b.Moments, First: []foreseenMoment{},
	}
	err = c.Store.Foresee(ctx, b, t.CreatedAt, func(s trigger.Slot, found store.Found) {
		if !found.Filled(b.Mode) {
			shown.Keeps++
			return
		}
		if shown.Starts++; shown.Starts <= foreseenShown {
			m := foreseenMoment{At: s.At, Local: s.At.In(table.Zone()).Format(time.RFC3339), Environment: s.Environment}
			if found.Fire != nil {
				m.Recorded = orNull(string(found.Fire.Disposition))
			}
			shown.First = append(shown.First, m)
		}
	})
	return http.StatusOK, shown, err
}
