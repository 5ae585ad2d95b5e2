// Package providers is every kind of trigger: one file each, and one line in
// the list.
package providers

import "github.com/onsethq/onset/pkg/trigger"

// All is THE LIST, in the order people choose from.
func All() []trigger.Provider {
	return []trigger.Provider{
		API{},
		Background{},
		Schedule{},
		Manual{},
		Webhook{},
		Jira{},
		GitHub{},
		Slack{},
		Stripe{},
		Standard{},
		Generic{},
	}
}
