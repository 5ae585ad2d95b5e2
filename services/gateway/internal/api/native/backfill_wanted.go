package native

import (
	"fmt"
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// backfillWanted says for which moments runs are to be started.
type backfillWanted struct {
	Since        *time.Time           `json:"since" required:"true" doc:"The first moment that is meant."`
	Until        *time.Time           `json:"until" doc:"The first moment that is not meant any more; now when it is left out, and not later."`
	Mode         trigger.BackfillMode `json:"mode" doc:"missing (when it is left out): moments that started nothing; missing_and_failed: these and those whose run failed; all."`
	Environments []string             `json:"environments" doc:"Some of those in which the schedule fires; all of them when it is left out."`
	MaxActive    int                  `json:"max_active" doc:"How many of its runs may be unfinished at once, 1 to 100; 5 when it is left out."`
	DryRun       bool                 `json:"dry_run" doc:"Only tell what would be."`
}

const (
	usualActive = 5
	// farthest is how long ago a moment may be.
	farthest = 10 * 366 * 24 * time.Hour
)

// backfill reads and judges what is wanted of a trigger.
func (w backfillWanted) backfill(c *api.Call, t trigger.Trigger, now time.Time) (b trigger.Backfill, err error) {
	if t.Kind != trigger.KindSchedule {
		return b, fault.New(fault.Conflict, "trigger %q does not go by the clock: it is of kind %s", t.Name, t.Kind)
	}
	if err := refusedDocument(w.mistakes(now)); err != nil {
		return b, err
	}
	b = trigger.Backfill{
		Trigger: t.ID, Mode: w.Mode, Since: w.Since.UTC(), Until: now.UTC(), MaxActive: w.MaxActive, Config: t.Config, CreatedBy: c.By(),
		Environments: t.Places(c.Workspace.DefaultEnvironment),
	}
	if w.Until != nil {
		b.Until = w.Until.UTC()
	}
	if b.Mode == "" {
		b.Mode = trigger.Missing
	}
	if b.MaxActive == 0 {
		b.MaxActive = usualActive
	}
	if b.Environments, err = w.places(c, b.Environments); err != nil {
		return b, err
	}
	table, err := t.Table()
	if err != nil {
		return b, fault.Wrap(err, fault.Conflict, "the schedule cannot be computed: save the trigger to see what is wrong with it")
	}
	most := trigger.MaxBackfill(table)
	switch b = b.Begin(table); {
	case b.Moments == 0:
		return b, one("since", "invalid", "the schedule has no moment in that range")
	case b.Moments > most:
		return b, one("since", "invalid", fmt.Sprintf("there are more than %d moments in that range: ask for a shorter one", most))
	}
	return b, nil
}

// mistakes are what can be seen without the trigger.
func (w backfillWanted) mistakes(now time.Time) (wrong []fault.Detail) {
	mistake := func(is bool, path, message string) {
		if is {
			wrong = append(wrong, fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: message})
		}
	}
	mistake(w.Since == nil, "since", "say since when, like 2026-03-01T00:00:00Z")
	mistake(w.Since != nil && w.Since.Before(now.Add(-farthest)), "since", "since is at most ten years ago")
	until := now
	if w.Until != nil {
		until = *w.Until
	}
	mistake(until.After(now), "until", "until is in the future: a backfill is about moments that have passed")
	mistake(w.Since != nil && !w.Since.Before(until), "until", "until is not after since")
	mistake(w.Mode != "" && !slices.Contains(trigger.BackfillModes, w.Mode), "mode", "mode is missing, missing_and_failed or all")
	mistake(w.MaxActive < 0 || w.MaxActive > trigger.MaxActive, "max_active", fmt.Sprintf("max_active is a whole number from 1 to %d", trigger.MaxActive))
	return wrong
}

// places are the environments that are wanted of those in which the schedule
// fires, in their order; the key has to reach them.
func (w backfillWanted) places(c *api.Call, fires []string) (all []string, err error) {
	for i, name := range w.Environments {
		environment, err := reached(c, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(fires, environment) {
			return nil, one(fmt.Sprintf("environments[%d]", i), "invalid", fmt.Sprintf("the schedule does not fire in %s", environment))
		}
		all = append(all, environment)
	}
	if len(all) == 0 {
		return fires, reachesAll(c, fires)
	}
	return slices.DeleteFunc(slices.Clone(fires), func(name string) bool { return !slices.Contains(all, name) }), nil
}
