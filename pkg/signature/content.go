package signature

import "strings"

// The names that stand for parts of a request in what is signed.
const (
	partID        = "{id}"
	partTimestamp = "{timestamp}"
	partBody      = "{body}"
)

// content is what is signed: a text in which names stand for parts of the
// request, the body at its end.
type content struct{ text string }

// of puts the content of a request together.
func (c content) of(id, timestamp string, body []byte) []byte {
	head, found := strings.CutSuffix(c.text, partBody)
	if !found {
		return nil
	}
	if head == "" {
		return body
	}
	head = strings.NewReplacer(partID, id, partTimestamp, timestamp).Replace(head)
	return append([]byte(head), body...)
}

// clear says whether an id leaves no doubt about where it ends: with a full stop
// in it the same signed bytes could be read as another id, timestamp and body.
func (c content) clear(id string) bool {
	_, after, found := strings.Cut(c.text, partID)
	return !found || after != "" && !strings.Contains(id, after[:1])
}
