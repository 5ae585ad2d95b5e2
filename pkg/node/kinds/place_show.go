package kinds

import (
	"context"
	"encoding/json"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/node"
)

// show tells the reader of the step which of a server's tools or nodes is called
// with what, with a placeholder for each secret. What cannot be filled so is not
// shown.
func (p place) show(ctx context.Context, in *node.Input, what, name string, templates map[string]json.RawMessage) {
	f := hiding(in)
	address, err := f.text(ctx, "", p.URL, expr.URL)
	if err != nil {
		return
	}
	arguments, err := f.arguments(ctx, templates)
	if err != nil {
		return
	}
	in.Saw(map[string]any{"url": address, what: name, "arguments": arguments})
}
