-- +goose Up
-- A workspace counts the changes of what its starts rest upon: keys, its own settings, triggers, graphs, and the builds
-- that are assigned. A gateway that remembers these remembers the count beside them, and the statement that accepts
-- compares it in the row that it locks anyway. Counting waits for the commit, when a transaction holds all the rows that it
-- wants: so who changes things waits for who accepts, and never the other way round as well. That a key was used is no
-- change of it. The count keeps up with the clock, so that one which a failover has lost does not come a second time.
{{if .Postgres}}
-- In the order in which whoever changes a workspace takes them.
lock table keys, workspaces, triggers, graphs, assignments in share row exclusive mode;
alter table workspace_counters add column changes bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint;
-- +goose StatementBegin
create function count_change() returns trigger language plpgsql as $$
declare
  place uuid;
  mark  text;
begin
  if tg_table_name = 'workspaces' then
    place := new.id;
  elsif tg_op = 'DELETE' then
    place := old.workspace_id;
  else
    place := new.workspace_id;
  end if;
  mark := concat(place, pg_current_xact_id());
  if current_setting('onset.counted', true) is distinct from mark then
    update workspace_counters set changes = greatest(changes + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
      where workspace_id = place;
    perform set_config('onset.counted', mark, true);
  end if;
  return null;
end $$;
-- +goose StatementEnd
create constraint trigger keys_changed after update on keys deferrable initially deferred
  for each row when (new.last_used_at is not distinct from old.last_used_at) execute function count_change();
create constraint trigger keys_gone after delete on keys deferrable initially deferred
  for each row execute function count_change();
create constraint trigger workspaces_changed after update on workspaces deferrable initially deferred
  for each row execute function count_change();
create constraint trigger triggers_changed after update or delete on triggers deferrable initially deferred
  for each row execute function count_change();
create constraint trigger graphs_changed after update or delete on graphs deferrable initially deferred
  for each row execute function count_change();
create constraint trigger assignments_changed after insert or update or delete on assignments deferrable initially deferred
  for each row execute function count_change();
{{end}}

-- +goose Down
{{if .Postgres}}
drop trigger assignments_changed on assignments;
drop trigger graphs_changed on graphs;
drop trigger triggers_changed on triggers;
drop trigger workspaces_changed on workspaces;
drop trigger keys_gone on keys;
drop trigger keys_changed on keys;
drop function count_change();
alter table workspace_counters drop column changes;
{{end}}
