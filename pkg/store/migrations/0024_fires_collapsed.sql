-- +goose Up
-- Records of moments before this one have been looked through for those that can be one.
alter table schedules add column collapsed_to {{.Time}};

-- +goose Down
alter table schedules drop column collapsed_to;
