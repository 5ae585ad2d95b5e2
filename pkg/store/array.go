package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// arrays is the codec of an array type that knows the columns of a batch (column).
// pgx writes any slice, but looks up the type of every element and puts it into a
// box of its own, and a run brings seventy elements.
type arrays struct{ *pgtype.ArrayCodec }

// speakArrays makes a connection write the columns of a batch as they are.
func speakArrays(m *pgtype.Map) {
	for _, oid := range []uint32{pgtype.UUIDArrayOID, pgtype.TextArrayOID, pgtype.ByteaArrayOID, pgtype.Int4ArrayOID, pgtype.TimestamptzArrayOID} {
		t, known := m.TypeForOID(oid)
		if !known {
			continue
		}
		if c, ok := t.Codec.(*pgtype.ArrayCodec); ok {
			m.RegisterType(&pgtype.Type{Name: t.Name, OID: oid, Codec: arrays{c}})
		}
	}
}

// PlanEncode is how pgx asks for a way to write the value.
func (a arrays) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		if plan := planArray(oid, value); plan != nil {
			return plan
		}
	}
	return a.ArrayCodec.PlanEncode(m, oid, format, value)
}

func planArray(oid uint32, value any) pgtype.EncodePlan {
	switch value.(type) {
	case []uuid.UUID:
		if oid == pgtype.UUIDArrayOID {
			return arrayPlan[uuid.UUID]{pgtype.UUIDOID, writeID, fixed[uuid.UUID](16)}
		}
	case []string:
		if oid == pgtype.TextArrayOID {
			return arrayPlan[string]{pgtype.TextOID, writeText, func(v string) int { return len(v) }}
		}
	case []*string:
		if oid == pgtype.TextArrayOID {
			return arrayPlan[*string]{pgtype.TextOID, writeOptionalText, optionalLen}
		}
	case [][]byte:
		if oid == pgtype.ByteaArrayOID {
			return arrayPlan[[]byte]{pgtype.ByteaOID, writeBytes, func(v []byte) int { return len(v) }}
		}
	case []json.RawMessage:
		if oid == pgtype.TextArrayOID {
			return arrayPlan[json.RawMessage]{pgtype.TextOID, writeDocument, func(v json.RawMessage) int { return len(v) }}
		}
	case []int:
		if oid == pgtype.Int4ArrayOID {
			return arrayPlan[int]{pgtype.Int4OID, writeInt, fixed[int](4)}
		}
	case []time.Time:
		if oid == pgtype.TimestamptzArrayOID {
			return arrayPlan[time.Time]{pgtype.TimestamptzOID, writeTime, fixed[time.Time](8)}
		}
	}
	return nil
}

// arrayPlan writes a slice as an array of one dimension in the binary form of
// Postgres, which looks for nulls itself.
type arrayPlan[V any] struct {
	element uint32
	write   func(buf []byte, v V) ([]byte, error)
	size    func(v V) int
}

// Encode appends the array to buf. The room is made at once: pgx begins every
// statement with a small one.
func (p arrayPlan[V]) Encode(value any, buf []byte) (_ []byte, err error) {
	values := value.([]V)
	room := 20 + 4*len(values)
	for _, v := range values {
		room += p.size(v)
	}
	buf = slices.Grow(buf, room)
	dimensions, nulls, from := uint32(1), uint32(0), uint32(1)
	for _, n := range []uint32{dimensions, nulls, p.element, uint32(len(values)), from} {
		buf = binary.BigEndian.AppendUint32(buf, n)
	}
	for _, v := range values {
		if buf, err = p.write(buf, v); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

func fixed[V any](size int) func(V) int { return func(V) int { return size } }

func optionalLen(v *string) int {
	if v == nil {
		return 0
	}
	return len(*v)
}

func writeID(buf []byte, v uuid.UUID) ([]byte, error) {
	return append(binary.BigEndian.AppendUint32(buf, uint32(len(v))), v[:]...), nil
}

func writeText(buf []byte, v string) ([]byte, error) {
	return append(binary.BigEndian.AppendUint32(buf, uint32(len(v))), v...), nil
}

func writeOptionalText(buf []byte, v *string) ([]byte, error) {
	if v == nil {
		return binary.BigEndian.AppendUint32(buf, math.MaxUint32), nil // -1, the length of nothing
	}
	return writeText(buf, *v)
}

// writeDocument writes nothing for an empty document: no JSON is.
func writeDocument(buf []byte, v json.RawMessage) ([]byte, error) {
	if len(v) == 0 {
		return writeOptionalText(buf, nil)
	}
	return writeBytes(buf, v)
}

func writeBytes(buf, v []byte) ([]byte, error) {
	if v == nil {
		return writeOptionalText(buf, nil)
	}
	return append(binary.BigEndian.AppendUint32(buf, uint32(len(v))), v...), nil
}

func writeInt(buf []byte, v int) ([]byte, error) {
	if int(int32(v)) != v {
		return nil, fmt.Errorf("%d does not fit into a column of integers", v)
	}
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(buf, 4), uint32(int32(v))), nil
}

// writeTime counts the microseconds since the year 2000.
func writeTime(buf []byte, v time.Time) ([]byte, error) {
	const epoch = 946_684_800_000_000
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(buf, 8), uint64(v.UnixMicro()-epoch)), nil
}
