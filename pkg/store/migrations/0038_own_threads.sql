-- +goose Up
-- A run that continues no thread begins one that bears its own id, and is found by that: the index holds the others.
drop index runs_thread;
create index runs_thread on runs (thread_id, id) where thread_id <> id;

-- +goose Down
drop index runs_thread;
create index runs_thread on runs (thread_id, id) where thread_id is not null;
