package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// A record whose data is large is kept in two pieces: its small members stand in
// the journal, which every live view and list of steps reads, and the whole in
// the table payloads, which only those read who need it.

const (
	// maxInline is how many bytes of data a record of the journal may have.
	maxInline = 64 << 10
	// maxMember is how large a member may be that stays there all the same.
	maxMember = 4 << 10
)

// decides are the members that the shape of a run is read off. They stay.
var decides = map[string]bool{"edges": true, "lap": true, "usage": true, "failure": true}

var payloads = table{name: "payloads", keys: []string{"run_id", "seq"}, columns: []string{"data"}}

// large says that some records are kept apart. That is seldom, so it needs no
// place in the batches of the rest.
func (e entry) large() bool {
	for _, r := range e.records {
		if len(r.Data) > maxInline {
			return true
		}
	}
	return false
}

// small is what stays in the journal of a large record's data.
func small(data json.RawMessage) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return "", fmt.Errorf("read a large record: %w", err)
	}
	for name, value := range members {
		if len(value) > maxMember && !decides[name] {
			delete(members, name)
		}
	}
	members["apart"] = json.RawMessage(fmt.Sprint(len(data)))
	text, err := json.Marshal(members)
	return string(text), err
}

// Whole gives records the data that is kept apart.
func (t Tenant) Whole(ctx context.Context, id uuid.UUID, records []run.Record) ([]run.Record, error) {
	var apart []int
	for _, r := range records {
		if r.Apart() > 0 {
			apart = append(apart, r.Seq)
		}
	}
	if len(apart) == 0 {
		return records, nil
	}
	var rows []struct {
		Seq  int
		Data string
	}
	err := t.db(ctx).Raw(`select p.seq, p.data from payloads p join runs r on r.id = p.run_id
 where r.workspace_id = ? and p.run_id = ? and p.seq in ?`, t.ws, id, apart).Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	whole := make(map[int]string, len(rows))
	for _, row := range rows {
		whole[row.Seq] = row.Data
	}
	filled := make([]run.Record, len(records))
	for i, r := range records {
		if data, ok := whole[r.Seq]; ok {
			r.Data = json.RawMessage(data)
		}
		filled[i] = r
	}
	return filled, nil
}
