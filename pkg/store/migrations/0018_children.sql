-- +goose Up

-- Runs that wait for a run they started. The ask and the child have the same id.
create index asks_children on asks (id) where status = 'open' and reason = 'child';

-- +goose Down
drop index asks_children;
