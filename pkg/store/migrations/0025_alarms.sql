-- +goose Up
-- Since when a schedule is broken.
alter table schedules add column broken_at {{.Time}};
update schedules set broken_at = since where broken <> '';
create index schedules_broken on schedules (workspace_id) where broken_at is not null;

-- Triggers that paused themselves and that nobody has resumed.
create table auto_pauses (
  trigger_id   {{.UUID}} primary key references triggers (id),
  workspace_id {{.UUID}} not null,
  paused_at    {{.Time}} not null
);
create index auto_pauses_workspace on auto_pauses (workspace_id);

-- What the clock alone would never lead to, or too late: see stray in the code, whose condition this is word for word.
create index schedules_stray on schedules (since)
  where nominal_at is not null and (next_at is null or nominal_at > next_at or nominal_at < '1970-01-01T00:00:00.000000Z');
{{.LookAgain}}

-- Up to which moment each schedule's account has been counted anew, and when.
create table schedule_audits (
  trigger_id   {{.UUID}} primary key references triggers (id),
  workspace_id {{.UUID}} not null,
  audited_to   {{.Time}} not null,
  audited_at   {{.Time}} not null
);
insert into schedule_audits select trigger_id, workspace_id, since, since from schedules;
create index schedule_audits_turn on schedule_audits (audited_at);
create index schedule_audits_workspace on schedule_audits (workspace_id);

-- Moments without the record that they must have, and records without a moment. Empty unless something is wrong.
create table unaccounted (
  trigger_id   {{.UUID}} not null,
  nominal_at   {{.Time}} not null,
  environment  text not null,
  workspace_id {{.UUID}} not null,
  extra        {{.Bool}} not null,       -- a record without a moment
  found_at     {{.Time}} not null,
  primary key (trigger_id, nominal_at, environment)
);
create index unaccounted_workspace on unaccounted (workspace_id);

-- Triggers of which a success is expected every so often; without an environment, in any.
create table expectations (
  trigger_id   {{.UUID}} not null references triggers (id),
  environment  text not null,
  workspace_id {{.UUID}} not null,
  every_s      bigint not null,
  met_at       {{.Time}},                -- the last success that is known
  due_at       {{.Time}} not null,       -- when the next one is overdue
  primary key (trigger_id, environment)
);
create index expectations_due on expectations (due_at, trigger_id, environment);
create index expectations_workspace on expectations (workspace_id, due_at);

-- +goose Down
drop table expectations;
drop table unaccounted;
drop table auto_pauses;
drop table schedule_audits;
{{.LookNoMore}}
drop index schedules_stray;
drop index schedules_broken;
alter table schedules drop column broken_at;
