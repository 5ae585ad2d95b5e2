package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// senderSecrets are the secrets of a trigger as the server shows them: that they
// exist.
type senderSecrets struct {
	Items []senderSecret `json:"items"`
}

type senderSecret struct {
	ID       string  `json:"id"`
	Last4    string  `json:"last4"`
	NotAfter *string `json:"not_after"`
}

// senderSecret always sends the value, because only the server can compare it
// with those that it keeps sealed; which they are then tells whether that
// changed anything. A rehearsal has but the last characters to go by.
func (a *applier) senderSecret(ctx context.Context, trigger string, value secret.Secret, known bool) error {
	if value == "" {
		return nil
	}
	sentence := fmt.Sprintf("set secret of trigger %s", trigger)
	if a.DryRun && !known {
		a.done.Changes = append(a.done.Changes, sentence)
		return nil
	}
	before, _, err := standing[senderSecrets](a.Server.ListTriggerSecrets(ctx, a.Workspace, trigger))
	if err != nil {
		return err
	}
	changed := !slices.ContainsFunc(before.Items, func(s senderSecret) bool { return s.Last4 == value.Last4() && s.NotAfter == nil })
	if !a.DryRun {
		text := value.Reveal()
		if _, err := reach.Answer(a.Server.PatchTrigger(ctx, a.Workspace, trigger, nil, client.TriggerChange{Secret: &text})); err != nil {
			return fmt.Errorf("%s: %w", sentence, err)
		}
		after, _, err := standing[senderSecrets](a.Server.ListTriggerSecrets(ctx, a.Workspace, trigger))
		if err != nil {
			return err
		}
		changed = !slices.EqualFunc(before.Items, after.Items, func(a, b senderSecret) bool { return a.ID == b.ID })
	}
	if changed {
		a.done.Changes = append(a.done.Changes, sentence)
	}
	return nil
}
