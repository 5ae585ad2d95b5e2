-- +goose Up
-- Slots are given away and given back in rows of their own: who accepts locks workspace_counters and who leaves
-- workspace_releases, so that neither waits for the other. admitted counts the runs that got a slot, less those that lost
-- it otherwise than by leaving it; released counts the runs that left theirs. What a workspace holds is the difference,
-- which workspace_slots tells. Who reads released before it grows believes that less is free, never more. A gateway of the
-- version before believes that nothing is free and queues; a scheduler of it would count anew without released, so
-- schedulers are replaced before workers.
{{if .Postgres}}
alter table workspace_counters alter column admitted type bigint;
{{end}}
create table workspace_releases (
  workspace_id {{.UUID}} primary key,
  released     bigint not null
){{.Fill50}};
create view workspace_slots as
  select c.workspace_id, c.admitted - coalesce((select r.released from workspace_releases r where r.workspace_id = c.workspace_id), 0) as admitted,
    c.queued, c.cap, c.queue_cap
  from workspace_counters c;

-- +goose Down
drop view workspace_slots;
update workspace_counters set admitted = admitted - coalesce((select r.released from workspace_releases r where r.workspace_id = workspace_counters.workspace_id), 0);
drop table workspace_releases;
