package main

import (
	"os"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/backend/embedded"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/upkeep"
	"github.com/onsethq/onset/services/gateway"
	"github.com/onsethq/onset/services/onset/demo"
	"github.com/onsethq/onset/services/onset/internal/bootstrap"
	"github.com/onsethq/onset/services/scheduler"
	"github.com/onsethq/onset/services/worker"
)

// up is the all-in-one: the three services in one process, and what a newcomer
// is shown.
func up() boot.Program {
	world := &demo.World{}
	start := bootstrap.Start{Out: os.Stdout, World: world}
	return boot.Program{
		Name:     "onset",
		Mode:     boot.Local,
		Backends: embedded.Open,
		Modules:  []boot.Module{world.Module, gateway.Module, scheduler.Module, upkeep.Module, worker.Module, start.Module},
	}
}

func gatewayOnly() boot.Program {
	return boot.Program{Name: "gateway", Needs: backend.Needs, Backends: backend.Connect, Modules: []boot.Module{gateway.Module}}
}

func schedulerOnly() boot.Program {
	return boot.Program{Name: "scheduler", Needs: backend.Needs, Backends: backend.Connect, Modules: []boot.Module{scheduler.Module, upkeep.Module}}
}

func workerOnly() boot.Program {
	return boot.Program{Name: "worker", Needs: backend.Needs, Backends: backend.Connect, Modules: []boot.Module{worker.Module, upkeep.Module}}
}
