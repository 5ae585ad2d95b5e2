package strictjson_test

import (
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/strictjson"
)

// start is the body of a usual start, output what a node usually gives.
var (
	start  = []byte(`{"message":"` + strings.Repeat("What happened here? ", 25) + `\n","user_variables":{"city":"Berlin","days":3}}`)
	output = []byte(`{"answer":"` + strings.Repeat("It rains. ", 50) + `","usage":{"tokens":512,"usd":0.25},"sources":["a","b"],"done":true}`)
)

func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := strictjson.Check(start, strictjson.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObject(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := strictjson.Object(start); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValue(b *testing.B) {
	for name, doc := range map[string][]byte{"Start": start, "Output": output, "Number": []byte(`7`)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := strictjson.Value(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
