package strictjson

import "math"

// reader reads what was judged before, as far as our recursion may go: only
// depth is bounded.
func reader(raw []byte) (scanner, error) {
	if at := notUTF8(raw); at >= 0 {
		return scanner{}, &Error{Invalid, at, "the text is not UTF-8"}
	}
	return scanner{raw: raw, limits: Limits{Depth: defaultDepth, Keys: math.MaxInt, Tokens: math.MaxInt, Duplicates: true}}, nil
}

// build makes what Value gives of a text that Check would pass, in one walk.
func build(raw []byte) (v any, err error) {
	s, err := reader(raw)
	if err != nil {
		return nil, err
	}
	err = s.whole(func() (err error) {
		v, err = s.build()
		return err
	})
	return v, err
}

// build reads a value and keeps it.
func (s *scanner) build() (any, error) {
	switch c := s.peek(); {
	case c == '{':
		fields := map[string]any{}
		err := s.object(func(key []byte) (err error) {
			fields[plainText(key)], err = s.build()
			return err
		})
		return fields, err
	case c == '[':
		items := []any{}
		err := s.list(func() error {
			item, err := s.build()
			items = append(items, item)
			return err
		})
		return items, err
	case c == '"':
		literal, err := s.text()
		if err != nil {
			return nil, err
		}
		return plainText(literal), nil
	case c == '-' || '0' <= c && c <= '9':
		literal, err := s.number()
		if err != nil {
			return nil, err
		}
		return number(literal)
	}
	return s.word()
}
