package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

// fireKey is what makes a moment start one run: the trigger, the nominal moment
// and the environment.
type fireKey struct {
	trigger     uuid.UUID
	at          time.Time
	environment string
}

func keyOf(f trigger.Fire) fireKey { return fireKey{f.Trigger, f.At.UTC(), f.Environment} }

type fireRow struct {
	TriggerID   uuid.UUID
	NominalAt   stamp
	Environment string
	WorkspaceID uuid.UUID
	UntilAt     stamp
	Count       int
	Disposition trigger.Disposition
	Reason      string
	RunID       *uuid.UUID
	DecidedAt   stamp
}

func (fireRow) TableName() string { return "fires" }

const fireColumns = `trigger_id, nominal_at, environment, workspace_id, until_at, count, disposition, reason, run_id, decided_at`

// fields are where a row of fireColumns is read to.
func (r *fireRow) fields() []any {
	return []any{&r.TriggerID, &r.NominalAt, &r.Environment, &r.WorkspaceID, &r.UntilAt, &r.Count, &r.Disposition, &r.Reason, &r.RunID, &r.DecidedAt}
}

// place orders fires by their moment, and those of one moment by environment.
func (r fireRow) place() string { return r.NominalAt.Format(stampFormat) + "/" + r.Environment }

func (r fireRow) noun() trigger.Fire {
	f := trigger.Fire{
		Trigger: r.TriggerID, Environment: r.Environment, At: r.NominalAt.Time, Until: r.UntilAt.Time, Count: r.Count,
		Disposition: r.Disposition, Reason: r.Reason, DecidedAt: r.DecidedAt.Time,
	}
	if r.RunID != nil {
		f.Run = *r.RunID
	}
	return f
}

// querier is a transaction of either kind.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// writeFires writes what became of moments, in one statement, and says for which
// of them nobody had before.
func writeFires(ctx context.Context, tx querier, d dialect, workspace uuid.UUID, fires []trigger.Fire) (map[fireKey]bool, error) {
	written := map[fireKey]bool{}
	if len(fires) == 0 {
		return written, nil
	}
	var lines [][]any
	for _, f := range fires {
		lines = append(lines, fireLine(workspace, f))
	}
	return written, insertFires(ctx, tx, d, lines, written)
}

func fireLine(workspace uuid.UUID, f trigger.Fire) []any {
	return []any{
		f.Trigger, stampOf(f.At), f.Environment, workspace, stampOf(f.Until), f.Count, string(f.Disposition), shortReason(f.Reason), optional(f.Run), stampOf(f.DecidedAt),
	}
}

// maxFireReason bounds what an expression may say of itself, in characters.
const maxFireReason = 500

func shortReason(text string) string {
	text = strictjson.StorableText(text)
	if all := []rune(text); len(all) > maxFireReason {
		return string(all[:maxFireReason]) + "…"
	}
	return text
}

func insertFires(ctx context.Context, tx querier, d dialect, lines [][]any, written map[fireKey]bool) error {
	doc, err := jsonRows(lines)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, d.fires(), doc)
	if err != nil {
		return fmt.Errorf("write fires: %w", err)
	}
	all, err := collect(rows, func(r *fireRow) []any { return []any{&r.TriggerID, &r.NominalAt, &r.Environment} })
	for _, r := range all {
		written[fireKey{r.TriggerID, r.NominalAt.Time, r.Environment}] = true
	}
	return err
}

// fires is the statement that inserts a document of fires where there are none.
func (d dialect) fires() string {
	types := []string{"uuid", "timestamptz", "text", "uuid", "timestamptz", "int", "text", "text", "uuid", "timestamptz"}
	from := " from json_each($1) j where true"
	if d == postgres {
		from = " from jsonb_array_elements($1::jsonb) j"
	}
	var values []string
	for i, kind := range types {
		if d == postgres {
			values = append(values, fmt.Sprintf("(j ->> %d)::%s", i, kind))
		} else {
			values = append(values, fmt.Sprintf("j.value ->> %d", i))
		}
	}
	return "insert into fires (" + fireColumns + ") select " + strings.Join(values, ", ") + from +
		" on conflict do nothing returning trigger_id, nominal_at, environment"
}
