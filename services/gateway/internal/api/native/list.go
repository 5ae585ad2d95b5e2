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
	NextCursor *string `json:"next_cursor" doc:"Asks for the next page as cursor; null when there is none."`
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

// pageQuery are the parameters of every list.
type pageQuery struct {
	Limit  int    `query:"limit" doc:"How many to show, 1 to 200; 50 when it is left out. Large items make shorter pages: next_cursor tells whether there are more."`
	Cursor string `query:"cursor" doc:"The next_cursor of the page before."`
}

// page reads limit and cursor.
func page(c *api.Call) (store.Page, error) {
	if err := readable(c); err != nil {
		return store.Page{}, err
	}
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
