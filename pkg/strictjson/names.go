package strictjson

import "bytes"

// few is how many keys are compared one by one. Most objects have no more, and
// need no map.
const few = 8

// names are the keys of one object.
type names struct {
	first [few][]byte
	n     int
	more  map[string]struct{}
}

// add remembers a key by its literal and says whether it is new.
func (n *names) add(literal []byte) bool {
	name := literal[1 : len(literal)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(plainText(literal))
	}
	if n.known(name) {
		return false
	}
	switch {
	case n.n < few:
		n.first[n.n] = name
		n.n++
	case n.more == nil:
		n.more = map[string]struct{}{string(name): {}}
	default:
		n.more[string(name)] = struct{}{}
	}
	return true
}

func (n *names) known(name []byte) bool {
	for _, k := range n.first[:n.n] {
		if bytes.Equal(k, name) {
			return true
		}
	}
	_, known := n.more[string(name)]
	return known
}
