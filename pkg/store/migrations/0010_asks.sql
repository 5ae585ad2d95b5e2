-- +goose Up

-- What runs wait for: one row per thing that a step asked, beside the waiting record in its run's journal. The first
-- answer, the moment "until" or the end of the run settles it, and it stays as it is from then on.
create table asks (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null references workspaces (id),
  run_id       {{.UUID}} not null,
  environment  text not null,
  graph_name   text not null,
  node         text not null,
  iteration    integer not null,
  call         text not null,
  reason       text not null,
  question     {{.JSON}},
  until        {{.Time}},                -- when waiting ends by itself
  status       text not null default 'open' check (status in ('open', 'answered', 'expired', 'closed')),
  answer       {{.JSON}},
  answered_by  text not null default '',
  asked_at     {{.Time}} not null,
  settled_at   {{.Time}},
  check ((status = 'open') = (settled_at is null))
);
create index asks_run   on asks (run_id);
create index asks_due   on asks (until) where status = 'open' and until is not null;
create index asks_list  on asks (workspace_id, id);

-- How often somebody answered one of the run's asks: an attempt that is about to wait and has not seen the last answer
-- goes on instead.
alter table runs add column answers integer not null default 0;

-- +goose Down
alter table runs drop column answers;
drop table asks;
