package signature

// All is THE LIST, in the order people choose from.
func All() []Scheme {
	return []Scheme{
		github,
		atlassian,
		slack,
		stripe,
		standard,
		genericHMAC,
		sharedHeader,
		basicAuth,
		bearer,
	}
}
