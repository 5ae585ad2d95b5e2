package api

import "github.com/onsethq/onset/pkg/fault"

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
	// Hears are the request headers that change what the route does.
	Hears []Header
	// Takes is a value of the body's type, nil for none; Optional says that the
	// body may be left out. A field of it that must be there bears the tag
	// `required:"true"`.
	Takes    any
	Optional bool
	// Patch says that null takes a field away, so that every field may be null.
	Patch bool
	// Or is another type in which the body may be written; null is taken for
	// what is left out there.
	Or any
	// Loose says that fields which the type does not have are ignored, and null
	// is taken for what is left out.
	Loose bool
	// Ignores are fields that are shown and that callers may send back with what
	// they have edited.
	Ignores []string
	// Gives are values of the answers' types by status, nil for an answer
	// without body.
	Gives Gives
	// Refuses are the codes that belong to this route. Those that follow from
	// its method, its path and what it takes are known without being said.
	Refuses []fault.Code
}

// Gives are answers by their status. A File or a Stream stands for a body of its
// content type.
type Gives map[int]any

// Header is a request header that routes listen to.
type Header string

const (
	IdempotencyKey Header = "Idempotency-Key"
	IfMatch        Header = "If-Match"
	IfNoneMatch    Header = "If-None-Match"
	LastEventID    Header = "Last-Event-ID"
	Prefer         Header = "Prefer"
	TriggerDepth   Header = "X-Trigger-Depth"
)
