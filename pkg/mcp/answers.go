package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
)

// answers lets nothing through to the library but answers. Everything else that
// a server may send is nothing to a client that offers nothing, and the library
// handles it in goroutines of its own, where a message that makes no sense ends
// the whole process. What wants an answer gets a refusal.
type answers struct{ next http.RoundTripper }

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(r)
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		return resp, err
	}
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind {
	case "application/json":
		resp.Body = &message{body: resp.Body}
	case "text/event-stream":
		resp.Body = &events{body: resp.Body, lines: bufio.NewReader(resp.Body)}
	}
	return resp, nil
}

// envelope is a message of JSON-RPC: a request has a method, an answer has none.
type envelope struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  json.RawMessage `json:"method,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

// tame is a message as the library may see it, or nothing. It is written anew:
// of two members of one name another reader may take the other.
func tame(raw []byte) []byte {
	unreadable := []byte("{")
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var m envelope
	if json.Unmarshal(raw, &m) != nil {
		return unreadable
	}
	m.Version = "2.0"
	if asks := len(m.Method) > 0; asks {
		if len(m.ID) == 0 {
			return nil
		}
		m.Result, m.Error = nil, nil
		if string(m.Method) != `"ping"` {
			m.Method = json.RawMessage(`"refused"`)
		}
	}
	out, err := json.Marshal(m)
	if err != nil {
		return unreadable
	}
	return out
}

// message is a body that is one message.
type message struct {
	body io.ReadCloser
	tame *bytes.Reader
}

func (m *message) Read(p []byte) (int, error) {
	if m.tame == nil {
		raw, err := io.ReadAll(m.body)
		if err != nil {
			return 0, err
		}
		m.tame = bytes.NewReader(tame(raw))
	}
	return m.tame.Read(p)
}

func (m *message) Close() error { return m.body.Close() }

// events is a body that is a stream of messages.
type events struct {
	body  io.ReadCloser
	lines *bufio.Reader
	ready bytes.Buffer
}

func (e *events) Read(p []byte) (int, error) {
	for e.ready.Len() == 0 {
		if err := e.event(); err != nil {
			return 0, err
		}
	}
	return e.ready.Read(p)
}

func (e *events) Close() error { return e.body.Close() }

// event makes the next event of the stream ready: its data tamed, its other
// lines as they are. One that the stream breaks off is none.
func (e *events) event() error {
	var data [][]byte
	for {
		line, err := e.lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if text, is := bytes.CutPrefix(line, []byte("data:")); is {
			data = append(data, bytes.TrimSpace(text))
			continue
		}
		e.ready.Write(append(line, '\n'))
	}
	for line := range bytes.Lines(tame(bytes.Join(data, []byte("\n")))) {
		e.ready.WriteString("data: ")
		e.ready.Write(append(bytes.TrimRight(line, "\n"), '\n'))
	}
	e.ready.WriteByte('\n')
	return nil
}
