package commands

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// Trigger groups the commands about triggers and the runs they start.
func Trigger() *cobra.Command {
	at := new(server)
	return group("trigger", "Start triggers, see what became of them, and manage them", at,
		start(at), status(at), runNow(at), rehearse(at), listTriggers(at), showTrigger(at), explainTrigger(at), listFires(at), listUpcoming(at),
		pauseTrigger(at), resumeTrigger(at), archiveTrigger(at), restoreTrigger(at), deleteTrigger(at))
}

// triggerStanding is a trigger's status and, when somebody gave one, the reason
// of its pause.
func triggerStanding(t client.Trigger) string {
	if or(t.PausedReason) == "" {
		return string(t.Status)
	}
	return fmt.Sprintf("%s (%s)", t.Status, *t.PausedReason)
}

// unknownTrigger says where to look for the right name.
func unknownTrigger(name string, err error) error {
	switch {
	case client.Refused(err, client.TriggerPaused):
		return fmt.Errorf("%w\n  resume it: onset trigger resume %s", explained(err), name)
	case missing(err):
		return fmt.Errorf("there is no trigger %q in the key's workspace, or it is archived: onset trigger list shows those that exist, with --status archived the others", name)
	}
	return explained(err)
}

// trigger is one by its name.
func (w workspace) trigger(ctx context.Context, name string) (client.Trigger, error) {
	t, err := answered[client.Trigger](reach.Answer(w.GetTrigger(ctx, w.ID, name)))
	if err != nil {
		return t, unknownTrigger(name, err)
	}
	return t, nil
}

// schedule is one that has moments.
const schedule = "schedule"

// scheduled refuses a trigger that has no moments.
func (w workspace) scheduled(ctx context.Context, name string) error {
	t, err := w.trigger(ctx, name)
	if err == nil && t.Kind != schedule {
		err = fmt.Errorf("trigger %q is of kind %s, and only schedules have moments: onset runs list --trigger %s shows what it started", t.Name, t.Kind, t.Name)
	}
	return err
}
