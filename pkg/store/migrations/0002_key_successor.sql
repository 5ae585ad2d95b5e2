-- +goose Up
-- A key that was rotated works on for a while beside the one that took its
-- name: the key it names here.
alter table keys add column successor_id {{.UUID}};
drop index keys_name;
create unique index keys_name on keys (workspace_id, name) where revoked_at is null and successor_id is null;
create index keys_successor on keys (successor_id) where successor_id is not null;

-- +goose Down
update keys set revoked_at = coalesce(revoked_at, created_at) where successor_id is not null;
drop index keys_successor;
drop index keys_name;
create unique index keys_name on keys (workspace_id, name) where revoked_at is null;
alter table keys drop column successor_id;
