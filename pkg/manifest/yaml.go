package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"gopkg.in/yaml.v3"
)

// The most that one YAML document may unfold to: aliases that point at aliases
// grow without bound.
const (
	maxNodes = 100_000
	maxDepth = 64
)

// JSON rewrites one YAML document as the JSON that says the same. Scalars keep
// the text they were written with (a date stays text, 1.50 stays 1.50). Keys
// that are written twice, keys that are not text, merge keys, numbers that
// JSON does not have and a second document are refused, with their line.
func JSON(raw []byte) ([]byte, error) {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return []byte("null"), nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("yaml: a file holds one document")
	}
	var w jsonWriter
	if err := w.node(&doc, 0); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

type jsonWriter struct {
	bytes.Buffer
	nodes int
}

func (w *jsonWriter) node(n *yaml.Node, depth int) error {
	w.nodes++
	if w.nodes > maxNodes || depth > maxDepth {
		return at(n, "the document is too large or too deep")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return w.node(n.Content[0], depth)
	case yaml.AliasNode:
		return w.node(n.Alias, depth+1)
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		return w.sequence(n, depth)
	default:
		return w.scalar(n)
	}
}

func (w *jsonWriter) mapping(n *yaml.Node, depth int) error {
	seen := map[string]bool{}
	w.WriteByte('{')
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode || k.ShortTag() != "!!str":
			return at(k, "key %q is not text: put it in quotes", k.Value)
		case seen[k.Value]:
			return at(k, "key %q is written twice", k.Value)
		}
		seen[k.Value] = true
		if i > 0 {
			w.WriteByte(',')
		}
		w.text(k.Value)
		w.WriteByte(':')
		if err := w.node(n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	w.WriteByte('}')
	return nil
}

func (w *jsonWriter) sequence(n *yaml.Node, depth int) error {
	w.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			w.WriteByte(',')
		}
		if err := w.node(item, depth+1); err != nil {
			return err
		}
	}
	w.WriteByte(']')
	return nil
}

func (w *jsonWriter) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		w.WriteString("null")
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return at(n, "%q is not true or false", n.Value)
		}
		fmt.Fprint(w, b)
	case "!!int", "!!float":
		return w.number(n)
	case "!!str", "!!timestamp":
		w.text(n.Value)
	default:
		return at(n, "a value of type %s is not supported", n.ShortTag())
	}
	return nil
}

func (w *jsonWriter) number(n *yaml.Node) error {
	if json.Valid([]byte(n.Value)) {
		w.WriteString(n.Value)
		return nil
	}
	var i int64 // 0x1F, 0o17, 1_000
	if n.ShortTag() == "!!int" && n.Decode(&i) == nil {
		fmt.Fprint(w, i)
		return nil
	}
	var f float64 // .5, 1e3_0
	if err := n.Decode(&f); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return at(n, "%q is not a number that JSON has", n.Value)
	}
	out, err := json.Marshal(f)
	w.Write(out)
	return err
}

func (w *jsonWriter) text(s string) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	w.Truncate(w.Len() - 1)
}

func at(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("yaml: line %d: %s", n.Line, fmt.Sprintf(format, args...))
}
