package api

// Doc is what the published document says of a route. Its schemas are read from
// the very types that the handler decodes and answers with; their fields explain
// themselves in `doc` tags.
type Doc struct {
	// ID names the operation for generated clients: createKey.
	ID string
	// Summary is one line; Detail, in Markdown, is what its reader must know
	// besides.
	Summary string
	Detail  string
	// Query is a struct with a `query` tag on each field: the parameters behind
	// the path.
	Query any
	// Takes is a value of the body's type, nil for none; Optional says that the
	// body may be left out.
	Takes    any
	Optional bool
	// Gives are values of the answers' types by status, nil for an answer
	// without body. Refusals are the surface's own and not listed here.
	Gives Gives
}

// Gives are answers by their status.
type Gives map[int]any
