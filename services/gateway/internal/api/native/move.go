package native

import (
	"context"
	"fmt"
	"strconv"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// moveOf shows what a promotion or a rollback changes, and what speaks against
// it.
func (n Native) moveOf(ctx context.Context, c *api.Call, p store.Promotion) (moveDocument, error) {
	shown := moveDocument{
		Environment: p.Environment, From: orNull(p.Source), Undoes: p.Undoes,
		Changes: []buildMoveDocument{}, Warnings: []notice{},
	}
	e, err := c.Store.Environment(ctx, p.Environment)
	if err != nil {
		return moveDocument{}, err
	}
	for _, change := range p.Changes {
		move, err := n.buildMove(ctx, c, change, has(e))
		if err != nil {
			return moveDocument{}, err
		}
		shown.Changes = append(shown.Changes, move)
		triggers, _, err := c.Store.Triggers(ctx, store.Page{Limit: 200}, store.TriggerFilter{Graph: change.GraphID.String()})
		if err != nil {
			return moveDocument{}, err
		}
		shown.Warnings = append(shown.Warnings, started(change, p.Environment, triggers)...)
	}
	return shown, nil
}

// buildMove compares the two builds of a graph.
func (n Native) buildMove(ctx context.Context, c *api.Call, change store.BuildChange, has node.Has) (buildMoveDocument, error) {
	before, err := definitionOf(ctx, c, change, change.From)
	if err != nil {
		return buildMoveDocument{}, err
	}
	after, err := definitionOf(ctx, c, change, change.To)
	if err != nil {
		return buildMoveDocument{}, err
	}
	missing := []missingDocument{}
	for _, m := range has.Lacks(n.Kinds.Needs(after)) {
		missing = append(missing, missingDocument{Path: m.Path, Kind: m.Kind, Name: m.Name})
	}
	return buildMoveDocument{
		Graph: change.Graph, FromBuild: buildOrNull(change.From), ToBuild: buildOrNull(change.To),
		Diff: graph.Diff(before, after), Missing: missing,
	}, nil
}

// definitionOf is what a build froze; no build says nothing.
func definitionOf(ctx context.Context, c *api.Call, change store.BuildChange, number int) (graph.Graph, error) {
	if number == 0 {
		return graph.Graph{}, nil
	}
	return c.Store.Definition(ctx, change.GraphID, number)
}

func has(e store.Environment) node.Has {
	h := node.Has{Variables: map[string]bool{}, Secrets: map[string]bool{}, Models: e.Models}
	for name := range e.Variables {
		h.Variables[name] = true
	}
	for name := range e.Secrets {
		h.Secrets[name] = true
	}
	return h
}

// lacking refuses what the environment cannot run, each thing with its place.
func (d moveDocument) lacking() error {
	var details []fault.Detail
	for _, change := range d.Changes {
		for _, m := range change.Missing {
			details = append(details, fault.Detail{
				Path: "graphs." + change.Graph + "." + m.Path, Code: "missing_" + string(m.Kind),
				Message: fmt.Sprintf("%s has no %s %q", d.Environment, m.Kind, m.Name),
			})
		}
	}
	if len(details) == 0 {
		return nil
	}
	f := fault.New(fault.Conflict, "%s lacks what the builds name: set it there first, or say force", d.Environment)
	f.Details = details
	return f
}

// started warns of a graph whose new build nothing in the environment starts.
// A trigger chooses its environments itself: promoting changes none.
func started(change store.BuildChange, environment string, triggers []trigger.Trigger) []notice {
	if change.To == 0 {
		return nil
	}
	starts, pinned := false, []notice{}
	for _, t := range triggers {
		if t.Status == trigger.Archived || !t.In(environment) {
			continue
		}
		starts = true
		if t.Build != 0 && t.Build != change.To {
			pinned = append(pinned, notice{"pinned_build", fmt.Sprintf("trigger %q starts %s of graph %q, whatever is assigned", t.Name, build(t.Build), change.Graph)})
		}
	}
	if !starts {
		return []notice{{"no_trigger", fmt.Sprintf("no trigger starts graph %q in %s: promoting adds none", change.Graph, environment)}}
	}
	return pinned
}

// gone warns of graphs that cannot be put back.
func gone(undone store.Promotion) (warnings []notice) {
	for _, c := range undone.Changes {
		if c.Gone {
			warnings = append(warnings, notice{"graph_deleted", fmt.Sprintf("graph %q was deleted since and is left out", c.Graph)})
		}
	}
	return warnings
}

// build names a build in a sentence.
func build(number int) string {
	if number == 0 {
		return "no build"
	}
	return "build " + strconv.Itoa(number)
}
