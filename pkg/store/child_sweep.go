package store

import (
	"context"

	"github.com/google/uuid"
)

// family is an ask for a child that is out of step: one of the two has ended and
// the other does not know.
type family struct {
	child, parent uuid.UUID
	// over says that the child has ended; else its parent has, or shall.
	over bool
}

const families = `select a.id, a.run_id, c.finished_at is not null from asks a
 join runs c on c.id = a.id join runs p on p.id = a.run_id
 where a.status = 'open' and a.reason = 'child' and (c.finished_at is not null or p.finished_at is not null or p.cancel_at is not null)
 and (c.finished_at is not null or c.cancel_at is null)
 order by a.id limit $1`

// SweepChildren repairs what a crash between the end of a run and the word of it
// left behind: parents hear of children that have ended, and children of parents
// that have. It returns how many there were.
func (f Fleet) SweepChildren(ctx context.Context, limit int) (n int, err error) {
	var found []family
	err = f.s.change(ctx, func(c *change) error {
		rows, err := c.QueryContext(ctx, families, limit)
		if err != nil {
			return err
		}
		found, err = collect(rows, func(f *family) []any { return []any{&f.child, &f.parent, &f.over} })
		return err
	})
	for _, x := range found {
		if err != nil {
			return n, err
		}
		if x.over {
			err = f.Return(ctx, x.child)
		} else {
			err = f.CancelChildren(ctx, x.parent)
		}
		n++
	}
	return n, err
}
