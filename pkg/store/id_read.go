package store

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// ids is the codec of uuid that reads an id as the sixteen bytes that it is. A
// uuid.UUID can also read itself from a text, which pgx prefers, and it writes
// that text for every id first: a run that is claimed brings five.
type ids struct{ pgxuuid.UUIDCodec }

// speakIDs makes a connection read and write ids as they are.
func speakIDs(m *pgtype.Map) {
	pgxuuid.Register(m)
	m.RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: ids{}})
}

// PlanScan is how pgx asks for a way to read into the target.
func (c ids) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, id := target.(*uuid.UUID); id && format == pgtype.BinaryFormatCode {
		return idPlan{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

type idPlan struct{}

// Scan takes nothing for no id.
func (idPlan) Scan(src []byte, target any) error {
	id := target.(*uuid.UUID)
	switch len(src) {
	case 0:
		*id = uuid.Nil
	case len(id):
		copy(id[:], src)
	default:
		return fmt.Errorf("an id has %d bytes, not %d", len(id), len(src))
	}
	return nil
}
