package expr

import (
	"encoding/json"
	"errors"
)

var errTooLarge = errors.New("the result is too large")

// budget is the room that is left for a result. A small expression can build a
// small value that is gigantic when written out, because its parts are shared;
// so room is taken while writing.
type budget struct{ left int }

func (b *budget) take(n int) error {
	b.left -= n
	if b.left < 0 {
		return errTooLarge
	}
	return nil
}

// measure takes the room that a value needs when it is written out.
func (b *budget) measure(v any) error {
	switch v := v.(type) {
	case string:
		return b.take(len(v) + 2)
	case json.Number:
		return b.take(len(v))
	case []any:
		for _, item := range v {
			if err := b.measure(item); err != nil {
				return err
			}
		}
		return b.take(len(v) + 2)
	case map[string]any:
		for key, item := range v {
			if err := b.take(len(key) + 4); err != nil {
				return err
			}
			if err := b.measure(item); err != nil {
				return err
			}
		}
		return b.take(2)
	}
	return b.take(8)
}
