package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/tenant"
)

// Sight is a run as the bearer of a key sees it.
type Sight struct {
	Key       key.Key
	Workspace tenant.Workspace
	// Run is of that workspace, Records are the newest of its journal; Missing says
	// why there is no run.
	Run     run.Run
	Records []run.Record
	Missing error
	// State is asked for by Still; empty where nothing can be said of it.
	State string
}

// looking is a run as somebody looks at it who shows a key.
type looking struct {
	mac     presented
	run     uuid.UUID
	records int
}

func (l looking) size() int { return l.mac.size() + 24 }

// Look finds the key with that keyed hash, its workspace, and there the run with
// its newest records: what Authenticate, Run and LastLogs tell one after the
// other, asked by everybody at once who looks at the same time. It fails as
// Authenticate does; a run that does not exist is told in the sight. Records that
// cannot be read just now are missing in it.
func (s *Store) Look(ctx context.Context, mac []byte, id uuid.UUID, records int) (Sight, error) {
	return s.flush.look.do(ctx, looking{presented(mac), id, records})
}

func (s *Store) look(ctx context.Context, items []looking) ([]answer[Sight], error) {
	macs, places := distinct(column(items, func(l looking) presented { return l.mac }))
	keys, err := logins.rows(ctx, s, macs)
	if err != nil {
		return nil, err
	}
	wanted := make([]address, len(items))
	for i, l := range items {
		wanted[i].run = l.run
		for _, k := range keys[places[i]] {
			wanted[i].workspace = k.workspace.ID
		}
	}
	runs, err := readings.rows(ctx, s, wanted)
	if err != nil {
		return nil, err
	}
	journals, read := s.newest(ctx, items, runs)
	answers := make([]answer[Sight], len(items))
	for i, l := range items {
		answers[i].value, answers[i].err = sightOf(l, keys[places[i]], runs[i], journals[i])
		if !read {
			answers[i].value.State = ""
		}
	}
	return answers, nil
}

// newest are the last records of the runs that have begun.
func (s *Store) newest(ctx context.Context, items []looking, runs [][]reading) (journals [][]recordRow, read bool) {
	ends, any := make([]tailing, len(items)), false
	for i, rows := range runs {
		for _, r := range rows {
			if r.StartedAt != nil && items[i].records > 0 {
				ends[i], any = tailing{address{r.WorkspaceID, r.ID}, items[i].records}, true
			}
		}
	}
	if any {
		if found, err := tails.rows(ctx, s, ends); err == nil {
			return found, true
		}
	}
	return make([][]recordRow, len(items)), !any
}

func sightOf(l looking, keys []login, runs []reading, records []recordRow) (Sight, error) {
	if len(keys) == 0 {
		return Sight{}, errNoKey
	}
	seen := Sight{Key: keys[0].key.noun(), Workspace: keys[0].workspace.noun()}
	if len(runs) == 0 {
		seen.Missing = noRun(l.run)
		return seen, nil
	}
	seen.Run, seen.Records = runs[0].noun(), nouns(records, recordRow.noun)
	if l.records > 0 {
		seen.State = stateOf(keys[0], runs[0], records)
	}
	return seen, nil
}
