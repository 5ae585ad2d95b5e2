-- +goose Up
-- Where each trigger that goes by the clock stands. Every moment before nominal_at, or before gap_from where there is
-- one, is accounted for in fires.
create table schedules (
  trigger_id   {{.UUID}} primary key references triggers (id),
  workspace_id {{.UUID}} not null references workspaces (id),
  nominal_at   {{.Time}},                -- the next moment; null while it is paused, over or broken
  next_at      {{.Time}},                -- when it is to be looked at
  gap_from     {{.Time}},                -- the first moment of a pause that is not accounted for
  gap_until    {{.Time}},                -- the end of that pause; null while it goes on
  fired        integer not null default 0,
  since        {{.Time}} not null,       -- when it last began to fire so: failures before do not count
  broken       text not null default ''  -- why it cannot fire
){{.Fill70}};
create index schedules_due on schedules (next_at) where next_at is not null;
create index schedules_workspace on schedules (workspace_id);

-- What became of each moment. The key is what makes a moment start one run, whoever acts upon it.
create table fires (
  trigger_id   {{.UUID}} not null,
  nominal_at   {{.Time}} not null,
  environment  text not null,
  workspace_id {{.UUID}} not null,
  until_at     {{.Time}} not null,       -- the last of several moments that were skipped in a row
  count        integer not null default 1,
  disposition  text not null,
  reason       text not null default '',
  run_id       {{.UUID}},
  decided_at   {{.Time}} not null,
  primary key (trigger_id, nominal_at, environment)
);
create index fires_queued on fires (trigger_id) where disposition = 'queued';
create index fires_workspace on fires (workspace_id);

-- +goose Down
drop table fires;
drop table schedules;
