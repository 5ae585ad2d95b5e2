package mcp

import (
	"context"
	"encoding/json"
	"fmt"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

const (
	// maxTools is how many tools a server may list.
	maxTools = 500
	// maxPages is how many answers it may spread them over.
	maxPages = 20
)

// Tools are those that the server offers now; it may offer others a moment
// later.
func (s Server) Tools(ctx context.Context) ([]model.Tool, error) {
	var tools []model.Tool
	err := s.visit(ctx, "", func(ctx context.Context, v *sdk.ClientSession) error {
		cursor := ""
		for range maxPages {
			page, err := v.ListTools(ctx, &sdk.ListToolsParams{Cursor: cursor})
			if err != nil {
				return err
			}
			for _, t := range page.Tools {
				parameters, err := json.Marshal(t.InputSchema)
				if err != nil {
					return err
				}
				tools = append(tools, model.Tool{Name: t.Name, Description: t.Description, Parameters: parameters})
			}
			if len(tools) > maxTools {
				break
			}
			if cursor = page.NextCursor; cursor == "" {
				return nil
			}
		}
		return node.Permanent(run.LimitExceeded, fmt.Sprintf("the MCP server lists more than %d tools, or has no end of pages", maxTools))
	})
	return tools, err
}
