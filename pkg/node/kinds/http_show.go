package kinds

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/node"
)

// show tells the reader of the step what the call sends. It is filled anew with a
// placeholder for each secret, so that even one that no search would find is not
// in it. What cannot be filled so is not shown.
func (c httpConfig) show(ctx context.Context, in *node.Input) {
	f := hiding(in)
	address, err := c.address(ctx, f)
	if err != nil {
		return
	}
	shown := map[string]any{"method": c.method(), "url": address}
	headers := map[string]string{}
	for name, template := range c.Headers {
		if headers[name], err = f.text(ctx, "", template, expr.Verbatim); err != nil {
			return
		}
	}
	if len(headers) > 0 {
		shown["headers"] = headers
	}
	body, _, err := c.body(ctx, f)
	switch {
	case err != nil:
		return
	case given(c.JSON):
		shown["json"] = json.RawMessage(body)
	case len(body) > 0:
		shown["body"] = string(body)
	}
	in.Saw(shown)
}

// hiding is a filler for which every secret, and the address of a callback, is a
// placeholder.
func hiding(in *node.Input) filler {
	secrets := make(map[string]string, len(in.Secrets))
	for name := range in.Secrets {
		secrets[name] = "[secret]"
	}
	scope := expr.Scope{}
	maps.Copy(scope, in.Scope)
	scope["secrets"] = secrets
	if _, called := scope["callback"]; called { // who knows the address may answer
		scope["callback"] = map[string]any{"url": "[callback]"}
	}
	return filler{scope: scope, log: func(string, string) {}}
}
