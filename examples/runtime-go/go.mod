module github.com/onsethq/onset/examples/runtime-go

go 1.26.0

require (
	connectrpc.com/connect v1.21.1
	github.com/onsethq/onset/proto v0.0.0
	google.golang.org/protobuf v1.36.12
)

replace github.com/onsethq/onset/proto => ../../proto
