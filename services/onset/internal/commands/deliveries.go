package commands

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
)

// Deliveries groups the commands about what arrived at webhooks.
func Deliveries() *cobra.Command {
	at := new(server)
	return group("deliveries", "List, show and send again what arrived at webhooks", at,
		listDeliveries(at), showDelivery(at), replayDeliveries(at))
}

// unknownDelivery says where to look for the right id.
func unknownDelivery(id string, err error) error {
	if missing(err) {
		return fmt.Errorf("there is no delivery %q in the key's workspace: onset deliveries list shows those that exist", id)
	}
	return explained(err)
}

// came is what a delivery came to: the run that it started or repeats, or why
// there is none.
func came(run *uuid.UUID, reason *string) string {
	switch {
	case run != nil:
		return "run " + run.String()
	case reason != nil:
		return *reason
	}
	return ""
}

func deliveredOutcomes(words []string) (all []client.Outcome) {
	for _, w := range words {
		all = append(all, client.Outcome(w))
	}
	return all
}
