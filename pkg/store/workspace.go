package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
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
	w = withDefaults(w)
	if err := checkWorkspace(w); err != nil {
		return tenant.Workspace{}, err
	}
	now := s.stamp()
	row := workspaceRow{
		ID: w.ID, Name: w.Name, Title: w.Title, Tier: w.Tier, DefaultEnvironment: w.DefaultEnvironment,
		Limits: document[tenant.Limits]{w.Limits}, TriggersPaused: w.TriggersPaused,
		Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	err := s.atomically(ctx, func(tx *gorm.DB) error {
		made := tx.Clauses(unlessThere).Create(&row)
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			return fault.New(fault.Conflict, "workspace %q exists already", w.Name)
		}
		return tx.Create(&counterRow{WorkspaceID: w.ID, Cap: w.Limits.Running, QueueCap: w.Limits.Pending}).Error
	})
	if err != nil {
		return tenant.Workspace{}, err
	}
	return row.noun(), nil
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

func checkWorkspace(w tenant.Workspace) error {
	if slices.Contains(tenant.Reserved, w.Name) {
		return invalid("name", "this name is reserved: it stands in paths where a workspace could")
	}
	return cmp.Or(
		checkName(w.Name),
		checkText("title", w.Title),
		checkText("tier", w.Tier),
		checkEnvironments([]string{w.DefaultEnvironment}),
		checkLimits(w.Limits),
	)
}

func checkLimits(l tenant.Limits) error {
	if l.Running < 1 || l.Running > tenant.MostRuns {
		return invalid("limits.running", fmt.Sprintf("from 1 to %d runs may run at a time", tenant.MostRuns))
	}
	if l.Pending < 1 || l.Pending > tenant.MostRuns {
		return invalid("limits.pending", fmt.Sprintf("from 1 to %d runs may wait for their turn", tenant.MostRuns))
	}
	return nil
}

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
