-- +goose Up
-- The end of an attempt is written where it began, without a second entry in the index.
{{if .Postgres}}
alter table attempts set (fillfactor = 50);
{{end}}

-- +goose Down
{{if .Postgres}}
alter table attempts reset (fillfactor);
{{end}}
