package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// build is the number of a graph's snapshot.
type build struct {
	Number int64 `json:"number"`
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
	there, known, err := standing[graph.Graph](a.Server.GetGraph(ctx, a.Workspace, name))
	if err != nil {
		return err
	}
	put := func(contentType string, body io.Reader) (*http.Response, error) {
		return a.Server.PutGraphWithBody(ctx, a.Workspace, name, nil, contentType, body)
	}
	switch {
	case !known:
		err = a.save(ctx, "create graph "+name, g.Definition, put)
	case !same(g.Definition, there):
		err = a.save(ctx, "change graph "+name, g.Definition, put)
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

// save sends a draft. A rehearsal asks whether the server would take it.
func (a *applier) save(ctx context.Context, sentence string, g graph.Graph, put func(contentType string, body io.Reader) (*http.Response, error)) error {
	if a.DryRun {
		if err := a.valid(ctx, g); err != nil {
			return fmt.Errorf("%s: %w", sentence, err)
		}
	}
	return a.send(sentence, g, nil, put)
}

// valid is the refusal that saving the graph would meet.
func (a *applier) valid(ctx context.Context, g graph.Graph) error {
	raw, err := json.Marshal(g)
	if err != nil {
		return err
	}
	doc, err := reach.Answer(a.Server.ValidateGraphWithBody(ctx, a.Workspace, g.Name, "application/json", bytes.NewReader(raw)))
	if err != nil {
		return err
	}
	var verdict client.Verdict
	if err := json.Unmarshal(doc, &verdict); err != nil || verdict.Valid {
		return err
	}
	refused := &client.Error{Status: http.StatusUnprocessableEntity, Code: client.Invalid, Errors: verdict.Errors}
	refused.Detail = fmt.Sprintf("the document has %d problems", len(verdict.Errors))
	if len(verdict.Errors) == 1 {
		refused.Detail = verdict.Errors[0].Message
	}
	return refused
}

// freeze gives the newest build of the definition; the server makes one only
// when the definition differs from the newest. A rehearsal of a graph that
// would get a new one gives the number that it would have.
func (a *applier) freeze(ctx context.Context, g graph.Graph) (build, error) {
	one := int64(1)
	builds, _, err := standing[struct {
		Items []struct {
			build
			Definition graph.Graph `json:"definition"`
		} `json:"items"`
	}](a.Server.ListBuilds(ctx, a.Workspace, g.Name, &client.ListBuildsParams{Limit: &one}))
	if err != nil {
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
	err = a.change("freeze graph "+g.Name, &next, func() (*http.Response, error) {
		return a.Server.CreateBuild(ctx, a.Workspace, g.Name, client.CreateBuildJSONRequestBody{})
	})
	return next, err
}

func (a *applier) assign(ctx context.Context, name, env string, newest build) error {
	there, _, err := standing[client.Assignment](a.Server.GetAssignment(ctx, a.Workspace, env, name))
	if err != nil || there.Build == newest.Number {
		return err
	}
	sentence := fmt.Sprintf("assign build %d of %s to %s", newest.Number, name, env)
	return a.change(sentence, nil, func() (*http.Response, error) {
		return a.Server.PutAssignment(ctx, a.Workspace, env, name, client.AssignmentWanted{Build: newest.Number})
	})
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
