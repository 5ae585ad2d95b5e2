// Package kinds holds every kind of node, one file each. They reach the outside
// through the door they are given, and never the store or the queue.
package kinds

import "github.com/onsethq/onset/pkg/node"

// All is THE LIST: a new kind is one file beside this one and one line here.
func All() []node.Kind {
	return []node.Kind{
		Start{},
		Agent{},
		ChildAgent{},
		Tool{},
		MCP{},
		Remote{},
		Transform{},
		Map{},
		Graph{},
		Condition{},
		Wait{},
		Human{},
		Callback{},
		Sleep{},
		Fail{},
		End{},
	}
}
