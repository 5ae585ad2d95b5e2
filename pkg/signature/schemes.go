package signature

// All is THE LIST, in the order people choose from.
func All() []Scheme {
	return []Scheme{
		github,
		atlassian,
		slack,
		stripe,
		standard,
		composio,
		genericHMAC,
		sharedHeader,
		basicAuth,
		bearer,
	}
}
