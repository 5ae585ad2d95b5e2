package engine

import (
	"fmt"
	"maps"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Initial are the session variables that a run begins with: those that its
// graph declares, what the caller sent, and over both the words that belong to
// the system.
func Initial(g graph.Graph, r run.Run) map[string]any {
	vars := map[string]any{}
	for name, v := range g.Variables {
		vars[name] = nil
		if value, err := strictjson.Value(v.Default); err == nil {
			vars[name] = value
		}
	}
	maps.Copy(vars, r.UserVariables)
	vars["workflow_id"] = r.ID.String()
	if _, sent := vars["conversation_history"]; sent {
		vars["conversation_history"] = []any{}
	}
	return vars
}

// Opener opens what was sealed for an owner.
type Opener interface {
	Open(sealed []byte, owner ...string) ([]byte, error)
}

// open reads the environment's secrets. One that does not open was sealed by
// another master key, and the run says so rather than call with nothing.
func open(o Opener, r run.Run, sealed map[string]store.Sealed) (map[string]string, error) {
	secrets := make(map[string]string, len(sealed))
	for name, s := range sealed {
		plain, err := o.Open(s.Bytes, r.Workspace.String(), r.Environment, name)
		if err != nil {
			return nil, node.Permanent(run.SecretMissing, fmt.Sprintf("the secret %s of %s cannot be opened with this master key", name, r.Environment))
		}
		secrets[name] = string(plain)
	}
	return secrets, nil
}
