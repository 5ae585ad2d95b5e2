package expr

import "time"

// Scope are the values behind the names that an expression may use. A name that
// is known to the language and absent here is an error when it is used: args
// outside a callable node, payload in a running graph.
//
// Values are plain JSON values as strictjson.Value makes them, and maps of
// strings. They are read and never changed.
type Scope map[string]any

// names are the words of the language. What they mean where is in the table
// "Names in expressions" of the graph's documentation.
var names = [...]string{
	"message", "vars", "trigger", "run", "env", "output", "nodes",
	"args", "item", "index",
	"payload", "body", "headers", "query", "event", "schedule",
	"secrets", "callback",
}

// The limits of one evaluation or one expansion.
const (
	// MaxSource is the length of one expression in bytes.
	MaxSource = 4 << 10
	// MaxCost is CEL's own measure of work; about a tenth of a second.
	MaxCost = 1_000_000
	// MaxTime is the wall time of one expression. MaxCost is the limit that
	// is meant to hold; this one stops what slips through it, and is ten times
	// what that much work takes so that a busy machine fails nobody's run.
	MaxTime = 500 * time.Millisecond
	// MaxOutput is the size of what an expression computes, in bytes, roughly
	// as JSON.
	MaxOutput = 256 << 10
	// MaxExpansion is the size of a document with its placeholders replaced.
	// It is larger, because the message of a run may fill it by itself.
	MaxExpansion = 2 << 20
	// MaxPlaceholders is how many {{ }} one document may hold.
	MaxPlaceholders = 1000
)
