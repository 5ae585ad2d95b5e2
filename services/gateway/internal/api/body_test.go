package api

import (
	"bytes"
	"testing"
	"testing/iotest"
)

func TestABodyIsReadWholeAndKeepsLittleRoomBeyondItsSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 512, promised, promised + 1, 1 << 20, 10_813_448} {
		want := bytes.Repeat([]byte("x"), size)
		for _, length := range []int64{int64(size), -1, 0, promised} {
			got, err := readAll(iotest.OneByteReader(bytes.NewReader(want)), length)
			if size > 1<<20 {
				got, err = readAll(bytes.NewReader(want), length)
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes of %d said are read as %d: %v", size, length, len(got), err)
			}
			if length == int64(size) && cap(got) > size+size/4+2*bytes.MinRead {
				t.Errorf("%d bytes keep room for %d", size, cap(got))
			}
		}
	}
}
