package kinds

import "unicode/utf8"

// spoken shows what a model is writing. The end of it that may turn out to be
// the beginning of a secret is held back until that is known.
type spoken struct {
	hide redactor
	say  func(offset int, text string)

	held   string
	offset int // characters that were shown
}

func (s *spoken) hear(text string) {
	s.held += text
	clear := s.hide.clear(s.held)
	s.show(s.held[:clear])
	s.held = s.held[clear:]
}

// end shows what is left: nothing follows that could make a secret of it.
func (s *spoken) end() { s.show(s.held); s.held = "" }

func (s *spoken) show(text string) {
	if text = s.hide.text(text); text != "" {
		s.say(s.offset, text)
		s.offset += utf8.RuneCountInString(text)
	}
}
