package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/strictjson"
)

// build is the number of a graph's snapshot.
type build struct {
	Number int `json:"number"`
}

func (a *applier) graphs(ctx context.Context, w manifest.Workspace) error {
	for _, g := range w.Graphs {
		if err := a.graph(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// graph saves the draft, freezes it and assigns the build, each only if it is
// not so already. A start that died between two of them is continued here.
func (a *applier) graph(ctx context.Context, g manifest.Graph) error {
	name := g.Definition.Name
	at := "/graphs/" + name
	var there graph.Graph
	known, err := a.read(ctx, at, &there)
	if err != nil {
		return err
	}
	switch {
	case !known:
		err = a.change(ctx, "create graph "+name, http.MethodPut, at, g.Definition, nil)
	case !same(g.Definition, there):
		err = a.change(ctx, "change graph "+name, http.MethodPut, at, g.Definition, nil)
	}
	if err != nil {
		return err
	}
	newest, err := a.freeze(ctx, g.Definition)
	if err != nil {
		return err
	}
	for _, env := range g.Assign {
		if err := a.assign(ctx, name, env, newest); err != nil {
			return err
		}
	}
	return nil
}

// freeze gives the newest build of the definition; the server makes one only
// when the definition differs from the newest. A rehearsal of a graph that
// would get a new one gives the number that it would have.
func (a *applier) freeze(ctx context.Context, g graph.Graph) (build, error) {
	at := "/graphs/" + g.Name + "/builds"
	var builds struct {
		Items []struct {
			build
			Definition graph.Graph `json:"definition"`
		} `json:"items"`
	}
	if _, err := a.read(ctx, at+"?limit=1", &builds); err != nil {
		return build{}, err
	}
	next := build{1}
	if len(builds.Items) > 0 {
		newest := builds.Items[0]
		if same(g, newest.Definition) {
			return newest.build, nil
		}
		next.Number = newest.Number + 1
	}
	err := a.change(ctx, "freeze graph "+g.Name, http.MethodPost, at, struct{}{}, &next)
	return next, err
}

func (a *applier) assign(ctx context.Context, name, env string, newest build) error {
	at := "/environments/" + env + "/assignments/" + name
	var there struct {
		Build int `json:"build"`
	}
	if _, err := a.read(ctx, at, &there); err != nil {
		return err
	}
	if there.Build == newest.Number {
		return nil
	}
	sentence := fmt.Sprintf("assign build %d of %s to %s", newest.Number, name, env)
	there.Build = newest.Number
	return a.change(ctx, sentence, http.MethodPut, at, there, nil)
}

// same says whether two definitions are the same graph, however they were
// written.
func same(a, b graph.Graph) bool {
	left, right := canonical(a), canonical(b)
	return left != nil && bytes.Equal(left, right)
}

// canonical is JSON with every key in its place, those of the parts that the
// product keeps as they were written included. What cannot be written equals
// nothing.
func canonical(doc any) []byte {
	written, err := json.Marshal(doc)
	if err != nil {
		return nil
	}
	tree, err := strictjson.Value(written)
	if err != nil {
		return nil
	}
	written, err = json.Marshal(tree)
	if err != nil {
		return nil
	}
	return written
}
