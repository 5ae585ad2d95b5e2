package mcp

import "testing"

func TestOnlyAnswersPass(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"result":{"a":9007199254740993}}`:        `{"jsonrpc":"2.0","id":1,"result":{"a":9007199254740993}}`,
		`{"id":"x","error":{"code":-1}}`:                                  `{"jsonrpc":"2.0","id":"x","error":{"code":-1}}`,
		`{"jsonrpc":"2.0","method":"notifications/message"}`:              ``,
		`{"jsonrpc":"2.0","id":7,"method":"roots/list","params":{"a":1}}`: `{"jsonrpc":"2.0","id":7,"method":"refused"}`,
		`{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}`:            `{"jsonrpc":"2.0","id":7,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":7,"method":"roots/list","method":null}`:    `{"jsonrpc":"2.0","id":7,"method":"refused"}`,
		`{"jsonrpc":"2.0","id":7,"METHOD":"roots/list","result":{}}`:      `{"jsonrpc":"2.0","id":7,"method":"refused"}`,
		`{"jsonrpc":"2.0","id":7,"method":{"a":"b"},"result":{}}`:         `{"jsonrpc":"2.0","id":7,"method":"refused"}`,
		`[{"jsonrpc":"2.0","id":1,"result":{}}]`:                          `{`,
		`{"jsonrpc":"2.0","id":1,"result":{}} {"method":"roots/list"}`:    `{`,
		``: ``,
	} {
		if got := string(tame([]byte(raw))); got != want {
			t.Errorf("%s became %s, want %s", raw, got, want)
		}
	}
}
