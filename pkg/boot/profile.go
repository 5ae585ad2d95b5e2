package boot

import (
	"net/http"
	"net/http/pprof"
)

// profile lets operators see where the processor's time and the memory go, with
// go tool pprof. Who asks keeps a processor busy, and stacks show numbers that
// functions were called with, so it is there only when ONSET_PROFILE says so.
func profile(mux *http.ServeMux) {
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
}
