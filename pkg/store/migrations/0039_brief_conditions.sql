-- +goose Up
-- Postgres reads the text of a condition anew for each statement, so these say the same in fewer words. What a run may
-- never change is asked by a trigger that no statement of ours wakes, and the rest of the guard only when there is
-- something to guard.
{{if .Postgres}}
alter table runs
  drop constraint runs_shape,
  add constraint runs_shape check (class = any ('{bg,sync}'::text[])
    and status = any (case when finished_at is null then '{pending,running,waiting}'::text[] else '{completed,failed,cancelled}' end)
    and (status = 'running') = (lease_until is not null) and (status = 'failed') = (error_code is not null));
drop trigger runs_guard on runs;
-- +goose StatementBegin
create or replace function runs_guard() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.workspace_id <> old.workspace_id or new.epoch < old.epoch
    or old.finished_at is not null and (
         new.status <> old.status or new.epoch <> old.epoch
      or new.response is distinct from old.response or new.error <> old.error
      or new.error_code is distinct from old.error_code or new.finished_at is distinct from old.finished_at)
  then
    raise exception 'run % may not change so', old.id using errcode = 'P0T01';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger runs_guard before update on runs for each row when (
  old.finished_at is not null or new.epoch < old.epoch) execute function runs_guard();
create trigger runs_identity before update of id, workspace_id on runs for each row execute function runs_guard();
{{end}}

-- +goose Down
{{if .Postgres}}
drop trigger runs_identity on runs;
drop trigger runs_guard on runs;
-- +goose StatementBegin
create or replace function runs_guard() returns trigger language plpgsql as $$
begin
  raise exception 'run % may not change so', old.id using errcode = 'P0T01';
end $$;
-- +goose StatementEnd
create trigger runs_guard before update on runs for each row when (
  new.id <> old.id or new.workspace_id <> old.workspace_id or new.epoch < old.epoch
  or old.finished_at is not null and (
       new.status <> old.status or new.epoch <> old.epoch
    or new.response is distinct from old.response or new.error <> old.error
    or new.error_code is distinct from old.error_code or new.finished_at is distinct from old.finished_at)
) execute function runs_guard();
alter table runs
  drop constraint runs_shape,
  add constraint runs_shape check (class in ('bg', 'sync') and case status
    when 'pending'   then lease_until is null     and finished_at is null     and error_code is null
    when 'running'   then lease_until is not null and finished_at is null     and error_code is null
    when 'waiting'   then lease_until is null     and finished_at is null     and error_code is null
    when 'completed' then lease_until is null     and finished_at is not null and error_code is null
    when 'failed'    then lease_until is null     and finished_at is not null and error_code is not null
    when 'cancelled' then lease_until is null     and finished_at is not null and error_code is null
    else false end);
{{end}}
