package run

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/onsethq/onset/pkg/strictjson"
)

// Completed is the data of a step.completed record.
type Completed struct {
	Output json.RawMessage `json:"output"`
	// Input is what the step worked on, as far as it says.
	Input json.RawMessage `json:"input,omitempty"`
	// Vars are the session variables that the step set.
	Vars map[string]json.RawMessage `json:"vars,omitempty"`
	// Edges are the outgoing edges, decided once and here: by index, true is
	// taken.
	Edges map[int]bool `json:"edges,omitempty"`
	// Lap is another round of a loop that the step begins instead.
	Lap   *Lap   `json:"lap,omitempty"`
	Usage *Usage `json:"usage,omitempty"`
	// Failure ends the run although the step itself succeeded: its result
	// could not be captured or its edges not be decided.
	Failure *Failure `json:"failure,omitempty"`
	// Ends says that the run is complete with this step, wherever its edges
	// lead.
	Ends bool `json:"ends,omitempty"`
	// Warnings tell the author of templates that found nothing.
	Warnings []string `json:"warnings,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	// Copied says that the output is that of the run which this one replays.
	Copied bool `json:"copied,omitempty"`

	// Read is what Output and Vars read as, when whoever made the record knows;
	// it is not written.
	Read *Reading `json:"-"`
}

// Reading is what strictjson.Value makes of an output and of each variable.
type Reading struct {
	Output any
	Vars   map[string]any
}

// read gives the reading of a record: the one it was made with, or its text's.
// What a call gave is read by its caller alone.
func (c Completed) read(call bool) (r Reading, err error) {
	if c.Read != nil {
		return *c.Read, nil
	}
	if !call {
		if r.Output, err = strictjson.Value(c.Output); err != nil {
			return r, err
		}
	}
	if len(c.Vars) > 0 {
		r.Vars = make(map[string]any, len(c.Vars))
	}
	for name, raw := range c.Vars {
		if r.Vars[name], err = strictjson.Value(raw); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Text is the record as it is written. What was read is JSON for certain and is
// copied, where json.Marshal would go through every byte of it again.
func (c Completed) Text() (json.RawMessage, error) {
	if c.Read == nil || c.Lap != nil || c.Usage != nil || c.Failure != nil || c.Warnings != nil {
		return json.Marshal(c)
	}
	b := append(make([]byte, 0, c.size()), `{"output":`...)
	b = append(b, c.Output...)
	if len(c.Input) > 0 {
		b = append(append(b, `,"input":`...), c.Input...)
	}
	if len(c.Vars) > 0 {
		b = strictjson.AppendFields(append(b, `,"vars":`...), c.Vars)
	}
	if len(c.Edges) > 0 {
		b = append(appendEdges(append(b, `,"edges":{`...), c.Edges), '}')
	}
	if c.Ends {
		b = append(b, `,"ends":true`...)
	}
	if c.Kind != "" {
		b = strictjson.AppendText(append(b, `,"kind":`...), c.Kind)
	}
	if c.Copied {
		b = append(b, `,"copied":true`...)
	}
	return append(b, '}'), nil
}

// size is about how long the text is.
func (c Completed) size() int {
	n := 128 + len(c.Output) + len(c.Input)
	for name, raw := range c.Vars {
		n += len(name) + len(raw) + 4
	}
	return n
}

func appendEdges(b []byte, edges map[int]bool) []byte {
	for i, e := range sorted(edges) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, '"'), int64(e), 10), `":`...)
		b = strconv.AppendBool(b, edges[e])
	}
	return b
}

// sorted are the keys of a map in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
