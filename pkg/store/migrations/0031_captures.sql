-- +goose Up
-- Triggers whose deliveries are only kept to be looked at for a while, and start nothing.
create table captures (
  trigger_id   {{.UUID}} primary key,
  workspace_id {{.UUID}} not null,
  until_at     {{.Time}} not null
);
create index captures_workspace on captures (workspace_id);

-- +goose Down
drop table captures;
