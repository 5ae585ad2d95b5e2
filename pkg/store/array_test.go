package store

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
	"pgregory.net/rapid"
)

// typeMaps are how pgx writes by itself, and how a connection of the store does.
func typeMaps() (itself, store *pgtype.Map) {
	itself, store = pgtype.NewMap(), pgtype.NewMap()
	pgxuuid.Register(itself)
	pgxuuid.Register(store)
	speakArrays(store)
	return itself, store
}

// What a connection writes, pgx reads as what it was.
func TestArraysAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	t.Run("ids", rapid.MakeCheck(readBack(pgtype.UUIDArrayOID, rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), func(b []byte) uuid.UUID { return uuid.UUID(b) }))))
	t.Run("texts", rapid.MakeCheck(readBack(pgtype.TextArrayOID, rapid.String())))
	t.Run("optional texts", rapid.MakeCheck(readBack(pgtype.TextArrayOID, rapid.Ptr(rapid.String(), true))))
	t.Run("bytes", rapid.MakeCheck(readBack(pgtype.ByteaArrayOID, rapid.SliceOf(rapid.Byte()))))
	t.Run("documents", rapid.MakeCheck(readBack(pgtype.TextArrayOID, rapid.Map(rapid.StringN(1, -1, -1), func(text string) json.RawMessage { return json.RawMessage(text) }))))
	t.Run("integers", rapid.MakeCheck(readBack(pgtype.Int4ArrayOID, rapid.Map(rapid.Int32(), func(n int32) int { return int(n) }))))
	t.Run("moments", rapid.MakeCheck(readBack(pgtype.TimestamptzArrayOID, rapid.Map(rapid.Int64Range(-1e15, 4e15), func(n int64) time.Time { return time.UnixMicro(n).UTC() }))))
}

func readBack[V any](oid uint32, values *rapid.Generator[V]) func(*rapid.T) {
	return func(t *rapid.T) {
		want := rapid.SliceOfN(values, 1, 20).Draw(t, "values")
		itself, store := typeMaps()
		if _, ours := store.PlanEncode(oid, pgtype.BinaryFormatCode, want).(arrayPlan[V]); !ours {
			t.Fatalf("%T is not written as it is", want)
		}
		text, err := store.Encode(oid, pgtype.BinaryFormatCode, want, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []V
		if err := itself.Scan(oid, pgtype.BinaryFormatCode, text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
	}
}

func TestNumbersTooLargeForAnArrayAreRefused(t *testing.T) {
	t.Parallel()
	_, store := typeMaps()
	if _, err := store.Encode(pgtype.Int4ArrayOID, pgtype.BinaryFormatCode, []int{1 << 31}, nil); err == nil {
		t.Error("a number of 33 bits was written as one of 32")
	}
}

// BenchmarkArrays writes what one batch of runs takes along that leave with four
// records each: by pgx itself, and as the store does.
func BenchmarkArrays(b *testing.B) {
	const runs = 55
	ids, texts, numbers, moments := make([]uuid.UUID, 5*runs), make([]string, 14*runs), make([]int, 12*runs), make([]time.Time, 4*runs)
	documents := make([]*string, 8*runs)
	for i := range documents {
		text := strings.Repeat("x", 512)
		documents[i] = &text
	}
	itself, store := typeMaps()
	for name, m := range map[string]*pgtype.Map{"pgx": itself, "store": store} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = buf[:0]
				for oid, values := range map[uint32][]any{
					pgtype.UUIDArrayOID: {ids}, pgtype.TextArrayOID: {texts, documents}, pgtype.Int4ArrayOID: {numbers}, pgtype.TimestamptzArrayOID: {moments},
				} {
					for _, v := range values {
						var err error
						if buf, err = m.Encode(oid, pgtype.BinaryFormatCode, v, buf); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}
