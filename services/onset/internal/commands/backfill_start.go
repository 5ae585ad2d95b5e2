package commands

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

// fillRange is which moments are meant, and how they are to be filled.
type fillRange struct {
	since, until, mode string
	environments       []string
	active             int64
	dryRun             bool
}

func (f *fillRange) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.since, "since", "", "the first moment: a duration such as 24h or 7d, or a time such as 2026-03-29T07:00:00Z")
	c.Flags().StringVar(&f.until, "until", "", "the first moment that is not meant any more; now when it is left out")
	c.Flags().StringVar(&f.mode, "mode", "missing", "missing, missing_and_failed or all")
	c.Flags().StringSliceVar(&f.environments, "env", nil, "only in these environments, with commas: DEV, UAT, PROD")
	c.Flags().Int64Var(&f.active, "max-active", 5, "how many of its runs may be unfinished at once")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "only tell what would be")
	complete(c, "mode", client.BackfillModeMissing, client.BackfillModeMissingAndFailed, client.BackfillModeAll)
	completeEnvironment(c)
	_ = c.MarkFlagRequired("since")
}

// wanted is the range as the API reads it.
func (f fillRange) wanted(now time.Time) (w client.BackfillWanted, err error) {
	mode := client.BackfillMode(f.mode)
	w = client.BackfillWanted{Mode: &mode, MaxActive: &f.active, DryRun: &f.dryRun, Environments: f.environments}
	if w.Since, err = ago("--since", f.since, now); err != nil || f.until == "" {
		return w, err
	}
	until, err := ago("--until", f.until, now)
	w.Until = &until
	return w, err
}

func startBackfill(at *server) *cobra.Command {
	var asked fillRange
	c := &cobra.Command{
		Use:   "start TRIGGER",
		Short: "Start the runs of the moments of a range",
		Long: `Starts runs for the moments of a range that a schedule, as it is now, has: those
that started nothing, these and those whose run failed, or all. Schedulers go on
with it, whatever happens to them, with so many runs at a time as --max-active
says. Try it with --dry-run first.`,
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example: `  onset backfill start nightly --since 7d --dry-run
  onset backfill start nightly --since 2026-03-01T00:00:00Z --until 2026-03-08T00:00:00Z --mode missing_and_failed`,
	}
	asked.flags(c)
	asJSON := jsonFlag(c, "the whole backfill")
	c.RunE = func(c *cobra.Command, args []string) error {
		wanted, err := asked.wanted(time.Now())
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.CreateBackfill(c.Context(), ws.ID, args[0], &client.CreateBackfillParams{}, wanted))
		switch {
		case err != nil:
			return unknownTrigger(args[0], err)
		case asked.dryRun:
			return tell(c, *asJSON, doc, sayForeseen)
		}
		return tell(c, *asJSON, doc, sayBackfill)
	}
	return c
}

func sayForeseen(w io.Writer, f client.BackfillForeseen) error {
	rows := [][]string{{"AT", "LOCAL", "IN", "RECORDED"}}
	for _, m := range f.First {
		rows = append(rows, []string{m.At.UTC().Format(time.RFC3339), m.Local, m.Environment, or(m.Recorded)})
	}
	if _, err := fmt.Fprintf(w, "%d of %d moments would start a run, %d would be kept as they are\n", f.Starts, f.Moments, f.Keeps); err != nil || len(f.First) == 0 {
		return err
	}
	return table.Print(w, rows...)
}
