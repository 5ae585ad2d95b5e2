package signature

// bearer is a secret as a bearer token.
var bearer = Scheme{
	Name:     "bearer",
	names:    []names{{proof: "Authorization"}},
	layout:   credentials("Bearer"),
	encoding: asIs,
	key:      sharedKey,
}
