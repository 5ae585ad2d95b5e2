package graph

import (
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Parse reads a definition. What the document has and a graph has not is told
// with its path ("nodes[2].confg"), so that a typing error cannot become
// silence. Whether the graph makes sense is what Validate says.
func Parse(raw []byte) (Graph, []fault.Detail) {
	var g Graph
	details := strictjson.Decode(raw, &g)
	return g, details
}
