package api

import (
	"bytes"
	"encoding/json"
)

// pen writes answers as JSON, one after the other.
type pen struct {
	text bytes.Buffer
	json *json.Encoder
}

// thickest is the longest answer whose room is kept for another one.
const thickest = 64 << 10

// pen is one that nobody holds.
func (a *API) pen() *pen {
	if p, ok := a.pens.Get().(*pen); ok {
		return p
	}
	p := &pen{}
	p.json = json.NewEncoder(&p.text)
	p.json.SetEscapeHTML(false)
	return p
}

// put gives a pen back. Nobody may look any more at what it wrote.
func (a *API) put(p *pen) {
	if p.text.Reset(); p.text.Cap() <= thickest {
		a.pens.Put(p)
	}
}

// write is the text of an answer until the pen is put back.
func (p *pen) write(body any) []byte {
	if err := p.json.Encode(body); err != nil {
		panic("api: an answer is not JSON: " + err.Error()) // a mistake in this repository
	}
	return p.text.Bytes()
}
