package store

// dialect is the SQL a database speaks.
type dialect string

const (
	postgres dialect = "postgres"
	sqlite   dialect = "sqlite3"
)

// macros are the words of the schema in each dialect. Guard is the last line:
// whatever the code above it does, a terminal run keeps its end, an epoch never
// falls, and a run never changes its identity or its tenant.
var macros = map[dialect]map[string]string{
	postgres: {
		"UUID":   "uuid",
		"JSON":   "jsonb",
		"Bytes":  "bytea",
		"Bool":   "boolean",
		"False":  "false",
		"Time":   "timestamptz",
		"Fill50": " with (fillfactor = 50)",
		"Fill70": " with (fillfactor = 70)",
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
	},
	sqlite: {
		"UUID":   "text",
		"JSON":   "text",
		"Bytes":  "blob",
		"Bool":   "boolean",
		"False":  "0",
		"Time":   "text",
		"Fill50": "",
		"Fill70": "",
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
	},
}
