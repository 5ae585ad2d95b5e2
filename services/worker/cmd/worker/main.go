// Command worker runs the worker service alone.
package main

import (
	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/upkeep"
	"github.com/onsethq/onset/services/worker"
)

func main() {
	boot.Main(boot.Program{Name: "worker", Needs: backend.Needs, Backends: backend.Connect, Modules: []boot.Module{worker.Module, upkeep.Module}})
}
