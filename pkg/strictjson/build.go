package strictjson

// build makes what Value gives of a text that Check would pass, in one walk.
func build(raw []byte) (v any, err error) {
	s, err := reader(raw, judged)
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
