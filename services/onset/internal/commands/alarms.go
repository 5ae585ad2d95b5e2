package commands

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/trigger"
)

// Alarms lists what is wrong now.
func Alarms() *cobra.Command {
	at := new(server)
	var kind, of, env string
	c := &cobra.Command{
		Use:     "alarms",
		Short:   "List what is wrong with triggers now; it is not well while there is anything",
		GroupID: Using,
		Args:    cobra.NoArgs,
		Example: "  onset alarms\n  onset alarms --trigger nightly --json",
	}
	at.flags(c)
	c.Flags().StringVar(&kind, "kind", "", "only what is wrong in this way, such as success_overdue")
	c.Flags().StringVar(&of, "trigger", "", "only what is wrong with this trigger, by its name or id")
	c.Flags().StringVar(&env, "env", "", "only what is wrong in this environment, or everywhere: DEV, UAT or PROD")
	complete(c, "kind", trigger.AlarmKinds...)
	completeEnvironment(c)
	limit, asJSON := limitFlag(c, 50), jsonFlag(c, "whole alarms")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		wanted := client.ListAlarmsParams{Kind: given(client.AlarmKind(kind)), Trigger: given(of), Environment: given(env)}
		alarms, err := pages(*limit, func(limit *int64, cursor *string) (*http.Response, error) {
			wanted.Limit, wanted.Cursor = limit, cursor
			return ws.ListAlarms(c.Context(), ws.ID, &wanted)
		})
		if err != nil {
			return err
		}
		if err := alarmColumns.print(c, *asJSON, alarms); err != nil || len(alarms.Items) == 0 {
			return err
		}
		return Verdict(fmt.Sprintf("there are %d alarms", len(alarms.Items)))
	}
	return c
}

var alarmColumns = columns[client.Alarm]{
	head: []string{"SINCE", "WHAT", "TRIGGER", "ENV", "WHY"},
	row: func(a client.Alarm) []string {
		env := or(a.Environment)
		if env == "" {
			env = "all"
		}
		return []string{written(a.Since), string(a.Kind), a.Trigger, env, a.Reason}
	},
	none: "nothing is wrong",
}
