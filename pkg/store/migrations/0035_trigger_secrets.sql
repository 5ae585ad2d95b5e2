-- +goose Up
-- The secrets by which a webhook knows its sender, each sealed, with its time. They are the trigger's own, and none of
-- what people see of it.
alter table triggers add column secrets {{.JSON}} not null default '[]';

-- +goose Down
alter table triggers drop column secrets;
