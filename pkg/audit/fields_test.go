package audit

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEntriesSayWhatChangedAndNoSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after Fields
		want          string
	}{
		"made":           {nil, Fields{"title": "a", "n": 1}, `[{"field":"n","before":null,"after":1},{"field":"title","before":null,"after":"a"}]`},
		"changed":        {Fields{"title": "a", "n": 1}, Fields{"title": "b", "n": 1}, `[{"field":"title","before":"a","after":"b"}]`},
		"taken away":     {Fields{"n": 1}, nil, `[{"field":"n","before":1,"after":null}]`},
		"the same":       {Fields{"n": []string{"a"}}, Fields{"n": []string{"a"}}, `[]`},
		"hidden":         {Fields{"s": Hidden{"hunter2"}}, Fields{"s": Hidden{"hunter3"}}, `[{"field":"s"}]`},
		"hidden, same":   {Fields{"s": Hidden{"hunter2"}}, Fields{"s": Hidden{"hunter2"}}, `[]`},
		"hidden, made":   {nil, Fields{"s": Hidden{nil}}, `[{"field":"s"}]`},
		"hidden, gone":   {Fields{"s": Hidden{"hunter2"}}, nil, `[{"field":"s"}]`},
		"no longer open": {Fields{"s": "open"}, Fields{"s": Hidden{"hunter2"}}, `[{"field":"s"}]`},
	} {
		raw, err := json.Marshal(diff(c.before, c.after))
		if err != nil || string(raw) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, raw, err, c.want)
		}
		if strings.Contains(string(raw), "hunter") {
			t.Errorf("%s: the secret is told", name)
		}
	}
}

func TestWhatChangesNothingLeavesNoEntry(t *testing.T) {
	t.Parallel()
	m := &Mark{}
	if !m.Open() {
		t.Error("a mark of which nobody said anything is written")
	}
	m.Changed("trigger/a", Fields{"n": 1}, Fields{"n": 1})
	if m.Open() {
		t.Error("nothing changed")
	}
	m.Changed("trigger/a", Fields{"n": 1}, Fields{"n": 2})
	if !m.Open() || m.Entry.Object != "trigger/a" {
		t.Errorf("%+v", m)
	}
	if m.Settle(); m.Open() {
		t.Error("it was written")
	}
	var none *Mark
	none.Changed("x", nil, nil)
	if none.Settle(); none.Open() {
		t.Error("no mark records nothing")
	}
}
