package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/tenant"
)

type workspaceRow struct {
	ID                 uuid.UUID
	Name               string
	Title              string
	Tier               string
	DefaultEnvironment string
	Limits             document[tenant.Limits]
	TriggersPaused     bool
	Revision           int
	CreatedAt          stamp
	UpdatedAt          stamp
}

func (workspaceRow) TableName() string { return "workspaces" }

// audited is what the audit log says of a workspace.
func (r workspaceRow) audited() audit.Fields {
	return audit.Fields{
		"title": r.Title, "tier": r.Tier, "default_environment": r.DefaultEnvironment,
		"limits": r.Limits.V, "triggers_paused": r.TriggersPaused,
	}
}

func (r workspaceRow) noun() tenant.Workspace {
	return tenant.Workspace{
		ID:                 r.ID,
		Name:               r.Name,
		Title:              r.Title,
		Tier:               r.Tier,
		DefaultEnvironment: r.DefaultEnvironment,
		Limits:             r.Limits.V,
		TriggersPaused:     r.TriggersPaused,
		Revision:           r.Revision,
		CreatedAt:          r.CreatedAt.Time,
		UpdatedAt:          r.UpdatedAt.Time,
	}
}

// counterRow is the line of a workspace in workspace_counters. How many runs
// are admitted and queued belongs to the run's life; here are only the caps.
type counterRow struct {
	WorkspaceID uuid.UUID
	Cap         int
	QueueCap    int
}

func (counterRow) TableName() string { return "workspace_counters" }

// CreateWorkspace stores a workspace and its counters. What is not said gets
// its default: id, tier free, environment DEV, tenant.DefaultLimits. A name in
// use is fault.Conflict; a reserved or impossible one is fault.CodeInvalid.
func (s *Store) CreateWorkspace(ctx context.Context, w tenant.Workspace) (tenant.Workspace, error) {
	row, err := s.newWorkspace(w)
	if err != nil {
		return tenant.Workspace{}, err
	}
	if err := s.atomically(ctx, row.create); err != nil {
		return tenant.Workspace{}, err
	}
	return row.noun(), nil
}

// CreateWorkspaceWithKey stores a workspace and the key that opens it, both or
// neither: a workspace without a key could never be entered.
func (s *Store) CreateWorkspaceWithKey(ctx context.Context, w tenant.Workspace, k key.Key, mac []byte) (tenant.Workspace, error) {
	row, err := s.newWorkspace(w)
	if err != nil {
		return tenant.Workspace{}, err
	}
	err = s.atomically(ctx, func(tx *gorm.DB) error {
		if err := row.create(tx); err != nil {
			return err
		}
		_, err := s.In(row.ID).createKey(tx, k, mac)
		return err
	})
	if err != nil {
		return tenant.Workspace{}, err
	}
	return row.noun(), nil
}

func (s *Store) newWorkspace(w tenant.Workspace) (workspaceRow, error) {
	w = withDefaults(w)
	now := s.stamp()
	return workspaceRow{
		ID: w.ID, Name: w.Name, Title: w.Title, Tier: w.Tier, DefaultEnvironment: w.DefaultEnvironment,
		Limits: document[tenant.Limits]{w.Limits}, TriggersPaused: w.TriggersPaused,
		Revision: 1, CreatedAt: now, UpdatedAt: now,
	}, checkWorkspace(w, tenant.Workspace{})
}

// create inserts the workspace and its counters.
func (r workspaceRow) create(tx *gorm.DB) error {
	made := tx.Clauses(unlessThere).Create(&r)
	if made.Error != nil {
		return made.Error
	}
	if made.RowsAffected == 0 {
		return fault.New(fault.Conflict, "workspace %q exists already", r.Name)
	}
	return tx.Create(&counterRow{WorkspaceID: r.ID, Cap: r.Limits.V.Running, QueueCap: r.Limits.V.Pending}).Error
}

func withDefaults(w tenant.Workspace) tenant.Workspace {
	if w.ID == uuid.Nil {
		w.ID = newID()
	}
	w.Tier = cmp.Or(w.Tier, "free")
	w.DefaultEnvironment = cmp.Or(w.DefaultEnvironment, tenant.Environments[0])
	w.Limits.Running = cmp.Or(w.Limits.Running, tenant.DefaultLimits.Running)
	w.Limits.Pending = cmp.Or(w.Limits.Pending, tenant.DefaultLimits.Pending)
	return w
}

// checkWorkspace refuses what a workspace cannot be. was is the workspace before a
// change; of a new one it is empty.
func checkWorkspace(w, was tenant.Workspace) error {
	if slices.Contains(tenant.Reserved, w.Name) {
		return invalid("name", "this name is reserved: it stands in paths where a workspace could")
	}
	return cmp.Or(
		checkName(w.Name),
		checkLine("title", w.Title, was.Title),
		checkLine("tier", w.Tier, was.Tier),
		checkEnvironments([]string{w.DefaultEnvironment}),
		checkLimits(w.Limits),
	)
}

// longestLine is how many bytes a line of a workspace may have.
const longestLine = 512

// checkLine is checkText for what is read with every call and remembered for many
// callers. What was kept before it had to be short may stay: a kill switch has to
// work.
func checkLine(path, text, was string) error {
	if len(text) > longestLine && text != was {
		return invalid(path, fmt.Sprintf("this text has at most %d bytes", longestLine))
	}
	return checkText(path, text)
}

func checkLimits(l tenant.Limits) error {
	if l.Running < 1 || l.Running > tenant.MostRuns {
		return invalid("limits.running", fmt.Sprintf("from 1 to %d runs may run at a time", tenant.MostRuns))
	}
	if l.Pending < 1 || l.Pending > tenant.MostRuns {
		return invalid("limits.pending", fmt.Sprintf("from 1 to %d runs may wait for their turn", tenant.MostRuns))
	}
	if d, err := time.ParseDuration(l.MinInterval); l.MinInterval != "" && (err != nil || d < 0 || d > longestInterval || len(l.MinInterval) > longestLine) {
		return invalid("limits.min_interval", "the shortest interval of schedules is a duration like 1h, at most "+longestInterval.String())
	}
	return nil
}

// longestInterval is the longest that schedules can be kept apart.
const longestInterval = 366 * 24 * time.Hour

// WorkspaceByName finds a workspace without a key: only for start-up and for
// applying a manifest, where there is none yet.
func (s *Store) WorkspaceByName(ctx context.Context, name string) (tenant.Workspace, error) {
	if !tenant.ValidName(name) {
		return tenant.Workspace{}, notFound(gorm.ErrRecordNotFound, "workspace", name)
	}
	var row workspaceRow
	err := s.db.WithContext(ctx).Where("name = ?", name).Take(&row).Error
	return row.noun(), translate(notFound(err, "workspace", name))
}

// Workspace is the tenant's own.
func (t Tenant) Workspace(ctx context.Context) (tenant.Workspace, error) {
	var row workspaceRow
	err := t.db(ctx).Where("id = ?", t.ws).Take(&row).Error
	return row.noun(), translate(notFound(err, "workspace", t.ws.String()))
}
