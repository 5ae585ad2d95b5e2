-- +goose Up
-- What a trigger was when it was archived, so that restoring makes it that again.
alter table triggers add column archived_from text not null default '';

-- Only statements that say revision > 0, which is always true, may use these: the
-- planner takes any index of the workspace for the one by id or name, as long as
-- the table is empty, and keeps to it.
create index triggers_newest  on triggers (workspace_id, id) where deleted_at is null and revision > 0;
create index triggers_changed on triggers (workspace_id, updated_at, id) where deleted_at is null and revision > 0;
create index triggers_target  on triggers (workspace_id, graph_id) where deleted_at is null and revision > 0;

-- What an Idempotency-Key made, where it made something other than a run.
create table creations (
  workspace_id {{.UUID}} not null references workspaces (id),
  scope        text not null,
  key          text not null,
  hash         {{.Bytes}} not null,
  made_id      {{.UUID}} not null,
  expires_at   {{.Time}} not null,
  primary key (workspace_id, scope, key)
);

-- +goose Down
drop table creations;
drop index triggers_target;
drop index triggers_changed;
drop index triggers_newest;
alter table triggers drop column archived_from;
