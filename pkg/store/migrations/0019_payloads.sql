-- +goose Up

-- What is too large for a journal that is read often: the whole data of a record, which keeps only its small members.
create table payloads (
  run_id {{.UUID}} not null,
  seq    integer not null,
  data   text not null,
  primary key (run_id, seq)
);

-- +goose Down
drop table payloads;
