-- +goose Up
-- Every change of what an environment runs, with what stood before. kind: assignment (one build, by hand), promotion
-- (builds of another environment), rollback (what stood before an earlier change).
create table promotions (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null references workspaces (id),
  environment  text not null,
  kind         text not null check (kind in ('assignment', 'promotion', 'rollback')),
  source       text not null default '',  -- the environment that the builds came from
  undoes       {{.UUID}},                 -- what a rollback took back
  undone_by    {{.UUID}},                 -- the rollback that took this back
  created_at   {{.Time}} not null,
  created_by   text not null
);
create index promotions_list on promotions (workspace_id, environment, id);

create table promotion_changes (
  promotion_id {{.UUID}} not null references promotions (id),
  workspace_id {{.UUID}} not null references workspaces (id),
  graph_id     {{.UUID}} not null references graphs (id),
  from_build   integer not null default 0,  -- 0 = none stood
  to_build     integer not null default 0,  -- 0 = none stands
  primary key (promotion_id, graph_id)
);
create index promotion_changes_graph on promotion_changes (graph_id, promotion_id);

-- Workspaces that are gone and whose runs are not yet: those are deleted bit by bit.
create table deleted_workspaces (
  id         {{.UUID}} primary key,
  name       text not null,
  deleted_at {{.Time}} not null,
  deleted_by text not null
);

-- +goose Down
drop table deleted_workspaces;
drop table promotion_changes;
drop table promotions;
