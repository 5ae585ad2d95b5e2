package model

// Tokens is what the text of a request comes to, roughly: a token for four
// bytes. It is for limits that have to hold before a server has counted.
func Tokens(r Request) int {
	n := len(r.Schema)
	for _, m := range r.Messages {
		n += bytesOf(m)
	}
	for _, t := range r.Tools {
		n += len(t.Name) + len(t.Description) + len(t.Parameters)
	}
	return (n + 3) / 4
}

func tokens(m Message) int { return (bytesOf(m) + 3) / 4 }

func bytesOf(m Message) int {
	n := len(m.Content) + len(m.CallID)
	for _, c := range m.Calls {
		n += len(c.ID) + len(c.Name) + len(c.Arguments)
	}
	return n
}
