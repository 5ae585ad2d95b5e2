-- +goose Up
-- What became of moments is kept for a time. Of moments up to kept_from records may be gone: that there is none there
-- says nothing.
alter table schedules add column kept_from {{.Time}};
create index fires_decided on fires (decided_at);
create index backfills_finished on backfills (finished_at) where finished_at is not null;

-- +goose Down
drop index backfills_finished;
drop index fires_decided;
alter table schedules drop column kept_from;
