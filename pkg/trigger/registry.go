package trigger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/schema"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Registry finds a provider by its kind and keeps the order in which people
// choose from them.
type Registry struct {
	list    []Provider
	schemas map[string]*schema.Schema
}

// NewRegistry lists providers. Two of one kind, or a schema that is none, are a
// mistake in this repository.
func NewRegistry(providers ...Provider) Registry {
	r := Registry{list: providers, schemas: map[string]*schema.Schema{}}
	for _, p := range providers {
		if _, taken := r.schemas[p.Kind()]; taken {
			panic(fmt.Sprintf("trigger: two providers are of kind %q", p.Kind()))
		}
		s, err := schema.Compile(p.Schema())
		if err != nil {
			panic(fmt.Sprintf("trigger: schema of kind %q: %v", p.Kind(), err))
		}
		r.schemas[p.Kind()] = s
	}
	return r
}

// All lists the providers.
func (r Registry) All() []Provider { return r.list }

// Find gives the provider of a kind.
func (r Registry) Find(kind string) (Provider, bool) {
	for _, p := range r.list {
		if p.Kind() == kind {
			return p, true
		}
	}
	return nil, false
}

// Check says what is wrong with a trigger's kind and config; paths begin at the
// trigger ("config.message"). now is the moment from which the config shall hold.
func (r Registry) Check(kind string, config json.RawMessage, now time.Time) []fault.Detail {
	s, known := r.schemas[kind]
	if !known {
		return []fault.Detail{{Path: "kind", Code: "unknown_kind", Message: fmt.Sprintf("trigger kind %q does not exist: %s", kind, r.names())}}
	}
	details := s.Check(config)
	if provider, _ := r.Find(kind); len(details) == 0 {
		if checked, more := provider.(Checked); more {
			details = checked.Check(config, now)
		}
	}
	for i, d := range details {
		details[i].Path = strictjson.Under("config", d.Path)
	}
	return details
}

// names lists the kinds for people.
func (r Registry) names() string {
	var all []string
	for _, p := range r.list {
		all = append(all, p.Kind())
	}
	return strings.Join(all, ", ")
}
