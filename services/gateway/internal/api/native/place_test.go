package native

import "testing"

func TestPlacesAreInOrder(t *testing.T) {
	t.Parallel()
	inOrder := []place{beginning, {0, 0}, {1, 0}, {1, 1}, {1, 2}, {1, 10}, {2, 0}, {10, 0}}
	for i, p := range inOrder {
		for j, q := range inOrder {
			if p.after(q) != (i > j) {
				t.Errorf("%s after %s: %v", p, q, p.after(q))
			}
		}
	}
}

func FuzzPlaceIsWhatItsTextSays(f *testing.F) {
	for _, text := range []string{"0", "12", "12.1", "12.0", "-1", "1.", ".1", "1.2.3", "+1", "01", "99999999999", "1.-1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := placeOf(text)
		if !ok {
			return
		}
		if again, ok := placeOf(p.String()); !ok || again != p || p.seq < 0 || p.n < 0 || !p.after(beginning) {
			t.Errorf("%q is read as %v and that as %v (%v)", text, p, again, ok)
		}
	})
}
