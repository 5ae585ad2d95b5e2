package native

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// onlyKnown refuses parameters behind the path that the route does not have: a
// filter with a typing error in its name would find everything. query is the
// struct that the route's Doc shows.
func onlyKnown(c *api.Call, query any) error {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(query)) {
		if name := f.Tag.Get("query"); name != "" {
			names = append(names, name)
		}
	}
	var unknown []fault.Detail
	for _, name := range slices.Sorted(maps.Keys(c.Query())) {
		if !slices.Contains(names, name) {
			unknown = append(unknown, fault.Detail{
				Path: name, Code: string(fault.UnknownField), Message: "there is no such parameter; there are " + strings.Join(names, ", "),
			})
		}
	}
	return refusedDocument(unknown)
}
