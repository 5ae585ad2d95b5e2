package run

import (
	"bytes"
	"encoding/json"
)

// Apart is how many bytes of data a record has whose large members are kept apart,
// and are missing in it; 0 when it is whole.
func (r Record) Apart() int {
	if !bytes.Contains(r.Data, []byte(`"apart":`)) {
		return 0
	}
	var mark struct {
		Apart int `json:"apart"`
	}
	if json.Unmarshal(r.Data, &mark) != nil {
		return 0
	}
	return mark.Apart
}
