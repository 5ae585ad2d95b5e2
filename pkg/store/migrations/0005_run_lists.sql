-- +goose Up
-- What lists of runs are narrowed by. Every index is partial, for two reasons: what
-- few runs have costs the others nothing, and a statement that looks for a run by
-- its id must not take an index in which the id is the last column for one that
-- begins with it, which the planner does while the table is empty.
create index runs_trigger on runs (trigger_id, id) where trigger_id is not null;
create index runs_graph on runs (graph_id, id) where graph_id is not null;
create index runs_thread on runs (thread_id, id) where thread_id is not null;
create index runs_troubled on runs (workspace_id, status, id) where status in ('waiting', 'failed', 'cancelled');
create index runs_replays on runs ((cause ->> 'replay_of'), id) where cause ->> 'replay_of' is not null;
{{.Tagged}}

-- +goose Down
drop index runs_tagged;
drop index runs_replays;
drop index runs_troubled;
drop index runs_thread;
drop index runs_graph;
drop index runs_trigger;
