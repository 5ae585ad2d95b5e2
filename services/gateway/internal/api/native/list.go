package native

import (
	"strconv"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// list is a page of anything.
type list[D any] struct {
	Items []D `json:"items"`
	// NextCursor asks for the next page; null when there is none.
	NextCursor *string `json:"next_cursor"`
}

func listOf[N, D any](nouns []N, next string, document func(N) D) list[D] {
	items := make([]D, len(nouns))
	for i, noun := range nouns {
		items[i] = document(noun)
	}
	l := list[D]{Items: items}
	if next != "" {
		l.NextCursor = &next
	}
	return l
}

// page reads limit and cursor.
func page(c *api.Call) (store.Page, error) {
	p := store.Page{Cursor: c.Query().Get("cursor")}
	if text := c.Query().Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 {
			return p, one("limit", "invalid", "limit is a whole number from 1 to 200")
		}
		p.Limit = limit
	}
	return p, nil
}
