package run_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/run"
)

// The text that is put together of pieces says what json.Marshal would say.
func TestCompletedIsWrittenAsMarshalWould(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SampledFrom([]string{`null`, `1`, `"a"`, `{"a":[1,"\\"]}`, `{}`, `1.50`})
		raw := func(name string) json.RawMessage { return json.RawMessage(values.Draw(t, name)) }
		c := run.Completed{
			Output: raw("output"),
			Edges:  rapid.MapOfN(rapid.IntRange(0, 12), rapid.Bool(), 0, 3).Draw(t, "edges"),
			Kind:   rapid.SampledFrom([]string{"", "end", "<\xff\">"}).Draw(t, "kind"),
			Ends:   rapid.Bool().Draw(t, "ends"), Copied: rapid.Bool().Draw(t, "copied"),
			Vars: map[string]json.RawMessage{},
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{"a", "B", "", "é\"<", "\x7f"}), rapid.String()), 0, 3, rapid.ID).Draw(t, "names") {
			c.Vars[name] = raw("variable")
		}
		if rapid.Bool().Draw(t, "says its input") {
			c.Input = raw("input")
		}
		switch rapid.SampledFrom([]string{"", "", "", "usage", "failure", "lap", "warnings"}).Draw(t, "more") {
		case "usage":
			c.Usage = &run.Usage{ToolCalls: 1}
		case "failure":
			c.Failure = &run.Failure{Message: "no"}
		case "lap":
			c.Lap = &run.Lap{Loop: 1}
		case "warnings":
			c.Warnings = []string{"missing"}
		}
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		c.Read = &run.Reading{}
		got, err := c.Text()
		if err != nil {
			t.Fatal(err)
		}
		var meant, said any
		if err := errors.Join(json.Unmarshal(want, &meant), json.Unmarshal(got, &said)); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if diff := cmp.Diff(meant, said); diff != "" || len(got) != len(want) {
			t.Fatalf("%s, not %s: %s", got, want, diff)
		}
	})
}
