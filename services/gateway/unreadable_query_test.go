package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestFilterThatCannotBeReadFindsNotEverything(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for _, path := range []string{"/runs", "/triggers", "/audit", "/keys", "/graphs", "/environments/DEV/promotions"} {
		for _, query := range []string{"?status=failed;x", "?tag=%zz"} {
			if got := ws1.call(http.MethodGet, path+query, "").refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{"query"}) {
				t.Errorf("%s%s: wrong at %v", path, query, got)
			}
		}
	}
	for _, path := range []string{"/audit?objekt=graph", "/keys?stauts=live"} {
		ws1.call(http.MethodGet, path, "").refused(http.StatusUnprocessableEntity, "unknown_field")
	}
}

func TestWhatChoosesTriggersIsBounded(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	var query, labels []string
	for i := range 1200 {
		query = append(query, url.Values{"label": {fmt.Sprintf("l%d:x", i)}}.Encode())
		labels = append(labels, fmt.Sprintf(`"l%d":"x"`, i))
	}
	ws1.call(http.MethodGet, "/triggers?"+strings.Join(query[:51], "&"), "").refused(http.StatusUnprocessableEntity, "invalid")
	ws1.ok(http.MethodGet, "/triggers?"+strings.Join(query[:50], "&"), "")
	for _, verb := range []string{"pause", "resume"} {
		ws1.call(http.MethodPost, "/triggers/"+verb, `{"labels":{`+strings.Join(labels[:900], ",")+`}}`).refused(http.StatusUnprocessableEntity, "invalid")
	}
	long := `"reason":"` + strings.Repeat("é", 256) + `"}`
	ws1.call(http.MethodPost, "/triggers/pause", `{"graph":"echo",`+long).refused(http.StatusUnprocessableEntity, "invalid")
	ws1.call(http.MethodPost, "/triggers/t_echo/pause", `{`+long).refused(http.StatusUnprocessableEntity, "invalid")
	ws1.ok(http.MethodPost, "/triggers/t_echo/pause", strings.Replace(`{`+long, "éé", "é", 1))
}
