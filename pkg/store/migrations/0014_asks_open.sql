-- +goose Up

-- What is still asked, among all that ever was.
create index asks_open on asks (workspace_id, id) where status = 'open';

-- +goose Down
drop index asks_open;
