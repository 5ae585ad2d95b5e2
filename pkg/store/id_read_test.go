package store

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// Read as they are, ids are what pgx makes of them by way of their text.
func TestIDsAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	itself, store := pgtype.NewMap(), pgtype.NewMap()
	pgxuuid.Register(itself)
	speakIDs(store)
	want := uuid.New()
	for _, m := range []*pgtype.Map{itself, store} {
		var id uuid.UUID
		var optional, none *uuid.UUID
		for target, src := range map[any][]byte{&id: want[:], &optional: want[:], &none: nil} {
			if err := m.Scan(pgtype.UUIDOID, pgtype.BinaryFormatCode, src, target); err != nil {
				t.Fatal(err)
			}
		}
		if id != want || optional == nil || *optional != want || none != nil {
			t.Errorf("%s was read as %s, %v and %v", want, id, optional, none)
		}
		if err := m.Scan(pgtype.UUIDOID, pgtype.BinaryFormatCode, want[:15], &id); err == nil {
			t.Error("fifteen bytes were an id")
		}
	}
	if _, ours := store.PlanScan(pgtype.UUIDOID, pgtype.BinaryFormatCode, &want).(idPlan); !ours {
		t.Error("an id is read by way of its text")
	}
}

func BenchmarkReadID(b *testing.B) {
	m := pgtype.NewMap()
	speakIDs(m)
	id, src := uuid.New(), make([]byte, 16)
	plan := m.PlanScan(pgtype.UUIDOID, pgtype.BinaryFormatCode, &id)
	b.ReportAllocs()
	for b.Loop() {
		if err := plan.Scan(src, &id); err != nil {
			b.Fatal(err)
		}
	}
}
