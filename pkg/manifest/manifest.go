// Package manifest is the file that declares what workspaces hold: their keys,
// environments, graphs and triggers. It only reads; whoever applies one
// compares it with what a server has.
package manifest

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/tenant"
)

// Manifest is a whole file, with its graphs read and its values filled in.
type Manifest struct {
	Workspaces []Workspace `json:"workspaces"`
}

// Workspace is what one tenant should hold. What it does not mention stays as
// it is: a manifest adds and changes, it never deletes.
type Workspace struct {
	Name               string                 `json:"name"`
	Title              string                 `json:"title,omitempty"`
	Tier               string                 `json:"tier,omitempty"`
	DefaultEnvironment string                 `json:"default_environment,omitempty"`
	Limits             *tenant.Limits         `json:"limits,omitempty"`
	Keys               []Key                  `json:"keys,omitempty"`
	Environments       map[string]Environment `json:"environments,omitempty"`
	Graphs             []Graph                `json:"graphs,omitempty"`
	Triggers           []Trigger              `json:"triggers,omitempty"`
}

// Key is an API key. With a Value it is one that callers hold already; without,
// the server makes one and shows it once.
type Key struct {
	Name         string   `json:"name"`
	Preset       string   `json:"preset,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	Environments []string `json:"environments,omitempty"`
	Value        Value    `json:"value,omitzero"`
}

// Environment is what one of DEV, UAT and PROD gives to the graphs in it.
type Environment struct {
	Variables map[string]Value            `json:"variables,omitempty"`
	Secrets   map[string]Value            `json:"secrets,omitempty"`
	Models    map[string]model.Connection `json:"models,omitempty"`
}

// Graph is a definition in a file of its own, beside the manifest.
type Graph struct {
	File string `json:"file"`
	// Assign are the environments that use the newest build.
	Assign []string `json:"assign,omitempty"`

	// Definition is read from the file. It bears the file's name when it has
	// none of its own.
	Definition graph.Graph `json:"-"`
}

// Trigger says when a graph starts, in the words of the native API.
type Trigger struct {
	Name         string            `json:"name"`
	Title        string            `json:"title,omitempty"`
	Kind         string            `json:"kind"`
	Graph        string            `json:"graph"`
	Build        Pin               `json:"build,omitzero"`
	Environments []string          `json:"environments,omitempty"`
	Config       json.RawMessage   `json:"config,omitempty"`
	Policies     json.RawMessage   `json:"policies,omitempty"`
	Labels       map[string]string `json:"labels,omitempty"`
	// Secret is what a webhook knows its sender by.
	Secret Value `json:"secret,omitzero"`
}
