-- +goose Up
-- What every run writes and nobody searches becomes text, as on SQLite: to parse it for each row costs more than to keep
-- it. And Postgres reads a condition anew for each statement, so what was five becomes one. runs and journal are written
-- anew and are locked meanwhile: with gigabytes of them, stop the services first. Services that go on, of a version before
-- this one too, may fail once for each statement that they had prepared, and then go on.
{{if .Postgres}}
drop trigger runs_guard on runs;
drop index runs_tagged;
alter table journal alter column data type text using data::text;
alter table runs
  alter column user_variables type text using user_variables::text,
  alter column response type text using response::text,
  drop constraint runs_class_check,
  drop constraint runs_status_check,
  drop constraint runs_check,
  drop constraint runs_check1,
  drop constraint runs_check2,
  add constraint runs_shape check (class in ('bg', 'sync') and case status
    when 'pending'   then lease_until is null     and finished_at is null     and error_code is null
    when 'running'   then lease_until is not null and finished_at is null     and error_code is null
    when 'waiting'   then lease_until is null     and finished_at is null     and error_code is null
    when 'completed' then lease_until is null     and finished_at is not null and error_code is null
    when 'failed'    then lease_until is null     and finished_at is not null and error_code is not null
    when 'cancelled' then lease_until is null     and finished_at is not null and error_code is null
    else false end);
create index runs_tagged on runs using gin (tags jsonb_path_ops) where jsonb_array_length(tags) > 0;
create trigger runs_guard before update on runs for each row when (
  new.id <> old.id or new.workspace_id <> old.workspace_id or new.epoch < old.epoch
  or old.finished_at is not null and (
       new.status <> old.status or new.epoch <> old.epoch
    or new.response is distinct from old.response or new.error <> old.error
    or new.error_code is distinct from old.error_code or new.finished_at is distinct from old.finished_at)
) execute function runs_guard();
{{end}}

-- +goose Down
{{if .Postgres}}
drop trigger runs_guard on runs;
drop index runs_tagged;
alter table runs
  drop constraint runs_shape,
  add constraint runs_class_check check (class in ('sync', 'bg')),
  add constraint runs_status_check check (status in ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  add constraint runs_check check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
  add constraint runs_check1 check ((status = 'running') = (lease_until is not null)),
  add constraint runs_check2 check ((status = 'failed') = (error_code is not null)),
  alter column user_variables type jsonb using user_variables::jsonb,
  alter column response type jsonb using response::jsonb;
alter table journal alter column data type jsonb using data::jsonb;
create index runs_tagged on runs using gin (tags jsonb_path_ops) where tags <> '[]'::jsonb;
create trigger runs_guard before update on runs for each row when (
  new.id <> old.id or new.workspace_id <> old.workspace_id or new.epoch < old.epoch
  or old.finished_at is not null and (
       new.status <> old.status or new.epoch <> old.epoch
    or new.response is distinct from old.response or new.error <> old.error
    or new.error_code is distinct from old.error_code or new.finished_at is distinct from old.finished_at)
) execute function runs_guard();
{{end}}
