-- +goose Up
-- Who changed what. Rows are written once; the database itself refuses to
-- change them, and to delete them before their time.
create table audit_log (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null,
  at           {{.Time}} not null,
  actor        text not null,
  actor_id     {{.UUID}} not null,
  action       text not null,
  object       text not null,
  changes      {{.JSON}} not null,
  address      text not null,
  request_id   text not null,
  keep_until   {{.Time}} not null
);
create index audit_log_list   on audit_log (workspace_id, id);
create index audit_log_expiry on audit_log (keep_until);
{{.GuardLog}}

-- +goose Down
drop table audit_log;
{{.UnguardLog}}
