// Command scheduler runs the scheduler service alone.
package main

import (
	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/upkeep"
	"github.com/onsethq/onset/services/scheduler"
)

func main() {
	boot.Main(boot.Program{Name: "scheduler", Needs: backend.Needs, Backends: backend.Connect, Modules: []boot.Module{scheduler.Module, upkeep.Module}})
}
