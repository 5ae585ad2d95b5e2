package queue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestABellSaysWhatWasRung(t *testing.T) {
	t.Parallel()
	rung := leases(maxRuns)
	raw, err := encode(rung)
	if err != nil {
		t.Fatal(err)
	}
	heard, known, err := decode(raw)
	if err != nil || !known || !cmp.Equal(heard, rung) {
		t.Errorf("known = %v, %v: %s", known, err, cmp.Diff(rung, heard))
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"v":1}`, `{"v":2,"runs":[{}]}`, `{"v":1,"runs":[{"id":"0199b7a0-3d1e-7c52-9a43-5c1e7f0b2d61","epoch":2}]}`, `{"v":1,"runs":null}`, "\x08\x01", `{"v":1e9}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, known, err := decode(raw)
		switch {
		case err != nil || !known:
			if got != nil {
				t.Errorf("a bell that was not understood names %v", got)
			}
		case len(got) == 0 || len(got) > maxRuns:
			t.Errorf("understood a bell that names %d runs", len(got))
		}
	})
}
