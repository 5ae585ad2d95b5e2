package phinite

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	body := []byte(`{"message":"` + strings.Repeat("What happened here? ", 25) + `","user_variables":{"city":"Berlin","days":3}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
