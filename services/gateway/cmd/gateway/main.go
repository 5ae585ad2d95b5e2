// Command gateway answers the HTTP surfaces of Onset.
package main

import (
	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/services/gateway"
)

func main() {
	boot.Main(boot.Program{
		Name:     "gateway",
		Needs:    backend.Needs,
		Backends: backend.Connect,
		Modules:  []boot.Module{gateway.Module},
	})
}
