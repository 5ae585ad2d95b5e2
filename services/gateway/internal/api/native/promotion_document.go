package native

import (
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/store"
)

// promotionWanted asks for the builds of another environment.
type promotionWanted struct {
	From   string   `json:"from" required:"true" doc:"The environment whose builds are taken: DEV, UAT or PROD"`
	Graphs []string `json:"graphs" doc:"Names or ids of graphs; left out, every graph that has a build there"`
	DryRun bool     `json:"dry_run" doc:"Tell what would happen and change nothing"`
	Force  bool     `json:"force" doc:"Promote although the environment lacks what a build names"`
}

// rollbackWanted asks for what stood before.
type rollbackWanted struct {
	Promotion *uuid.UUID `json:"promotion" doc:"The change to take back; left out, the newest that still stands"`
	DryRun    bool       `json:"dry_run" doc:"Tell what would happen and change nothing"`
	Force     bool       `json:"force" doc:"Put the builds back although others have been assigned since"`
}

// moveDocument is what a promotion or a rollback did, or would do.
type moveDocument struct {
	Environment string  `json:"environment"`
	From        *string `json:"from" doc:"The environment that the builds came from; null for a rollback"`
	DryRun      bool    `json:"dry_run"`
	// Promotion names the change in the history.
	Promotion *uuid.UUID          `json:"promotion" doc:"The change in the history; null when nothing was changed"`
	Undoes    *uuid.UUID          `json:"undoes" doc:"What a rollback takes back; null for a promotion"`
	Changes   []buildMoveDocument `json:"changes" doc:"Graphs that run another build than before; others are left out"`
	Warnings  []notice            `json:"warnings"`
}

type buildMoveDocument struct {
	Graph     string            `json:"graph"`
	FromBuild *int              `json:"from_build" doc:"What stood before; null when no build did"`
	ToBuild   *int              `json:"to_build" doc:"What stands since; null when none does"`
	Diff      []graph.Change    `json:"diff" doc:"What turns the one build into the other"`
	Missing   []missingDocument `json:"missing" doc:"What the build names and the environment does not hold"`
}

type missingDocument struct {
	Path string        `json:"path" doc:"Where the build names it: nodes.triage.config.model"`
	Kind node.NeedKind `json:"kind"`
	Name string        `json:"name"`
}

// promotionDocument is one change of what an environment runs.
type promotionDocument struct {
	ID          uuid.UUID             `json:"id"`
	Environment string                `json:"environment"`
	Kind        store.PromotionKind   `json:"kind" doc:"assignment (one build by hand), promotion or rollback"`
	From        *string               `json:"from" doc:"The environment that the builds came from; null unless it is a promotion"`
	Undoes      *uuid.UUID            `json:"undoes" doc:"The change that this rollback took back"`
	UndoneBy    *uuid.UUID            `json:"undone_by" doc:"The rollback that took this back"`
	CreatedAt   moment                `json:"created_at"`
	CreatedBy   string                `json:"created_by"`
	Changes     []buildChangeDocument `json:"changes"`
}

type buildChangeDocument struct {
	Graph     string `json:"graph"`
	FromBuild *int   `json:"from_build"`
	ToBuild   *int   `json:"to_build"`
}

func promotionOf(p store.Promotion) promotionDocument {
	changes := make([]buildChangeDocument, len(p.Changes))
	for i, c := range p.Changes {
		changes[i] = buildChangeDocument{Graph: c.Graph, FromBuild: buildOrNull(c.From), ToBuild: buildOrNull(c.To)}
	}
	return promotionDocument{
		ID: p.ID, Environment: p.Environment, Kind: p.Kind, From: orNull(p.Source), Undoes: p.Undoes, UndoneBy: p.UndoneBy,
		CreatedAt: moment(p.CreatedAt), CreatedBy: p.CreatedBy, Changes: changes,
	}
}

func buildOrNull(number int) *int {
	if number == 0 {
		return nil
	}
	return &number
}
