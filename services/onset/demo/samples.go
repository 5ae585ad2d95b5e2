package demo

import (
	"embed"
	"path"

	"github.com/onsethq/onset/pkg/manifest"
)

// Workspace is the name of the workspace that the samples live in.
const Workspace = "demo"

//go:embed manifest.yaml graphs
var samples embed.FS

// Manifest declares the workspace demo: its sample graphs, triggers and the key
// "local". worldURL is where the sample's world answers.
func Manifest(worldURL string) (manifest.Manifest, error) {
	return manifest.Read("manifest.yaml", manifest.Source{
		File: func(name string) ([]byte, error) { return samples.ReadFile(path.Clean(name)) },
		Env:  func(name string) (string, bool) { return worldURL, name == "DEMO_URL" },
	})
}
