package native

import (
	"maps"
	"net/url"
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
	if err := readable(c); err != nil {
		return err
	}
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

// readable refuses parameters that cannot be read: to leave them out, as the
// standard library does, would leave filters out.
func readable(c *api.Call) error {
	if _, err := url.ParseQuery(c.Request.URL.RawQuery); err != nil {
		return one("query", "invalid", "the parameters behind the path cannot be read: write ; as %3B and % as %25")
	}
	return nil
}
