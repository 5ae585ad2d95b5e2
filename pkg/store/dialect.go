package store

// dialect is the SQL a database speaks.
type dialect string

const (
	postgres dialect = "postgres"
	sqlite   dialect = "sqlite3"
)

// macros are the words of the schema in each dialect. Guard is the last line:
// whatever the code above it does, a terminal run keeps its end, an epoch never
// falls, and a run never changes its identity or its tenant. GuardLog does the
// same for the audit log, whose rows end when their time is over. LookAgain lets
// the scheduler look at a schedule at once when somebody changes what it goes by,
// whether through this program or by SQL of their own. What is between
// {{if .Postgres}} and {{end}} only Postgres does.
var macros = map[dialect]map[string]string{
	postgres: {
		"Postgres": "yes",
		"UUID":     "uuid",
		"JSON":     "jsonb",
		"Bytes":    "bytea",
		"Bool":     "boolean",
		"False":    "false",
		"Time":     "timestamptz",
		"Fill50":   " with (fillfactor = 50)",
		"Fill70":   " with (fillfactor = 70)",
		"Guard": `
-- +goose StatementBegin
create function runs_guard() returns trigger language plpgsql as $$
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
) execute function runs_guard();`,
		"Unguard": "drop function runs_guard();",
		"Tagged":  "create index runs_tagged on runs using gin (tags jsonb_path_ops) where tags <> '[]'::jsonb;",
		"GuardLog": `
-- +goose StatementBegin
create function audit_log_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.keep_until <= now() then
    return old;
  end if;
  raise exception 'the audit log may not be changed' using errcode = 'P0T02';
end $$;
-- +goose StatementEnd
create trigger audit_log_guard before update or delete on audit_log for each row execute function audit_log_guard();
create trigger audit_log_whole before truncate on audit_log for each statement execute function audit_log_guard();`,
		"UnguardLog": "drop function audit_log_guard();",
		"LookAgain": `
-- +goose StatementBegin
create function schedules_look_again() returns trigger language plpgsql as $$
begin
  update schedules set next_at = now() where trigger_id = new.id and next_at > now();
  return null;
end $$;
-- +goose StatementEnd
create trigger schedules_look_again after update of config, policies on triggers for each row when (
  new.config is distinct from old.config or new.policies is distinct from old.policies
) execute function schedules_look_again();`,
		"LookNoMore": "drop trigger schedules_look_again on triggers;\ndrop function schedules_look_again();",
	},
	sqlite: {
		"Postgres": "",
		"UUID":     "text",
		"JSON":     "text",
		"Bytes":    "blob",
		"Bool":     "boolean",
		"False":    "0",
		"Time":     "text",
		"Fill50":   "",
		"Fill70":   "",
		"Guard": `
-- +goose StatementBegin
create trigger runs_guard before update on runs for each row when
  new.id <> old.id or new.workspace_id <> old.workspace_id or new.epoch < old.epoch
  or old.finished_at is not null and (
       new.status <> old.status or new.epoch <> old.epoch
    or new.response is not old.response or new.error <> old.error
    or new.error_code is not old.error_code or new.finished_at is not old.finished_at)
begin
  select raise(abort, 'P0T01: a run may not change so');
end;
-- +goose StatementEnd`,
		"Unguard": "",
		"Tagged":  "create index runs_tagged on runs (workspace_id, id) where tags <> '[]';",
		"GuardLog": `
-- +goose StatementBegin
create trigger audit_log_kept before update on audit_log for each row
begin
  select raise(abort, 'P0T02: the audit log may not be changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_log_written before insert on audit_log for each row when exists (select 1 from audit_log where id = new.id)
begin
  select raise(abort, 'P0T02: the audit log may not be changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_log_guard before delete on audit_log for each row when old.keep_until > strftime('%Y-%m-%dT%H:%M:%f', 'now')
begin
  select raise(abort, 'P0T02: the audit log may not be changed');
end;
-- +goose StatementEnd`,
		"UnguardLog": "",
		"LookAgain": `
-- +goose StatementBegin
create trigger schedules_look_again after update of config, policies on triggers for each row when
  new.config is not old.config or new.policies is not old.policies
begin
  update schedules set next_at = new.updated_at where trigger_id = new.id and next_at > new.updated_at;
end;
-- +goose StatementEnd`,
		"LookNoMore": "drop trigger schedules_look_again;",
	},
}
