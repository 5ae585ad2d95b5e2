-- +goose Up
-- Runs that are to be started for moments that have passed. Everything before the cursor (next_nominal, place) is
-- decided; whoever goes on with it holds the row.
create table backfills (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null references workspaces (id),
  trigger_id   {{.UUID}} not null references triggers (id),
  mode         text not null,
  environments {{.JSON}} not null,
  since_at     {{.Time}} not null,
  until_at     {{.Time}} not null,       -- the first moment that is not meant any more
  max_active   integer not null,
  config       {{.JSON}} not null,       -- the schedule as it was when somebody asked
  status       text not null default 'running' check (status in ('running', 'completed', 'aborted')),
  reason       text not null default '', -- why it stands still, or why it ended
  next_nominal {{.Time}},                -- the moment to decide about next; null when all are
  place        integer not null default 0, -- and which of its environments
  look_at      {{.Time}},                -- when to look again; null when it is over
  moments      integer not null,
  started      integer not null default 0,
  kept         integer not null default 0,
  skipped      integer not null default 0,
  created_at   {{.Time}} not null,
  created_by   text not null,
  finished_at  {{.Time}},
  check ((status = 'running') = (finished_at is null))
){{.Fill70}};
create index backfills_due on backfills (look_at) where look_at is not null;
create index backfills_list on backfills (trigger_id, id);
create index backfills_workspace on backfills (workspace_id);

-- The runs that a backfill started.
create table backfill_runs (
  backfill_id  {{.UUID}} not null references backfills (id),
  nominal_at   {{.Time}} not null,
  environment  text not null,
  workspace_id {{.UUID}} not null,
  run_id       {{.UUID}} not null,
  ended        {{.Bool}} not null default {{.False}}, -- seen to be over: not counted as active any more
  primary key (backfill_id, nominal_at, environment)
);
create index backfill_runs_active on backfill_runs (backfill_id) where not ended;
create index backfill_runs_workspace on backfill_runs (workspace_id);

-- Records of several moments are found by when they end.
create index fires_ranges on fires (trigger_id, until_at) where count > 1;

-- +goose Down
drop index fires_ranges;
drop table backfill_runs;
drop table backfills;
