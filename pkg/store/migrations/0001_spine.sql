-- +goose Up

-- Who owns everything. {{.JSON}} is jsonb on Postgres and text on SQLite, and so on for the other macros.
create table workspaces (
  id                  {{.UUID}} primary key,
  name                text not null,
  title               text not null default '',
  tier                text not null default 'free',
  default_environment text not null default 'DEV',
  limits              {{.JSON}} not null,
  triggers_paused     {{.Bool}} not null default {{.False}},
  revision            integer not null default 1,
  created_at          {{.Time}} not null,
  updated_at          {{.Time}} not null
);
create unique index workspaces_name on workspaces (name);

-- The exact caps: one row per workspace, touched once per batch.
--   admitted  runs that hold a slot: pending with admit_epoch = epoch, and running
--   queued    runs that are accepted and wait for one: pending with admit_epoch < epoch
create table workspace_counters (
  workspace_id {{.UUID}} primary key references workspaces (id),
  admitted     integer not null default 0 check (admitted >= 0),
  queued       integer not null default 0 check (queued >= 0),
  cap          integer not null,
  queue_cap    integer not null
){{.Fill50}};

-- What the database knows of itself.
create table facts (
  name  text primary key,
  value text not null
);

create table keys (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null references workspaces (id),
  name         text not null,
  handle       text not null,           -- the ten public characters of a key of ours; '' for a migrated one
  mac          {{.Bytes}} not null,     -- keyed hash of the whole key
  last4        text not null,
  scopes       {{.JSON}} not null,
  environments {{.JSON}} not null,      -- [] = all
  created_at   {{.Time}} not null,
  created_by   text not null,
  expires_at   {{.Time}},
  revoked_at   {{.Time}},
  last_used_at {{.Time}}
);
create unique index keys_mac on keys (mac);
create unique index keys_name on keys (workspace_id, name) where revoked_at is null;

create table graphs (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null references workspaces (id),
  name         text not null,
  title        text not null default '',
  definition   {{.JSON}} not null,
  checksum     text not null,
  revision     integer not null default 1,
  created_at   {{.Time}} not null,
  updated_at   {{.Time}} not null,
  deleted_at   {{.Time}}
);
create unique index graphs_name on graphs (workspace_id, name) where deleted_at is null;

create table builds (
  workspace_id {{.UUID}} not null references workspaces (id),
  graph_id     {{.UUID}} not null references graphs (id),
  number       integer not null,
  checksum     text not null,
  definition   {{.JSON}} not null,
  created_at   {{.Time}} not null,
  created_by   text not null,
  primary key (graph_id, number)
);

create table assignments (
  workspace_id {{.UUID}} not null references workspaces (id),
  environment  text not null,
  graph_id     {{.UUID}} not null references graphs (id),
  build        integer not null,
  updated_at   {{.Time}} not null,
  primary key (workspace_id, environment, graph_id),
  foreign key (graph_id, build) references builds (graph_id, number)
);

-- What an environment gives to the graphs that run in it. kind: variable (value is text), secret (value is sealed,
-- last4 says which), model (value is the connection document).
create table environment_values (
  workspace_id {{.UUID}} not null references workspaces (id),
  environment  text not null,
  kind         text not null check (kind in ('variable', 'secret', 'model')),
  name         text not null,
  value        {{.Bytes}} not null,
  last4        text not null default '',
  version      integer not null default 1,
  updated_at   {{.Time}} not null,
  primary key (workspace_id, environment, kind, name)
);

create table triggers (
  id            {{.UUID}} primary key,
  workspace_id  {{.UUID}} not null references workspaces (id),
  name          text not null,
  title         text not null default '',
  kind          text not null,
  graph_id      {{.UUID}} not null references graphs (id),
  build         integer not null default 0,   -- 0 = the build assigned to the environment
  environments  {{.JSON}} not null,
  status        text not null default 'active' check (status in ('active', 'paused', 'archived')),
  paused_reason text not null default '',
  config        {{.JSON}} not null,
  policies      {{.JSON}} not null,
  labels        {{.JSON}} not null,
  revision      integer not null default 1,
  created_at    {{.Time}} not null,
  updated_at    {{.Time}} not null,
  deleted_at    {{.Time}}
);
create unique index triggers_name on triggers (workspace_id, name) where deleted_at is null;

-- The run row is the truth and its own outbox. No foreign keys: deleting a trigger must never lose a run.
create table runs (
  id               {{.UUID}} primary key,
  workspace_id     {{.UUID}} not null,
  trigger_id       {{.UUID}},
  trigger_name     text not null default '',
  graph_id         {{.UUID}} not null,
  graph_name       text not null,
  build            integer not null,
  environment      text not null,
  class            text not null check (class in ('sync', 'bg')),
  thread_id        {{.UUID}} not null,
  cause            {{.JSON}} not null,
  message          text not null,
  user_variables   {{.JSON}} not null,
  tags             {{.JSON}} not null,

  status           text not null default 'pending'
                   check (status in ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  status_reason    text not null default '',
  epoch            integer not null default 0,     -- fencing token: +1 per claim, never down
  attempts         integer not null default 0,     -- claims that were not released by a drain
  crashes          integer not null default 0,     -- in a row, without a completed step
  budget_ms        bigint not null,                -- execution time left when the deadline clock stands
  next_at          {{.Time}} not null,             -- not before (back-off)
  start_by         {{.Time}},                      -- fails as start_expired when never claimed by then
  admit_epoch      integer not null default -1,    -- = epoch: a slot of the workspace is reserved for it
  turn_at          {{.Time}} not null,             -- its place in the line of admitted runs of all workspaces
  bell_seq         integer not null default 0,     -- bells rung since it was admitted
  bell_at          {{.Time}},                      -- when the bell rings again unless the run is claimed
  worker_id        text,
  lease_until      {{.Time}},                      -- in no index: a heartbeat stays a HOT update
  deadline_at      {{.Time}},
  cancel_at        {{.Time}},
  cancel_reason    text not null default '',

  response         {{.JSON}},
  error            text not null default '',
  error_code       text,
  usage            {{.JSON}} not null default '{}',
  created_at       {{.Time}} not null,
  started_at       {{.Time}},
  finished_at      {{.Time}},

  check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
  check ((status = 'running') = (lease_until is not null)),
  check ((status = 'failed') = (error_code is not null))
){{.Fill70}};
create index runs_ready   on runs (class, turn_at, id) where status = 'pending' and admit_epoch = epoch;
create index runs_queued  on runs (workspace_id, class, created_at, id) where status = 'pending' and admit_epoch < epoch;
create index runs_running on runs (id) where status = 'running';
create index runs_bounded on runs (id) where status = 'pending'
  and (cancel_at is not null or deadline_at is not null or start_by is not null);
create index runs_list    on runs (workspace_id, id);

-- Idempotency keys let go after their time; terminal rows never could.
create table idempotency_keys (
  workspace_id {{.UUID}} not null,
  scope        text not null,
  key          text not null,
  hash         {{.Bytes}} not null,
  run_id       {{.UUID}} not null,
  expires_at   {{.Time}} not null,
  primary key (workspace_id, scope, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);

create table attempts (
  run_id     {{.UUID}} not null,
  epoch      integer not null,
  worker_id  text not null,
  started_at {{.Time}} not null,
  ended_at   {{.Time}},
  outcome    text not null default '',   -- completed failed cancelled waiting released lost
  primary key (run_id, epoch)
);

create table journal (
  run_id    {{.UUID}} not null,
  seq       integer not null,
  epoch     integer not null,
  at        {{.Time}} not null,
  type      text not null,
  node      text not null default '',
  iteration integer not null default 0,
  call      text not null default '',
  data      {{.JSON}},
  primary key (run_id, seq)
);
create unique index journal_once on journal (run_id, node, iteration, call) where type = 'step.completed';

{{.Guard}}

-- +goose Down
drop table journal;
drop table attempts;
drop table idempotency_keys;
drop table runs;
drop table triggers;
drop table environment_values;
drop table assignments;
drop table builds;
drop table graphs;
drop table keys;
drop table facts;
drop table workspace_counters;
drop table workspaces;
{{.Unguard}}
