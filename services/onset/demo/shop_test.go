package demo

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

func TestPartIsTakenOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "imports.json")
	waits := 0
	open := func() http.Handler {
		s, err := openShop(file, func(*http.Request, time.Duration) { waits++ })
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		s.register(mux)
		return mux
	}
	const begin = `{"supplier": "fjordbok", "export": "2026-11-20"}`
	const at = "/imports/fjordbok-2026-11-20"
	shop := open()
	for range 2 {
		if w := visit(t, shop, "POST", "/imports", begin); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		first := visit(t, shop, "POST", at+"/parts/part-013", `{"within": "1s"}`)
		if first.Code != http.StatusOK {
			t.Fatalf("%d %s", first.Code, first.Body)
		}
		var sum total
		if err := json.Unmarshal(visit(t, shop, "GET", at, "").Body.Bytes(), &sum); err != nil || sum.Parts != 1 || sum.Rows != partRows || sum.Imported != partRows-1 || sum.Rejected[0].Row != 307 {
			t.Errorf("%v: the import came to %+v", err, sum)
		}
		shop = open() // as after a restart
	}
	if waits != 1 {
		t.Errorf("the part took its time %d times", waits)
	}
}

func TestShopRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	p := places(t)
	if w := visit(t, p, "POST", "/imports", `{"supplier": "fjordbok", "export": "2026-11-20"}`); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	const at = "/imports/fjordbok-2026-11-20"
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/imports", `{"supplier": "nobody", "export": "2026-11-20"}`, 400},
		{"POST", "/imports", `{"supplier": "fjordbok", "export": "../x"}`, 400},
		{"POST", "/imports", `[`, 400},
		{"POST", at + "/parts/part-049", `{"within": "1ms"}`, 404},
		{"POST", "/imports/other/parts/part-001", `{"within": "1ms"}`, 404},
		{"POST", at + "/parts/part-001", `{"within": "soon"}`, 400},
		{"POST", at + "/parts/part-001", `{"within": "-1s"}`, 400},
		{"POST", at + "/parts/part-001", `{"within": "2m"}`, 400},
		{"GET", "/imports/other", ``, 404},
	} {
		if w := visit(t, p, c.method, c.path, c.body); w.Code != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, w.Code, w.Body, c.status)
		}
	}
}

// Rejected rows tell the truth: their ISBN is wrong exactly when they say so.
func TestCheckDigitsAreWhatTheRowsSay(t *testing.T) {
	t.Parallel()
	for n := 1; n <= exportParts*partRows; n++ {
		sum, text := 0, isbn(n)
		for i, d := range text {
			sum += int(d-'0') * (1 + i%2*2)
		}
		said := flaw(n) == "the check digit of the ISBN is wrong"
		if len(text) != 13 || (sum%10 != 0) != said {
			t.Errorf("row %d has ISBN %s and the flaw %q", n, text, flaw(n))
		}
	}
}
