-- +goose Up
-- What arrived at webhooks, with what became of it. What a delivery is known by when it comes again is kept where all
-- idempotency keys are.
create table deliveries (
  id           {{.UUID}} primary key,
  workspace_id {{.UUID}} not null,
  trigger_id   {{.UUID}} not null,
  environment  text not null,
  surface      text not null,
  source       text not null,            -- the address that it came from
  received_at  {{.Time}} not null,
  method       text not null,
  header       {{.JSON}} not null,       -- without the values that may be secret
  query        {{.JSON}} not null,
  size         integer not null,         -- of the whole body, in bytes
  event        text not null,
  subject      text not null,
  actor        text not null,
  outcome      text not null,
  code         text not null,
  reason       text not null,
  stages       {{.JSON}} not null,
  run_id       {{.UUID}},
  replay_of    {{.UUID}},
  keep_until   {{.Time}} not null,
  body         {{.Bytes}}                -- null where it is large: then it is in delivery_bodies
);
create index deliveries_list     on deliveries (workspace_id, id);
create index deliveries_trigger  on deliveries (trigger_id, id);
create index deliveries_rejected on deliveries (trigger_id, id) where outcome = 'rejected';
create index deliveries_subject  on deliveries (trigger_id, subject, id) where outcome = 'started' and subject <> '';
create index deliveries_run      on deliveries (run_id) where run_id is not null;
create index deliveries_expiry   on deliveries (keep_until);

create table delivery_bodies (
  delivery_id  {{.UUID}} primary key,
  workspace_id {{.UUID}} not null,
  body         {{.Bytes}} not null
);
create index delivery_bodies_workspace on delivery_bodies (workspace_id);

-- +goose Down
drop table delivery_bodies;
drop table deliveries;
