package store

import (
	"testing"

	"github.com/google/uuid"
)

func FuzzNoTextBecomesACursor(f *testing.F) {
	t := (&Store{cursorKey: []byte("key")}).In(uuid.MustParse("01990000-0000-7000-8000-000000000001"))
	own := t.cursor("graphs", "7")
	for _, seed := range []string{"", "A", own, own + "=", own + "\n", t.cursor("keys", "7"), "////////////////////////////////"} {
		f.Add(seed)
	}
	f.Fuzz(func(tt *testing.T, text string) {
		place, err := t.place("graphs", text)
		if (err == nil) != (text == own) || err == nil && place != "7" {
			tt.Errorf("%q gives %q, %v", text, place, err)
		}
	})
}
