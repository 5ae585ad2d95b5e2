package commands

import "net/url"

// path joins segments, each escaped.
func path(prefix string, segments ...string) string {
	for _, s := range segments {
		prefix += "/" + url.PathEscape(s)
	}
	return prefix
}
